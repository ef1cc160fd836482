//! What calling a class comes to.

use super::{Type, flags, object_type, type_type};
use crate::native::NativeKind;
use crate::special::Special;
use crate::value::Value;

/// What calling a class comes to, where its metaclass is `type`. Worked out when it is asked for, until the class changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Making {
    Unknown,
    /// Whatever `type.__call__` does.
    General,
    /// `object.__new__`, and no `__init__`.
    Bare,
    /// `object.__new__`, and `__init__` is a function written in Python.
    Python,
    /// A native `__new__` that may be called as it is, and no `__init__`.
    New,
    /// A native `__new__` that may be called as it is, then a native `__init__`.
    NewInit,
    /// `BaseException.__new__` and `BaseException.__init__`, which keep the arguments: see [`crate::exception::BaseException::called`].
    Exception,
}

impl Type {
    /// What calling the class comes to.
    #[inline(always)]
    pub fn making(&self) -> Making {
        let m = self.making.get();
        if m == Making::Unknown { self.find_making() } else { m }
    }
    #[cold]
    fn find_making(&self) -> Making {
        let m = self.making_anew();
        self.making.set(m);
        m
    }
    fn making_anew(&self) -> Making {
        use crate::shape::known;
        let object = object_type();
        let plain = self.header.shape().0 == known::TYPE && !std::ptr::eq(self, type_type());
        if !plain || self.has(flags::ABSTRACT | flags::NO_NEW) {
            return Making::General;
        }
        let (Some(new), Some(init)) = (self.special(Special::New), self.special(Special::Init)) else {
            return Making::General;
        };
        let no_init = Some(init) == object.special(Special::Init);
        let shape = |v: Value| if v.is_ptr() { v.header().shape().0 } else { u32::MAX };
        if Some(new) == object.special(Special::New) {
            let own_layout = !std::ptr::eq(self.layout(), object.layout()) || !self.is_heap_type();
            return match () {
                () if own_layout => Making::General,
                () if no_init => Making::Bare,
                () if shape(init) == known::FUNCTION => Making::Python,
                () => Making::General,
            };
        }
        if shape(new) != known::NATIVE_FUNCTION {
            return Making::General;
        }
        let Some(f) = crate::native::as_native(&new) else {
            return Making::General;
        };
        if !f.receiver.is_empty() || f.def.kind != NativeKind::StaticMethod {
            return Making::General;
        }
        if let Err(r) = f.check_new(&[self.as_value()]) {
            crate::raise::clear(r);
            return Making::General;
        }
        let base = crate::exception::exc::BaseException.try_get();
        let of_base = |b: &Type| {
            let same = b
                .special(Special::New)
                .as_ref()
                .and_then(|n| crate::native::as_native(n).map(|n| n.def.0));
            b.special(Special::Init) == Some(init) && same.is_some_and(|def| std::ptr::eq(def, f.def.0))
        };
        match () {
            () if base.is_some_and(of_base) => Making::Exception,
            () if no_init => Making::New,
            () if shape(init) == known::WRAPPER_DESCRIPTOR => Making::NewInit,
            () => Making::General,
        }
    }
}
