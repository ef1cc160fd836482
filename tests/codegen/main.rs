//! Machine code of small HIR functions, run against a runtime of a few lines.
#![expect(unsafe_code, reason = "calls machine code")]

mod differential;
mod machine;

use kiln_codegen::{Source, Transition};
use kiln_hir::{BinaryKind, Opcode, Resume};
use machine::{Machine, Thread, float_word, int_word, number_of};

/// `lhs + rhs` with guards, as the builder would make it of ints.
const ADD: &str = "function \"add\" code0 args=2 {
bb0:
  v0: Object = load_arg [0]
  v1: Object = load_arg [1]
  s0 = reexec 3 code7 [r0=v0, r1=v1]
  v2: Int = guard_type v0 [Int] @s0
  v3: Int = guard_type v1 [Int] @s0
  v4: Int = int_add v2, v3 @s0
  return_value v4
}
";

#[test]
fn ints_are_added_in_their_words() {
    let mut machine = Machine::new();
    let add = machine.compile(ADD);
    assert_eq!(number_of(machine.run(add, &[int_word(40), int_word(2)])), 42);
    assert_eq!(number_of(machine.run(add, &[int_word(-1), int_word(-2)])), -3);
}

#[test]
fn a_failing_guard_leaves_with_the_frame_state() {
    let mut machine = Machine::new();
    let add = machine.compile(ADD);
    let largest = int_word((1 << 62) - 1);
    assert_eq!(machine.run(add, &[largest, int_word(1)]), machine::LEFT);
    let left = machine.thread.left.take().unwrap();
    let site = machine.compiled[add].exit(left.exit).unwrap();
    assert!(site.is_exit);
    assert_eq!(
        (site.frames[0].pc, site.frames[0].code.0, site.frames[0].resume),
        (3, 7, Resume::Reexec)
    );
    let words: Vec<u64> = site.frames[0]
        .registers
        .iter()
        .map(|(_, place)| match place.source {
            Source::Word(slot) => left.area[slot as usize],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(words, [largest, int_word(1)]);
    // All three share the exit: they have one frame state and own nothing.
    assert_eq!(machine.compiled[add].sites.len(), 1);
}

/// Exits are told apart by the numbers of values, whichever instruction comes first: here the guard has the number before that one's.
#[test]
fn numbers_of_values_in_any_order_tell_exits_apart() {
    let mut machine = Machine::new();
    let function = machine.compile(
        "function \"f\" code7 args=1 {
bb0:
  v3: Int{5} = const_int [5]
  v0: Object = load_arg [0]
  s0 = reexec 4 code7 [r0=v0, r1=v3]
  v2: Int = guard_type v0 [Int] @s0
  v4: Int = int_add v2, v3 @s0
  return_value v4
}
",
    );
    assert_eq!(number_of(machine.run(function, &[int_word(2)])), 7);
    let largest = int_word((1 << 62) - 1);
    assert_eq!(machine.run(function, &[largest]), machine::LEFT);
    let left = machine.thread.left.take().unwrap();
    assert_eq!(machine.compiled[function].exit(left.exit).unwrap().frames[0].pc, 4);
}

#[test]
fn a_loop_runs_on_words() {
    let mut machine = Machine::new();
    let sum = machine.compile(
        "function \"sum\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  s0 = reexec 0 code0 [r0=v0]
  v1: Int = guard_type v0 [Int] @s0
  v2: Int{0} = const_int [0]
  v3: Int{1} = const_int [1]
  jump [bb1(v2, v2)]
bb1(v4: Int, v5: Int):
  s1 = reexec 4 code0 [r0=v1, r1=v4, r2=v5]
  poll @s1
  v6: Bool = int_compare v4, v1 [lt]
  branch v6 [bb2, bb3]
bb2:
  s2 = reexec 6 code0 [r0=v1, r1=v4, r2=v5]
  v7: Int = int_add v5, v4 @s2
  v8: Int = int_add v4, v3 @s2
  jump [bb1(v8, v7)]
bb3:
  return_value v5
}
",
    );
    assert_eq!(number_of(machine.run(sum, &[int_word(1000)])), 499_500);
    // Asked to look up, it leaves before the first round.
    machine.thread.poll = 1;
    assert_eq!(machine.run(sum, &[int_word(1000)]), machine::LEFT);
    let left = machine.thread.left.take().unwrap();
    assert_eq!(machine.compiled[sum].exit(left.exit).unwrap().opcode, Opcode::Poll);
}

