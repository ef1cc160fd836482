//! HIR to machine code: a function of many additions with guards, compiled and installed.
#![expect(unsafe_code, reason = "the tests' runtime calls machine code")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/codegen/machine.rs"]
mod machine;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;

/// Adds its argument to itself `count` times, each time with a guard and a check.
fn additions(count: usize) -> String {
    let mut text = String::from(
        "function \"sum\" code0 args=1 {\nbb0:\n  v0: Object = load_arg [0]\n  s0 = reexec 0 code0 [r0=v0]\n",
    );
    text += "  v1: Int = guard_type v0 [Int] @s0\n";
    for at in 1..=count {
        let _ = writeln!(text, "  v{}: Int = int_add v{at}, v1 @s0", at + 1);
    }
    let _ = write!(text, "  return_value v{}\n}}\n", count + 1);
    text
}

fn machine_code(criterion: &mut Criterion) {
    const COUNT: usize = 200;
    let text = additions(COUNT);
    let mut group = criterion.benchmark_group("machine_code");
    group.throughput(Throughput::Elements(COUNT as u64));
    group.sample_size(20);
    group.bench_function("200 additions with exits", |bencher| {
        bencher.iter_batched(
            machine::Machine::new,
            |mut machine| machine.compile(&text),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, machine_code);
criterion_main!(benches);
