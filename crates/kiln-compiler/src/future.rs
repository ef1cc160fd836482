//! `from __future__ import`: which features a source turns on, and whether it may do so there.

use kiln_bytecode::co;
use kiln_syntax::Fault;
use kiln_syntax::ast::{Expr, Mod, Stmt};

/// The features in force, `initial` ones included.
pub fn features(tree: &Mod, initial: u32) -> Result<u32, Fault> {
    let mut features = initial;
    let Mod::Module(module) = tree else { return Ok(features) };
    let mut early = true;
    for (index, statement) in module.body.iter().enumerate() {
        match statement {
            Stmt::ImportFrom(node)
                if node.level == 0
                    && node
                        .module
                        .as_ref()
                        .is_some_and(|module| module.as_str() == "__future__") =>
            {
                if !early {
                    return Err(Fault::new(
                        "from __future__ imports must occur at the beginning of the file",
                        node.range,
                    ));
                }
                for alias in &node.names {
                    features |= match &*alias.name {
                        // Always on in this version.
                        "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
                        | "print_function" | "unicode_literals" | "generator_stop" => 0,
                        "barry_as_FLUFL" => co::FUTURE_BARRY_AS_BDFL,
                        "annotations" => co::FUTURE_ANNOTATIONS,
                        "braces" => return Err(Fault::new("not a chance", alias.range)),
                        other => {
                            return Err(Fault::new(
                                format!("future feature {other} is not defined"),
                                alias.range,
                            ));
                        }
                    };
                }
            }
            Stmt::Expr(node) if index == 0 && matches!(&*node.value, Expr::StringLiteral(_)) => {}
            _ => early = false,
        }
    }
    Ok(features)
}
