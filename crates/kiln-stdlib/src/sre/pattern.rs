//! Pattern objects, and the scanner behind `finditer`.

use super::matches;
use super::subject::Subject;
use super::template::Template;
use kiln_macros::builtin_methods;
use kiln_object::call::call;
use kiln_object::dict::Dict;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{Plain, Slot, alloc, header};
use kiln_object::list::List;
use kiln_object::object_struct;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, attr, ops, raise};
use kiln_text::Text;
use kiln_text::regex::{Matcher, Mode, Range};
use std::cell::Cell;

object_struct! {
    /// A compiled regular expression.
    pub struct Pattern = "re.Pattern", Container {
        pattern: Slot,
        flags: Plain<u32>,
        code: Plain<Vec<u32>>,
        groups: Plain<usize>,
        /// Names to numbers, a dict.
        names: Slot,
        /// Numbers to names, a tuple.
        group_names: Slot,
        is_bytes: Plain<Option<bool>>,
    }
}
object_struct! {
    /// Where a scanner or `finditer` goes on.
    pub struct Scanner = "_sre.SRE_Scanner", Container {
        pattern: Slot,
        string: Slot,
        pos: Plain<usize>,
        start: Cell<usize>,
        end: Plain<usize>,
        must_advance: Cell<bool>,
        done: Cell<bool>,
    }
}
object_struct! {
    /// What `finditer` returns.
    pub struct FindIter = "callable_iterator", Container { scanner: Slot }
}

/// The methods' name spaces.
pub struct PatternMethods;
pub struct ScannerMethods;
pub struct FindIterMethods;

pub fn define_class() {
    let doc = "Compiled regular expression object.";
    define::<Pattern>("Pattern", "re", None, flags::NO_NEW | flags::WEAKREF, PatternMethods::METHODS, Some(doc));
    define::<Scanner>("SRE_Scanner", "_sre", None, flags::NO_NEW, ScannerMethods::METHODS, None);
    let class = define::<FindIter>("callable_iterator", "builtins", None, flags::NO_NEW, FindIterMethods::METHODS, None);
    set_fast_next(class, next);
}

pub fn new(
    pattern: Value,
    flags: u32,
    code: Vec<u32>,
    groups: usize,
    names: &Dict,
    group_names: &Tuple,
) -> Result<Object, Raised> {
    let is_bytes = if pattern.is_none() { None } else { Some(pattern.cast::<Str>().is_none()) };
    Ok(alloc(Pattern {
        header: header::<Pattern>(),
        pattern: Slot::new(pattern.to_object()),
        flags: Plain(flags),
        code: Plain(code),
        groups: Plain(groups),
        names: Slot::new(names.copy()),
        group_names: Slot::new(Tuple::from_values(group_names.items())),
        is_bytes: Plain(is_bytes),
    }))
}

/// The template of a replacement: a `Template`, or the literal text itself.
pub fn compile_template(pattern: Value, template: Value) -> Result<Object, Raised> {
    let re = kiln_builtins::support::import("re")?;
    let compile = attr::get_attr_str(re.value(), "_compile_template")?;
    call(compile.value(), &[pattern, template])
}

/// `pos` and `endpos`, clamped to the text.
fn clamp(len: usize, pos: Option<isize>, end: Option<isize>) -> (usize, usize) {
    let clamp = |bound: isize| bound.clamp(0, len as isize) as usize;
    let end = clamp(end.unwrap_or(isize::MAX));
    (clamp(pos.unwrap_or(0)).min(end), end)
}

/// How a replacement is made.
enum Replacement {
    Literal(Object),
    Template(Object),
    Call(Object),
}

impl Pattern {
    pub fn groups(&self) -> usize {
        self.groups.0
    }

    pub fn names(&self) -> Object {
        self.names.get().unwrap_or_else(Dict::new_object)
    }

    /// The name of a group, or None.
    pub fn group_name(&self, group: usize) -> Object {
        let names = self.group_names.get();
        let name = names.and_then(|names| names.expect::<Tuple>().get(group).map(|name| name.to_object()));
        if group == 0 { Object::none() } else { name.unwrap_or_else(Object::none) }
    }

    fn value(&self) -> Value {
        Value::from_ptr(&raw const self.header)
    }