#[test]
fn floats_come_out_of_words_and_go_back() {
    let mut machine = Machine::new();
    let half = machine.compile(
        "function \"half\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  s0 = reexec 0 code0 [r0=v0]
  v1: Float = guard_type v0 [Float] @s0
  v2: F64 = unbox_float v1
  v3: F64{0.5f} = const_f64 [0.5]
  v4: F64 = f64_mul v2, v3
  v5: Float = box_float v4
  return_value v5
}
",
    );
    assert_eq!(machine.run(half, &[float_word(3.0)]), float_word(1.5));
    let zero = machine.boxed_float(0.0);
    let result = machine.run(half, &[zero]);
    assert_eq!(machine.float_of(result), 0.0);
    assert_eq!(machine.run(half, &[int_word(3)]), machine::LEFT);
}

#[test]
fn an_exception_leaves_with_what_is_owned() {
    let mut machine = Machine::new();
    let twice = machine.compile(
        "function \"twice\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  s0 = raise 2 code0 [r0=v0]
  v1: Object = binary_op v0, v0 [mul, c0] @s0
  s1 = raise 3 code0 [r0=v0, r1=v1]
  v2: Object = binary_op v1, v0 [mul, c1] @s1
  return_value v2
}
",
    );
    let object = machine.object(1);
    machine.thread.answers = vec![object, 1];
    assert_eq!(machine.run(twice, &[int_word(5)]), machine::LEFT);
    assert_eq!(
        machine.thread.operations,
        [(BinaryKind::Mul as u64, 0), (BinaryKind::Mul as u64, 8)]
    );
    let left = machine.thread.left.take().unwrap();
    let site = machine.compiled[twice].exit(left.exit).unwrap();
    assert_eq!(site.frames[0].resume, Resume::Raise);
    assert!(!site.frames[0].registers[0].1.owned && site.frames[0].registers[1].1.owned);
    assert!(site.release.is_empty());
}

#[test]
fn a_handler_is_an_ordinary_block() {
    let mut machine = Machine::new();
    let caught = machine.compile(
        "function \"caught\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  s0 = raise 2 code0 [r0=v0]
  v1: Result = binary_op v0, v0 [mul, c0] @s0 catches
  branch_pending v1 [bb2, bb1]
bb1:
  v2: Object = refine v1 [Object]
  return_value v2
bb2:
  v3: Int{7} = const_int [7]
  return_value v3
}
",
    );
    machine.thread.answers = vec![1, int_word(9)];
    assert_eq!(number_of(machine.run(caught, &[int_word(5)])), 7);
    assert_eq!(number_of(machine.run(caught, &[int_word(5)])), 9);
}

#[test]
fn references_are_counted() {
    let mut machine = Machine::new();
    let replace = machine.compile(
        "function \"replace\" code0 args=2 {
bb0:
  v0: Object = load_arg [0]
  v1: Object = load_arg [1]
  v2: Object = swap_slot v0, v1 [16, Object]
  v3: None = const_none
  return_value v3
}
",
    );
    let (holder, old, new) = (machine.object(1), machine.object(1), machine.object(1));
    machine.set_field(holder, 16, old);
    machine.run(replace, &[holder, new]);
    assert_eq!((machine.count(new), machine.thread.destroyed.clone()), (2, vec![old]));
    // What is immortal is not written, and numbers are no objects.
    let immortal = machine.object(0xc000_0000);
    machine.run(replace, &[holder, immortal]);
    machine.run(replace, &[holder, int_word(1)]);
    assert_eq!((machine.count(new), machine.count(immortal)), (1, 0xc000_0000));
}

