//! Tuples with named fields, as `sys.version_info` and `os.stat_result` are: subclasses of `tuple` whose further fields,
//! beyond the ones that the tuple shows, live in the instance's `__dict__`.

use kiln_object::args::Keywords;
use kiln_object::layout::{Layout, ObjectType, Plain, alloc, header};
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, TypeSpec, define, flags};
use kiln_object::{NativeDef, Object, Raised, Type, Value, instance, object_struct, ops};
use std::cell::Cell;

/// What a class of this kind is made of.
pub struct Spec {
    pub name: &'static str,
    pub module: &'static str,
    pub doc: &'static str,
    /// The fields; a name that begins with `!` is none: the field has no name.
    pub fields: &'static [&'static str],
    /// How many of them the tuple shows.
    pub visible: usize,
    /// Programs cannot make instances.
    pub closed: bool,
}

/// Where the class of a [`Spec`] is kept.
pub struct ClassCell {
    spec: Spec,
    class: Cell<Option<&'static Type>>,
}
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: under the global lock.
unsafe impl Sync for ClassCell {}

object_struct! {
    /// The attribute of one field.
    pub struct Field = "member_descriptor", Container { pub index: Plain<u32>, pub spec: Plain<&'static Spec> }
}

#[kiln_macros::builtin_methods("member_descriptor")]
impl Field {
    fn __get__(this: &Field, object: Value, _owner: Option<Value>) -> Result<Object, Raised> {
        let Some(tuple) = object.cast::<Tuple>() else {
            return Ok(Value::from_ptr(&this.header).to_object());
        };
        let index = this.index.0 as usize;
        if index < this.spec.visible
            && let Some(item) = tuple.get(index)
        {
            return Ok(item.to_object());
        }
        let name = Str::intern(this.spec.fields[index]);
        Ok(instance::get_own(object, name.value()).map_or_else(Object::none, |v| v.to_object()))
    }
    fn __set__(_this: &Field, _object: Value, _value: Value) -> Result<(), Raised> {
        Err(kiln_object::raise!(AttributeError, "readonly attribute"))
    }
    fn __delete__(_this: &Field, _object: Value) -> Result<(), Raised> {
        Err(kiln_object::raise!(AttributeError, "readonly attribute"))
    }
    #[getter]
    fn __name__(this: &Field) -> &'static str {
        this.spec.fields[this.index.0 as usize]
    }
    fn __repr__(this: &Field) -> String {
        format!(
            "<member '{}' of '{}.{}' objects>",
            this.spec.fields[this.index.0 as usize], this.spec.module, this.spec.name
        )
    }
}

/// The methods of every such class.
struct Methods;

