//! The `-X` options of Kiln's own: one list with name, environment variable and what the option does. `-X jit-help`
//! prints it; an option of that family that is not in the list, or has a bad value, is an error.

/// What may follow the option's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    Nothing,
    /// `=FILE`
    File,
    /// `=N`, may be left out.
    OptionalNumber,
    /// `=PATTERN`, may be left out: all functions.
    OptionalPattern,
    /// `=NAME,...`
    Names,
}

pub struct XOption {
    pub name: &'static str,
    pub takes: Takes,
    /// Empty: none.
    pub variable: &'static str,
    pub doc: &'static str,
}

macro_rules! x_options {
    ($($name:literal $takes:ident $variable:literal $doc:literal),* $(,)?) => {
        pub const OPTIONS: &[XOption] = &[$(XOption { name: $name, takes: Takes::$takes, variable: $variable, doc: $doc }),*];
    };
}

x_options! {
    "jit" Nothing "PYTHONJIT" "compile every function at its first call",
    "jit-list-file" File "PYTHONJITLISTFILE" "compile the functions listed in FILE, and no others",
    "jit-auto" OptionalNumber "PYTHONJITAUTO" "compile functions that are hot (after N calls or loop turns)",
    "jit-profile-out" File "PYTHONJITPROFILEOUT" "write what the interpreter saw to FILE at exit",
    "jit-profile-in" File "PYTHONJITPROFILEIN" "give the compiler the types that were seen when FILE was written",
    "jit-dump-hir" OptionalPattern "PYTHONJITDUMPHIR" "print the first intermediate code of functions whose name matches",
    "jit-dump-hir-passes" OptionalPattern "PYTHONJITDUMPHIRPASSES" "print the intermediate code after every pass",
    "jit-dump-final-hir" OptionalPattern "PYTHONJITDUMPFINALHIR" "print the intermediate code that machine code is made from",
    "jit-dump-clif" OptionalPattern "PYTHONJITDUMPCLIF" "print the code given to Cranelift",
    "jit-dump-asm" OptionalPattern "PYTHONJITDUMPASM" "print the machine code",
    "jit-dump-file" File "PYTHONJITDUMPFILE" "print dumps to FILE, not to stderr",
    "jit-perf-map" Nothing "PYTHONJITPERFMAP" "tell `perf` the names of compiled functions (/tmp/perf-PID.map)",
    "jit-stats" Nothing "PYTHONJITSTATS" "print what was compiled, what was not and why, at exit",
    "jit-test-no-passes" Nothing "PYTHONJITTESTNOPASSES" "leave out every pass that is not required",
    "jit-test-passes" Names "PYTHONJITTESTPASSES" "of the passes that are not required, run only those named",
    "jit-test-panic" OptionalPattern "PYTHONJITTESTPANIC" "let the compiler fail on functions whose name matches",
    "jit-test-collect" Nothing "PYTHONJITTESTCOLLECT" "collect garbage at the first chance after every new container",
    "jit-test-fail-guards" Nothing "PYTHONJITTESTFAILGUARDS" "let every guard fail when it is reached for the first time",
    "jit-test-full-effort" Nothing "PYTHONJITTESTFULLEFFORT" "compile everything with the effort that only code that stays hot gets",
    "jit-no-refcount-check" Nothing "PYTHONJITNOREFCOUNTCHECK" "compile without the independent check of reference counts, which only debug builds then do",
    "jit-check-leaks" Nothing "PYTHONJITCHECKLEAKS" "print how many mortal objects are alive after finalisation",
    "jit-help" Nothing "" "print this list and exit",
}

/// A chosen option and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub name: &'static str,
    pub value: Option<String>,
}

fn form(option: &XOption) -> String {
    match option.takes {
        Takes::Nothing => option.name.to_owned(),
        Takes::File => format!("{}=FILE", option.name),
        Takes::OptionalNumber => format!("{}[=N]", option.name),
        Takes::Names => format!("{}=NAME,...", option.name),
        Takes::OptionalPattern => format!("{}[=PATTERN]", option.name),
    }
}

/// Checks one `-X` option: `Ok(None)` when it is not of our family.
pub fn check(text: &str) -> Result<Option<Chosen>, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name != "jit" && !name.starts_with("jit-") {
        return Ok(None);
    }
    let Some(option) = OPTIONS.iter().find(|option| option.name == name) else {
        let known: Vec<String> = OPTIONS.iter().map(form).collect();
        return Err(format!("unknown option -X {name}; known are: {}", known.join(", ")));
    };
    check_value(option, value.as_deref()).map_err(|why| format!("-X {text}: {why}; use -X {}", form(option)))?;
    Ok(Some(Chosen {
        name: option.name,
        value,
    }))
}

fn check_value(option: &XOption, value: Option<&str>) -> Result<(), String> {
    match (option.takes, value) {
        (Takes::Nothing, Some("0" | "1")) | (Takes::Nothing | Takes::OptionalNumber | Takes::OptionalPattern, None) => {
            Ok(())
        }
        (Takes::Nothing, Some(_)) => Err("takes no value".to_owned()),
        (Takes::File, None | Some("")) => Err("needs a file name".to_owned()),
        (Takes::Names, None | Some("")) => Err("needs names".to_owned()),
        (Takes::OptionalNumber, Some(n)) => match n.parse::<u32>() {
            Ok(n) if n > 0 => Ok(()),
            _ => Err(format!("{n:?} is no positive number")),
        },
        (Takes::OptionalPattern, Some("")) => Err("the pattern is empty".to_owned()),
        (Takes::File | Takes::OptionalPattern | Takes::Names, Some(_)) => Ok(()),
    }
}

/// What the environment asks for; a variable with a bad value is an error, one that is empty or `0` says nothing.
pub fn from_environment() -> Result<Vec<Chosen>, String> {
    let mut chosen = Vec::new();
    for option in OPTIONS.iter().filter(|option| !option.variable.is_empty()) {
        let Ok(value) = std::env::var(option.variable) else {
            continue;
        };
        if value.is_empty() || value == "0" {
            continue;
        }
        let value = match option.takes {
            Takes::File | Takes::Names => Some(value),
            _ if value == "1" => None,
            _ => Some(value),
        };
        check_value(option, value.as_deref()).map_err(|why| format!("{}: {why}", option.variable))?;
        chosen.push(Chosen {
            name: option.name,
            value,
        });
    }
    Ok(chosen)
}

/// The text of `-X jit-help`.
pub fn help() -> String {
    let mut out = String::from("Options of the compiler:\n");
    for option in OPTIONS {
        let variable = if option.variable.is_empty() {
            String::new()
        } else {
            format!(" (also {})", option.variable)
        };
        out.push_str(&format!("-X {:<32} {}{variable}\n", form(option), option.doc));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert!(check("jit").is_ok_and(|c| c.is_some()));
        assert!(check("dev").is_ok_and(|c| c.is_none()));
        assert!(check("jit-auto=5").is_ok());
        assert!(check("jit-auto=x").is_err());
        assert!(check("jit-list-file").is_err());
        assert!(check("jit-nonsense").is_err_and(|e| e.contains("jit-list-file=FILE")));
    }
}
