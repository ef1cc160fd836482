//! How the command is linked.

use std::env;
use std::path::Path;
use std::process::Command;

/// See `docs/startup.md`.
const ORDER: &str = "startup-order.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    // The tables of built-in methods are full of addresses, each of which the loader has to relocate. Packed, the list
    // of them takes a tenth of the space, which every process would map and read at start (needs glibc 2.36).
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    // At a fixed address there is next to nothing left to relocate, and tables stay pages of the file, which processes share.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // What runs at start lies together. Not in development builds, which are linked often.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        let script = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join(ORDER);
        match accepts(&script) {
            Ok(()) => {
                println!("cargo::rustc-link-arg-bins=-T");
                println!("cargo::rustc-link-arg-bins={}", script.display());
            }
            Err(why) => println!("cargo::warning=functions are not ordered for a quick start: {why}"),
        }
    }
}

/// Whether this linker takes the script: not all do, and the order is not worth a failed build. An empty program is
/// linked as the command will be, with an option that only LLVM's linker knows: others take minutes to find thousands of names.
fn accepts(script: &Path) -> Result<(), String> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("no {name}"));
    let folder = variable("OUT_DIR")?;
    let source = Path::new(&folder).join("probe.rs");
    std::fs::write(&source, "fn main() {}\n").map_err(|e| e.to_string())?;
    let mut rustc = Command::new(variable("RUSTC")?);
    rustc.args(["--edition=2024", "--target", &variable("TARGET")?, "--out-dir", &folder]);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    for argument in ["-no-pie", "-Wl,--no-warn-symbol-ordering", "-T"] {
        rustc.arg(format!("-Clink-arg={argument}"));
    }
    rustc.arg(format!("-Clink-arg={}", script.display())).arg(source);
    let done = rustc.output().map_err(|e| e.to_string())?;
    if done.status.success() {
        return Ok(());
    }
    Err("the linker does not take a list of functions (LLVM's does)".to_owned())
}
