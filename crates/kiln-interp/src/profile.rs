//! Counting what programs do: an alternative dispatch table whose one handler counts the instruction and goes on with
//! the real handler. A program that is not profiled never sees it.
//!
//! What belongs here: collecting (see [`start`] and [`take`]) and giving a profile's types back to caches and feedback
//! bytes (see [`prime`]). Files and lists are the business of `kiln-profile`.
//!
//! A call is counted at the first instruction of a body, a back edge where a jump leads backwards. Attribute and call
//! sites record what they meet, several types each, which the caches themselves do not.

use crate::attrs;
use crate::state::{Ins, S, handler};
use crate::table::HANDLERS;
use hashbrown::HashMap;
use kiln_bytecode::Op;
use kiln_object::code::{CodeObject, NO_SHAPE};
use kiln_object::dict::Dict;
use kiln_object::function::Function;
use kiln_object::module::Module;
use kiln_object::shape::{Mode, ShapeId, shape};
use kiln_object::str::Str;
use kiln_object::types::flags as tf;
use kiln_object::{Object, Type, Value, intern};
use kiln_profile::FunctionId;
use kiln_profile::profile::{FunctionKey, FunctionProfile, MAX_SEEN, Profile, Seen, Site, code_check, is_body};
use std::cell::{Cell, RefCell};

/// What one code object did.
struct Counts {
    code: Object,
    module: Object,
    calls: u64,
    back_edges: u64,
    instructions: u64,
    sites: HashMap<u32, Met>,
}

/// What one site met.
#[derive(Default)]
struct Met {
    seen: Vec<(What, u64)>,
    others: u64,
}
enum What {
    /// Objects of this shape; the class is kept alive for its name.
    Shape(u32, Object),
    Callee(Object),
}

#[derive(Default)]
struct State {
    /// Data pointer to index in `counts`.
    by_code: HashMap<usize, usize>,
    counts: Vec<Counts>,
    /// The instruction counted last: data pointer, frame, number of the instruction, index in `counts`.
    last: (usize, usize, u32, usize),
}
struct Holder(
    RefCell<Option<State>>,
    Cell<Option<FindModule>>,
    RefCell<Option<Profile>>,
);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: under the global lock.
unsafe impl Sync for Holder {}
static STATE: Holder = Holder(RefCell::new(None), Cell::new(None), RefCell::new(None));

/// Gives the module of a name, if it is imported.
pub type FindModule = fn(&str) -> Option<Object>;

/// Counts everything that the interpreter executes from now on. Before the first instruction.
pub fn start() {
    *STATE.0.borrow_mut() = Some(State::default());
    crate::table::TABLE.count_with(counted);
}

/// Counts again after something else used the dispatch table, if this run is profiled.
pub fn resume() {
    if STATE.0.borrow().is_some() {
        crate::table::TABLE.count_with(counted);
    }
}

/// Keeps a profile from another run, for [`prime_code`].
pub fn load(profile: Profile) {
    *STATE.2.borrow_mut() = Some(profile);
}

/// What the profile given at start knows of a function's code, by the module that `globals` belong to; handed to `f`.
pub fn with_types_of<R>(code: &CodeObject, globals: Value, f: impl FnOnce(&FunctionProfile) -> R) -> Option<R> {
    let profile = STATE.2.borrow();
    let profile = profile.as_ref()?;
    let id = FunctionId {
        module: &text(name_of(globals).value()),
        qualname: &code.code.qualname,
        file: &code.code.filename,
        first_line: code.code.first_line,
    };
    profile.types_of(&id, &code.code).map(f)
}

/// [`prime`] from the profile given at start, if there is one.
pub fn prime_code(code: &CodeObject, globals: Value) -> usize {
    with_types_of(code, globals, |seen| prime(code, seen)).unwrap_or(0)
}

/// Says how modules are found; [`prime`] needs it.
pub fn set_modules(find: FindModule) {
    STATE.1.set(Some(find));
}

handler!(counted, s, ins, {
    note(&s, ins);
    s.go(HANDLERS[(ins.0 & 0xff) as usize], ins.0)
});

