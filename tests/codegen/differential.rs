//! Random programs of a toy register machine, interpreted, and compiled in every way: with no pass but the required one, with all of them, with each
//! one left out. Where compiled code leaves, the toy interpreter goes on from the frame state. All must end with the same result.

use crate::machine::{LEFT, Machine, Thread, float_word, int_word};
use kiln_codegen::{Effort, Source};
use kiln_hir::{BinaryKind, Block, CacheId, CodeId, CompareKind, Function, Resume, Snap, Ty, Value};
use kiln_opt::{Facts, PIPELINE, Runner};

const REGISTERS: usize = 6;

#[derive(Copy, Clone, Debug, PartialEq)]
enum Number {
    Int(i64),
    Float(f64),
    /// An int that does not fit a word; which one, the toy does not know.
    Big,
}

#[derive(Copy, Clone, Debug)]
enum Op {
    Const(usize, Number),
    Binary(usize, usize, usize, BinaryKind),
    /// Goes to the target if the comparison holds.
    If(usize, usize, CompareKind, usize),
    Jump(usize),
    /// Counts register 5 down and goes back to the target unless it is used up.
    Back(usize),
    Return(usize),
}

/// How a program ends.
#[derive(Copy, Clone, Debug, PartialEq)]
enum End {
    Returns(Number),
    /// An error, or a question about an int that does not fit.
    Stops,
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

fn program(random: &mut Random) -> Vec<Op> {
    let len = 6 + random.below(14);
    let numbers = [0, 1, 2, 3, 7, 8, -1, 1000, 1 << 40].map(Number::Int);
    let floats = [0.5, 2.0, -1.25, 0.0].map(Number::Float);
    let mut ops: Vec<Op> = (0..len)
        .map(|at| {
            let reg = |random: &mut Random| random.below(REGISTERS - 1);
            match random.below(12) {
                0 => Op::Const(reg(random), numbers[random.below(numbers.len())]),
                1 => Op::Const(reg(random), floats[random.below(floats.len())]),
                2..=7 => {
                    let kinds = [
                        BinaryKind::Add,
                        BinaryKind::Sub,
                        BinaryKind::Mul,
                        BinaryKind::FloorDiv,
                        BinaryKind::Mod,
                        BinaryKind::And,
                        BinaryKind::TrueDiv,
                        BinaryKind::Add,
                    ];
                    Op::Binary(reg(random), reg(random), reg(random), kinds[random.below(kinds.len())])
                }
                8..=9 => {
                    let op = CompareKind::ALL[random.below(6)];
                    Op::If(reg(random), reg(random), op, at + 1 + random.below(len - at))
                }
                10 => Op::Jump(at + 1 + random.below(len - at)),
                _ => Op::Back(random.below(at + 1)),
            }
        })
        .collect();
    ops.push(Op::Return(random.below(REGISTERS - 1)));
    ops
}

fn binary(kind: BinaryKind, a: Number, b: Number) -> Option<Number> {
    use Number::{Big, Float, Int};
    if a == Big || b == Big {
        let plain = matches!(
            kind,
            BinaryKind::Add | BinaryKind::Sub | BinaryKind::Mul | BinaryKind::And
        );
        return (plain || b != Int(0)).then_some(Big);
    }
    let int = |value: i128| {
        Some(if (-(1 << 62)..1 << 62).contains(&value) {
            Int(value as i64)
        } else {
            Big
        })
    };
    if let (Int(a), Int(b)) = (a, b) {
        let (wide_a, wide_b) = (i128::from(a), i128::from(b));
        return match kind {
            BinaryKind::Add => int(wide_a + wide_b),
            BinaryKind::Sub => int(wide_a - wide_b),
            BinaryKind::Mul => int(wide_a * wide_b),
            BinaryKind::And => Some(Int(a & b)),
            _ if b == 0 => None,
            BinaryKind::TrueDiv if a.unsigned_abs() > 1 << 53 || b.unsigned_abs() > 1 << 53 => None,
            BinaryKind::TrueDiv => Some(Float(a as f64 / b as f64)),
            BinaryKind::FloorDiv | BinaryKind::Mod => {
                let rest = ((wide_a % wide_b) + wide_b) % wide_b;
                if kind == BinaryKind::Mod {
                    int(rest)
                } else {
                    int((wide_a - rest) / wide_b)
                }
            }
            _ => None,
        };
    }
    let float = |number: Number| match number {
        Int(value) => value as f64,
        Float(value) => value,
        Big => unreachable!("asked above"),
    };
    let (a, b) = (float(a), float(b));
    match kind {
        BinaryKind::Add => Some(Float(a + b)),
        BinaryKind::Sub => Some(Float(a - b)),
        BinaryKind::Mul => Some(Float(a * b)),
        BinaryKind::TrueDiv if b != 0.0 => Some(Float(a / b)),
        _ => None,
    }
}

fn compare(op: CompareKind, a: Number, b: Number) -> Option<bool> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(op.holds(a, b)),
        (Number::Float(a), Number::Float(b)) => Some(op.holds(a, b)),
        _ => None,
    }
}

