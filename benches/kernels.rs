//! Whole programs, as processes: the interpreter alone and with the compiler. `cargo xtask bench` compares with other Pythons.

use criterion::{Criterion, criterion_group, criterion_main};
use std::path::Path;
use std::process::{Command, Stdio};

fn run(flags: &[&str], program: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
    let status = command.args(flags).arg(program).arg("1").stdout(Stdio::null()).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{} failed",
        program.display()
    );
}

fn kernels(criterion: &mut Criterion) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/programs");
    let mut group = criterion.benchmark_group("kernels");
    group.sample_size(10);
    for name in ["nbody", "richards", "binary_trees", "generators", "json_parser"] {
        let program = dir.join(name).with_extension("py");
        group.bench_function(format!("{name} interpreted"), |bencher| {
            bencher.iter(|| run(&[], &program))
        });
        group.bench_function(format!("{name} compiled"), |bencher| {
            bencher.iter(|| run(&["-X", "jit"], &program))
        });
    }
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