#[test]
fn code_calls_code_through_its_cell() {
    let mut machine = Machine::new();
    let add = machine.compile(ADD);
    let many = machine.compile(
        "function \"many\" code0 args=7 {
bb0:
  v0: Object = load_arg [6]
  return_value v0
}
",
    );
    machine.set_entry(0, add);
    machine.set_entry(1, many);
    let caller = machine.compile(
        "function \"caller\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  s0 = raise 2 code0 [r0=v0]
  v1: Object = call_direct [(v0, v0), code0, 0] @s0
  v2: Object = call_direct [(v0, v0, v0, v0, v0, v0, v1), code1, 0] @s0
  return_value v2
}
",
    );
    assert_eq!(number_of(machine.run(caller, &[int_word(21)])), 42);
}

/// While a runtime function runs, the compiled frames above it can be found and shown.
#[test]
fn frames_are_found_by_return_addresses() {
    let mut machine = Machine::new();
    let inner = machine.compile(
        "function \"inner\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  s0 = raise 11 code1 [r0=v0]
  v1: Object = binary_op v0, v0 [mul, c0] @s0
  return_value v1
}
",
    );
    machine.set_entry(0, inner);
    let outer = machine.compile(
        "function \"outer\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  v1: Int{3} = const_int [3]
  s0 = raise 22 code2 [r0=v0, r1=v1]
  v2: Object = call_direct [(v0), code0, 0] @s0
  return_value v2
}
",
    );
    machine.thread.answers = vec![int_word(1)];
    machine.thread.watch = true;
    machine.run(outer, &[int_word(5)]);
    let frames = std::mem::take(&mut machine.thread.frames);
    assert_eq!(frames.len(), 2);
    let shown: Vec<(u32, Vec<u64>)> = frames.iter().map(|frame| machine.show(frame)).collect();
    assert_eq!(shown, [(11, vec![int_word(5)]), (22, vec![int_word(5), int_word(3)])]);
    assert!(machine.thread.transition.is_null());
    assert_eq!(size_of::<Transition>(), 24);
}

#[test]
fn type_tests_branch() {
    let mut machine = Machine::new();
    let kind = machine.compile(
        "function \"kind\" code0 args=1 {
bb0:
  v0: Object = load_arg [0]
  v1: Int{1} = const_int [1]
  v2: Bool = has_type v0 [Int]
  branch v2 [bb1(v1), bb2]
bb1(v3: Int):
  return_value v3
bb2:
  v4: Int{2} = const_int [2]
  v5: Bool = has_shape v0 [shape5]
  v6: PyBool = bool_to_object v5
  branch v5 [bb1(v4), bb3]
bb3:
  return_value v6
}
",
    );
    let object = machine.object(1);
    let other = machine.boxed_float(0.0);
    assert_eq!(number_of(machine.run(kind, &[int_word(7)])), 1);
    assert_eq!(number_of(machine.run(kind, &[object])), 2);
    for word in [other, float_word(1.5)] {
        assert_eq!(machine.run(kind, &[word]), 0x3001);
    }
}

#[test]
fn deep_recursion_is_noticed() {
    let mut machine = Machine::new();
    machine.thread.stack_limit = usize::MAX;
    let add = machine.compile(ADD);
    assert_eq!(machine.run(add, &[0, 0]), 1);
    assert_eq!(machine.thread.overflows, 1);
}

#[test]
fn code_goes_on_after_the_area_is_sealed() {
    let mut machine = Machine::new();
    let first = machine.compile(ADD);
    let before = machine.area.range();
    machine.area.seal();
    let second = machine.compile(ADD);
    assert!(machine.area.range().1 > before.1, "a new segment");
    assert!(machine.area.contains(machine.entries[second]));
    for function in [first, second] {
        assert_eq!(number_of(machine.run(function, &[int_word(1), int_word(2)])), 3);
    }
}

