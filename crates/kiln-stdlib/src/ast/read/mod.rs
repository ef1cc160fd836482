//! Trees of node objects to trees as the compiler takes them, with the checks that CPython makes on the way.
//!
//! Here are places and fields, which all nodes have; the other files read the nodes, one kind each.

mod constants;
mod exprs;
mod params;
mod parts;
mod stmts;

use crate::ast::classes::{self, Classes};
use crate::ast::nodes::{Node, Place};
use kiln_bytecode::Const;
use kiln_object::list::List;
use kiln_object::str::Str;
use kiln_object::{Object, Raised, Value, attr, exc, intern, ops, raise};
use kiln_syntax::ast::{AtomicNodeIndex, Expr, ExprContext, Identifier, Mod, Name, TextRange, TextSize};
use kiln_syntax::{Made, Mode, Values, ast, deep};
use std::rc::Rc;

/// The compiler's tree for `tree`, which `mode` says what it must be.
pub fn read(tree: Value, mode: Mode) -> Result<Made, Raised> {
    let mut reader = Reader {
        classes: classes::get()?,
        positions: Vec::new(),
        values: Values::new(),
        here: Span::default(),
        depth: 0,
    };
    let module = reader.module(tree, mode)?;
    Ok(Made::new(module, reader.positions, reader.values))
}

/// Whether `v` is a node.
pub fn is_tree(v: Value) -> bool {
    classes::made() && v.class().is_subtype(classes::tree_class())
}

/// Where a node says it is.
#[derive(Clone, Copy, Default)]
struct Span {
    start: (u32, u32),
    end: (u32, u32),
}

struct Reader {
    classes: Rc<Classes>,
    positions: Vec<(u32, u32)>,
    values: Values,
    /// The innermost node with a place.
    here: Span,
    depth: u32,
}

#[expect(
    clippy::declare_interior_mutable_const,
    reason = "a new index for every node is what is meant"
)]
const INDEX: AtomicNodeIndex = AtomicNodeIndex::NONE;

fn type_error<T>(message: String) -> Result<T, Raised> {
    Err(raise::type_error(message))
}

fn value_error<T>(message: &str) -> Result<T, Raised> {
    Err(raise::value_error(message))
}

impl Reader {
    // ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────

    fn push(&mut self, position: (u32, u32)) -> TextSize {
        self.positions.push(position);
        TextSize::new(self.positions.len() as u32 - 1)
    }

    /// Ends the range that `start` began, at the end of the innermost node.
    fn close(&mut self, start: TextSize) -> TextRange {
        let end = self.push(self.here.end);
        TextRange::new(start, end)
    }

    /// Begins a range at the start of the innermost node.
    fn open(&mut self) -> TextSize {
        self.push(self.here.start)
    }

    fn note(&mut self, at: TextSize, value: Const) {
        self.values.insert(at, value);
    }

    /// Reads `v` as the innermost node; `body` gets where its range starts.
    fn within<T>(
        &mut self,
        v: Value,
        kind: Node,
        body: impl FnOnce(&mut Self, TextSize) -> Result<T, Raised>,
    ) -> Result<T, Raised> {
        let base = kind.class().base.unwrap_or(kind);
        self.depth += 1;
        if self.depth > deep::LIMIT {
            return Err(raise::recursion_error(&format!(
                " while traversing '{}' node",
                base.class().name
            )));
        }
        let before = self.here;
        if kind.class().place != Place::Nowhere {
            self.here = self.span(v, base)?;
        }
        let start = self.open();
        let result = deep::grow(|| body(self, start));
        self.here = before;
        self.depth -= 1;
        result
    }

    fn span(&self, v: Value, base: Node) -> Result<Span, Raised> {
        let whole = base.class().place == Place::Whole;
        let base = base.class().name;
        let get = |name: Value, other: Option<i64>| -> Result<i64, Raised> {
            match attr::find_attr(v, name)? {
                Some(found) if !found.is_none() => int(found.value()),
                Some(_) if other.is_none() => int(kiln_object::singletons::none()),
                _ => other.map_or_else(|| missing(name, base), Ok),
            }
        };
        let line = get(intern!("lineno"), None)?;
        let col = get(intern!("col_offset"), None)?;
        let end_line = get(intern!("end_lineno"), (!whole).then_some(line))?;
        let end_col = get(intern!("end_col_offset"), (!whole).then_some(col))?;
        if line > end_line {
            return value_error(&format!("AST node line range ({line}, {end_line}) is not valid"));
        }
        if line < 0 && end_line != line || col < 0 && col != end_col {
            return value_error(&format!(
                "AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"
            ));
        }
        if line == end_line && col > end_col {
            return value_error(&format!("line {line}, column {col}-{end_col} is not a valid range"));
        }
        let place = |n: i64| n.max(0) as u32;
        Ok(Span {
            start: (place(line), place(col)),
            end: (place(end_line), place(end_col)),
        })
    }

    // ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Which class `v` is of, if it is one of `base`'s.
    fn kind(&self, v: Value, base: Node) -> Result<Node, Raised> {
        match self.classes.node_of(v) {
            Some(kind) if kind.class().base == Some(base) || kind == base => Ok(kind),
            _ => type_error(format!(
                "expected some sort of {}, but got {}",
                base.class().name,
                ops::repr(v)?.expect::<Str>().to_string_lossy()
            )),
        }
    }

    /// A field that must be there.
    fn field(&self, v: Value, kind: Node, name: Value) -> Result<Object, Raised> {
        match attr::find_attr(v, name)? {
            Some(found) => Ok(found),
            None => missing(name, kind.class().name),
        }
    }

    fn optional(&self, v: Value, name: Value) -> Result<Option<Object>, Raised> {
        Ok(attr::find_attr(v, name)?.filter(|found| !found.is_none()))
    }

