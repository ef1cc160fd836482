//! Source to tree, and source to bytecode, over all of `benches/programs` as one batch.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kiln_compiler::{Mode, Options, compile};
use std::fs;
use std::hint::black_box;
use std::path::Path;

/// The programs, in order of their names.
fn programs() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/programs");
    let entries = fs::read_dir(&dir).expect("benches/programs");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("a readable program"))
        .collect()
}

fn front_end(criterion: &mut Criterion) {
    let programs = programs();
    let bytes: usize = programs.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("front_end");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            for text in &programs {
                black_box(kiln_syntax::parse(text, Mode::Exec).is_ok());
            }
        });
    });
    group.bench_function("compile to bytecode", |bencher| {
        bencher.iter(|| {
            for text in &programs {
                black_box(compile(text, "<bench>", Mode::Exec, Options::default()).is_ok());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, front_end);
criterion_main!(benches);