/// Both sides of a fork run what was there, and go on compiling, each for itself.
#[test]
fn a_fork_shares_code() {
    let mut machine = Machine::new();
    let before = machine.compile(ADD);
    machine.area.seal();
    let works = |machine: &mut Machine, name: &str| {
        let after = machine.compile(&ADD.replace("int_add", name));
        let sum = machine.run(before, &[int_word(40), int_word(2)]) == int_word(42);
        let other = machine.run(after, &[int_word(40), int_word(2)]);
        (sum, other)
    };
    // SAFETY: the child does nothing but compile, run and leave at once.
    match unsafe { libc::fork() } {
        0 => {
            let fine = works(&mut machine, "int_sub") == (true, int_word(38));
            // SAFETY: ends the child.
            unsafe { libc::_exit(if fine { 7 } else { 1 }) }
        }
        child => {
            assert_eq!(works(&mut machine, "int_mul"), (true, int_word(80)));
            let mut status = 0;
            // SAFETY: waits for the child made above.
            unsafe { libc::waitpid(child, &mut status, 0) };
            assert_eq!(libc::WEXITSTATUS(status), 7);
            // What the child wrote is not here.
            assert_eq!(works(&mut machine, "int_sub"), (true, int_word(38)));
        }
    }
}

/// Each form of arithmetic against the same in Rust, at the edges.
#[test]
fn arithmetic_is_pythons() {
    let mut machine = Machine::new();
    let numbers = [
        0,
        1,
        -1,
        2,
        -2,
        3,
        7,
        -7,
        10,
        62,
        63,
        1 << 31,
        -(1 << 31),
        (1 << 62) - 1,
        -(1 << 62),
    ];
    type Expected = fn(i64, i64) -> Option<i128>;
    let forms: [(&str, Expected); 10] = [
        ("int_add", |a, b| Some(i128::from(a) + i128::from(b))),
        ("int_sub", |a, b| Some(i128::from(a) - i128::from(b))),
        ("int_mul", |a, b| Some(i128::from(a) * i128::from(b))),
        ("int_floordiv", |a, b| {
            (b != 0).then(|| (i128::from(a)).div_euclid(1).div_floor_by(b.into()))
        }),
        ("int_mod", |a, b| {
            (b != 0).then(|| i128::from(a) - i128::from(a).div_floor_by(b.into()) * i128::from(b))
        }),
        ("int_and", |a, b| Some((a & b).into())),
        ("int_or", |a, b| Some((a | b).into())),
        ("int_xor", |a, b| Some((a ^ b).into())),
        ("int_lshift", |a, b| (0..=62).contains(&b).then(|| i128::from(a) << b)),
        ("int_rshift", |a, b| (b >= 0).then(|| i128::from(a) >> b.min(100))),
    ];
    for (name, expected) in forms {
        let exits = if matches!(name, "int_and" | "int_or" | "int_xor") {
            ""
        } else {
            " @s0"
        };
        let function = machine.compile(&ADD.replace("int_add v2, v3 @s0", &format!("{name} v2, v3{exits}")));
        for a in numbers {
            for b in numbers {
                let result = machine.run(function, &[int_word(a), int_word(b)]);
                let fits = |value: &i128| (-(1 << 62)..1 << 62).contains(value);
                match expected(a, b).filter(fits) {
                    Some(value) => assert_eq!(i128::from(number_of(result)), value, "{name} {a} {b}"),
                    None => assert_eq!(result, machine::LEFT, "{name} {a} {b}"),
                }
            }
        }
    }
}

trait DivFloor {
    fn div_floor_by(self, other: i128) -> i128;
}

impl DivFloor for i128 {
    fn div_floor_by(self, other: i128) -> i128 {
        let quotient = self / other;
        if self % other != 0 && (self < 0) != (other < 0) {
            quotient - 1
        } else {
            quotient
        }
    }
}

#[test]
fn dumps_are_text() {
    let mut machine = Machine::new();
    machine.dump = true;
    let add = machine.compile(ADD);
    let compiled = &machine.compiled[add];
    assert!(compiled.clif.as_ref().unwrap().contains("sadd_overflow"));
    assert!(compiled.asm.as_ref().unwrap().contains("ret"));
    let _: &Thread = &machine.thread;
}