/// What operands an operation has seen: the feedback.
type Seen = Vec<Option<[Number; 2]>>;

fn interpret(ops: &[Op], mut pc: usize, regs: &mut [Number; REGISTERS], seen: &mut Seen) -> End {
    loop {
        match ops[pc] {
            Op::Const(to, number) => regs[to] = number,
            Op::Binary(to, a, b, kind) => {
                seen[pc] = Some([regs[a], regs[b]]);
                match binary(kind, regs[a], regs[b]) {
                    Some(result) => regs[to] = result,
                    None => return End::Stops,
                }
            }
            Op::If(a, b, op, target) => {
                seen[pc] = Some([regs[a], regs[b]]);
                let same = a == b && regs[a] == Number::Big;
                match if same {
                    Some(op.holds(0, 0))
                } else {
                    compare(op, regs[a], regs[b])
                } {
                    Some(true) => {
                        pc = target;
                        continue;
                    }
                    Some(false) => (),
                    None => return End::Stops,
                }
            }
            Op::Jump(target) => {
                pc = target;
                continue;
            }
            Op::Back(target) => {
                seen[pc] = Some([regs[5], regs[5]]);
                match regs[5] {
                    Number::Int(left) if left > 0 => {
                        regs[5] = Number::Int(left - 1);
                        pc = target;
                        continue;
                    }
                    _ => (),
                }
            }
            Op::Return(from) => return End::Returns(regs[from]),
        }
        pc += 1;
    }
}

/// Makes HIR as a compiler with that feedback would.
struct Maker<'a> {
    ops: &'a [Op],
    seen: &'a Seen,
    func: Function,
    blocks: Vec<Block>,
}

