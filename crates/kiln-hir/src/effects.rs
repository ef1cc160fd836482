//! What an instruction may read, write and do beside computing its result, and who owns what it produces.
//!
//! One row per kind of behaviour; the instruction list names rows. The same table drives reference counts, value numbering, forwarding
//! and dead code, so a row that promises too much breaks all of them at once, and one that promises too little only costs speed.

use bitflags::bitflags;

bitflags! {
    /// Disjoint parts of the heap. An access of one class never touches another.
    #[derive(Copy, Clone, PartialEq, Eq, Debug)]
    pub struct Alias: u32 {
        /// Attribute slots of instances.
        const SLOTS = 1 << 0;
        /// Items of lists, and where they are stored.
        const LIST_ITEMS = 1 << 1;
        /// Lengths of lists.
        const LIST_LEN = 1 << 2;
        /// Items of tuples; written only while a tuple is built.
        const TUPLE_ITEMS = 1 << 3;
        /// Entries of dicts and sets.
        const DICTS = 1 << 4;
        /// Contents of closure cells.
        const CELLS = 1 << 5;
        /// Module globals and class attributes in stable cells.
        const GLOBALS = 1 << 6;
        /// Shapes of objects.
        const SHAPES = 1 << 7;
        /// Machine fields of iterators and the like.
        const RAW = 1 << 8;
        /// The frame of a generator.
        const GENERATOR = 1 << 9;
        /// Invalidation words.
        const WATCHED = 1 << 10;
        /// The thread: pending and handled exceptions, second results, poll requests.
        const THREAD = 1 << 11;
        /// Everything else.
        const OTHER = 1 << 12;
        /// The caller's references to the arguments. Nothing writes it, so what it supports lives as long as the activation.
        const ARGUMENTS = 1 << 13;
        /// What the code object keeps alive. Nothing writes it.
        const CONSTANTS = 1 << 14;
        /// Everything that code out of sight may change.
        const HEAP = (1 << 13) - 1;
    }
}

bitflags! {
    /// What an instruction may do.
    #[derive(Copy, Clone, PartialEq, Eq, Debug)]
    pub struct Does: u16 {
        /// Run Python code: any of the heap may be different afterwards.
        const RUN_PYTHON = 1 << 0;
        /// Raise: the result may be the pending word. Needs a snapshot.
        const RAISE = 1 << 1;
        /// Leave compiled code for the interpreter. Needs a snapshot.
        const EXIT = 1 << 2;
        /// End its block.
        const TERMINATE = 1 << 3;
        /// Something that must not be dropped although the result is unused.
        const KEEP = 1 << 4;
        /// Make an object with an identity: two of them are never one.
        const ALLOCATE = 1 << 5;
        /// Write only where nothing was before, so that no reference is given up: no borrow ends.
        const ADD = 1 << 6;
    }
}

/// Who owns the result, when its type is counted.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Ownership {
    /// The instruction hands over one reference.
    Owned,
    /// Something of this class keeps the result alive until it is next written.
    Borrowed(Alias),
    /// The result is operand 0 itself under another type.
    Same,
}

/// Operands whose reference the instruction takes over, as bits by position; [`Steals::ALL`] stands for every one.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Steals(pub u32);

impl Steals {
    /// None.
    pub const NONE: Steals = Steals(0);
    /// Every one.
    pub const ALL: Steals = Steals(u32::MAX);

    /// Whether operand `index` is taken over.
    pub fn takes(self, index: usize) -> bool {
        self.0 == u32::MAX || index < 32 && self.0 >> index & 1 != 0
    }
}

/// A row of the table.
#[derive(Copy, Clone, Debug)]
pub struct Effects {
    /// Classes the result depends on.
    pub reads: Alias,
    /// Classes that may change.
    pub writes: Alias,
    /// What may happen.
    pub does: Does,
    /// Who owns the result.
    pub result: Ownership,
    /// Which operands are taken over.
    pub steals: Steals,
}

const NO: Alias = Alias::empty();