    /// The items of a list field.
    fn items(&self, v: Value, kind: Node, name: Value) -> Result<Vec<Object>, Raised> {
        let Some(found) = attr::find_attr(v, name)? else {
            return Ok(Vec::new());
        };
        match found.cast::<List>() {
            Some(list) => Ok(list.snapshot()),
            None => type_error(format!(
                "{} field {} must be a list, not a {}",
                kind.class().name,
                quoted(name),
                found.class().name()
            )),
        }
    }

    fn filled(&self, v: Value, kind: Node, name: Value) -> Result<Vec<Object>, Raised> {
        let items = self.items(v, kind, name)?;
        if items.is_empty() {
            return value_error(&format!("empty {} on {}", plain(name), kind.class().name));
        }
        Ok(items)
    }

    fn name(&self, v: Value) -> Result<Name, Raised> {
        let Some(text) = v.exact::<Str>() else {
            return type_error("AST identifier must be of type str".to_owned());
        };
        let text = text.to_string_lossy();
        if matches!(&*text, "None" | "True" | "False") {
            return value_error(&format!("identifier field can't represent '{text}' constant"));
        }
        Ok(Name::new(text))
    }

    fn identifier(&mut self, v: Value) -> Result<Identifier, Raised> {
        let name = self.name(v)?;
        let start = self.open();
        Ok(Identifier::new(name, self.close(start)))
    }

    fn name_field(&mut self, v: Value, kind: Node, name: Value) -> Result<Identifier, Raised> {
        let found = self.field(v, kind, name)?;
        if found.is_none() {
            return required(name, kind);
        }
        self.identifier(found.value())
    }

    fn optional_name(&mut self, v: Value, name: Value) -> Result<Option<Identifier>, Raised> {
        match self.optional(v, name)? {
            Some(found) => self.identifier(found.value()).map(Some),
            None => Ok(None),
        }
    }

    fn expr_field(&mut self, v: Value, kind: Node, name: Value) -> Result<Box<Expr>, Raised> {
        self.expr_as(v, kind, name, ExprContext::Load)
    }

    fn expr_as(&mut self, v: Value, kind: Node, name: Value, ctx: ExprContext) -> Result<Box<Expr>, Raised> {
        let found = self.field(v, kind, name)?;
        if found.is_none() {
            return required(name, kind);
        }
        self.expr(found.value(), ctx).map(Box::new)
    }

    fn optional_expr(&mut self, v: Value, name: Value) -> Result<Option<Box<Expr>>, Raised> {
        match self.optional(v, name)? {
            Some(found) => self.expr(found.value(), ExprContext::Load).map(|e| Some(Box::new(e))),
            None => Ok(None),
        }
    }

    fn exprs_of(&mut self, items: &[Object], ctx: ExprContext) -> Result<Vec<Expr>, Raised> {
        let mut exprs = Vec::with_capacity(items.len());
        for item in items {
            if item.is_none() {
                return value_error("None disallowed in expression list");
            }
            exprs.push(self.expr(item.value(), ctx)?);
        }
        Ok(exprs)
    }

    fn exprs(&mut self, v: Value, kind: Node, name: Value, ctx: ExprContext) -> Result<Vec<Expr>, Raised> {
        let items = self.items(v, kind, name)?;
        self.exprs_of(&items, ctx)
    }

    // ── Modules and statements ──────────────────────────────────────────────────────────────────────────────────────

    fn module(&mut self, v: Value, mode: Mode) -> Result<Mod, Raised> {
        let wanted = match mode {
            Mode::Exec => Node::Module,
            Mode::Eval => Node::Expression,
            Mode::Single => Node::Interactive,
        };
        let kind = self.kind(v, Node::r#mod).ok();
        if kind != Some(wanted) {
            return type_error(format!(
                "expected {} node, got {}",
                wanted.class().name,
                v.class().name()
            ));
        }
        self.here = Span {
            start: (1, 0),
            end: (1, 0),
        };
        let start = self.open();
        Ok(match wanted {
            Node::Expression => Mod::Expression(ast::ModExpression {
                node_index: INDEX,
                body: self.expr_field(v, wanted, intern!("body"))?,
                range: self.close(start),
            }),
            _ => Mod::Module(ast::ModModule {
                node_index: INDEX,
                body: self.stmts(v, wanted, intern!("body"))?.into(),
                range: self.close(start),
            }),
        })
    }

    fn within_pattern(&mut self, v: Value, kind: Node, star: bool) -> Result<ast::Pattern, Raised> {
        self.within(v, kind, |r, start| r.pattern_inner(v, kind, star, start))
    }
}

/// The text of a field's name.
fn plain(name: Value) -> String {
    name.expect::<Str>().to_string_lossy()
}

fn quoted(name: Value) -> String {
    format!("\"{}\"", plain(name))
}

fn missing<T>(name: Value, class: &str) -> Result<T, Raised> {
    type_error(format!("required field {} missing from {class}", quoted(name)))
}

fn required<T>(name: Value, kind: Node) -> Result<T, Raised> {
    value_error(&format!(
        "field '{}' is required for {}",
        plain(name),
        kind.class().name
    ))
}

/// The value of an int field, as a C int.
fn int(v: Value) -> Result<i64, Raised> {
    let Some(number) = v.as_int() else {
        let shown = ops::repr(v)?;
        return value_error(&format!(
            "invalid integer value: {}",
            shown.expect::<Str>().to_string_lossy()
        ));
    };
    match number.to_i64().filter(|n| i32::try_from(*n).is_ok()) {
        Some(n) => Ok(n),
        None => Err(raise::with_message(
            &exc::OverflowError,
            "Python int too large to convert to C int",
        )),
    }
}
