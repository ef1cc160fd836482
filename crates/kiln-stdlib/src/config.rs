//! What the command line decided, as the library sees it.

use std::ffi::OsString;
use std::sync::OnceLock;

/// `sys.flags`, and the rest of the start-up configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub argv: Vec<OsString>,
    pub orig_argv: Vec<OsString>,
    pub executable: OsString,
    /// The first entries of `sys.path`, the script's folder included.
    pub path: Vec<OsString>,
    pub warn_options: Vec<String>,
    pub x_options: Vec<(String, Option<String>)>,
    pub debug: i64,
    pub inspect: i64,
    pub interactive: i64,
    pub optimize: i64,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: i64,
    pub bytes_warning: i64,
    pub quiet: bool,
    pub hash_randomization: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    /// No marks below the lines of tracebacks.
    pub no_debug_ranges: bool,
    pub safe_path: bool,
    pub unbuffered: bool,
    pub int_max_str_digits: i64,
    /// Encoding and error handler of the standard streams, from `PYTHONIOENCODING`.
    pub io_encoding: Option<String>,
    pub io_errors: Option<String>,
}

static CONFIG: OnceLock<Config> = OnceLock::new();

/// The configuration; the default one where nothing was set (tests of single crates).
pub fn config() -> &'static Config {
    CONFIG.get_or_init(|| Config {
        int_max_str_digits: 4300,
        ..Config::default()
    })
}

pub(crate) fn set(config: Config) {
    let _ = CONFIG.set(config);
}
