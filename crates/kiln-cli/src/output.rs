//! Kiln's own messages: the only place that prints. What programs write goes through `sys.stdout` and `sys.stderr`.

use std::io::Write;

pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

pub fn error(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The name that messages begin with.
pub fn program() -> String {
    std::env::args_os()
        .next()
        .map_or_else(|| "kiln".to_owned(), |name| name.to_string_lossy().into_owned())
}

pub fn usage_line() -> String {
    format!(
        "usage: {} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n",
        program()
    )
}

pub const OPTIONS: &str = "\
Options (and corresponding environment variables):
-b     : issue warnings about converting bytes/bytearray to str and comparing
         bytes/bytearray with str or bytes with int. (-bb: issue errors)
-B     : accepted and without effect: compiled modules are never written
-c cmd : program passed in as string (terminates option list)
-d     : accepted for compatibility
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script; forces a prompt even
         if stdin does not appear to be a terminal; also PYTHONINSPECT=x
-I     : isolate Kiln from the user's environment (implies -E, -P and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements
         also PYTHONOPTIMIZE=x
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path; also
         PYTHONSAFEPATH
-q     : don't print version and copyright messages on interactive startup
-s     : accepted for compatibility; also PYTHONNOUSERSITE=x
-S     : don't add exit() and the like to the builtins
-u     : force the stdout and stderr streams to be unbuffered;
         this option has no effect on stdin; also PYTHONUNBUFFERED=x
-v     : accepted for compatibility; also PYTHONVERBOSE=x
-V     : print the version number and exit (also --version)
         when given twice, print more information about the build
-W arg : warning control; arg is action:message:category:module:lineno
         also PYTHONWARNINGS=arg
-x     : skip first line of source, allowing use of non-Unix forms of #!cmd
-X opt : set implementation-specific option; -X jit-help lists the compiler's

Arguments:
file   : program read from script file
-      : program read from stdin (default; interactive mode if a tty)
arg ...: arguments passed to program in sys.argv[1:]

Commands of Kiln's own:
kiln dis FILE                      print the bytecode of a source file
kiln hir FILE[:QUALNAME]           print intermediate code (see kiln hir --help)
kiln jitlist FILE...               make a jit-list of profiles
";
