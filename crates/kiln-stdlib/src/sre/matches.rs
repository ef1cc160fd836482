//! Match objects.

use super::pattern::Pattern;
use super::subject::Subject;
use super::template::Template;
use kiln_macros::builtin_methods;
use kiln_object::args::Rest;
use kiln_object::dict::Dict;
use kiln_object::layout::{Plain, Slot, alloc, header};
use kiln_object::object_struct;
use kiln_object::str::Str;
use kiln_object::tuple::Tuple;
use kiln_object::types::{define, flags};
use kiln_object::{Object, Raised, Value, ops, raise};
use kiln_text::regex::Matcher;

/// Where a group lies, if it matched.
pub type Span = Option<(usize, usize)>;

object_struct! {
    /// A match: the text, the pattern, and where each group lies; group 0 is the whole.
    pub struct Match = "re.Match", Container {
        pattern: Slot,
        string: Slot,
        spans: Plain<Vec<Span>>,
        pos: Plain<usize>,
        end_pos: Plain<usize>,
        last_index: Plain<usize>,
    }
}

/// The methods' name space.
pub struct MatchMethods;

pub fn define_class() {
    let doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.";
    define::<Match>("Match", "re", None, flags::NO_NEW, MatchMethods::METHODS, Some(doc));
}

/// Takes the groups out of a matcher.
pub fn spans(matcher: &Matcher, groups: usize, whole: (usize, usize)) -> Vec<Span> {
    let mut spans = Vec::with_capacity(groups + 1);
    spans.push(Some(whole));
    spans.extend((1..=groups).map(|group| matcher.group(group)));
    spans
}

pub fn new(
    pattern: Value,
    string: Value,
    matcher: &Matcher,
    groups: usize,
    whole: (usize, usize),
    range: (usize, usize),
) -> Object {
    alloc(Match {
        header: header::<Match>(),
        pattern: Slot::new(pattern.to_object()),
        string: Slot::new(string.to_object()),
        spans: Plain(spans(matcher, groups, whole)),
        pos: Plain(range.0),
        end_pos: Plain(range.1),
        last_index: Plain(matcher.last_index()),
    })
}

fn no_such_group() -> Raised {
    raise!(IndexError, "no such group")
}

impl Match {
    fn subject(&self) -> Result<Subject, Raised> {
        Subject::new(self.string.value(), None)
    }

    /// The text of a group that matched.
    pub fn group_text(&self, group: usize) -> Result<Option<Object>, Raised> {
        let Some(span) = self.spans.get(group) else { return Err(no_such_group()) };
        let Some((start, end)) = *span else { return Ok(None) };
        let subject = self.subject()?;
        // The text may have shrunk if it is mutable.
        let len = subject.len();
        Ok(Some(subject.part(start.min(len), end.min(len))))
    }

    /// The number of a group that is given by number or name.
    fn group_number(&self, group: Value) -> Result<usize, Raised> {
        let number = if group.as_int().is_some() || group.class().special(kiln_object::Special::Index).is_some() {
            ops::index_clamped(group)?
        } else {
            let pattern = self.pattern.get().ok_or_else(no_such_group)?;
            let names = pattern.expect::<Pattern>().names();
            match ops::hash(group).map(|_| names.expect::<Dict>().get(group)) {
                Ok(found) => match found? {
                    Some(number) => ops::index_clamped(number.value())?,
                    None => -1,
                },
                Err(r) => {
                    kiln_object::raise::clear(r);
                    -1
                }
            }
        };
        usize::try_from(number).ok().filter(|number| *number < self.spans.len()).ok_or_else(no_such_group)
    }

    fn text_or(&self, group: usize, default: Option<Value>) -> Result<Object, Raised> {
        let missing = || default.map_or_else(Object::none, |default| default.to_object());
        Ok(self.group_text(group)?.unwrap_or_else(missing))
    }

    fn span_of(&self, group: Option<Value>) -> Result<(i64, i64), Raised> {
        let group = match group {
            Some(group) => self.group_number(group)?,
            None => 0,
        };
        Ok(self.spans[group].map_or((-1, -1), |(start, end)| (start as i64, end as i64)))
    }
}

