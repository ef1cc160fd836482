//! Where things are: every offset, word and shape id that machine code contains, as plain data. The object model's owner fills it in.

use kiln_hir::{Leaf, ShapeId};

/// Layouts of objects and of the thread. Offsets of object fields count from the object's first byte (its header).
#[derive(Clone, Debug)]
pub struct Layout {
    /// The word `None`.
    pub none: u64,
    /// The word `True`.
    pub true_: u64,
    /// The word `False`.
    pub false_: u64,
    /// The word of the unbound marker.
    pub unbound: u64,
    /// The word in a slot or cell that holds nothing. When it is not `unbound`, loads and stores translate.
    pub empty_slot: u64,
    /// Shape of exact instances of builtin types, by leaf.
    pub shapes: [Option<ShapeId>; Leaf::ALL.len()],

    /// Thread: lowest address the native stack may reach.
    pub stack_limit: i32,
    /// Thread: `u32`, non-zero when the thread is asked to look up.
    pub poll: i32,
    /// Thread: word that runtime functions with a second result leave it in.
    pub second_result: i32,
    /// Thread: head of the chain of [`Transition`](crate::Transition)s.
    pub transition: i32,

    /// `float`: its number.
    pub float_value: i32,
    /// `list`: address of the items.
    pub list_items: i32,
    /// `list`: `u64` length.
    pub list_len: i32,
    pub list_capacity: i32,
    /// `tuple`: the first item.
    pub tuple_items: i32,
    /// `tuple`: `u64` length, followed by the hash and the items.
    pub tuple_len: i32,
    /// `tuple`: what stands for a hash that is not known yet.
    pub tuple_unhashed: i64,
    /// `str`: `u32` length in code points.
    pub str_len: i32,
    /// `dict`: `u64` number of entries.
    pub dict_len: i32,
    /// Cell: its content.
    pub cell_content: i32,
    /// Generator: `u32` index of the instruction it goes on at, and behind it a `u32` that says whether it is created, suspended, running, or
    /// finished: 0 to 3.
    pub gen_pc: i32,
    /// Generator: the address of its registers.
    pub gen_registers: i32,
    /// Generator: its code.
    pub gen_code: i32,
    /// Generator: the exception that it was handling when it was suspended, or 0x1.
    pub gen_handled: i32,
    /// Generator: the one that it delegates to while it is suspended, or 0.
    pub gen_inner: i32,
    /// Code: the entry that resumes generators, or 0.
    pub code_resume: i32,
    /// Thread: the exception being handled, or 0x1.
    pub handled: i32,
    /// Thread: `u32` number of Python calls on the stack, and behind it a `u32`, the limit of that.
    pub depth: i32,
    /// Shapes of exact generators and coroutines.
    pub resumable: [ShapeId; 2],
    /// Attribute cache: `u32` shape of the entry looked at first, and `u32` offset of the value in the object. None: there is no such cache.
    pub attr_cache: Option<(i32, i32)>,
    /// For tests: every guard fails when it is reached for the first time.
    pub fail_guards: bool,
}

impl Layout {
    /// A layout in which everything is at 0, to fill in.
    pub fn empty() -> Layout {
        Layout {
            none: 0,
            true_: 0,
            false_: 0,
            unbound: 0,
            empty_slot: 0,
            shapes: [None; Leaf::ALL.len()],
            stack_limit: 0,
            poll: 0,
            second_result: 0,
            transition: 0,
            float_value: 0,
            list_items: 0,
            list_len: 0,
            list_capacity: 0,
            tuple_items: 0,
            tuple_len: 0,
            tuple_unhashed: 0,
            str_len: 0,
            dict_len: 0,
            cell_content: 0,
            gen_pc: 0,
            gen_registers: 0,
            gen_code: 0,
            gen_handled: 0,
            gen_inner: 0,
            code_resume: 0,
            handled: 0,
            depth: 0,
            resumable: [ShapeId(u32::MAX); 2],
            attr_cache: None,
            fail_guards: false,
        }
    }

    /// The shape of a builtin type's exact instances.
    pub fn shape_of(&self, leaf: Leaf) -> Option<ShapeId> {
        self.shapes[leaf as usize]
    }
}

/// Where memory for objects that the collector knows is had without a call.
#[derive(Copy, Clone, Debug)]
pub struct Places {
    /// Address of the list of free places of that size; the second word of a place leads to the next.
    pub free: u64,
    /// Address of the count of new containers, a `u64`.
    pub young: u64,
    /// Address of the count at which a collection is due.
    pub threshold: u64,
}

/// How a new instance of a shape is made without a call.
#[derive(Clone, Debug)]
pub struct NewInstance {
    pub places: Places,
    /// The word of its class, which it holds a reference to.
    pub class: u64,
    /// The instance's first words, its header included. What lies behind them needs no value.
    pub words: Vec<u64>,
}

/// What ids stand for while one function is compiled.
pub trait Env {
    /// Address of an inline cache.
    fn cache(&self, cache: kiln_hir::CacheId) -> u64;
    /// The word of an interned string that lives as long as the code.
    fn name(&self, text: &str) -> u64;
    /// Address of a global's cell.
    fn cell(&self, cell: kiln_hir::CellId) -> u64;
    /// Address of an invalidation word, a `u32`.
    fn watch(&self, watch: kiln_hir::WatchId) -> u64;
    /// Address of the word that holds a code's compiled entry. It must always hold one: a bridge into the interpreter at first.
    fn entry(&self, code: kiln_hir::CodeId) -> u64;
    /// How an instance is made; none if only the runtime can.
    fn new_instance(&self, shape: ShapeId) -> Option<NewInstance>;
    /// Where memory for a container of so many bytes is had; none if only the runtime has it.
    fn places(&self, _size: usize) -> Option<Places> {
        None
    }
    /// Address of a native function's entry for so many arguments.
    fn native(&self, function: u64, args: usize) -> u64;
    /// For a generator's body: address of a table of `u16`, by instruction index: the number of the suspension that goes on there.
    fn resume_table(&self) -> u64;
    /// What the exit hook is told to find the code's tables by.
    fn handle(&self) -> u64;
}