#[kiln_macros::builtin_methods("structseq")]
impl Methods {
    #[new]
    fn new(cls: ClassRef, #[kw] sequence: Value, #[kw] dict: Option<Value>) -> Result<Object, Raised> {
        let spec = spec_of(cls.0)?;
        if spec.closed {
            return Err(kiln_object::raise!(
                TypeError,
                "cannot create '{}.{}' instances",
                spec.module,
                spec.name
            ));
        }
        let items = match ops::to_vec(sequence) {
            Ok(items) => items,
            Err(raised) => {
                let _ = kiln_object::raise::catch(raised, &kiln_object::exc::TypeError)?;
                return Err(kiln_object::raise!(TypeError, "constructor requires a sequence"));
            }
        };
        let (most, least) = (spec.fields.len(), spec.visible);
        if items.len() < least || items.len() > most {
            let wanted = match (most == least, items.len() < least) {
                (true, _) => format!("a {least}-sequence"),
                (_, true) => format!("an at least {least}-sequence"),
                _ => format!("an at most {most}-sequence"),
            };
            return Err(kiln_object::raise!(
                TypeError,
                "{}.{}() takes {wanted} ({}-sequence given)",
                spec.module,
                spec.name,
                items.len()
            ));
        }
        let dict = dict.filter(|d| !d.is_none());
        let rest = dict.as_ref().and_then(|d| d.cast::<kiln_object::dict::Dict>());
        if dict.is_some() && rest.is_none() {
            return Err(kiln_object::raise!(
                TypeError,
                "{}.{}() takes a dict as second arg, if any",
                spec.module,
                spec.name
            ));
        }
        let given = items.len();
        let mut all: Vec<Object> = items;
        let mut used = 0;
        for name in &spec.fields[given..] {
            let found = rest.and_then(|d| d.get_str(name));
            used += found.is_some() as usize;
            all.push(found.unwrap_or_else(Object::none));
        }
        if rest.is_some_and(|d| d.len() > used) {
            return Err(kiln_object::raise!(
                TypeError,
                "{}.{}() got duplicate or unexpected field name(s)",
                spec.module,
                spec.name
            ));
        }
        Ok(make(cls.0, spec, all))
    }
    /// A copy with new values for the named fields.
    fn __replace__(this: Value, changes: Keywords<'_>) -> Result<Object, Raised> {
        let spec = spec_of(this.class())?;
        if spec.fields.iter().any(|name| name.starts_with('!')) {
            return Err(kiln_object::raise!(
                TypeError,
                "__replace__() is not supported for {}.{} because it has unnamed field(s)",
                spec.module,
                spec.name
            ));
        }
        let shown = this.expect::<Tuple>().items();
        let mut all: Vec<Object> = Vec::new();
        for (i, name) in spec.fields.iter().enumerate() {
            all.push(match shown.get(i) {
                Some(v) => v.to_object(),
                None => instance::get_own(this, Str::intern(name).value()).map_or_else(Object::none, |v| v.to_object()),
            });
        }
        let mut unknown = Vec::new();
        for (name, value) in changes.iter() {
            let text = name.expect::<Str>().to_string_lossy();
            match spec.fields.iter().position(|field| *field == text) {
                Some(i) => all[i] = value.to_object(),
                None => unknown.push(name.to_object()),
            }
        }
        if !unknown.is_empty() {
            let unknown = kiln_object::list::List::from_vec(unknown);
            return Err(kiln_object::raise!(
                TypeError,
                "Got unexpected field name(s): {}",
                ops::repr_lossy(unknown.value())
            ));
        }
        let class = ClassRef::of(this.class().as_value());
        match class {
            Some(class) => Ok(make(class.0, spec, all)),
            None => kiln_object::bug!("a class that is none"),
        }
    }
    fn __repr__(this: Value) -> Result<Object, Raised> {
        let spec = spec_of(this.class())?;
        let mut out = kiln_text::TextBuf::from(format!("{}.{}(", spec.module, spec.name));
        let tuple = this.expect::<Tuple>();
        for (i, (item, name)) in tuple.items().iter().zip(spec.fields).enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_str(name);
            out.push_str("=");
            let text = ops::repr(*item)?;
            out.push_text(text.expect::<Str>().text());
        }
        out.push_str(")");
        Ok(Str::from_text(out.as_text()))
    }
    fn __reduce__(this: Value) -> Result<Object, Raised> {
        let spec = spec_of(this.class())?;
        let items: Vec<Object> = this.expect::<Tuple>().items().iter().map(|v| v.to_object()).collect();
        let rest = kiln_object::dict::Dict::new_object();
        for name in &spec.fields[spec.visible..] {
            if let Some(v) = instance::get_own(this, Str::intern(name).value()) {
                rest.expect::<kiln_object::dict::Dict>().set_str(name, &v.to_object());
            }
        }
        let state = Tuple::from_array([Tuple::from_vec(items), rest]);
        Ok(Tuple::from_array([this.class().as_value().to_object(), state]))
    }
}

