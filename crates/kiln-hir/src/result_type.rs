//! Rules for results whose type depends on the operands.

use crate::function::Function;
use crate::inst::Inst;
use crate::ty::{Spec, Ty};

/// Parameters and arguments: what they were declared to be.
pub(crate) fn declared(_: &Function, _: &Inst, declared: Ty) -> Ty {
    declared
}

pub(crate) fn const_object(func: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::ConstObject { object } = inst else {
        return declared;
    };
    func.constant(*object).ty.with_spec(Spec::Object(*object))
}

pub(crate) fn const_int(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::ConstInt { value } = inst else {
        return declared;
    };
    Ty::INT.with_spec(Spec::Int(*value))
}

pub(crate) fn const_pybool(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::ConstPyBool { value } = inst else {
        return declared;
    };
    Ty::PY_BOOL.with_spec(Spec::Int((*value).into()))
}

pub(crate) fn const_i64(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::ConstI64 { value } = inst else {
        return declared;
    };
    Ty::I64.with_spec(Spec::Int(*value))
}

pub(crate) fn const_f64(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::ConstF64 { value } = inst else {
        return declared;
    };
    Ty::F64.with_spec(Spec::Float(value.0))
}

pub(crate) fn const_bool(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::ConstBool { value } = inst else {
        return declared;
    };
    Ty::BOOL.with_spec(Spec::Int((*value).into()))
}

/// The operand, known to be of the type named.
pub(crate) fn guarded(func: &Function, inst: &Inst, declared: Ty) -> Ty {
    let (Inst::GuardType { value, ty } | Inst::Refine { value, ty }) = inst else {
        return declared;
    };
    func.ty(*value).meet(*ty)
}

/// What the shape implies. Not the shape itself: that may change, and a type is for good.
pub(crate) fn guarded_shape(func: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::GuardShape { value, ty, .. } = inst else {
        return declared;
    };
    func.ty(*value).meet(*ty)
}

pub(crate) fn guarded_const(func: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::GuardIs { value, object } = inst else {
        return declared;
    };
    func.ty(*value)
        .meet(func.constant(*object).ty.with_spec(Spec::Object(*object)))
}

/// The operand, known not to be the unbound marker.
pub(crate) fn bound(func: &Function, inst: &Inst, declared: Ty) -> Ty {
    let (Inst::GuardBound { value } | Inst::CheckBound { value, .. }) = inst else {
        return declared;
    };
    func.ty(*value).without(Ty::UNBOUND)
}

/// What the layout says of the slot.
pub(crate) fn slot(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let (Inst::LoadSlot { ty, .. } | Inst::SwapSlot { ty, .. }) = inst else {
        return declared;
    };
    *ty
}

pub(crate) fn new_instance(_: &Function, inst: &Inst, declared: Ty) -> Ty {
    let Inst::NewInstance { ty, .. } = inst else {
        return declared;
    };
    *ty
}
