//! The command line: what `python` accepts, with its messages.

use crate::xoptions::{self, Chosen};
use lexopt::Arg;
use std::ffi::OsString;

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Command(String),
    Module(String),
    Script(OsString),
    /// `-`, or nothing at all.
    Stdin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub target: Target,
    /// `sys.argv` without its first entry.
    pub args: Vec<OsString>,
    pub debug: i64,
    pub inspect: bool,
    pub isolated: bool,
    pub ignore_environment: bool,
    pub safe_path: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub dont_write_bytecode: bool,
    pub unbuffered: bool,
    pub optimize: i64,
    pub verbose: i64,
    pub bytes_warning: i64,
    pub quiet: bool,
    pub skip_first_line: bool,
    pub warnings: Vec<String>,
    pub x_options: Vec<(String, Option<String>)>,
    pub jit: Vec<Chosen>,
}

/// A reason not to run anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A message, then the usage, exit 2.
    Usage(String),
    /// A message, exit 2.
    Error(String),
    /// A message as it is, exit 1.
    Plain(String),
    Help,
    /// `--help-env`, `--help-xoptions`, `--help-all`.
    HelpEnvironment,
    HelpXOptions,
    HelpAll,
    /// `-V`; twice for more.
    Version(u32),
    JitHelp,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            target: Target::Stdin,
            args: Vec::new(),
            debug: 0,
            inspect: false,
            isolated: false,
            ignore_environment: false,
            safe_path: false,
            no_user_site: false,
            no_site: false,
            dont_write_bytecode: false,
            unbuffered: false,
            optimize: 0,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            skip_first_line: false,
            warnings: Vec::new(),
            x_options: Vec::new(),
            jit: Vec::new(),
        }
    }
}

/// Reads the arguments that follow the program's name.
pub fn parse(args: Vec<OsString>) -> Result<Options, Stop> {
    let mut o = Options::default();
    let mut versions = 0;
    let mut help = false;
    let mut parser = lexopt::Parser::from_args(args);
    loop {
        let arg = match parser.next() {
            Ok(Some(arg)) => arg,
            Ok(None) => break,
            Err(e) => return Err(Stop::Usage(e.to_string())),
        };
        match arg {
            Arg::Short('c') => {
                let command = value(&mut parser, 'c')?;
                // As CPython does: the text ends with a line break, and the blanks that all its lines begin with go.
                let Some(command) = command.to_str() else {
                    return Err(Stop::Plain(
                        "Unable to decode the command from the command line: it is not UTF-8\n".to_owned(),
                    ));
                };
                o.target = Target::Command(dedent(&format!("{command}\n")));
                o.args = rest(&mut parser);
                break;
            }
            Arg::Short('m') => {
                o.target = Target::Module(value(&mut parser, 'm')?.to_string_lossy().into_owned());
                o.args = rest(&mut parser);
                break;
            }
            Arg::Short('W') => o.warnings.push(value(&mut parser, 'W')?.to_string_lossy().into_owned()),
            Arg::Short('X') => {
                let text = value(&mut parser, 'X')?.to_string_lossy().into_owned();
                match xoptions::check(&text).map_err(Stop::Error)? {
                    Some(chosen) if chosen.name == "jit-help" => return Err(Stop::JitHelp),
                    Some(chosen) => o.jit.push(chosen),
                    None => {}
                }
                o.x_options.push(match text.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (text, None),
                });
            }
            Arg::Short('h' | '?') | Arg::Long("help") => help = true,
            Arg::Short('V') | Arg::Long("version") => versions += 1,
            Arg::Short('q') => o.quiet = true,
            Arg::Short('E') => o.ignore_environment = true,
            Arg::Short('I') => {
                o.isolated = true;
                o.ignore_environment = true;
                o.safe_path = true;
                o.no_user_site = true;
            }
            Arg::Short('P') => o.safe_path = true,
            Arg::Short('S') => o.no_site = true,
            Arg::Short('s') => o.no_user_site = true,
            Arg::Short('u') => o.unbuffered = true,
            Arg::Short('B') => o.dont_write_bytecode = true,
            Arg::Short('O') => o.optimize += 1,
            Arg::Short('b') => o.bytes_warning += 1,
            Arg::Short('d') => o.debug += 1,
            Arg::Short('i') => o.inspect = true,
            Arg::Short('v') => o.verbose += 1,
            Arg::Short('x') => o.skip_first_line = true,
            Arg::Short('R' | 't' | 'J') => {}
            Arg::Long("help-env") => return Err(Stop::HelpEnvironment),
            Arg::Long("help-xoptions") => return Err(Stop::HelpXOptions),
            Arg::Long("help-all") => return Err(Stop::HelpAll),
            Arg::Long("check-hash-based-pycs") => {
                let Ok(choice) = parser.value() else {
                    return Err(Stop::Usage(
                        "Argument expected for the --check-hash-based-pycs option".to_owned(),
                    ));
                };
                let choice = choice.to_string_lossy();
                if !matches!(&*choice, "default" | "always" | "never") {
                    return Err(Stop::Usage(
                        "--check-hash-based-pycs must be one of 'default', 'always', or 'never'".to_owned(),
                    ));
                }
            }
            Arg::Short(c) => return Err(Stop::Usage(format!("Unknown option: -{c}"))),
            Arg::Long(name) => return Err(Stop::Usage(format!("Unknown option: --{name}"))),
            Arg::Value(script) => {
                o.target = if script == "-" {
                    Target::Stdin
                } else {
                    Target::Script(script)
                };
                o.args = rest(&mut parser);
                break;
            }
        }
    }
    if help {
        return Err(Stop::Help);
    }
    if versions > 0 {
        return Err(Stop::Version(versions));
    }
    if !o.ignore_environment {
        let mut chosen = xoptions::from_environment().map_err(Stop::Error)?;
        // The command line wins: it comes last.
        chosen.retain(|c| !o.jit.iter().any(|given| given.name == c.name));
        chosen.append(&mut o.jit);
        o.jit = chosen;
    }
    o.jit.retain(|c| c.value.as_deref() != Some("0"));
    Ok(o)
}

