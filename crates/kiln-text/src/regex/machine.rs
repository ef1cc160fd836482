//! The machine: one loop over the code, a stack of choices.

use super::classes::{ascii_lower, in_category, in_set, is_ascii_word, is_word, set_len, unicode_lower};
use super::ops::{self, at};
use super::{Matcher, Mode, Range, UNSET};
use crate::text::Unit;

/// The state of one repetition of a group: how often it has matched and where it last began.
#[derive(Clone, Copy)]
pub(crate) struct Repeat {
    /// -1 before the first time.
    count: i64,
    last: usize,
    /// Where the minimum stands in the code.
    args: usize,
    outer: usize,
}

const NO_REPEAT: usize = usize::MAX;

/// What to do when everything after it has failed.
#[derive(Clone, Copy)]
enum Retry {
    /// Go on at `pc`.
    Plain,
    /// Try the alternative whose length stands at `pc`.
    Branch,
    /// Give one unit back, down to `low`.
    Shorter { low: usize },
    /// Take one unit more, at most `left` times; the unit's code is at `unit`.
    Longer { unit: usize, left: usize },
}

#[derive(Clone, Copy)]
pub(crate) struct Choice {
    retry: Retry,
    pc: usize,
    pos: usize,
    repeat: usize,
    trail: usize,
    repeats: usize,
    last_index: usize,
}

pub(crate) struct Machine<'a, U> {
    state: &'a mut Matcher,
    code: &'a [u32],
    units: &'a [U],
    range: Range,
    mode: Mode,
}

