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
-B     : accepted and without effect: compiled modules are never written;
         also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-d     : accepted for compatibility; also PYTHONDEBUG=x
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
-S     : don't add exit(), help() and the like to the builtins
-u     : force the stdout and stderr streams to be unbuffered;
         this option has no effect on stdin; also PYTHONUNBUFFERED=x
-v     : accepted for compatibility; also PYTHONVERBOSE=x
-V     : print the version number and exit (also --version)
         when given twice, print more information about the build
-W arg : warning control; arg is action:message:category:module:lineno
         also PYTHONWARNINGS=arg
-x     : skip first line of source, allowing use of non-Unix forms of #!cmd
-X opt : set implementation-specific option; -X jit-help lists the compiler's

--check-hash-based-pycs always|default|never:
         accepted for compatibility: compiled modules are never read
--help-env: print help about the environment variables and exit
--help-xoptions: print help about the -X options and exit
--help-all: print complete help information and exit

Arguments:
file   : program read from script file
-      : program read from stdin (default; interactive mode if a tty)
arg ...: arguments passed to program in sys.argv[1:]

Commands of Kiln's own:
kiln dis FILE                      print the bytecode of a source file
kiln hir FILE[:QUALNAME]           print intermediate code (see kiln hir --help)
kiln jitlist FILE...               make a jit-list of profiles
";

pub const ENVIRONMENT: &str = "\
Environment variables that change behavior:
PYTHONDEBUG                accepted for compatibility (-d)
PYTHONDEVMODE              turns development mode on (-X dev)
PYTHONDONTWRITEBYTECODE    sets sys.dont_write_bytecode (-B)
PYTHONHASHSEED             seed of the hashes of str and bytes, or 'random'
PYTHONINSPECT              inspect interactively after running the script (-i)
PYTHONINTMAXSTRDIGITS      limit of digits in conversions between int and str
PYTHONIOENCODING           encoding[:errors] of stdin, stdout and stderr
PYTHONJIT, PYTHONJITLISTFILE, ...
                           the compiler's options: -X jit-help names them all
PYTHONNOUSERSITE           accepted for compatibility (-s)
PYTHONOPTIMIZE             level of optimization (-O)
PYTHONPATH                 folders to look for modules in, separated by ':'
PYTHONSAFEPATH             don't prepend an unsafe path to sys.path (-P)
PYTHONSTARTUP              file that is run before the first prompt
PYTHONUNBUFFERED           unbuffered stdout and stderr (-u)
PYTHONVERBOSE              accepted for compatibility (-v)
PYTHONWARNINGS             warning controls, separated by ',' (-W)
PYTHON_HISTORY             file that keeps the prompt's history
";

pub const X_OPTIONS: &str = "\
The following implementation-specific options are available:
-X dev         : development mode: warnings are shown by default
-X faulthandler: print the traceback of Python code on fatal signals
-X int_max_str_digits=N: limit of digits in conversions between int and str;
                 0 for none; also PYTHONINTMAXSTRDIGITS
-X no_debug_ranges: no marks below the lines of tracebacks;
                 also PYTHONNODEBUGRANGES
-X utf8        : accepted for compatibility: UTF-8 mode is always on
-X warn_default_encoding: warn when the default encoding is used
Any other name is put into sys._xoptions. The compiler's options:
";
