//! `_ast`: the classes of syntax trees.
//!
//! `nodes` is the grammar as a table, `base` the class `AST` with what all nodes do, `classes` makes the others; `write` turns the parser's
//! trees into objects, and `read` objects into trees; `wants` is what flags ask for.

mod base;
mod classes;
mod nodes;
mod read;
mod wants;
mod write;

use kiln_macros::builtin_module;

pub use base::Ast;
pub use classes::{clear, tree_class};
pub use read::{is_tree, read};
pub use wants::Wants;
pub use write::tree;

/// Flags of `compile()` that concern trees.
pub mod flag {
    pub const ONLY_AST: i64 = 0x400;
    pub const TYPE_COMMENTS: i64 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
    pub const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;
}

#[builtin_module("_ast")]
pub mod module {
    use super::{classes, flag, nodes::Node};
    use kiln_object::module::Module;
    use kiln_object::{Object, Raised};

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        let classes = classes::get()?;
        module.set("AST", classes::tree_class().as_value().to_object());
        for &node in Node::ALL {
            module.set(node.class().name, classes.class(node).as_value().to_object());
        }
        let flags = [
            ("PyCF_ONLY_AST", flag::ONLY_AST),
            ("PyCF_TYPE_COMMENTS", flag::TYPE_COMMENTS),
            ("PyCF_ALLOW_TOP_LEVEL_AWAIT", flag::ALLOW_TOP_LEVEL_AWAIT),
            ("PyCF_OPTIMIZED_AST", flag::OPTIMIZED_AST),
        ];
        for (name, value) in flags {
            module.set(name, Object::int(value));
        }
        Ok(())
    }
}