impl<'a, U: Unit> Machine<'a, U> {
    pub fn new(state: &'a mut Matcher, code: &'a [u32], units: &'a [U], range: Range, mode: Mode) -> Machine<'a, U> {
        Machine {
            state,
            code,
            units: &units[..range.end],
            range,
            mode,
        }
    }

    #[inline]
    fn at(&self, pos: usize) -> u32 {
        self.units[pos].into()
    }

    fn end(&self) -> usize {
        self.units.len()
    }

    /// Where a match begins and ends.
    pub fn find(&mut self) -> Option<(usize, usize)> {
        let start = self.range.start;
        let code = self.code;
        let (mut body, mut least, mut flags) = (0, 0, 0);
        if code.first() == Some(&ops::INFO) {
            body = 1 + code[1] as usize;
            flags = code[2];
            least = code[3] as usize;
        }
        if start > self.end() || self.end() - start < least {
            return None;
        }
        if self.mode != Mode::Search {
            return self.attempt(body, start, start);
        }
        if flags & ops::INFO_PREFIX != 0 {
            let len = code[5] as usize;
            let prefix: Option<Vec<U>> = code[7..7 + len].iter().map(|code| U::from_code(*code)).collect();
            let prefix = prefix?;
            let mut from = start;
            while let Some(found) = crate::text::find_units(&self.units[from..], &prefix) {
                if let Some(found) = self.attempt(body, from + found, start) {
                    return Some(found);
                }
                from += found + 1;
            }
            return None;
        }
        let last = self.end() - least;
        if flags & ops::INFO_CHARSET != 0 {
            let set = &code[5..];
            for pos in start..=last {
                if pos < self.end()
                    && in_set(set, self.at(pos))
                    && let Some(found) = self.attempt(body, pos, start)
                {
                    return Some(found);
                }
            }
            return None;
        }
        match self.first_unit(body) {
            Some(pc) => {
                for pos in start..=last.min(self.end().wrapping_sub(1)) {
                    if pos < self.end()
                        && self.takes(pc, self.at(pos))
                        && let Some(found) = self.attempt(body, pos, start)
                    {
                        return Some(found);
                    }
                }
                None
            }
            None => (start..=last).find_map(|pos| self.attempt(body, pos, start)),
        }
    }

    /// The one-unit operator that every match of what begins at `pc` begins with, if it is as simple as that.
    fn first_unit(&self, mut pc: usize) -> Option<usize> {
        loop {
            match self.code[pc] {
                ops::MARK => pc += 2,
                ops::REPEAT_ONE | ops::MIN_REPEAT_ONE | ops::POSSESSIVE_REPEAT_ONE => {
                    if self.code[pc + 2] == 0 {
                        return None;
                    }
                    pc += 4;
                }
                ops::LITERAL | ops::NOT_LITERAL | ops::ANY | ops::ANY_ALL | ops::IN | ops::CATEGORY => return Some(pc),
                _ => return None,
            }
        }
    }

    fn attempt(&mut self, body: usize, pos: usize, start: usize) -> Option<(usize, usize)> {
        self.state.reset();
        let must_advance = self.range.must_advance && pos == start;
        self.run(body, pos, Some(must_advance.then_some(pos)))
            .map(|end| (pos, end))
    }

    fn push(&mut self, retry: Retry, pc: usize, pos: usize, repeat: usize) {
        self.state.choices.push(Choice {
            retry,
            pc,
            pos,
            repeat,
            trail: self.state.trail.len(),
            repeats: self.state.repeats.len(),
            last_index: self.state.last_index,
        });
    }

    fn restore(&mut self, trail: usize, last_index: usize) {
        while self.state.trail.len() > trail {
            if let Some((index, old)) = self.state.trail.pop() {
                self.state.marks[index] = old;
            }
        }
        self.state.last_index = last_index;
    }

    fn mark(&mut self, index: usize, pos: usize) {
        if index & 1 == 1 {
            self.state.last_index = index / 2 + 1;
        }
        self.state.trail.push((index, self.state.marks[index]));
        self.state.marks[index] = pos;
    }

    fn new_repeat(&mut self, repeat: Repeat) -> usize {
        self.state.repeats.push(repeat);
        self.state.repeats.len() - 1
    }

    /// Whether the one-unit operator at `pc` takes `code`.
    #[inline]
    fn takes(&self, pc: usize, code: u32) -> bool {
        let arg = self.code[pc + 1];
        match self.code[pc] {
            ops::LITERAL => code == arg,
            ops::NOT_LITERAL => code != arg,
            ops::ANY => code != 0x0a,
            ops::ANY_ALL => true,
            ops::IN => in_set(&self.code[pc + 2..], code),
            ops::CATEGORY => in_category(arg, code),
            ops::LITERAL_IGNORE | ops::LITERAL_LOC_IGNORE => ascii_lower(code) == ascii_lower(arg),
            ops::NOT_LITERAL_IGNORE | ops::NOT_LITERAL_LOC_IGNORE => ascii_lower(code) != ascii_lower(arg),
            ops::LITERAL_UNI_IGNORE => unicode_lower(code) == arg,
            ops::NOT_LITERAL_UNI_IGNORE => unicode_lower(code) != arg,
            ops::IN_IGNORE => in_set(&self.code[pc + 2..], ascii_lower(code)),
            ops::IN_LOC_IGNORE => {
                let set = &self.code[pc + 2..];
                let upper = if (0x61..=0x7a).contains(&code) {
                    code - 0x20
                } else {
                    code
                };
                in_set(set, ascii_lower(code)) || in_set(set, upper)
            }
            ops::IN_UNI_IGNORE => in_set(&self.code[pc + 2..], unicode_lower(code)),
            _ => false,
        }
    }

    /// How many units from `pos` on the operator takes, at most `most`.
    fn count(&self, pc: usize, pos: usize, most: u32) -> usize {
        let room = self.end() - pos;
        let most = if most == ops::MAX_REPEAT {
            room
        } else {
            room.min(most as usize)
        };
        let units = &self.units[pos..pos + most];
        match self.code[pc] {
            ops::ANY_ALL => most,
            ops::ANY => units.iter().position(|unit| (*unit).into() == 0x0a).unwrap_or(most),
            ops::LITERAL => {
                let wanted = self.code[pc + 1];
                units.iter().position(|unit| (*unit).into() != wanted).unwrap_or(most)
            }
            _ => units
                .iter()
                .position(|unit| !self.takes(pc, (*unit).into()))
                .unwrap_or(most),
        }
    }

    fn is_at(&self, wanted: u32, pos: usize) -> bool {
        let end = self.end();
        let boundary = |word: fn(u32) -> bool| {
            let before = pos > 0 && word(self.at(pos - 1));
            let after = pos < end && word(self.at(pos));
            before != after
        };
        match wanted {
            at::BEGINNING | at::BEGINNING_STRING => pos == 0,
            at::BEGINNING_LINE => pos == 0 || self.at(pos - 1) == 0x0a,
            at::END => pos == end || (pos + 1 == end && self.at(pos) == 0x0a),
            at::END_LINE => pos == end || self.at(pos) == 0x0a,
            at::END_STRING => pos == end,
            at::BOUNDARY | at::LOC_BOUNDARY => boundary(is_ascii_word),
            at::NON_BOUNDARY | at::LOC_NON_BOUNDARY => !boundary(is_ascii_word),
            at::UNI_BOUNDARY => boundary(is_word),
            at::UNI_NON_BOUNDARY => !boundary(is_word),
            _ => false,
        }
    }

    /// The length of the text of a group when it is repeated at `pos`.
    fn group_again(&self, group: usize, pos: usize, op: u32) -> Option<usize> {
        let (start, end) = (self.state.marks[group * 2], self.state.marks[group * 2 + 1]);
        if start == UNSET || end == UNSET || end < start || end - start > self.end() - pos {
            return None;
        }
        let len = end - start;
        let (one, other) = (&self.units[start..end], &self.units[pos..pos + len]);
        let same = match op {
            ops::GROUPREF => one == other,
            ops::GROUPREF_UNI_IGNORE => one
                .iter()
                .zip(other)
                .all(|(a, b)| unicode_lower((*a).into()) == unicode_lower((*b).into())),
            _ => one
                .iter()
                .zip(other)
                .all(|(a, b)| ascii_lower((*a).into()) == ascii_lower((*b).into())),
        };
        same.then_some(len)
    }

    /// The longest place from `low` to `high` where what follows a repetition may begin.
    fn last_place(&self, tail: usize, low: usize, high: usize) -> Option<usize> {
        if self.code[tail] != ops::LITERAL {
            return Some(high);
        }
        let wanted = self.code[tail + 1];
        (low..=high)
            .rev()
            .find(|pos| *pos < self.end() && self.at(*pos) == wanted)
    }

    /// The next alternative of a branch, from the one whose length stands at `pc`; pushes the one after it.
    fn branch(&mut self, mut pc: usize, pos: usize, repeat: usize) -> Option<usize> {
        loop {
            let skip = self.code[pc] as usize;
            if skip == 0 {
                return None;
            }
            let first = pc + 1;
            // The common alternatives are tested before a choice is made.
            let possible = match self.code[first] {
                ops::LITERAL | ops::IN => pos < self.end() && self.takes(first, self.at(pos)),
                _ => true,
            };
            if possible {
                if self.code[pc + skip] != 0 {
                    self.push(Retry::Branch, pc + skip, pos, repeat);
                }
                return Some(first);
            }
            pc += skip;
        }
    }

    /// Takes the last choice back: where to go on, or `None` when there is none above `base`.
    fn backtrack(&mut self, base: usize) -> Option<(usize, usize, usize)> {
        while self.state.choices.len() > base {
            let choice = self.state.choices.pop()?;
            self.restore(choice.trail, choice.last_index);
            self.state.repeats.truncate(choice.repeats);
            let Choice { pc, pos, repeat, .. } = choice;
            match choice.retry {
                Retry::Plain => return Some((pc, pos, repeat)),
                Retry::Branch => {
                    if let Some(pc) = self.branch(pc, pos, repeat) {
                        return Some((pc, pos, repeat));
                    }
                }
                Retry::Shorter { low } => {
                    if let Some(pos) = self.last_place(pc, low, pos) {
                        if pos > low {
                            self.push(Retry::Shorter { low }, pc, pos - 1, repeat);
                        }
                        return Some((pc, pos, repeat));
                    }
                }
                Retry::Longer { unit, left } => {
                    if left > 0 && pos < self.end() && self.takes(unit, self.at(pos)) {
                        self.push(Retry::Longer { unit, left: left - 1 }, pc, pos + 1, repeat);
                        return Some((pc, pos + 1, repeat));
                    }
                }
            }
        }
        None
    }

    /// Runs from `pc` at `pos`; the end of the match. `top` is given for the whole pattern: where a match must not end.
    fn run(&mut self, pc: usize, pos: usize, top: Option<Option<usize>>) -> Option<usize> {
        let base = self.state.choices.len();
        let (trail, last_index) = (self.state.trail.len(), self.state.last_index);
        let (mut pc, mut pos, mut repeat) = (pc, pos, NO_REPEAT);
        loop {
            if let Some(end) = self.step(&mut pc, &mut pos, &mut repeat, top) {
                self.state.choices.truncate(base);
                return Some(end);
            }
            match self.backtrack(base) {
                Some(next) => (pc, pos, repeat) = next,
                None => {
                    self.restore(trail, last_index);
                    return None;
                }
            }
        }
    }

    /// Goes on until the pattern has matched (`Some`) or something failed (`None`).
    fn step(
        &mut self,
        pc: &mut usize,
        pos: &mut usize,
        repeat: &mut usize,
        top: Option<Option<usize>>,
    ) -> Option<usize> {
        let code = self.code;
        loop {
            let op = code[*pc];
            match op {
                ops::SUCCESS => {
                    if let Some(forbidden) = top
                        && (forbidden == Some(*pos) || (self.mode == Mode::Full && *pos != self.end()))
                    {
                        return None;
                    }
                    return Some(*pos);
                }
                ops::LITERAL => {
                    if *pos >= self.end() || self.at(*pos) != code[*pc + 1] {
                        return None;
                    }
                    *pos += 1;
                    *pc += 2;
                }
                ops::ANY | ops::ANY_ALL => {
                    if *pos >= self.end() || (op == ops::ANY && self.at(*pos) == 0x0a) {
                        return None;
                    }
                    *pos += 1;
                    *pc += 1;
                }
                ops::IN | ops::IN_IGNORE | ops::IN_LOC_IGNORE | ops::IN_UNI_IGNORE => {
                    if *pos >= self.end() || !self.takes(*pc, self.at(*pos)) {
                        return None;
                    }
                    *pos += 1;
                    *pc += 1 + code[*pc + 1] as usize;
                }
                ops::NOT_LITERAL
                | ops::CATEGORY
                | ops::LITERAL_IGNORE
                | ops::NOT_LITERAL_IGNORE
                | ops::LITERAL_LOC_IGNORE
                | ops::NOT_LITERAL_LOC_IGNORE
                | ops::LITERAL_UNI_IGNORE
                | ops::NOT_LITERAL_UNI_IGNORE => {
                    if *pos >= self.end() || !self.takes(*pc, self.at(*pos)) {
                        return None;
                    }
                    *pos += 1;
                    *pc += 2;
                }
                ops::MARK => {
                    self.mark(code[*pc + 1] as usize, *pos);
                    *pc += 2;
                }
                ops::AT => {
                    if !self.is_at(code[*pc + 1], *pos) {
                        return None;
                    }
                    *pc += 2;
                }
                ops::JUMP | ops::INFO => *pc += 1 + code[*pc + 1] as usize,
                ops::BRANCH => *pc = self.branch(*pc + 1, *pos, *repeat)?,
                ops::REPEAT_ONE => {
                    let (least, most) = (code[*pc + 2] as usize, code[*pc + 3]);
                    if self.end() - *pos < least {
                        return None;
                    }
                    let count = self.count(*pc + 4, *pos, most);
                    if count < least {
                        return None;
                    }
                    let (low, high) = (*pos + least, *pos + count);
                    *pc += 1 + code[*pc + 1] as usize;
                    let place = self.last_place(*pc, low, high)?;
                    if place > low {
                        self.push(Retry::Shorter { low }, *pc, place - 1, *repeat);
                    }
                    *pos = place;
                }
                ops::MIN_REPEAT_ONE => {
                    let (least, most) = (code[*pc + 2], code[*pc + 3]);
                    if self.end() - *pos < least as usize || self.count(*pc + 4, *pos, least) < least as usize {
                        return None;
                    }
                    let left = if most == ops::MAX_REPEAT {
                        usize::MAX
                    } else {
                        (most - least) as usize
                    };
                    let unit = *pc + 4;
                    *pos += least as usize;
                    *pc += 1 + code[*pc + 1] as usize;
                    self.push(Retry::Longer { unit, left }, *pc, *pos, *repeat);
                }
                ops::POSSESSIVE_REPEAT_ONE => {
                    let (least, most) = (code[*pc + 2] as usize, code[*pc + 3]);
                    let count = self.count(*pc + 4, *pos, most);
                    if count < least {
                        return None;
                    }
                    *pos += count;
                    *pc += 1 + code[*pc + 1] as usize;
                }
                ops::REPEAT => {
                    let args = *pc + 2;
                    *repeat = self.new_repeat(Repeat {
                        count: -1,
                        last: UNSET,
                        args,
                        outer: *repeat,
                    });
                    *pc += 1 + code[*pc + 1] as usize;
                }
                ops::MAX_UNTIL | ops::MIN_UNTIL => self.until(op, pc, *pos, repeat)?,
                ops::POSSESSIVE_REPEAT => {
                    *pos = self.possessive(*pc, *pos)?;
                    // Behind the body stands the SUCCESS that ends it.
                    *pc += 2 + code[*pc + 1] as usize;
                }
                ops::ATOMIC_GROUP => {
                    *pos = self.run(*pc + 2, *pos, None)?;
                    *pc += 1 + code[*pc + 1] as usize;
                }
                ops::ASSERT | ops::ASSERT_NOT => {
                    let back = code[*pc + 2] as usize;
                    let (trail, last_index) = (self.state.trail.len(), self.state.last_index);
                    let found = *pos >= back && self.run(*pc + 3, *pos - back, None).is_some();
                    if op == ops::ASSERT_NOT && found {
                        self.restore(trail, last_index);
                    }
                    if found != (op == ops::ASSERT) {
                        return None;
                    }
                    *pc += 1 + code[*pc + 1] as usize;
                }
                ops::GROUPREF | ops::GROUPREF_IGNORE | ops::GROUPREF_LOC_IGNORE | ops::GROUPREF_UNI_IGNORE => {
                    *pos += self.group_again(code[*pc + 1] as usize, *pos, op)?;
                    *pc += 2;
                }
                ops::GROUPREF_EXISTS => {
                    let group = code[*pc + 1] as usize;
                    let (start, end) = (self.state.marks[group * 2], self.state.marks[group * 2 + 1]);
                    let exists = start != UNSET && end != UNSET && end >= start;
                    *pc += if exists { 3 } else { 1 + code[*pc + 2] as usize };
                }
                _ => return None,
            }
        }
    }

    /// The end of a repetition's body: again, or on with what follows.
    fn until(&mut self, op: u32, pc: &mut usize, pos: usize, repeat: &mut usize) -> Option<()> {
        let current = *self.state.repeats.get(*repeat)?;
        let (least, most) = (self.code[current.args], self.code[current.args + 1]);
        let count = current.count + 1;
        let (body, tail) = (current.args + 2, *pc + 1);
        if count < i64::from(least) {
            *repeat = self.new_repeat(Repeat { count, ..current });
            *pc = body;
            return Some(());
        }
        // A body that matched nothing is not tried again.
        let again = (count < i64::from(most) || most == ops::MAX_REPEAT) && current.last != pos;
        if op == ops::MAX_UNTIL {
            if again {
                self.push(Retry::Plain, tail, pos, current.outer);
                *repeat = self.new_repeat(Repeat {
                    count,
                    last: pos,
                    ..current
                });
                *pc = body;
                return Some(());
            }
        } else if again {
            let next = self.new_repeat(Repeat {
                count,
                last: pos,
                ..current
            });
            self.push(Retry::Plain, body, pos, next);
        }
        *repeat = current.outer;
        *pc = tail;
        Some(())
    }

    /// A repetition that gives nothing back: where it ends.
    fn possessive(&mut self, pc: usize, pos: usize) -> Option<usize> {
        let (least, most) = (self.code[pc + 2], self.code[pc + 3]);
        let (mut pos, mut count, mut last) = (pos, 0u32, UNSET);
        while count < least {
            pos = self.run(pc + 4, pos, None)?;
            count += 1;
        }
        while (count < most || most == ops::MAX_REPEAT) && last != pos {
            let (trail, last_index) = (self.state.trail.len(), self.state.last_index);
            last = pos;
            match self.run(pc + 4, pos, None) {
                Some(end) => {
                    pos = end;
                    count = count.saturating_add(1);
                }
                None => {
                    self.restore(trail, last_index);
                    break;
                }
            }
        }
        Some(pos)
    }
}

/// Whether operands and jumps stay within the code and name groups that exist.
pub(crate) fn check(code: &[u32], groups: usize) -> bool {
    let mut start = 0;
    if code.first() == Some(&ops::INFO) {
        let (Some(skip), Some(flags)) = (code.get(1), code.get(2)) else {
            return false;
        };
        start = 1 + *skip as usize;
        if code.len() < 5 || start >= code.len() {
            return false;
        }
        if flags & ops::INFO_PREFIX != 0 {
            match code.get(5) {
                Some(len) if 7 + 2 * (*len as usize) <= start => {}
                _ => return false,
            }
        } else if flags & ops::INFO_CHARSET != 0 && set_len(&code[5..]).is_none() {
            return false;
        }
    }
    code.last() == Some(&ops::SUCCESS) && check_part(code, start, code.len() - 1, groups, 0)
}

/// Checks the operators from `pc` up to `end`, where an operator that ends them stands.
fn check_part(code: &[u32], mut pc: usize, end: usize, groups: usize, depth: usize) -> bool {
    if depth > 10_000 || end >= code.len() {
        return false;
    }
    while pc < end {
        let arg = |n: usize| code.get(pc + n).map(|word| *word as usize).filter(|_| pc + n < end);
        let target = |n: usize| arg(n).map(|skip| pc + n + skip).filter(|target| *target <= end);
        let next = match code[pc] {
            ops::FAILURE | ops::ANY | ops::ANY_ALL | ops::SUCCESS => Some(pc + 1),
            ops::LITERAL
            | ops::NOT_LITERAL
            | ops::CATEGORY
            | ops::AT
            | ops::LITERAL_IGNORE
            | ops::NOT_LITERAL_IGNORE
            | ops::LITERAL_LOC_IGNORE
            | ops::NOT_LITERAL_LOC_IGNORE
            | ops::LITERAL_UNI_IGNORE
            | ops::NOT_LITERAL_UNI_IGNORE => arg(1).map(|_| pc + 2),
            ops::MARK => arg(1).filter(|mark| *mark < groups * 2).map(|_| pc + 2),
            ops::GROUPREF | ops::GROUPREF_IGNORE | ops::GROUPREF_LOC_IGNORE | ops::GROUPREF_UNI_IGNORE => {
                arg(1).filter(|group| *group < groups).map(|_| pc + 2)
            }
            ops::IN | ops::IN_IGNORE | ops::IN_LOC_IGNORE | ops::IN_UNI_IGNORE => {
                target(1).filter(|target| set_len(&code[pc + 2..*target]).is_some_and(|len| pc + 2 + len <= *target))
            }
            ops::REPEAT_ONE | ops::MIN_REPEAT_ONE | ops::POSSESSIVE_REPEAT_ONE => target(1).filter(|target| {
                *target > pc + 4
                    && code[pc + 2] <= code[pc + 3]
                    && code[*target - 1] == ops::SUCCESS
                    && check_part(code, pc + 4, *target - 1, groups, depth + 1)
            }),
            ops::REPEAT => target(1)
                .filter(|target| {
                    *target >= pc + 4
                        && *target < end
                        && code[pc + 2] <= code[pc + 3]
                        && matches!(code[*target], ops::MAX_UNTIL | ops::MIN_UNTIL)
                        && check_part(code, pc + 4, *target, groups, depth + 1)
                })
                .map(|target| target + 1),
            ops::POSSESSIVE_REPEAT => target(1)
                .filter(|target| {
                    *target >= pc + 4
                        && *target < end
                        && code[*target] == ops::SUCCESS
                        && check_part(code, pc + 4, *target, groups, depth + 1)
                })
                .map(|target| target + 1),
            ops::ATOMIC_GROUP => target(1).filter(|target| {
                *target > pc + 2
                    && code[*target - 1] == ops::SUCCESS
                    && check_part(code, pc + 2, *target - 1, groups, depth + 1)
            }),
            ops::ASSERT | ops::ASSERT_NOT => target(1).filter(|target| {
                *target > pc + 3
                    && code[*target - 1] == ops::SUCCESS
                    && check_part(code, pc + 3, *target - 1, groups, depth + 1)
            }),
            ops::GROUPREF_EXISTS => check_conditional(code, pc, end, groups, depth),
            ops::BRANCH => check_branch(code, pc, end, groups, depth),
            _ => None,
        };
        match next {
            Some(next) if next > pc && next <= end => pc = next,
            _ => return false,
        }
    }
    pc == end
}

fn check_branch(code: &[u32], pc: usize, end: usize, groups: usize, depth: usize) -> Option<usize> {
    let mut at = pc + 1;
    let mut out = None;
    loop {
        let skip = *code.get(at).filter(|_| at < end)? as usize;
        if skip == 0 {
            return out.filter(|out| *out == at + 1);
        }
        let next = at + skip;
        if skip < 3 || next >= end || code[next - 2] != ops::JUMP {
            return None;
        }
        let target = next - 1 + code[next - 1] as usize;
        if out.is_some_and(|out| out != target) || !check_part(code, at + 1, next - 2, groups, depth + 1) {
            return None;
        }
        out = Some(target);
        at = next;
    }
}

fn check_conditional(code: &[u32], pc: usize, end: usize, groups: usize, depth: usize) -> Option<usize> {
    if pc + 2 >= end || code[pc + 1] as usize >= groups {
        return None;
    }
    // The skip is counted from the group's number and leads to what is tried when the group is not set.
    let no = pc + 1 + code[pc + 2] as usize;
    if no > end || no < pc + 3 {
        return None;
    }
    if no >= pc + 5 && code[no - 2] == ops::JUMP {
        let out = no - 1 + code[no - 1] as usize;
        if out <= end
            && out >= no
            && check_part(code, pc + 3, no - 2, groups, depth + 1)
            && check_part(code, no, out, groups, depth + 1)
        {
            return Some(out);
        }
    }
    check_part(code, pc + 3, no, groups, depth + 1).then_some(no)
}
