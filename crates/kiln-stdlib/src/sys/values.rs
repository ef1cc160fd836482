//! The constants of `sys`: versions, sizes, paths, flags.

use crate::config::config;
use crate::support::structseq::{ClassCell, Spec};
use crate::support::fspath;
use kiln_builtins::descriptors::namespace::Namespace;
use kiln_object::dict::Dict;
use kiln_object::list::List;
use kiln_object::module::Module;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::{Object, Raised};

/// The version of the language and of its library.
pub const VERSION: (i64, i64, i64) = (3, 14, 0);
const HEX_VERSION: i64 = (VERSION.0 << 24) | (VERSION.1 << 16) | (VERSION.2 << 8) | 0xf0;

/// `sys.version`.
pub fn version_text() -> String {
    format!("{}.{}.{} (Kiln {}) [Rust]", VERSION.0, VERSION.1, VERSION.2, env!("CARGO_PKG_VERSION"))
}

const COPYRIGHT: &str = "Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.\n\nCopyright (c) 2000 BeOpen.com.\n\
All Rights Reserved.\n\nCopyright (c) 1995-2001 Corporation for National Research Initiatives.\nAll Rights Reserved.\n\n\
Copyright (c) 1991-1995 Stichting Mathematisch Centrum, Amsterdam.\nAll Rights Reserved.";

macro_rules! sequence {
    ($cell:ident, $name:literal, $doc:literal, [$($field:literal),* $(,)?], $visible:expr) => {
        static $cell: ClassCell = ClassCell::new(Spec {
            name: $name, module: "sys", doc: $doc, fields: &[$($field),*], visible: $visible, closed: true,
        });
    };
}
sequence!(VERSION_INFO, "version_info", "sys.version_info\n\nVersion information as a named tuple.", ["major", "minor", "micro", "releaselevel", "serial"], 5);
sequence!(FLOAT_INFO, "float_info", "sys.float_info\n\nA named tuple holding information about the float type.", ["max", "max_exp", "max_10_exp", "min", "min_exp", "min_10_exp", "dig", "mant_dig", "epsilon", "radix", "rounds"], 11);
sequence!(INT_INFO, "int_info", "sys.int_info\n\nA named tuple that holds information about Python's internal representation of integers.", ["bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"], 4);
sequence!(HASH_INFO, "hash_info", "hash_info\n\nA named tuple providing parameters used for computing hashes.", ["width", "modulus", "inf", "nan", "imag", "algorithm", "hash_bits", "seed_bits", "cutoff"], 9);
sequence!(THREAD_INFO, "thread_info", "sys.thread_info\n\nA named tuple holding information about the thread implementation.", ["name", "lock", "version"], 3);
sequence!(
    FLAGS,
    "flags",
    "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    [
        "debug", "inspect", "interactive", "optimize", "dont_write_bytecode", "no_user_site", "no_site",
        "ignore_environment", "verbose", "bytes_warning", "quiet", "hash_randomization", "isolated", "dev_mode",
        "utf8_mode", "warn_default_encoding", "safe_path", "int_max_str_digits", "gil", "thread_inherit_context",
        "context_aware_warnings",
    ],
    18
);

fn text(s: &str) -> Object {
    Str::new(s)
}
fn int(i: i64) -> Object {
    Object::int(i)
}

fn version_info() -> Object {
    VERSION_INFO.make(vec![int(VERSION.0), int(VERSION.1), int(VERSION.2), text("final"), int(0)])
}

fn flags() -> Object {
    let c = config();
    let flag = |b: bool| int(i64::from(b));
    FLAGS.make(vec![
        int(c.debug),
        int(c.inspect),
        int(c.interactive),
        int(c.optimize),
        flag(c.dont_write_bytecode),
        flag(c.no_user_site),
        flag(c.no_site),
        flag(c.ignore_environment),
        int(c.verbose),
        int(c.bytes_warning),
        flag(c.quiet),
        flag(c.hash_randomization),
        flag(c.isolated),
        Object::bool(c.dev_mode),
        flag(c.utf8_mode),
        flag(c.warn_default_encoding),
        Object::bool(c.safe_path),
        int(c.int_max_str_digits),
        int(1),
        int(0),
        int(0),
    ])
}

