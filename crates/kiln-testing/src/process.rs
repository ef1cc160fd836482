//! Runs a program with its input, a time limit and a memory limit, and collects what it wrote. Knows nothing of test programs.
#![expect(unsafe_code, reason = "a limit on a child's memory is set between fork and exec")]
//!
//! # Safety
//!
//! The closure given to `pre_exec` runs in the forked child, where only async-signal-safe calls are allowed: it calls `setrlimit` and `signal`
//! and touches no memory but its own captured number.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// After this time a process is taken to hang. Nothing that is tested takes a tenth of it, on a busy machine either.
const HANGS: Duration = Duration::from_secs(600);

/// Whether the variable is one that a Python heeds.
fn is_of_python(variable: &OsStr) -> bool {
    variable.as_bytes().starts_with(b"PYTHON") || variable == "NO_COLOR" || variable == "FORCE_COLOR"
}

/// How a process ended and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit code, or minus the signal that ended the process.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A process to be run.
#[derive(Debug, Clone)]
pub struct Job {
    program: PathBuf,
    args: Vec<String>,
    envs: Vec<(String, String)>,
    cwd: Option<PathBuf>,
    stdin: Vec<u8>,
    timeout: Duration,
    address_space: Option<u64>,
}

impl Job {
    pub fn new(program: impl Into<PathBuf>) -> Job {
        let envs = vec![
            ("PYTHONHASHSEED".to_owned(), "0".to_owned()),
            ("LC_ALL".to_owned(), "C.UTF-8".to_owned()),
        ];
        Job {
            program: program.into(),
            args: Vec::new(),
            envs,
            cwd: None,
            stdin: Vec::new(),
            timeout: HANGS,
            address_space: None,
        }
    }

    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Job {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Job {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn cwd(mut self, dir: &Path) -> Job {
        self.cwd = Some(dir.to_path_buf());
        self
    }

    #[must_use]
    pub fn stdin(mut self, text: &str) -> Job {
        self.stdin = text.as_bytes().to_vec();
        self
    }

    #[must_use]
    pub fn timeout(mut self, seconds: u64) -> Job {
        self.timeout = Duration::from_secs(seconds);
        self
    }

    /// Limits the process's address space, in MiB.
    #[must_use]
    pub fn address_space(mut self, mebibytes: u64) -> Job {
        self.address_space = Some(mebibytes << 20);
        self
    }

    /// The command, with its streams connected to pipes.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in env::vars_os() {
            if is_of_python(&name) {
                command.env_remove(name);
            }
        }
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.cwd {
            command.current_dir(dir);
        }
        let limit = self.address_space;
        let restrict = move || {
            if let Some(bytes) = limit {
                let limit = libc::rlimit {
                    rlim_cur: bytes,
                    rlim_max: bytes,
                };
                // SAFETY: `setrlimit` is async-signal-safe and reads the struct it is given, which lives on this stack.
                if unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) } != 0 {
                    return Err(io::Error::last_os_error());
                }
            }
            // A shell's background jobs ignore Ctrl-C, and so would all that they start.
            // SAFETY: `signal` is async-signal-safe, and the default action is no function.
            if unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) } == libc::SIG_ERR {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        };
        // SAFETY: the closure makes async-signal-safe calls only (see the chapter above).
        unsafe { command.pre_exec(restrict) };
        command
    }

    /// Runs the process to its end. One that exceeds its time is killed and reported.
    pub fn run(&self) -> Result<Finished, String> {
        let mut child = self
            .command()
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", self.program.display()))?;
        let (mut input, text) = (child.stdin.take(), self.stdin.clone());
        let writer = thread::spawn(move || {
            // A process may end without having read its input: that is no error of the test's.
            if let Some(input) = &mut input {
                let _ = input.write_all(&text);
            }
        });
        let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let start = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if start.elapsed() > self.timeout => break None,
                Ok(None) => thread::sleep(Duration::from_millis(if start.elapsed().as_millis() < 200 {
                    2
                } else {
                    20
                })),
                Err(e) => return Err(e.to_string()),
            }
        };
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = writer.join();
        let stdout = out.join().unwrap_or_default();
        let stderr = err.join().unwrap_or_default();
        let Some(status) = status else {
            return Err(format!(
                "no end after {} s; it had written:\n{stdout}{stderr}",
                self.timeout.as_secs()
            ));
        };
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or(0));
        Ok(Finished { code, stdout, stderr })
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A folder that is removed at the end.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> io::Result<Scratch> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "kiln-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir)?;
        Ok(Scratch(dir))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into the folder and returns its path.
    pub fn file(&self, name: &str, text: &str) -> io::Result<String> {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
