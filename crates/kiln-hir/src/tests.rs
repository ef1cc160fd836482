//! The text form says everything, and the verifier sees what it should.

use crate::parse::parse;
use crate::verify::verify;
use crate::{BinaryKind, CacheId, CodeId, Function, Inst, Opcode, Resume, Ty};

const SAMPLE: &str = r#"function "demo.f" code1 args=2 owned=2 {
  k0 = 0x1234: !Str{class7} "it's \"quoted\""
bb0:
  v0: Object = load_arg [0]
  v1: Object = load_arg [1]
  s0 = reexec 4 code1 [r0=v0, r1=v1]
  v2: Int = guard_type v0 [Int] @s0
  v3: Str{k0} = const_object [k0]
  v4: F64{1.5f} = const_f64 [1.5]
  s1 = raise 5 code1 [r0=v0, r1=v1, r2=v3]
  v5: Result = call v1 [(v2, v3), c3] @s1 catches
  branch_pending v5 [bb3(v2), bb1]
bb1:
  v6: Object = refine v5 [Object]
  s2 = continue 6 code1 result v6 [r0=v0]
  s3 = raise 0 code2 [r0=v6] in s2
  v7: Object = load_attr v6 ["name", c9] @s3
  v8: Bool = is v7, v6
  branch v8 [bb2, bb3(v2)]
bb2:
  return_value v7
bb3(v9: Int) cold:
  return_value v9
}
"#;

#[test]
fn text_parses_back() {
    let func = parse(SAMPLE).unwrap();
    assert_eq!(verify(&func), Ok(()));
    assert_eq!(func.to_string(), SAMPLE);
}

#[test]
fn mistakes_are_named_with_their_line() {
    let wrong = SAMPLE.replace("guard_type", "guard_tipe");
    assert_eq!(
        parse(&wrong).unwrap_err().to_string(),
        "line 7: no instruction is called guard_tipe"
    );
}

#[test]
fn verifier_sees_uses_without_definition() {
    let func = parse(&SAMPLE.replace("return_value v9", "return_value v7")).unwrap();
    assert!(verify(&func).unwrap_err().contains("uses v7"));
}

#[test]
fn verifier_sees_wrong_operand_types() {
    let func = parse(&SAMPLE.replace("call v1 [(v2", "int_add v1, v4 [(v2")).map(drop);
    assert!(func.is_err());
    let text = "function \"f\" code0 args=1 {\nbb0:\n  v0: Object = load_arg [0]\n  v1: Int = int_and v0, v0\n  return_value v1\n}\n";
    assert!(verify(&parse(text).unwrap()).unwrap_err().contains("must be Int"));
}

#[test]
fn builder_attaches_snapshots_and_splits_at_catches() {
    let mut func = Function::new("f");
    func.signature.args = 1;
    let (entry, handler) = (func.entry(), func.add_block());
    let mut b = func.at_end(entry);
    let arg = b.argument(0, Ty::OBJECT);
    let snap = b.func.add_snap(Resume::Raise, CodeId(0), 2, None, None, &[(0, arg)]);
    b.at(snap);
    let sum = b.binary_op(arg, arg, BinaryKind::Add, CacheId(0));
    let sum = b.catch(sum, handler, &[]);
    b.return_value(sum);
    let mut b = func.at_end(handler);
    let exception = b.take_pending(CodeId(0), 2, 0);
    b.return_value(exception);
    assert_eq!(verify(&func), Ok(()));
    assert!(matches!(func.inst(sum), Inst::Refine { .. }));
    assert_eq!(parse(&func.to_string()).unwrap().to_string(), func.to_string());
}

#[test]
fn names_are_unique() {
    for (index, opcode) in Opcode::ALL.iter().enumerate() {
        assert_eq!(Opcode::named(opcode.name()).map(|found| found as usize), Some(index));
    }
}

#[test]
fn lattice() {
    assert!(Ty::INT.is_subtype(Ty::LONG) && Ty::LONG.is_subtype(Ty::OBJECT) && !Ty::UNBOUND.is_subtype(Ty::OBJECT));
    assert!(Ty::INT.join(Ty::UNBOUND).is_subtype(Ty::SLOT));
    assert!(Ty::INT.meet(Ty::STR).is_bottom());
    assert!(!Ty::INT.join(Ty::FLONUM).is_counted() && Ty::STR.is_counted() && !Ty::STR.immortal().is_counted());
    assert_eq!(Ty::OBJECT.to_string(), "Object");
    assert_eq!(Ty::SLOT.to_string(), "Slot");
}