fn names(names: impl Iterator<Item = Object>) -> Object {
    List::from_vec(names.collect())
}

/// Sets what `sys` holds at start.
pub fn fill(module: &Module) -> Result<(), Raised> {
    let c = config();
    let set = |name: &str, value: Object| module.set(name, value);
    set("version", text(&version_text()));
    set("version_info", version_info());
    set("hexversion", int(HEX_VERSION));
    set("api_version", int(1013));
    set("copyright", text(COPYRIGHT));
    set("_git", Tuple::from_array([text("Kiln"), text(""), text("")]));
    set("_framework", text(""));
    set("_jit", Module::from_def(&super::jit::module::MODULE)?);
    set("platform", text("linux"));
    set("platlibdir", text("lib"));
    set("byteorder", text("little"));
    set("maxsize", int(i64::MAX));
    set("maxunicode", int(0x10_ffff));
    set("float_repr_style", text("short"));
    set("abiflags", text(""));
    set("dont_write_bytecode", Object::bool(true));
    set("pycache_prefix", Object::none());
    set("_home", Object::none());
    set("_stdlib_dir", Object::none());
    let implementation = Namespace::new_object(vec![
        ("name", text("kiln")),
        ("cache_tag", Object::none()),
        ("version", version_info()),
        ("hexversion", int(HEX_VERSION)),
        ("_multiarch", text("x86_64-linux-gnu")),
        ("supports_isolated_interpreters", Object::bool(false)),
    ]);
    set("implementation", implementation);
    set("flags", flags());
    set("argv", names(c.argv.iter().map(|a| fspath::decode_os(a))));
    set("orig_argv", names(c.orig_argv.iter().map(|a| fspath::decode_os(a))));
    set("path", names(c.path.iter().map(|p| fspath::decode_os(p))));
    set("executable", fspath::decode_os(&c.executable));
    set("_base_executable", fspath::decode_os(&c.executable));
    let prefix = std::path::Path::new(&c.executable).parent().and_then(std::path::Path::parent);
    let prefix = prefix.map_or_else(|| text(""), |p| fspath::decode_os(p.as_os_str()));
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        set(name, prefix.clone());
    }
    set("warnoptions", names(c.warn_options.iter().map(|w| text(w))));
    let options = Dict::new_object();
    for (name, value) in &c.x_options {
        let value = value.as_ref().map_or_else(|| Object::bool(true), |v| text(v));
        options.expect::<Dict>().set(text(name).value(), value.value())?;
    }
    set("_xoptions", options);
    numbers(module)?;
    let mut builtin: Vec<&str> = crate::registry::MODULES.iter().map(|def| def.name).chain(["builtins"]).collect();
    builtin.sort_unstable();
    let standard: Vec<Object> = crate::import::library::standard_names().map(Str::intern).collect();
    let standard: Vec<kiln_object::Value> = standard.iter().map(|o| o.value()).collect();
    set("stdlib_module_names", kiln_object::set::FrozenSet::from_values(&standard)?);
    set("builtin_module_names", Tuple::from_vec(builtin.into_iter().map(Str::intern).collect()));
    Ok(())
}

fn numbers(module: &Module) -> Result<(), Raised> {
    let float_info = vec![
        Object::float(f64::MAX),
        int(1024),
        int(308),
        Object::float(f64::MIN_POSITIVE),
        int(-1021),
        int(-307),
        int(15),
        int(53),
        Object::float(f64::EPSILON),
        int(2),
        int(1),
    ];
    module.set("float_info", FLOAT_INFO.make(float_info));
    module.set("int_info", INT_INFO.make(vec![int(30), int(4), int(4300), int(640)]));
    let hash_info = vec![
        int(64),
        int((1 << 61) - 1),
        int(314_159),
        int(0),
        int(1_000_003),
        text("siphash13"),
        int(64),
        int(128),
        int(0),
    ];
    module.set("hash_info", HASH_INFO.make(hash_info));
    module.set("thread_info", THREAD_INFO.make(vec![text("pthread"), text("semaphore"), Object::none()]));
    Ok(())
}
