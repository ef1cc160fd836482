//! `_sre`: patterns and matches, on the engine in `kiln-text`. The library's `re` compiles to the engine's code.

mod matches;
mod pattern;
mod subject;
mod template;

pub use matches::Match;
pub use pattern::Pattern;

use kiln_macros::builtin_module;

/// Makes the classes. Called when the module is created.
fn define_classes() {
    pattern::define_class();
    matches::define_class();
    template::define_class();
}

/// The engine of regular expressions.
#[builtin_module("_sre")]
pub mod module {
    use kiln_object::dict::Dict;
    use kiln_object::list::List;
    use kiln_object::module::Module;
    use kiln_object::tuple::Tuple;
    use kiln_object::{Object, Raised, Value, ops, raise};
    use kiln_text::regex::{self, ops as codes};

    #[constant]
    const MAGIC: u32 = codes::MAGIC;
    #[constant]
    const CODESIZE: u32 = 4;
    #[constant]
    const MAXREPEAT: u32 = codes::MAX_REPEAT;
    #[constant]
    const MAXGROUPS: u32 = codes::MAX_GROUPS;
    #[constant]
    const copyright: &str = " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ";

    #[exec]
    fn init(_module: &Module) -> Result<(), Raised> {
        super::define_classes();
        Ok(())
    }

    pub fn getcodesize() -> u32 {
        4
    }
    pub fn ascii_iscased(character: i32) -> bool {
        regex::ascii_is_cased(character as u32)
    }
    pub fn unicode_iscased(character: i32) -> bool {
        regex::unicode_is_cased(character as u32)
    }
    pub fn ascii_tolower(character: i32) -> u32 {
        regex::ascii_lower(character as u32)
    }
    pub fn unicode_tolower(character: i32) -> u32 {
        regex::unicode_lower(character as u32)
    }

    pub fn compile(
        #[kw] pattern: Value,
        #[kw] flags: i64,
        #[kw] code: &List,
        #[kw] groups: usize,
        #[kw] groupindex: &Dict,
        #[kw] indexgroup: &Tuple,
    ) -> Result<Object, Raised> {
        let mut words = Vec::with_capacity(code.len());
        for word in code.snapshot() {
            match u32::try_from(ops::index_clamped(word.value())?) {
                Ok(word) => words.push(word),
                Err(_) => return Err(raise!(OverflowError, "regular expression code size limit exceeded")),
            }
        }
        if !regex::is_valid(&words, groups) {
            return Err(raise!(RuntimeError, "invalid SRE code"));
        }
        super::pattern::new(pattern, flags as u32, words, groups, groupindex, indexgroup)
    }

    /// template is a list containing interleaved literal strings (str or bytes) and group indices (int).
    pub fn template(pattern: Value, template: &List) -> Result<Object, Raised> {
        super::template::new(pattern, template)
    }
}
