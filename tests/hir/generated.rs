//! Random functions, counted by the pass and checked by the checker. Deterministic: a failure names its seed.

use kiln_hir::verify::verify;
use kiln_hir::{BinaryKind, Block, CacheId, CodeId, Function, NameId, Resume, Ty, Value};
use kiln_opt::{Context, Facts, PIPELINE, refcount_checker};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

const REGISTERS: usize = 5;

/// Blocks that each take all registers as parameters, hold random operations, and go to random blocks: irreducible loops included.
fn generate(seed: u64) -> Function {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut func = Function::new(format!("seed {seed}"));
    let args = 1 + random.below(3);
    func.signature.args = args as u32;
    func.signature.owned = random.below(8) as u32;
    let name = func.intern("x");
    let count = 2 + random.below(6);
    let blocks: Vec<Block> = (0..count).map(|_| func.add_block()).collect();
    for block in &blocks {
        for _ in 0..REGISTERS {
            func.add_param(*block, Ty::OBJECT);
        }
    }
    let entry = func.entry();
    let mut b = func.at_end(entry);
    let mut registers: Vec<Value> = (0..args).map(|index| b.argument(index as u32, Ty::OBJECT)).collect();
    while registers.len() < REGISTERS {
        registers.push(b.const_none());
    }
    b.jump((blocks[0], &registers));
    for block in &blocks {
        let params = func.blocks[block.index()].params.clone();
        fill(&mut func, *block, params, &blocks, name, &mut random);
    }
    func
}

fn fill(
    func: &mut Function,
    block: Block,
    mut registers: Vec<Value>,
    blocks: &[Block],
    name: NameId,
    random: &mut Random,
) {
    let mut b = func.at_end(block);
    for pc in 0..random.below(8) as u32 {
        let entries: Vec<(u32, Value)> = registers
            .iter()
            .copied()
            .enumerate()
            .map(|(reg, value)| (reg as u32, value))
            .collect();
        let keep = random.below(REGISTERS + 1);
        let snap = b
            .func
            .add_snap(Resume::Raise, CodeId(0), pc, None, None, &entries[..keep]);
        b.at(snap);
        let x = registers[random.below(REGISTERS)];
        let y = registers[random.below(REGISTERS)];
        let to = random.below(REGISTERS);
        let handler = blocks[random.below(blocks.len())];
        let made = match random.below(12) {
            0 => b.binary_op(x, y, BinaryKind::Add, CacheId(0)),
            1 => {
                let call = b.call(x, &[y, x], CacheId(1));
                b.catch(call, handler, &registers)
            }
            2 => b.load_slot(x, 16, Ty::OBJECT),
            3 => b.swap_slot(x, y, 16, Ty::OBJECT),
            4 => b.build_tuple(&[x, y]),
            5 => {
                let tuple = b.guard_type(x, Ty::TUPLE);
                b.tuple_item(tuple, 0)
            }
            6 => b.guard_type(x, Ty::INT),
            7 => b.guard_type(x, Ty::STR),
            8 => {
                b.init_slot(x, y, 24);
                y
            }
            9 => {
                b.load_method(x, name, CacheId(2));
                let receiver = b.second_result();
                b.guard_bound(receiver)
            }
            10 => b.call_direct(&[x, y], CodeId(3), 1),
            _ => y,
        };
        registers[to] = made;
    }
    let next = |random: &mut Random| blocks[random.below(blocks.len())];
    match random.below(4) {
        0 => {
            let value = registers[random.below(REGISTERS)];
            b.return_value(value);
        }
        1 => {
            let target = next(random);
            b.jump((target, &registers));
        }
        _ => {
            let condition = b.is(registers[0], registers[1]);
            let (then, otherwise) = (next(random), next(random));
            let mut other = registers.clone();
            other.reverse();
            b.branch(condition, (then, &registers), (otherwise, &other));
        }
    }
}

#[test]
fn counted_functions_pass_the_checker() {
    let insertion = PIPELINE.iter().find(|pass| pass.name == "refcount_insertion").unwrap();
    for seed in 0..3000 {
        let mut func = generate(seed);
        let before = func.to_string();
        if let Err(wrong) = verify(&func) {
            panic!("{wrong}\n{before}");
        }
        (insertion.run)(&mut func, &mut Context::new(&Facts::default()));
        if let Err(wrong) = verify(&func).and_then(|()| refcount_checker::check(&func)) {
            panic!("{wrong}\n{before}\n{func}");
        }
    }
}

#[test]
fn every_pass_leaves_functions_well_formed() {
    for seed in 0..1000 {
        let mut func = generate(seed);
        let mut runner = kiln_opt::Runner {
            verify: true,
            ..Default::default()
        };
        kiln_opt::optimize(&mut func, &Facts::default(), &mut runner);
        assert!(func.counted);
    }
}
