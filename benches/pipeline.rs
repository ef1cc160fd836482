//! The passes over HIR, on the functions that the golden tests of passes hold.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kiln_hir::Function;
use kiln_hir::parse::parse;
use kiln_opt::{Facts, Runner};
use std::fs;
use std::path::{Path, PathBuf};

fn goldens(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("tests/hir") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            goldens(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "hir") {
            found.push(path);
        }
    }
}

/// The inputs of the golden tests whose counts are not inserted yet.
fn functions() -> Vec<Function> {
    let mut paths = Vec::new();
    goldens(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hir"),
        &mut paths,
    );
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("a readable file"));
    let inputs: Vec<String> = texts
        .map(|text| text.split("---").next().unwrap_or_default().to_owned())
        .collect();
    inputs
        .iter()
        .filter_map(|text| parse(text).ok())
        .filter(|func| !func.counted)
        .collect()
}

fn pipeline(criterion: &mut Criterion) {
    let functions = functions();
    let mut group = criterion.benchmark_group("hir");
    group.throughput(Throughput::Elements(functions.len() as u64));
    group.bench_function("all passes", |bencher| {
        let optimize = |mut functions: Vec<Function>| {
            for func in &mut functions {
                kiln_opt::optimize(func, &Facts::default(), &mut Runner::new());
            }
            functions
        };
        bencher.iter_batched(|| functions.clone(), optimize, BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