thread_local! {
    static SPECS: std::cell::RefCell<Vec<(*const Type, &'static Spec)>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn spec_of(class: &Type) -> Result<&'static Spec, Raised> {
    let found = SPECS.with_borrow(|specs| {
        class
            .mro()
            .into_iter()
            .find_map(|c| specs.iter().find(|(t, _)| std::ptr::eq(*t, c)).map(|(_, s)| *s))
    });
    found.ok_or_else(|| kiln_object::raise!(TypeError, "'{}' is no structure sequence", class.name()))
}

fn make(class: &'static Type, spec: &'static Spec, mut items: Vec<Object>) -> Object {
    let hidden = items.split_off(spec.visible.min(items.len()));
    let shown: Vec<Value> = items.iter().map(|o| o.value()).collect();
    let tuple = Tuple::of_class(class, &shown);
    for (name, value) in spec.fields[spec.visible..].iter().zip(hidden) {
        instance::set_own(tuple.value(), Str::intern(name).value(), value);
    }
    tuple
}

impl ClassCell {
    pub const fn new(spec: Spec) -> ClassCell {
        ClassCell {
            spec,
            class: Cell::new(None),
        }
    }

    /// The class, made when it is first asked for.
    pub fn class(&'static self) -> &'static Type {
        if let Some(class) = self.class.get() {
            return class;
        }
        let class = create(&self.spec);
        self.class.set(Some(class));
        class
    }

    /// An instance with these values for all fields.
    pub fn make(&'static self, items: Vec<Object>) -> Object {
        debug_assert_eq!(items.len(), self.spec.fields.len(), "{}", self.spec.name);
        make(self.class(), &self.spec, items)
    }
}

fn create(spec: &'static Spec) -> &'static Type {
    if Field::class_cell().try_get().is_none() {
        define::<Field>(
            "member_descriptor",
            "builtins",
            None,
            flags::NO_NEW,
            Field::METHODS,
            None,
        );
    }
    let base = Tuple::class();
    let layout: &'static Layout = Tuple::layout();
    let object = Type::create(TypeSpec {
        name: Str::intern(spec.name),
        qualname: Str::intern(spec.name),
        metaclass: kiln_object::types::type_type(),
        bases: vec![base],
        dict: kiln_object::dict::Dict::new_object(),
        layout,
        solid: Some(base),
        new_members: 0,
        flags: flags::IMMUTABLE
            | flags::SEQUENCE
            | if spec.visible < spec.fields.len() {
                flags::DICT
            } else {
                0
            },
        inline_capacity: 0,
    });
    object.header().make_immortal();
    let class = match ClassRef::of(object.into_value()) {
        Some(class) => class.0,
        None => kiln_object::bug!("a class that is none"),
    };
    let mut mro = vec![class.as_value().to_object()];
    mro.extend(base.mro().iter().map(|c| c.as_value().to_object()));
    class.mro.set(Tuple::from_vec(mro));
    let dict = class.dict();
    dict.set_str("__module__", &Str::intern(spec.module));
    dict.set_str(
        "__doc__",
        &if spec.doc.is_empty() {
            Object::none()
        } else {
            Str::new(spec.doc)
        },
    );
    dict.set_str("n_fields", &Object::int(spec.fields.len() as i64));
    dict.set_str("n_sequence_fields", &Object::int(spec.visible as i64));
    let unnamed = spec.fields.iter().filter(|name| name.starts_with('!')).count();
    dict.set_str("n_unnamed_fields", &Object::int(unnamed as i64));
    let shown = spec.fields[..spec.visible].iter().filter(|name| !name.starts_with('!'));
    dict.set_str(
        "__match_args__",
        &Tuple::from_vec(shown.map(|name| Str::intern(name)).collect()),
    );
    for (index, name) in spec
        .fields
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.starts_with('!'))
    {
        let field = alloc(Field {
            header: header::<Field>(),
            index: Plain(index as u32),
            spec: Plain(spec),
        });
        dict.set_str(name, &field);
    }
    let methods: &'static [NativeDef] = Methods::METHODS;
    class.add_methods(methods);
    class.immortalize();
    SPECS.with_borrow_mut(|specs| specs.push((class, spec)));
    class
}