    fn one(&self, string: Value, pos: Option<isize>, end: Option<isize>, mode: Mode) -> Result<Object, Raised> {
        let subject = Subject::new(string, self.is_bytes.0)?;
        let (start, end) = clamp(subject.len(), pos, end);
        let mut matcher = Matcher::new(self.groups.0);
        let range = Range { start, end, must_advance: false };
        Ok(match matcher.run(&self.code, subject.text(), range, mode) {
            Some(found) => matches::new(self.value(), string, &matcher, self.groups.0, found, (start, end)),
            None => Object::none(),
        })
    }

    /// Calls `f` for each match in turn, at most `limit` times; `f` may run Python.
    fn each(
        &self,
        subject: &Subject,
        bounds: (usize, usize),
        limit: usize,
        mut f: impl FnMut(&Matcher, (usize, usize)) -> Result<(), Raised>,
    ) -> Result<usize, Raised> {
        let mut matcher = Matcher::new(self.groups.0);
        let mut range = Range { start: bounds.0, end: bounds.1, must_advance: false };
        let mut count = 0;
        while count < limit
            && let Some(found) = matcher.run(&self.code, subject.text(), range, Mode::Search)
        {
            f(&matcher, found)?;
            count += 1;
            range.start = found.1;
            range.must_advance = found.0 == found.1;
        }
        Ok(count)
    }

    fn replacement(&self, with: Value) -> Result<Replacement, Raised> {
        if attr::is_callable(with) {
            return Ok(Replacement::Call(with.to_object()));
        }
        let backslash = match with.cast::<Str>() {
            Some(text) => text.text().find_code(0x5c).is_some(),
            None => match kiln_builtins::bytes::buffer::Buffer::get(with)? {
                Some(buffer) => Text::Latin1(buffer.data()).find_code(0x5c).is_some(),
                None => true,
            },
        };
        if !backslash {
            return Ok(Replacement::Literal(with.to_object()));
        }
        let template = compile_template(self.value(), with)?;
        Ok(match template.cast::<Template>() {
            Some(_) => Replacement::Template(template),
            None => Replacement::Literal(template),
        })
    }

    fn substitute(&self, with: Value, string: Value, count: isize) -> Result<(Object, usize), Raised> {
        let replacement = self.replacement(with)?;
        let subject = Subject::new(string, self.is_bytes.0)?;
        let limit = if count == 0 { usize::MAX } else { usize::try_from(count).unwrap_or(0) };
        let len = subject.len();
        let mut pieces = Vec::new();
        let mut from = 0;
        let number = self.each(&subject, (0, len), limit, |matcher, found| {
            if from < found.0 {
                pieces.push(subject.part(from, found.0));
            }
            from = found.1;
            let object = || matches::new(self.value(), string, matcher, self.groups.0, found, (0, len));
            match &replacement {
                Replacement::Literal(text) => pieces.push(text.clone()),
                Replacement::Template(template) => {
                    let found = object();
                    pieces.push(template.expect::<Template>().expand(found.expect::<matches::Match>())?);
                }
                Replacement::Call(f) => {
                    let text = call(f.value(), &[object().value()])?;
                    if !text.is_none() {
                        pieces.push(text);
                    }
                }
            }
            Ok(())
        })?;
        if number == 0 {
            return Ok((subject.part(0, len), 0));
        }
        if from < len {
            pieces.push(subject.part(from, len));
        }
        Ok((subject.join(&pieces)?, number))
    }

    /// What `findall` gives for a match: the only group, all groups, or the whole.
    fn found_item(&self, subject: &Subject, matcher: &Matcher, found: (usize, usize)) -> Object {
        let group = |index: usize| match matcher.group(index) {
            Some((start, end)) => subject.part(start, end),
            None => subject.empty(),
        };
        match self.groups.0 {
            0 => subject.part(found.0, found.1),
            1 => group(1),
            groups => Tuple::from_vec((1..=groups).map(group).collect()),
        }
    }

    fn scanner(&self, string: Value, pos: Option<isize>, end: Option<isize>) -> Result<Object, Raised> {
        let subject = Subject::new(string, self.is_bytes.0)?;
        let (start, end) = clamp(subject.len(), pos, end);
        Ok(alloc(Scanner {
            header: header::<Scanner>(),
            pattern: Slot::new(self.value().to_object()),
            string: Slot::new(string.to_object()),
            pos: Plain(start),
            start: Cell::new(start),
            end: Plain(end),
            must_advance: Cell::new(false),
            done: Cell::new(false),
        }))
    }
}

const FLAG_NAMES: [(u32, &str); 7] = [
    (1, "re.TEMPLATE"),
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
];