const fn row(reads: Alias, writes: Alias, does: Does, result: Ownership, steals: Steals) -> Effects {
    Effects {
        reads,
        writes,
        does,
        result,
        steals,
    }
}

const fn both(a: Does, b: Does) -> Does {
    a.union(b)
}

impl Effects {
    /// Computes its result from its operands.
    pub const PURE: Effects = row(NO, NO, Does::empty(), Ownership::Owned, Steals::NONE);
    /// A constant that the code keeps alive.
    pub const CONST: Effects = row(
        NO,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::CONSTANTS),
        Steals::NONE,
    );
    /// An argument. Whether it is owned is in the function's signature.
    pub const ARG: Effects = row(
        NO,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::ARGUMENTS),
        Steals::NONE,
    );
    /// Computes its result, or leaves when it does not fit. Nobody notices if that does not happen.
    pub const EXITS: Effects = row(NO, NO, Does::EXIT, Ownership::Owned, Steals::NONE);
    /// Computes its result, or leaves when that is not what the operation does: it may be an error, or something else altogether, and must happen
    /// although the result is unused.
    pub const MUST_EXIT: Effects = row(NO, NO, both(Does::EXIT, Does::KEEP), Ownership::Owned, Steals::NONE);
    /// Returns its operand when it is as expected, leaves otherwise. What was chosen because of it need not use the result: a guard goes only when
    /// it cannot fail.
    pub const GUARD: Effects = row(NO, NO, both(Does::EXIT, Does::KEEP), Ownership::Same, Steals::NONE);
    /// As `GUARD`, of the object's shape.
    pub const GUARD_SHAPE: Effects = row(
        Alias::SHAPES,
        NO,
        both(Does::EXIT, Does::KEEP),
        Ownership::Same,
        Steals::NONE,
    );
    /// Returns its operand.
    pub const SAME: Effects = row(NO, NO, Does::empty(), Ownership::Same, Steals::NONE);
    /// Leaves when a condition does not hold; has no result.
    pub const CHECK: Effects = row(NO, NO, both(Does::EXIT, Does::KEEP), Ownership::Owned, Steals::NONE);
    /// Leaves when something watched has changed.
    pub const CHECK_VALID: Effects = row(
        Alias::WATCHED,
        NO,
        both(Does::EXIT, Does::KEEP),
        Ownership::Owned,
        Steals::NONE,
    );
    /// Counts, and leaves in the end. No two of them are one.
    pub const COUNT_DOWN: Effects = row(
        Alias::WATCHED,
        Alias::WATCHED,
        both(Does::EXIT, Does::KEEP),
        Ownership::Owned,
        Steals::NONE,
    );
    /// Needs its operands, and that is all.
    pub const KEEPS: Effects = row(NO, NO, Does::KEEP, Ownership::Owned, Steals::NONE);
    /// Leaves when the thread has been asked to look up.
    pub const POLL: Effects = row(NO, NO, both(Does::EXIT, Does::KEEP), Ownership::Owned, Steals::NONE);

    /// Anything at all may happen; the result is owned, operands are borrowed.
    pub const PYTHON: Effects = row(
        Alias::all(),
        Alias::HEAP,
        both(Does::RUN_PYTHON, both(Does::RAISE, Does::KEEP)),
        Ownership::Owned,
        Steals::NONE,
    );
    /// As `PYTHON`; takes over its second and third operand.
    pub const PYTHON_TAKES_1_2: Effects = row(
        Alias::all(),
        Alias::HEAP,
        both(Does::RUN_PYTHON, both(Does::RAISE, Does::KEEP)),
        Ownership::Owned,
        Steals(0b110),
    );
    /// Makes an object; the operands become its content.
    pub const BUILD: Effects = row(
        NO,
        NO,
        both(Does::RAISE, both(Does::KEEP, Does::ALLOCATE)),
        Ownership::Owned,
        Steals::ALL,
    );
    /// Makes an object out of its operands, which it borrows.
    pub const MAKE: Effects = row(
        NO,
        NO,
        both(Does::RAISE, both(Does::KEEP, Does::ALLOCATE)),
        Ownership::Owned,
        Steals::NONE,
    );
    /// Makes an object out of its operands, the first of which it takes over; cannot fail.
    pub const JOIN: Effects = row(NO, NO, Does::ALLOCATE, Ownership::Owned, Steals(1));
    /// Makes an object out of machine values; cannot fail.
    pub const BOX: Effects = row(NO, NO, Does::empty(), Ownership::Owned, Steals::NONE);
    /// Raises a fixed kind of error when an operand is not as it should be, and returns it otherwise.
    pub const CHECK_RAISES: Effects = row(
        NO,
        Alias::THREAD,
        both(Does::RAISE, Does::KEEP),
        Ownership::Same,
        Steals::NONE,
    );
    /// Changes what the thread says of exceptions.
    pub const THREAD: Effects = row(Alias::THREAD, Alias::THREAD, Does::KEEP, Ownership::Owned, Steals::NONE);
    /// As `THREAD`; may release an exception, hence anything.
    pub const THREAD_RELEASES: Effects = row(
        Alias::THREAD,
        Alias::HEAP,
        both(Does::KEEP, Does::RUN_PYTHON),
        Ownership::Owned,
        Steals::NONE,
    );

    /// Reads a slot of an instance.
    pub const LOAD_SLOT: Effects = row(
        Alias::SLOTS,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::SLOTS),
        Steals::NONE,
    );
    /// Puts a value (operand 1) into a slot and hands out the one that was there.
    pub const SWAP_SLOT: Effects = row(Alias::SLOTS, Alias::SLOTS, Does::KEEP, Ownership::Owned, Steals(0b10));
    /// Puts a value (operand 1) into a slot that holds none.
    pub const INIT_SLOT: Effects = row(
        NO,
        Alias::SLOTS,
        both(Does::KEEP, Does::ADD),
        Ownership::Owned,
        Steals(0b110),
    );
    /// Gives an object another shape.
    pub const STORE_SHAPE: Effects = row(NO, Alias::SHAPES, Does::KEEP, Ownership::Owned, Steals::NONE);
    /// Reads a shape.
    pub const LOAD_SHAPE: Effects = row(Alias::SHAPES, NO, Does::empty(), Ownership::Owned, Steals::NONE);
    /// Reads a machine field.
    pub const LOAD_RAW: Effects = row(Alias::RAW, NO, Does::empty(), Ownership::Owned, Steals::NONE);
    /// Writes a machine field.
    pub const STORE_RAW: Effects = row(NO, Alias::RAW, Does::KEEP, Ownership::Owned, Steals::NONE);
    /// Reads the length of a list.
    pub const LIST_LEN: Effects = row(Alias::LIST_LEN, NO, Does::empty(), Ownership::Owned, Steals::NONE);
    /// Reads the size of a dict.
    pub const DICT_LEN: Effects = row(Alias::DICTS, NO, Does::empty(), Ownership::Owned, Steals::NONE);
    /// Reads an item of a list.
    pub const LIST_ITEM: Effects = row(
        Alias::LIST_ITEMS,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::LIST_ITEMS),
        Steals::NONE,
    );
    /// Puts a value (operand 2) into a list and hands out the one that was there.
    pub const LIST_SWAP: Effects = row(
        Alias::LIST_ITEMS,
        Alias::LIST_ITEMS,
        Does::KEEP,
        Ownership::Owned,
        Steals(0b100),
    );
    /// Adds a value (operand 1) to the end of a list.
    pub const LIST_PUSH: Effects = row(
        NO,
        Alias::LIST_ITEMS.union(Alias::LIST_LEN),
        both(Does::KEEP, both(Does::RAISE, Does::ADD)),
        Ownership::Owned,
        Steals(0b110),
    );
    /// Takes the last item out of a list and hands it out.
    pub const LIST_POP: Effects = row(
        Alias::LIST_ITEMS.union(Alias::LIST_LEN),
        Alias::LIST_ITEMS.union(Alias::LIST_LEN),
        both(Does::KEEP, Does::RAISE),
        Ownership::Owned,
        Steals::NONE,
    );
    /// Reads an item of a tuple, which never changes once somebody sees it.
    pub const TUPLE_ITEM: Effects = row(
        NO,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::TUPLE_ITEMS),
        Steals::NONE,
    );
    /// Reads a closure cell.
    pub const LOAD_CELL: Effects = row(
        Alias::CELLS,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::CELLS),
        Steals::NONE,
    );
    /// Puts a value (operand 1) into a closure cell and hands out the one that was there.
    pub const SWAP_CELL: Effects = row(Alias::CELLS, Alias::CELLS, Does::KEEP, Ownership::Owned, Steals(0b10));
    /// Reads a global's cell.
    pub const LOAD_GLOBAL: Effects = row(
        Alias::GLOBALS,
        NO,
        Does::empty(),
        Ownership::Borrowed(Alias::GLOBALS),
        Steals::NONE,
    );
    /// Moves a value out of a generator's frame.
    pub const GEN_TAKE: Effects = row(
        Alias::GENERATOR,
        Alias::GENERATOR,
        Does::KEEP,
        Ownership::Owned,
        Steals::NONE,
    );
    /// Moves a value (operand 0) into a generator's frame, into a register that holds none.
    pub const GEN_PUT: Effects = row(NO, Alias::GENERATOR, Does::KEEP, Ownership::Owned, Steals(0b1));
    /// Reads a machine field of a generator's frame.
    pub const GEN_STATE: Effects = row(Alias::GENERATOR, NO, Does::empty(), Ownership::Owned, Steals::NONE);

    /// Adds a reference.
    pub const INCREF: Effects = row(NO, NO, Does::KEEP, Ownership::Owned, Steals::NONE);
    /// Gives a reference up; the object's destructor may run.
    pub const DECREF: Effects = row(
        NO,
        Alias::HEAP,
        both(Does::KEEP, Does::RUN_PYTHON),
        Ownership::Owned,
        Steals(0b1),
    );

    /// Goes to another block.
    pub const JUMPS: Effects = row(
        NO,
        NO,
        both(Does::TERMINATE, Does::KEEP),
        Ownership::Owned,
        Steals::NONE,
    );
    /// Leaves the function with a value, which goes to the caller.
    pub const RETURNS: Effects = row(NO, NO, both(Does::TERMINATE, Does::KEEP), Ownership::Owned, Steals(0b1));
    /// Leaves for the interpreter.
    pub const LEAVES: Effects = row(
        NO,
        NO,
        both(Does::TERMINATE, both(Does::KEEP, Does::EXIT)),
        Ownership::Owned,
        Steals::NONE,
    );

    /// Classes that may have given up a reference afterwards: what was borrowed from them is not known to live any more.
    pub fn ends_borrows(&self) -> Alias {
        if self.does.contains(Does::ADD) { NO } else { self.writes }
    }

    /// Whether the instruction may be dropped when nobody uses its result.
    pub fn is_removable(&self) -> bool {
        !self.does.intersects(Does::KEEP.union(Does::TERMINATE))
    }

    /// Whether running the instruction a second time changes nothing that a first run did not.
    pub fn is_replayable(&self) -> bool {
        self.writes.is_empty() && !self.does.intersects(both(Does::RUN_PYTHON, Does::TERMINATE))
    }

    /// Whether a second instruction with the same operands gives the same result, as long as nothing that is read was written.
    pub fn is_repeatable(&self) -> bool {
        self.writes.is_empty()
            && self.steals == Steals::NONE
            && !self.does.intersects(both(
                Does::RUN_PYTHON,
                both(Does::RAISE, both(Does::TERMINATE, Does::ALLOCATE)),
            ))
    }

    /// Whether the instruction needs a snapshot.
    pub fn needs_snapshot(&self) -> bool {
        self.does.intersects(both(Does::EXIT, Does::RAISE))
    }
}
