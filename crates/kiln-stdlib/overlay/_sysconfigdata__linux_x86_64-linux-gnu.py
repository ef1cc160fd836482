"""What `sysconfig` says of how this runtime was built. There are no headers and no C compiler to extend it with."""

build_time_vars = {
    'CC': '',
    'CFLAGS': '',
    'CONFIG_ARGS': '',
    'EXT_SUFFIX': '.kiln-314-x86_64-linux-gnu.so',
    'LIBDIR': '/usr/local/lib',
    'MULTIARCH': 'x86_64-linux-gnu',
    'PY_CFLAGS': '',
    'PY_CFLAGS_NODIST': '',
    'Py_DEBUG': 0,
    'Py_ENABLE_SHARED': 0,
    'Py_GIL_DISABLED': 0,
    'SIZEOF_VOID_P': 8,
    'SOABI': 'kiln-314-x86_64-linux-gnu',
    'TEST_MODULES': 'no',
    'VERSION': '3.14',
    'WITH_DOC_STRINGS': 1,
}
