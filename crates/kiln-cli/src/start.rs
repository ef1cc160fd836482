//! Starting the runtime: configuration from options and environment, the object model, builtins, library.

use crate::options::{Options, Target};
use kiln_stdlib::config::Config;
use kiln_text::hash::HashKey;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A variable that counts unless it is empty or `-E` was given.
fn variable(o: &Options, name: &str) -> Option<String> {
    if o.ignore_environment {
        return None;
    }
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
/// A variable that is a number, or on when it is any other text.
fn level(o: &Options, name: &str) -> i64 {
    variable(o, name).map_or(0, |value| value.parse::<i64>().unwrap_or(1).max(0))
}

/// The file that this program is.
fn executable() -> OsString {
    let name = std::env::args_os().next().unwrap_or_default();
    if name.as_bytes().contains(&b'/') {
        let path = Path::new(&name);
        return if path.is_absolute() {
            name
        } else {
            std::env::current_dir().map_or_else(|_| name.clone(), |cwd| normal(&cwd.join(path)).into())
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file());
    found
        .or_else(|| std::env::current_exe().ok())
        .map_or_else(OsString::new, PathBuf::into_os_string)
}

/// Without `.` and `..`, textually.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// What `sys.path` begins with.
fn first_path(o: &Options) -> Option<OsString> {
    if o.safe_path {
        return None;
    }
    Some(match &o.target {
        Target::Command(_) | Target::Stdin => OsString::new(),
        Target::Module(_) => std::env::current_dir().map_or_else(|_| OsString::new(), PathBuf::into_os_string),
        Target::Script(script) => {
            let path = Path::new(script);
            if path.is_dir() || kiln_stdlib::import::is_archive(path) {
                return Some(absolute(path).into_os_string());
            }
            // The folder of the file that a link leads to.
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| absolute(path));
            real.parent()
                .map_or_else(OsString::new, |folder| folder.as_os_str().to_owned())
        }
    })
}

/// Joined to the working folder; `.` and `..` stay, as in CPython's `__file__`.
pub fn absolute(path: &Path) -> PathBuf {
    if path.is_absolute() {
        return path.to_path_buf();
    }
    std::env::current_dir().map_or_else(|_| path.to_path_buf(), |cwd| cwd.join(path))
}

/// The configuration, or the message of a setting that cannot be.
pub fn configuration(o: &Options) -> Result<(Config, HashKey), String> {
    let executable = executable();
    let mut argv = vec![match &o.target {
        Target::Command(_) => OsString::from("-c"),
        Target::Module(_) => OsString::from("-m"),
        Target::Script(script) => script.clone(),
        Target::Stdin if o.args.is_empty() && std::env::args_os().last().is_none_or(|last| last != "-") => {
            OsString::new()
        }
        Target::Stdin => OsString::from("-"),
    }];
    argv.extend(o.args.iter().cloned());
    let mut path = Vec::new();
    path.extend(first_path(o));
    if let Some(extra) = variable(o, "PYTHONPATH") {
        path.extend(extra.split(':').map(|entry| {
            if entry.is_empty() {
                OsString::new()
            } else {
                normal(&absolute(Path::new(entry))).into_os_string()
            }
        }));
    }
    let dev_mode = o.x_options.iter().any(|(name, _)| name == "dev") || level(o, "PYTHONDEVMODE") > 0;
    let mut warn_options = Vec::new();
    if dev_mode {
        warn_options.push("default".to_owned());
    }
    if let Some(warnings) = variable(o, "PYTHONWARNINGS") {
        warn_options.extend(warnings.split(',').map(str::to_owned));
    }
    warn_options.extend(o.warnings.iter().cloned());
    match o.bytes_warning {
        0 => {}
        1 => warn_options.push("default::BytesWarning".to_owned()),
        _ => warn_options.push("error::BytesWarning".to_owned()),
    }
    let (key, randomized) = hash_key(o)?;
    let (mut io_encoding, mut io_errors) = (None, None);
    if let Some(text) = variable(o, "PYTHONIOENCODING") {
        let (encoding, errors) = text.split_once(':').unwrap_or((&text, ""));
        io_encoding = (!encoding.is_empty()).then(|| encoding.to_owned());
        io_errors = (!errors.is_empty()).then(|| errors.to_owned());
        if io_encoding.is_some() && io_errors.is_none() {
            io_errors = Some("strict".to_owned());
        }
    }
    let inspect = i64::from(o.inspect || variable(o, "PYTHONINSPECT").is_some());
    let config = Config {
        argv,
        orig_argv: std::env::args_os().collect(),
        path,
        executable,
        warn_options,
        x_options: o.x_options.clone(),
        debug: o.debug.max(level(o, "PYTHONDEBUG")),
        inspect,
        interactive: inspect,
        optimize: o.optimize.max(level(o, "PYTHONOPTIMIZE")),
        dont_write_bytecode: o.dont_write_bytecode || variable(o, "PYTHONDONTWRITEBYTECODE").is_some(),
        no_user_site: o.no_user_site || variable(o, "PYTHONNOUSERSITE").is_some(),
        no_site: o.no_site,
        ignore_environment: o.ignore_environment,
        verbose: o.verbose.max(level(o, "PYTHONVERBOSE")),
        bytes_warning: o.bytes_warning,
        quiet: o.quiet,
        hash_randomization: randomized,
        isolated: o.isolated,
        dev_mode,
        utf8_mode: true,
        warn_default_encoding: o.x_options.iter().any(|(name, _)| name == "warn_default_encoding")
            || variable(o, "PYTHONWARNDEFAULTENCODING").is_some(),
        no_debug_ranges: o.x_options.iter().any(|(name, _)| name == "no_debug_ranges")
            || variable(o, "PYTHONNODEBUGRANGES").is_some(),
        safe_path: o.safe_path || variable(o, "PYTHONSAFEPATH").is_some(),
        unbuffered: o.unbuffered || variable(o, "PYTHONUNBUFFERED").is_some(),
        int_max_str_digits: digits(o)?,
        io_encoding,
        io_errors,
    };
    Ok((config, key))
}

fn digits(o: &Options) -> Result<i64, String> {
    let given = o.x_options.iter().rev().find(|(name, _)| name == "int_max_str_digits");
    let (text, from) = match given {
        Some((_, value)) => (value.clone().unwrap_or_default(), "-X int_max_str_digits"),
        None => match variable(o, "PYTHONINTMAXSTRDIGITS") {
            Some(text) => (text, "PYTHONINTMAXSTRDIGITS"),
            None => return Ok(4300),
        },
    };
    match text.parse::<i64>() {
        Ok(n) if n == 0 || n >= 640 => Ok(n),
        _ => Err(format!(
            "Fatal Python error: config_init_int_max_str_digits: {from}: invalid limit; must be >= 640 or 0 for unlimited.\nPython runtime state: preinitialized\n\n"
        )),
    }
}

fn hash_key(o: &Options) -> Result<(HashKey, bool), String> {
    let seed = match variable(o, "PYTHONHASHSEED").as_deref() {
        None | Some("random") => None,
        Some(text) => match text.parse::<u32>() {
            Ok(seed) => Some(seed),
            Err(_) => {
                return Err(
                    "Fatal Python error: config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]\nPython runtime state: preinitialized\n\n"
                        .to_owned(),
                );
            }
        },
    };
    Ok(match seed {
        Some(seed) => (HashKey::from_seed(seed), seed != 0),
        None => {
            let mut bytes = [0u8; 16];
            #[expect(unsafe_code, reason = "asks the kernel for random bytes")]
            // SAFETY: the buffer's own length.
            let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
            if got != 16 {
                return Err("kiln: no random bytes to be had\n".to_owned());
            }
            (HashKey::from_bytes(bytes), true)
        }
    })
}