#[builtin_methods("re.Match")]
impl MatchMethods {
    fn __repr__(this: &Match) -> Result<Object, Raised> {
        let (start, end) = this.span_of(None)?;
        let text = this.text_or(0, None)?;
        let repr = ops::repr(text.value())?;
        let shown: String = repr.expect::<Str>().to_string_lossy().chars().take(50).collect();
        Ok(Str::new(&format!("<re.Match object; span=({start}, {end}), match={shown}>")))
    }
    fn __getitem__(this: &Match, key: Value) -> Result<Object, Raised> {
        this.text_or(this.group_number(key)?, None)
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
    /// Return subgroup(s) of the match by indices or names. For 0 returns the entire match.
    fn group(this: &Match, args: Rest<'_>) -> Result<Object, Raised> {
        match args {
            [] => this.text_or(0, None),
            [group] => this.text_or(this.group_number(*group)?, None),
            groups => {
                let texts: Result<Vec<Object>, Raised> =
                    groups.iter().map(|group| this.text_or(this.group_number(*group)?, None)).collect();
                texts.map(Tuple::from_vec)
            }
        }
    }
    /// Return a tuple containing all the subgroups of the match, from 1.
    #[signature = "($self, /, default=None)"]
    fn groups(this: &Match, #[kw] default: Option<Value>) -> Result<Object, Raised> {
        let texts: Result<Vec<Object>, Raised> =
            (1..this.spans.len()).map(|group| this.text_or(group, default)).collect();
        texts.map(Tuple::from_vec)
    }
    /// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
    #[signature = "($self, /, default=None)"]
    fn groupdict(this: &Match, #[kw] default: Option<Value>) -> Result<Object, Raised> {
        let result = Dict::new_object();
        let Some(pattern) = this.pattern.get() else { return Ok(result) };
        for (name, number) in pattern.expect::<Pattern>().names().expect::<Dict>().snapshot() {
            let text = this.text_or(ops::index_clamped(number.value())? as usize, default)?;
            result.expect::<Dict>().set(name.value(), text.value())?;
        }
        Ok(result)
    }
    /// Return index of the start of the substring matched by group.
    #[signature = "($self, group=0, /)"]
    fn start(this: &Match, group: Option<Value>) -> Result<i64, Raised> {
        Ok(this.span_of(group)?.0)
    }
    /// Return index of the end of the substring matched by group.
    #[signature = "($self, group=0, /)"]
    fn end(this: &Match, group: Option<Value>) -> Result<i64, Raised> {
        Ok(this.span_of(group)?.1)
    }
    /// For match object m, return the 2-tuple (m.start(group), m.end(group)).
    #[signature = "($self, group=0, /)"]
    fn span(this: &Match, group: Option<Value>) -> Result<(i64, i64), Raised> {
        this.span_of(group)
    }
    /// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
    fn expand(this: &Match, #[kw] template: Value) -> Result<Object, Raised> {
        let pattern = this.pattern.value();
        let compiled = super::pattern::compile_template(pattern, template)?;
        match compiled.cast::<Template>() {
            Some(template) => template.expand(this),
            None => Ok(compiled),
        }
    }
    /// The string passed to match() or search().
    #[getter]
    fn string(this: &Match) -> Value {
        this.string.value()
    }
    /// The regular expression object.
    #[getter]
    fn re(this: &Match) -> Value {
        this.pattern.value()
    }
    /// The index into the string at which the RE engine started looking for a match.
    #[getter]
    fn pos(this: &Match) -> usize {
        this.pos.0
    }
    /// The index into the string beyond which the RE engine will not go.
    #[getter]
    fn endpos(this: &Match) -> usize {
        this.end_pos.0
    }
    /// The integer index of the last matched capturing group.
    #[getter]
    fn lastindex(this: &Match) -> Option<usize> {
        (this.last_index.0 > 0).then_some(this.last_index.0)
    }
    /// The name of the last matched capturing group.
    #[getter]
    fn lastgroup(this: &Match) -> Object {
        let Some(pattern) = this.pattern.get() else { return Object::none() };
        pattern.expect::<Pattern>().group_name(this.last_index.0)
    }
    #[getter]
    fn regs(this: &Match) -> Object {
        let span = |span: &Span| {
            let (start, end) = span.map_or((-1, -1), |(start, end)| (start as i64, end as i64));
            Tuple::from_array([Object::int(start), Object::int(end)])
        };
        Tuple::from_vec(this.spans.iter().map(span).collect())
    }
}
