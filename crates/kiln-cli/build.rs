//! How the command is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The tables of built-in methods are full of addresses, each of which the loader has to relocate. Packed, the list
    // of them takes a tenth of the space, which every process would map and read at start (needs glibc 2.36).
    println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    // At a fixed address there is next to nothing left to relocate, and tables stay pages of the file, which processes share.
    println!("cargo::rustc-link-arg-bins=-no-pie");
}