fn value(parser: &mut lexopt::Parser, option: char) -> Result<OsString, Stop> {
    // An empty argument of its own (`-c ""`) is a value as well.
    parser
        .value()
        .map_err(|_| Stop::Usage(format!("Argument expected for the -{option} option")))
}
/// Without the blanks that all lines with text begin with; a line of blanks becomes empty.
fn dedent(text: &str) -> String {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut shared: Option<&str> = None;
    for line in text.split('\n').filter(|line| line.len() > blanks(line)) {
        let lead = &line[..blanks(line)];
        let common = shared.map_or(lead.len(), |known| {
            known.bytes().zip(lead.bytes()).take_while(|(a, b)| a == b).count()
        });
        shared = Some(&lead[..common]);
    }
    let Some(shared) = shared.filter(|shared| !shared.is_empty()) else {
        return text.to_owned();
    };
    let lines = text.split('\n').map(|line| {
        let line = if line.len() > blanks(line) { line } else { "" };
        line.strip_prefix(shared).unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn rest(parser: &mut lexopt::Parser) -> Vec<OsString> {
    parser.raw_args().map(Iterator::collect).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Result<Options, Stop> {
        parse(args.iter().map(OsString::from).collect())
    }

    #[test]
    fn targets() {
        assert_eq!(
            of(&["-c", "pass", "-x"]).map(|o| (o.target, o.args)),
            Ok((Target::Command("pass\n".into()), vec!["-x".into()]))
        );
        assert_eq!(of(&["-cpass"]).map(|o| o.target), Ok(Target::Command("pass\n".into())));
        assert_eq!(
            of(&["-qE", "a.py", "-q"]).map(|o| o.target),
            Ok(Target::Script("a.py".into()))
        );
        assert_eq!(
            of(&["-m", "mod", "x"]).map(|o| o.target),
            Ok(Target::Module("mod".into()))
        );
        assert_eq!(of(&["-"]).map(|o| o.target), Ok(Target::Stdin));
    }

    #[test]
    fn commands_are_dedented() {
        assert_eq!(dedent("  a\n    b\n \n  c\n"), "a\n  b\n\nc\n");
        assert_eq!(dedent("a\n  b\n"), "a\n  b\n");
        assert_eq!(dedent("\ta\n  b\n"), "\ta\n  b\n");
    }

    #[test]
    fn messages() {
        assert_eq!(of(&["-z"]).map(|_| ()), Err(Stop::Usage("Unknown option: -z".into())));
        assert_eq!(
            of(&["-c"]).map(|_| ()),
            Err(Stop::Usage("Argument expected for the -c option".into()))
        );
        assert_eq!(of(&["-VV"]).map(|_| ()), Err(Stop::Version(2)));
    }
}
