//! Makes the node classes, once, when they are first needed.

use super::base::{self, Ast};
use super::nodes::{Field, Many, Node, Place};
use kiln_builtins::shared::class_getitem;
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::layout::ObjectType;
use kiln_object::ops::{self, BinaryOp};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags, type_type};
use kiln_object::{Object, Raised, Type, Value, singletons};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The classes, and the instance of each that has no fields and needs but one.
pub struct Classes {
    classes: Vec<Object>,
    single: Vec<Option<Object>>,
    by_class: HashMap<*const Type, Node>,
}

impl Classes {
    pub fn class(&self, node: Node) -> ClassRef {
        ClassRef::of(self.classes[node as usize].value()).unwrap_or_else(|| unreachable!("they are classes"))
    }
    /// Which class `v` is an instance of.
    pub fn node_of(&self, v: Value) -> Option<Node> {
        let find = |class: &Type| self.by_class.get(&std::ptr::from_ref(class)).copied();
        let class = v.class();
        find(class).or_else(|| class.mro().into_iter().find_map(find))
    }
    /// `Load()`, `Add()` and the like.
    pub fn single(&self, node: Node) -> Object {
        match &self.single[node as usize] {
            Some(object) => object.clone(),
            None => base::new_node(self.class(node)),
        }
    }
}

thread_local! {
    static CLASSES: RefCell<Option<Rc<Classes>>> = const { RefCell::new(None) };
}

/// Forgets the classes, at the end.
pub fn clear() {
    drop(CLASSES.take());
}

/// Whether there are node classes yet: without them there is no node.
pub fn made() -> bool {
    CLASSES.with_borrow(Option::is_some)
}

/// The classes.
pub fn get() -> Result<Rc<Classes>, Raised> {
    if let Some(classes) = CLASSES.with_borrow(Clone::clone) {
        return Ok(classes);
    }
    let made = Rc::new(make()?);
    CLASSES.set(Some(made.clone()));
    Ok(made)
}

/// `ast.AST`.
pub fn tree_class() -> &'static Type {
    if let Some(class) = Ast::class_cell().try_get() {
        return class;
    }
    let class = define::<Ast>("AST", "ast", None, flags::BASETYPE | flags::DICT, Ast::METHODS, None);
    class.set_flag(flags::IMMUTABLE, false);
    let empty = Tuple::empty();
    for name in ["_fields", "__match_args__", "_attributes"] {
        class.set_attr(Str::intern(name).value(), empty.value());
    }
    class.set_attr(Str::intern("__doc__").value(), singletons::none());
    class
}

fn names<'a>(items: impl Iterator<Item = &'a str>) -> Object {
    Tuple::from_vec(items.map(Str::intern).collect())
}

fn make() -> Result<Classes, Raised> {
    let ast = tree_class().as_value().to_object();
    let none = singletons::none();
    let mut made = Classes {
        classes: Vec::new(),
        single: Vec::new(),
        by_class: HashMap::new(),
    };
    for &node in Node::ALL {
        let class = node.class();
        let dict = Dict::new_object();
        let d = dict.expect::<Dict>();
        let fields = names(class.fields().map(|field| field.name));
        d.set_str("_fields", &fields);
        d.set_str("__match_args__", &fields);
        d.set_str("__module__", &Str::intern("ast"));
        d.set_str("__doc__", &Str::new(&class.doc()));
        if class.base.is_none() {
            let places = ["lineno", "col_offset", "end_lineno", "end_col_offset"];
            let count = if class.place == Place::Nowhere { 0 } else { 4 };
            d.set_str("_attributes", &names(places.into_iter().take(count)));
            if class.place == Place::Start {
                d.set_str("end_lineno", &Object::none());
                d.set_str("end_col_offset", &Object::none());
            }
        }
        for field in class.fields().filter(|field| field.many == Many::Optional) {
            d.set_str(field.name, &Object::none());
        }
        let base = match class.base {
            Some(base) => made.classes[base as usize].clone(),
            None => ast.clone(),
        };
        let name = Str::intern(class.name);
        let bases = Tuple::from_vec(vec![base]);
        let object = call(
            type_type().as_value(),
            &[name.value(), bases.value(), dict.value()],
        )?;
        made.classes.push(object);
        made.by_class.insert(std::ptr::from_ref(made.class(node).0), node);
    }
    for &node in Node::ALL {
        let class = node.class();
        if class.kids.is_empty() {
            let types = Dict::new_object();
            for field in class.fields() {
                let ty = field_type(&made, field, none)?;
                types.expect::<Dict>().set_str(field.name, &ty);
            }
            let object = made.class(node);
            for name in ["_field_types", "__annotations_cache__"] {
                object.set_attr(Str::intern(name).value(), types.value());
            }
        }
        let plain = class.base.is_some_and(|base| {
            matches!(
                base,
                Node::expr_context | Node::boolop | Node::operator | Node::unaryop | Node::cmpop
            )
        });
        made.single.push(plain.then(|| base::new_node(made.class(node))));
    }
    Ok(made)
}

/// What `_field_types` says of a field.
fn field_type(made: &Classes, field: Field, none: Value) -> Result<Object, Raised> {
    let plain = match field.ty {
        "identifier" | "string" => Str::class().as_value().to_object(),
        "int" => kiln_object::types::int_type().as_value().to_object(),
        "constant" => kiln_object::types::object_type().as_value().to_object(),
        name => {
            let node = Node::find(name).unwrap_or_else(|| unreachable!("the grammar is closed"));
            made.classes[node as usize].clone()
        }
    };
    match field.many {
        Many::One => Ok(plain),
        Many::Optional => ops::binary(BinaryOp::Or, plain.value(), none),
        Many::List | Many::OptionalList => {
            class_getitem(kiln_object::list::List::class().as_value(), plain.value())
        }
    }
}