#[builtin_methods("re.Pattern")]
impl PatternMethods {
    fn __repr__(this: &Pattern) -> Result<Object, Raised> {
        let repr = ops::repr(this.pattern.value())?;
        let mut out: String = repr.expect::<Str>().to_string_lossy().chars().take(200).collect();
        // Text patterns are Unicode unless told otherwise, which goes without saying.
        let mut flags = this.flags.0;
        if this.is_bytes.0 == Some(false) && flags & (4 | 32 | 256) == 32 {
            flags &= !32;
        }
        let mut names: Vec<String> = Vec::new();
        for (bit, name) in FLAG_NAMES.into_iter().chain([(256, "re.ASCII")]) {
            if flags & bit != 0 {
                names.push(name.to_owned());
                flags &= !bit;
            }
        }
        if flags != 0 {
            names.push(format!("{flags:#x}"));
        }
        if !names.is_empty() {
            out = format!("{out}, {}", names.join("|"));
        }
        Ok(Str::new(&format!("re.compile({out})")))
    }
    fn __hash__(this: &Pattern) -> Result<i64, Raised> {
        let code: Vec<u8> = this.code.iter().flat_map(|word| word.to_le_bytes()).collect();
        let hash = kiln_text::hash::hash_bytes(kiln_object::runtime().hash_key.get(), &code);
        let text = ops::hash(this.pattern.value())?;
        let mixed = hash ^ text ^ i64::from(this.flags.0) ^ this.groups.0 as i64;
        Ok(kiln_text::hash::not_minus_one(mixed))
    }
    fn __eq__(this: &Pattern, value: Value) -> Result<Value, Raised> {
        use kiln_object::singletons::{false_, not_implemented, true_};
        let Some(other) = value.cast::<Pattern>() else { return Ok(not_implemented()) };
        let same = this.flags.0 == other.flags.0
            && this.is_bytes.0 == other.is_bytes.0
            && this.code.0 == other.code.0
            && ops::is_equal(this.pattern.value(), other.pattern.value())?;
        Ok(if same { true_() } else { false_() })
    }
    fn __copy__(this: Value) -> Value {
        this
    }
    fn __deepcopy__(this: Value, _memo: Value) -> Value {
        this
    }
    /// See PEP 585
    #[classmethod]
    fn __class_getitem__(cls: Value, item: Value) -> Result<Object, Raised> {
        kiln_builtins::shared::class_getitem(cls, item)
    }
    /// Matches zero or more characters at the beginning of the string.
    #[signature = "($self, /, string, pos=0, endpos=sys.maxsize)"]
    fn r#match(this: &Pattern, #[kw] string: Value, #[kw] pos: Option<isize>, #[kw] endpos: Option<isize>) -> Result<Object, Raised> {
        this.one(string, pos, endpos, Mode::Match)
    }
    /// Matches against all of the string.
    #[signature = "($self, /, string, pos=0, endpos=sys.maxsize)"]
    fn fullmatch(this: &Pattern, #[kw] string: Value, #[kw] pos: Option<isize>, #[kw] endpos: Option<isize>) -> Result<Object, Raised> {
        this.one(string, pos, endpos, Mode::Full)
    }
    /// Scan through string looking for a match, and return a corresponding match object instance.
    #[signature = "($self, /, string, pos=0, endpos=sys.maxsize)"]
    fn search(this: &Pattern, #[kw] string: Value, #[kw] pos: Option<isize>, #[kw] endpos: Option<isize>) -> Result<Object, Raised> {
        this.one(string, pos, endpos, Mode::Search)
    }
    /// Return a list of all non-overlapping matches of pattern in string.
    #[signature = "($self, /, string, pos=0, endpos=sys.maxsize)"]
    fn findall(this: &Pattern, #[kw] string: Value, #[kw] pos: Option<isize>, #[kw] endpos: Option<isize>) -> Result<Object, Raised> {
        let subject = Subject::new(string, this.is_bytes.0)?;
        let bounds = clamp(subject.len(), pos, endpos);
        let mut items = Vec::new();
        this.each(&subject, bounds, usize::MAX, |matcher, found| {
            items.push(this.found_item(&subject, matcher, found));
            Ok(())
        })?;
        Ok(List::from_vec(items))
    }
    /// Return an iterator over all non-overlapping matches for the RE pattern in string.
    #[signature = "($self, /, string, pos=0, endpos=sys.maxsize)"]
    fn finditer(this: &Pattern, #[kw] string: Value, #[kw] pos: Option<isize>, #[kw] endpos: Option<isize>) -> Result<Object, Raised> {
        let scanner = Slot::new(this.scanner(string, pos, endpos)?);
        Ok(alloc(FindIter { header: header::<FindIter>(), scanner }))
    }
    #[signature = "($self, /, string, pos=0, endpos=sys.maxsize)"]
    fn scanner(this: &Pattern, #[kw] string: Value, #[kw] pos: Option<isize>, #[kw] endpos: Option<isize>) -> Result<Object, Raised> {
        this.scanner(string, pos, endpos)
    }
    /// Split string by the occurrences of pattern.
    #[signature = "($self, /, string, maxsplit=0)"]
    fn split(this: &Pattern, #[kw] string: Value, #[kw] #[default(0)] maxsplit: isize) -> Result<Object, Raised> {
        let subject = Subject::new(string, this.is_bytes.0)?;
        let limit = if maxsplit == 0 { usize::MAX } else { usize::try_from(maxsplit).unwrap_or(0) };
        let len = subject.len();
        let mut items = Vec::new();
        let mut from = 0;
        this.each(&subject, (0, len), limit, |matcher, found| {
            items.push(subject.part(from, found.0));
            let group = |index| matcher.group(index).map_or_else(Object::none, |(start, end)| subject.part(start, end));
            items.extend((1..=this.groups.0).map(group));
            from = found.1;
            Ok(())
        })?;
        items.push(subject.part(from, len));
        Ok(List::from_vec(items))
    }
    /// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by repl.
    #[signature = "($self, /, repl, string, count=0)"]
    fn sub(this: &Pattern, #[kw] repl: Value, #[kw] string: Value, #[kw] #[default(0)] count: isize) -> Result<Object, Raised> {
        Ok(this.substitute(repl, string, count)?.0)
    }
    /// Return the tuple (new_string, number_of_subs_made).
    #[signature = "($self, /, repl, string, count=0)"]
    fn subn(this: &Pattern, #[kw] repl: Value, #[kw] string: Value, #[kw] #[default(0)] count: isize) -> Result<(Object, usize), Raised> {
        this.substitute(repl, string, count)
    }
    /// The pattern string from which the RE object was compiled.
    #[getter]
    fn pattern(this: &Pattern) -> Value {
        this.pattern.value()
    }
    /// The regex matching flags.
    #[getter]
    fn flags(this: &Pattern) -> u32 {
        this.flags.0
    }
    /// The number of capturing groups in the pattern.
    #[getter]
    fn groups(this: &Pattern) -> usize {
        this.groups.0
    }
    /// A dictionary mapping group names to group numbers.
    #[getter]
    fn groupindex(this: &Pattern) -> Object {
        kiln_builtins::descriptors::mapping_proxy::MappingProxy::new_object(this.names())
    }
}

