//! The one pass that needs more than its function: bodies of callees.

use kiln_hir::parse::parse;
use kiln_hir::{CodeId, Function};
use kiln_opt::{Callees, Facts, Refusal, Runner, clean_cfg, inline, optimize};
use std::cell::RefCell;
use std::rc::Rc;

const BODY: &str = r#"function "body" code7 args=2 {
  k0 = 0x55: Str "text"
bb0:
  v0: Object = load_arg [0]
  v1: Object = load_arg [1]
  v2: Bool = is v0, v1
  branch v2 [bb1, bb2(v1)]
bb1:
  v3: Str{k0} = const_object [k0]
  s0 = raise 3 code7 [r0=v0, r1=v1]
  v4: Object = load_attr v0 ["name", c1] @s0
  jump [bb2(v4)]
bb2(v5: Object):
  return_value v5
}
"#;

const CALLER: &str = r#"function "caller" code1 args=1 {
  k0 = 0x44: Str "other"
bb0:
  v0: Object = load_arg [0]
  v1: Str{k0} = const_object [k0]
  s0 = raise 9 code1 [r0=v0]
  v2: Object = call_direct [(v0, v1), code7, 0] @s0
  return_value v2
}
"#;

const INLINED: &str = r#"function "caller" code1 args=1 {
  k0 = 0x44: Str "other"
  k1 = 0x55: Str "text"
bb0:
  v0: Object = load_arg [0]
  v1: Str{k0} = const_object [k0]
  jump [bb2]
bb1(v4: Object):
  keep_alive [(v0)]
  return_value v4
bb2:
  v7: Bool = is v0, v1
  branch v7 [bb3, bb4(v1)]
bb3:
  v9: Str{k1} = const_object [k1]
  s1 = continue 9 code1 [r0=v0]
  s2 = raise 3 code7 [r0=v0, r1=v1] in s1
  v10: Object = load_attr v0 ["name", c1] @s2
  jump [bb4(v10)]
bb4(v6: Object):
  jump [bb1(v6)]
}
"#;

/// The call's exception is caught in the caller.
const CATCHER: &str = r#"function "catcher" code1 args=1 {
  k0 = 0x44: Str "other"
bb0:
  v0: Object = load_arg [0]
  v1: Str{k0} = const_object [k0]
  s0 = raise 9 code1 [r0=v0]
  v2: Result = call_direct [(v0, v1), code7, 1] @s0 catches
  branch_pending v2 [bb1, bb2]
bb1:
  v4: Object = take_pending [code1, 9, 0]
  return_value v4
bb2:
  return_value v2
}
"#;

type Refusals = Rc<RefCell<Vec<(CodeId, Refusal)>>>;

struct Bodies(Refusals);

impl Callees for Bodies {
    fn body(&self, code: CodeId) -> Option<Function> {
        match code.0 {
            7 => parse(BODY).ok(),
            // Calls itself.
            8 => parse(&CALLER.replace("code7", "code8").replace("(v0, v1)", "(v0)")).ok(),
            _ => None,
        }
    }
    fn refused(&self, code: CodeId, why: Refusal) {
        self.0.borrow_mut().push((code, why));
    }
}

fn facts() -> (Facts, Refusals) {
    let refusals = Refusals::default();
    (
        Facts {
            callees: Some(Box::new(Bodies(refusals.clone()))),
        },
        refusals,
    )
}

#[test]
fn bodies_take_the_place_of_calls() {
    let mut func = parse(CALLER).unwrap();
    let (facts, _) = facts();
    let mut runner = Runner {
        verify: true,
        ..Runner::default()
    };
    runner.run(&[inline::PASS], &mut func, &facts);
    assert_eq!(func.to_string(), INLINED);
    let mut func = parse(CALLER).unwrap();
    optimize(&mut func, &facts, &mut runner);
    assert!(func.counted);
}

#[test]
fn exceptions_of_a_body_leave_even_if_the_caller_catches() {
    let mut func =
        parse(&CATCHER.replace("return_value v2", "v6: Object = refine v2 [Object]\n  return_value v6")).unwrap();
    let (facts, _) = facts();
    let mut runner = Runner {
        verify: true,
        ..Runner::default()
    };
    runner.run(&[inline::PASS, clean_cfg::PASS], &mut func, &facts);
    let text = func.to_string();
    // The handler is not reached any more, and the argument that the callee was given is not kept.
    assert!(!text.contains("take_pending") && !text.contains("keep_alive"), "{text}");
    assert!(text.contains("in s1"), "{text}");
    optimize(&mut func, &facts, &mut runner);
    assert!(func.counted);
}

#[test]
fn recursion_ends() {
    let mut func = parse(&CALLER.replace("code7", "code8").replace("(v0, v1)", "(v0)")).unwrap();
    let (facts, refusals) = facts();
    let mut runner = Runner {
        verify: true,
        ..Runner::default()
    };
    optimize(&mut func, &facts, &mut runner);
    assert_eq!(refusals.borrow()[..], [(CodeId(8), Refusal::TooDeep)]);
}

#[test]
fn refusals_are_named() {
    let (facts, refusals) = facts();
    let mut runner = Runner {
        verify: true,
        ..Runner::default()
    };
    let mut func = parse(&CALLER.replace("code7", "code9")).unwrap();
    runner.run(&[inline::PASS], &mut func, &facts);
    assert_eq!(refusals.borrow()[..], [(CodeId(9), Refusal::NoBody)]);
}