#[inline(never)]
fn note(s: &S, ins: Ins) {
    let mut state = STATE.0.borrow_mut();
    let Some(state) = &mut *state else { return };
    let (ks, fp, at) = (s.ks as usize, s.fp as usize, s.index());
    let (last_ks, last_fp, last_at, last_n) = state.last;
    let n = if ks == last_ks { last_n } else { state.find(s) };
    let counts = &mut state.counts[n];
    let code = s.code();
    counts.instructions += 1;
    let jumped = ks == last_ks && fp == last_fp && at <= last_at && code.instr(last_at).target(last_at) == Some(at);
    if jumped {
        counts.back_edges += 1;
    } else if at == 0 {
        counts.calls += 1;
    }
    match code.instr(at).op() {
        Op::LoadAttr | Op::LoadMethod => counts.met_object(at, s.b(ins)),
        Op::StoreAttr => counts.met_object(at, s.a(ins)),
        Op::Call | Op::CallMethod => counts.met_callee(at, s.reg(ins.a())),
        _ => {}
    }
    state.last = (ks, fp, at, n);
}

impl State {
    fn find(&mut self, s: &S) -> usize {
        if let Some(&n) = self.by_code.get(&(s.ks as usize)) {
            return n;
        }
        let n = self.counts.len();
        self.by_code.insert(s.ks as usize, n);
        self.counts.push(Counts {
            code: Value::from_ptr(&s.code().header).to_object(),
            module: name_of(s.globals()),
            calls: 0,
            back_edges: 0,
            instructions: 0,
            sites: HashMap::new(),
        });
        n
    }
}

/// `__name__` of a namespace.
fn name_of(globals: Value) -> Object {
    globals
        .exact::<Dict>()
        .and_then(|d| d.get_interned(intern!("__name__")))
        .filter(|v| v.is_exact::<Str>())
        .map_or_else(|| Str::new("?"), |v| v.to_object())
}

impl Counts {
    fn met_object(&mut self, at: u32, o: Value) {
        if !o.is_ptr() {
            return;
        }
        let (id, class) = (o.header().shape(), o.header().class());
        if class.has(tf::TYPE_SUBCLASS) || o.cast::<Module>().is_some() {
            return;
        }
        let site = self.sites.entry(at).or_default();
        let known = |w: &What| matches!(w, What::Shape(known, _) if *known == id.0);
        site.count(known, || {
            (shape(id).mode != Mode::Dict).then(|| What::Shape(id.0, class.as_value().to_object()))
        });
    }
    fn met_callee(&mut self, at: u32, callee: Value) {
        if !callee.is_exact::<Function>() {
            return;
        }
        let code = callee.expect::<Function>().code.raw();
        let site = self.sites.entry(at).or_default();
        let known = |w: &What| matches!(w, What::Callee(f) if f.expect::<Function>().code.raw() == code);
        site.count(known, || Some(What::Callee(callee.to_object())));
    }
}
impl Met {
    fn count(&mut self, known: impl Fn(&What) -> bool, new: impl FnOnce() -> Option<What>) {
        if let Some((_, n)) = self.seen.iter_mut().find(|(w, _)| known(w)) {
            *n += 1;
        } else if self.seen.len() < MAX_SEEN
            && let Some(what) = new()
        {
            self.seen.push((what, 1));
        } else {
            self.others += 1;
        }
    }
}

/// What was counted since [`start`]; counting ends. Nothing if it never began.
pub fn take() -> Option<Profile> {
    let state = STATE.0.borrow_mut().take()?;
    let mut profile = Profile::new();
    for counts in &state.counts {
        let code = counts.code.expect::<CodeObject>();
        if code.hidden.get() {
            continue;
        }
        let id = FunctionId {
            module: &text(counts.module.value()),
            qualname: &code.code.qualname,
            file: &code.code.filename,
            first_line: code.code.first_line,
        };
        let feedback = code.feedback().iter().enumerate();
        let function = FunctionProfile {
            check: code_check(&code.code),
            body: is_body(&code.code),
            calls: counts.calls,
            back_edges: counts.back_edges,
            instructions: counts.instructions,
            feedback: feedback
                .filter(|(_, b)| b.get() != 0)
                .map(|(i, b)| (i as u32, b.get()))
                .collect(),
            sites: counts
                .sites
                .iter()
                .filter_map(|(at, met)| Some((*at, met.site()?)))
                .collect(),
        };
        profile.add(FunctionKey::new(&id), &function);
    }
    Some(profile)
}