impl Maker<'_> {
    fn make(mut self) -> Function {
        self.func.signature.args = 1;
        let mut b = self.func.at_end(Block(0));
        let window = b.argument(0, Ty::OBJECT);
        let mut regs: Vec<Value> = vec![window];
        while regs.len() < REGISTERS {
            let number = b.const_int(if regs.len() == 5 { 40 } else { regs.len() as i64 });
            regs.push(number);
        }
        b.jump((self.blocks[0], &regs));
        for pc in 0..self.ops.len() {
            let block = self.blocks[pc];
            let regs: Vec<Value> = (0..REGISTERS).map(|_| self.func.add_param(block, Ty::OBJECT)).collect();
            self.op(pc, regs);
        }
        self.func
    }

    fn snap(&mut self, resume: Resume, pc: usize, regs: &[Value]) -> Snap {
        let entries: Vec<(u32, Value)> = (0..).zip(regs.iter().copied()).collect();
        self.func.add_snap(resume, CodeId(0), pc as u32, None, None, &entries)
    }

    fn op(&mut self, pc: usize, mut regs: Vec<Value>) {
        let block = self.blocks[pc];
        let snap = self.snap(Resume::Reexec, pc, &regs);
        let raise = self.snap(Resume::Raise, pc, &regs);
        let guard = |func: &mut Function, value: Value, number: Number| {
            let ty = match number {
                Number::Int(_) => Ty::INT,
                Number::Float(_) => Ty::FLOAT,
                Number::Big => Ty::BIG_INT,
            };
            func.at_end(block).at(snap).guard_type(value, ty)
        };
        match self.ops[pc] {
            Op::Const(to, number) => {
                let mut b = self.func.at_end(block);
                regs[to] = match number {
                    Number::Int(value) => b.const_int(value),
                    Number::Float(value) => {
                        let float = b.const_f64(value);
                        b.box_float(float)
                    }
                    Number::Big => unreachable!("no constant is"),
                };
            }
            Op::Binary(to, x, y, kind) => {
                let Some([a, b]) = self.seen[pc].filter(|pair| !pair.contains(&Number::Big)) else {
                    return self.never(block, snap);
                };
                // An operation of a float that no instruction does is the interpreter's.
                let ints = matches!((a, b), (Number::Int(_), Number::Int(_)));
                if !ints && matches!(kind, BinaryKind::FloorDiv | BinaryKind::Mod | BinaryKind::And) {
                    return self.never(block, snap);
                }
                let (x, y) = (guard(&mut self.func, regs[x], a), guard(&mut self.func, regs[y], b));
                let mut builder = self.func.at_end(block);
                // The general form; `simplify` has to see what it is of these operands.
                regs[to] = builder.at(raise).binary_op(x, y, kind, CacheId(0));
            }
            Op::If(x, y, op, target) => {
                let Some([a, b]) = self.seen[pc].filter(|pair| !pair.contains(&Number::Big)) else {
                    return self.never(block, snap);
                };
                let (x, y) = (guard(&mut self.func, regs[x], a), guard(&mut self.func, regs[y], b));
                if matches!(a, Number::Int(_)) != matches!(b, Number::Int(_)) {
                    return self.never(block, snap);
                }
                let mut b = self.func.at_end(block);
                let truth = b.at(raise).compare_truth(x, y, op, CacheId(0));
                let truth = b.int_is_true(truth);
                b.branch(truth, (self.blocks[target], &regs), (self.blocks[pc + 1], &regs));
                return;
            }
            Op::Jump(target) => {
                self.func.at_end(block).jump((self.blocks[target], &regs));
                return;
            }
            Op::Back(target) => {
                if self.seen[pc].is_none() {
                    return self.never(block, snap);
                }
                let left = guard(&mut self.func, regs[5], Number::Int(0));
                let mut b = self.func.at_end(block);
                b.at(snap).poll();
                let (zero, one) = (b.const_int(0), b.const_int(1));
                let more = b.int_compare(left, zero, CompareKind::Gt);
                let mut next = regs.clone();
                next[5] = b.at(snap).int_sub(left, one);
                b.branch(more, (self.blocks[target], &next), (self.blocks[pc + 1], &regs));
                return;
            }
            Op::Return(from) => {
                self.func.at_end(block).return_value(regs[from]);
                return;
            }
        }
        self.func.at_end(block).jump((self.blocks[pc + 1], &regs));
    }

    /// What the feedback has never seen.
    fn never(&mut self, block: Block, snap: Snap) {
        self.func.at_end(block).at(snap).exit();
    }
}

fn make(ops: &[Op], seen: &Seen) -> Function {
    let mut func = Function::new("program");
    let blocks = ops.iter().map(|_| func.add_block()).collect();
    Maker {
        ops,
        seen,
        func,
        blocks,
    }
    .make()
}

/// Runs compiled code, and the interpreter from where it leaves.
fn finish(machine: &mut Machine, function: usize, ops: &[Op], seen: &Seen, arg: u64) -> End {
    let word = machine.run(function, &[arg]);
    if word != LEFT {
        return End::Returns(number(machine, word));
    }
    let left = machine.thread.left.take().unwrap();
    let frame = machine.compiled[function].exit(left.exit).unwrap().frames[0].clone();
    let mut regs = [Number::Int(0); REGISTERS];
    for (reg, place) in &frame.registers {
        regs[*reg as usize] = match place.source {
            Source::Word(slot) => number(machine, left.area[slot as usize]),
            Source::Int(slot) => Number::Int(left.area[slot as usize] as i64),
            Source::Float(slot) => Number::Float(f64::from_bits(left.area[slot as usize])),
            Source::Constant(word) => number(machine, word),
            Source::ConstantFloat(bits) => Number::Float(f64::from_bits(bits)),
            Source::Bool(_) => panic!("no truth values here"),
        };
    }
    interpret(ops, frame.pc as usize, &mut regs, &mut seen.clone())
}