impl Scanner {
    fn advance(&self, mode: Mode) -> Result<Object, Raised> {
        if self.done.get() {
            return Ok(Object::none());
        }
        let (pattern, string) = (self.pattern.value(), self.string.value());
        let compiled = pattern.expect::<Pattern>();
        let subject = Subject::new(string, compiled.is_bytes.0)?;
        let mut matcher = Matcher::new(compiled.groups.0);
        let end = self.end.0.min(subject.len());
        let range = Range { start: self.start.get(), end, must_advance: self.must_advance.get() };
        match matcher.run(&compiled.code, subject.text(), range, mode) {
            Some(found) => {
                self.start.set(found.1);
                self.must_advance.set(found.0 == found.1);
                let range = (self.pos.0, self.end.0);
                Ok(matches::new(pattern, string, &matcher, compiled.groups.0, found, range))
            }
            None => {
                self.done.set(true);
                Ok(Object::none())
            }
        }
    }
}

#[builtin_methods("_sre.SRE_Scanner")]
impl ScannerMethods {
    fn r#match(this: &Scanner) -> Result<Object, Raised> {
        this.advance(Mode::Match)
    }
    fn search(this: &Scanner) -> Result<Object, Raised> {
        this.advance(Mode::Search)
    }
    #[getter]
    fn pattern(this: &Scanner) -> Value {
        this.pattern.value()
    }
}

fn next(v: Value) -> Result<Option<Object>, Raised> {
    let Some(this) = v.cast::<FindIter>() else { return Err(raise!(TypeError, "expected a callable_iterator")) };
    let scanner = this.scanner.value();
    let found = scanner.expect::<Scanner>().advance(Mode::Search)?;
    Ok((!found.is_none()).then_some(found))
}

#[builtin_methods(callable_iterator)]
impl FindIterMethods {
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: Value) -> Result<Object, Raised> {
        next_or_stop(next(this))
    }
}