impl Met {
    fn site(&self) -> Option<Site> {
        let mut seen: Vec<(u64, Seen)> = self.seen.iter().map(|(what, n)| (*n, what.describe())).collect();
        seen.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        (!seen.is_empty()).then_some(Site {
            seen,
            others: self.others,
        })
    }
}
impl What {
    fn describe(&self) -> Seen {
        match self {
            What::Shape(id, class) => Seen::Instance {
                module: module_of(class.expect::<Type>()).into(),
                class: class.expect::<Type>().qualified_name().into(),
                attributes: shape(ShapeId(*id))
                    .names()
                    .into_iter()
                    .map(|v| text(v).into())
                    .collect(),
            },
            What::Callee(f) => {
                let f = f.expect::<Function>();
                Seen::Callee {
                    module: text(name_of(f.globals.value()).value()).into(),
                    qualname: f.code.value().expect::<CodeObject>().code.qualname.clone(),
                }
            }
        }
    }
}
fn text(v: Value) -> String {
    v.cast::<Str>().map_or_else(String::new, Str::to_string_lossy)
}
/// `__module__` of a class, without running Python.
fn module_of(class: &Type) -> String {
    match class.dict().get_interned(intern!("__module__")) {
        Some(v) if v.is_exact::<Str>() => text(v),
        _ => "builtins".to_owned(),
    }
}

/// The class and shape that a profile names, if this process has the class.
pub fn resolve(seen: &Seen) -> Option<(&'static Type, ShapeId)> {
    let Seen::Instance {
        module,
        class,
        attributes,
    } = seen
    else {
        return None;
    };
    let module = (STATE.1.get()?)(module)?;
    let mut parts = class.split('.');
    let mut found = module
        .value()
        .exact::<Module>()?
        .dict()
        .expect::<Dict>()
        .get_str(parts.next()?)?;
    for part in parts {
        found = found.cast::<Type>()?.dict().get_str(part)?;
    }
    let class = class_ref(&found)?;
    let mut id = class.root_shape();
    if !attributes.is_empty() && class.mode() != Mode::Slots {
        return None;
    }
    for attribute in attributes {
        id = shape(id).add(id, Str::intern(attribute).value())?;
    }
    Some((class, id))
}

/// The object as a class.
#[expect(unsafe_code, reason = "a class outlives the references to it that caches hold")]
fn class_ref(o: &Object) -> Option<&'static Type> {
    o.cast::<Type>()?;
    // SAFETY: a class, and its module's namespace holds it; the reference is used before anything runs. Caches keep
    // its shape's number, and shapes are never reused.
    Some(unsafe { &*(o.ptr() as *const Type) })
}

/// Gives types from a profile to code that has not met any: feedback bits, and the caches of attribute sites that met
/// mostly one type. Returns how many sites learned something. Before the code is compiled.
pub fn prime(code: &CodeObject, seen: &FunctionProfile) -> usize {
    if seen.check != code_check(&code.code) {
        return 0;
    }
    let mut primed = 0;
    for (&pc, &bits) in &seen.feedback {
        if let Some(byte) = code.feedback().get(pc as usize) {
            byte.set(byte.get() | bits);
            primed += 1;
        }
    }
    for (&pc, site) in &seen.sites {
        if pc as usize >= code.code.instrs.len() {
            continue;
        }
        let instr = code.instr(pc);
        if !matches!(instr.op(), Op::LoadAttr | Op::LoadMethod | Op::StoreAttr) {
            continue;
        }
        let cache = code.cache(instr.c());
        if cache.shape.get() != NO_SHAPE {
            continue;
        }
        let name = cache.name.get();
        for (_, what) in site.seen.iter().take(attrs::MOST_ENTRIES) {
            let Some((class, id)) = resolve(what) else { continue };
            match instr.op() {
                Op::LoadAttr | Op::LoadMethod => attrs::teach_load(cache, class, id, name),
                _ => attrs::teach_store(cache, class, id, name),
            }
        }
        if cache.shape.get() != NO_SHAPE {
            primed += 1;
        }
    }
    primed
}
