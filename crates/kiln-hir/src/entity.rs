//! Index newtypes. Everything that HIR names is named by one of these; none of them is a pointer.
//!
//! Entities of one function: [`Value`], [`Block`], [`Snap`], [`NameId`], [`ConstId`]. Entities of the process, which HIR only passes on:
//! [`ClassId`], [`ShapeId`], [`CodeId`], [`CellId`], [`CacheId`], [`WatchId`].

use std::fmt;

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// What the entity's number follows in text.
            pub const PREFIX: &'static str = $prefix;

            /// The entity as an index into a dense table.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

entities! {
    /// An instruction, and the value it produces.
    Value = "v";
    /// A basic block.
    Block = "bb";
    /// A frame state.
    Snap = "s";
    /// A name of the function's name table; text shows the name itself.
    NameId = "name";
    /// A constant object of the function's constant table.
    ConstId = "k";
    /// A class.
    ClassId = "class";
    /// A shape: class and layout of an object.
    ShapeId = "shape";
    /// A code object.
    CodeId = "code";
    /// A stable cell that holds a module global or a class attribute.
    CellId = "cell";
    /// An inline-cache site.
    CacheId = "c";
    /// An invalidation word: non-zero once a fact that the code relies on has ceased to hold.
    WatchId = "w";
}
