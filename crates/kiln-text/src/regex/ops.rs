//! The operators, positions and categories of compiled patterns, with the numbers of `re._constants`.

macro_rules! numbers {
    ($($name:ident)*) => { numbers!(@ 0u32; $($name)*); };
    (@ $n:expr; $first:ident $($rest:ident)*) => {
        pub const $first: u32 = $n;
        numbers!(@ $n + 1; $($rest)*);
    };
    (@ $n:expr;) => {};
}

numbers! {
    FAILURE SUCCESS ANY ANY_ALL ASSERT ASSERT_NOT AT BRANCH CATEGORY CHARSET BIGCHARSET GROUPREF GROUPREF_EXISTS IN INFO
    JUMP LITERAL MARK MAX_UNTIL MIN_UNTIL NOT_LITERAL NEGATE RANGE REPEAT REPEAT_ONE SUBPATTERN MIN_REPEAT_ONE
    ATOMIC_GROUP POSSESSIVE_REPEAT POSSESSIVE_REPEAT_ONE GROUPREF_IGNORE IN_IGNORE LITERAL_IGNORE NOT_LITERAL_IGNORE
    GROUPREF_LOC_IGNORE IN_LOC_IGNORE LITERAL_LOC_IGNORE NOT_LITERAL_LOC_IGNORE GROUPREF_UNI_IGNORE IN_UNI_IGNORE
    LITERAL_UNI_IGNORE NOT_LITERAL_UNI_IGNORE RANGE_UNI_IGNORE
}

/// Positions.
pub mod at {
    numbers! {
        BEGINNING BEGINNING_LINE BEGINNING_STRING BOUNDARY NON_BOUNDARY END END_LINE END_STRING LOC_BOUNDARY
        LOC_NON_BOUNDARY UNI_BOUNDARY UNI_NON_BOUNDARY
    }
}

/// Categories; each odd one negates the one before it.
pub mod category {
    numbers! {
        DIGIT NOT_DIGIT SPACE NOT_SPACE WORD NOT_WORD LINEBREAK NOT_LINEBREAK LOC_WORD LOC_NOT_WORD UNI_DIGIT UNI_NOT_DIGIT
        UNI_SPACE UNI_NOT_SPACE UNI_WORD UNI_NOT_WORD UNI_LINEBREAK UNI_NOT_LINEBREAK
    }
}

/// Flags of `INFO`.
pub const INFO_PREFIX: u32 = 1;
pub const INFO_CHARSET: u32 = 4;

/// The largest repeat count stands for "any number".
pub const MAX_REPEAT: u32 = u32::MAX;
/// What `_sre.MAGIC` says: the version of the code's format.
pub const MAGIC: u32 = 20_230_612;
pub const MAX_GROUPS: u32 = (1 << 30) - 1;