fn number(machine: &Machine, word: u64) -> Number {
    number_on(&machine.thread, word)
}

fn number_on(thread: &Thread, word: u64) -> Number {
    match word & 3 {
        3 => Number::Float(f64::from_bits(word.rotate_right(3).wrapping_sub(3 << 60))),
        1 => Number::Float(thread.float_of(word)),
        _ => Number::Int(word as i64 >> 1),
    }
}

/// The runtime's operators, for what is not compiled into instructions.
fn arithmetic(thread: &mut Thread, lhs: u64, rhs: u64, op: u64, compares: bool) -> u64 {
    let (a, b) = (number_on(thread, lhs), number_on(thread, rhs));
    if compares {
        return compare(CompareKind::ALL[op as usize], a, b).map_or(1, |truth| int_word(truth.into()));
    }
    match binary(BinaryKind::ALL[op as usize], a, b) {
        Some(Number::Int(value)) => int_word(value),
        Some(Number::Float(value)) => thread.float(value),
        // The toy's runtime has no such ints; the toy goes on.
        Some(Number::Big) | None => 1,
    }
}

fn same(a: End, b: End) -> bool {
    match (a, b) {
        (End::Returns(Number::Float(a)), End::Returns(Number::Float(b))) => a == b || a.is_nan() && b.is_nan(),
        _ => a == b,
    }
}

#[test]
fn compiled_programs_end_as_interpreted_ones() {
    let every: Vec<String> = PIPELINE
        .iter()
        .filter(|pass| !pass.required)
        .map(|pass| pass.name.to_owned())
        .collect();
    let mut machine = Machine::new();
    machine.thread.arithmetic = Some(arithmetic);
    let (mut returned, mut ended) = (0, 0);
    for seed in 0..250u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let ops = program(&mut random);
        // Feedback from one argument, runs with others.
        let args = [
            Number::Int(5),
            Number::Int(-3),
            Number::Float(1.5),
            Number::Int((1 << 61) + 1),
            Number::Float(0.0),
        ];
        let start = |arg: Number| {
            [
                arg,
                Number::Int(1),
                Number::Int(2),
                Number::Int(3),
                Number::Int(4),
                Number::Int(40),
            ]
        };
        let mut seen: Seen = vec![None; ops.len()];
        interpret(&ops, 0, &mut start(args[random.below(3)]), &mut seen);
        let one_out = every[random.below(every.len())].clone();
        let ways = [vec!["all".to_owned()], vec![], vec![one_out]];
        for skip in &ways {
            let mut func = make(&ops, &seen);
            let before = func.to_string();
            let mut runner = Runner {
                verify: true,
                skip,
                ..Runner::default()
            };
            runner.run(PIPELINE, &mut func, &Facts::default());
            machine.effort = if machine.compiled.len().is_multiple_of(2) {
                Effort::Little
            } else {
                Effort::Full
            };
            let function = machine.install(&func);
            for arg in args {
                let expected = interpret(&ops, 0, &mut start(arg), &mut seen.clone());
                let word = match arg {
                    Number::Int(value) => int_word(value),
                    Number::Float(0.0) => machine.boxed_float(0.0),
                    Number::Float(value) => float_word(value),
                    Number::Big => unreachable!("no argument is"),
                };
                let found = finish(&mut machine, function, &ops, &seen, word);
                returned += u32::from(machine.thread.left.is_none());
                ended += 1;
                assert!(
                    same(found, expected),
                    "seed {seed}, without {skip:?}, {arg:?}: {found:?}, not {expected:?}\n{ops:#?}\n{before}\n{func}"
                );
            }
        }
    }
    assert!(returned > 500, "most runs leave: {returned} of {ended} did not");
}
