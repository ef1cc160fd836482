//! The instruction list.
//!
//! An entry is
//!
//! ```text
//! /// What it does.
//! text_name = TypeName { operand: TYPE, … } [immediate: Type, …] -> result, EFFECTS;
//! ```
//!
//! From it come the enum, the builder's method, the operand visitor, printer, parser, the check of operand types, the effects, and the call of
//! a method of that name in kiln-codegen, which must exist. `TYPE` is a constant of [`Ty`](crate::Ty), `EFFECTS` one of [`Effects`](crate::Effects); the result
//! is a constant of `Ty` or `fn rule` for a rule in `result_type.rs`. An immediate may hold values, too (`Args`, `BlockCall`).
//!
//! Instructions that may raise return a word in every case; see [`Function::catches`](crate::Function::catches).

/// Calls the macro `$m` with the whole list.
#[macro_export]
macro_rules! for_each_inst {
    ($m:path) => { $m! {
        // ---- Block parameters and arguments ----

        /// A parameter of its block; never in the block's list of instructions. `owned` is set by refcount insertion: whoever jumps here hands
        /// over a reference.
        param = Param {} [owned: bool] -> fn declared, PURE;
        /// An argument of the function; the signature says which are owned.
        load_arg = LoadArg {} [index: u32] -> fn declared, ARG;

        // ---- Constants ----

        /// A constant of the function's table.
        const_object = ConstObject {} [object: ConstId] -> fn const_object, CONST;
        /// A tagged int.
        const_int = ConstInt {} [value: i64] -> fn const_int, PURE;
        /// `None`.
        const_none = ConstNone {} [] -> NONE, PURE;
        /// `True` or `False`.
        const_pybool = ConstPyBool {} [value: bool] -> fn const_pybool, PURE;
        /// The unbound marker.
        const_unbound = ConstUnbound {} [] -> UNBOUND, PURE;
        /// A machine integer.
        const_i64 = ConstI64 {} [value: i64] -> fn const_i64, PURE;
        /// A machine float.
        const_f64 = ConstF64 {} [value: FloatBits] -> fn const_f64, PURE;
        /// A machine truth value.
        const_bool = ConstBool {} [value: bool] -> fn const_bool, PURE;

        // ---- Control ----

        /// Goes to a block.
        jump = Jump {} [target: BlockCall] -> BOTTOM, JUMPS;
        /// Goes to one of two blocks.
        branch = Branch { condition: BOOL } [then: BlockCall, otherwise: BlockCall] -> BOTTOM, JUMPS;
        /// Goes to `handler` when the value is the pending word. Directly follows the instruction it asks about, in the same block.
        branch_pending = BranchPending { value: WORD } [handler: BlockCall, next: BlockCall] -> BOTTOM, JUMPS;
        /// Goes to the target of that number, to the last one when there is none.
        switch = Switch { index: I64 } [targets: Targets] -> BOTTOM, JUMPS;
        /// Returns a value to the caller.
        return_value = ReturnValue { value: RESULT } [] -> BOTTOM, RETURNS;
        /// Returns a machine float to a caller that expects one.
        return_f64 = ReturnF64 { value: F64 } [] -> BOTTOM, JUMPS;
        /// Goes on in the interpreter, always.
        exit = Exit {} [] -> BOTTOM, LEAVES;
        /// The exception that is pending leaves this function by way of the interpreter's handler table.
        unwind = Unwind {} [] -> BOTTOM, LEAVES;
        /// Is never reached.
        unreachable = Unreachable {} [] -> BOTTOM, JUMPS;
        /// Leaves at the loop's snapshot when the thread has been asked to look up (signals, other threads); the loop is entered again.
        poll = Poll {} [] -> BOTTOM, POLL;
        /// Leaves when the invalidation word is set.
        check_valid = CheckValid {} [word: WatchId] -> BOTTOM, CHECK_VALID;
        /// Leaves when the frame of this function, which is about to return, has an object that lives: that gets the variables.
        end_frame = EndFrame {} [] -> BOTTOM, POLL;
        /// Counts a word down; leaves when it has become zero.
        count_down = CountDown {} [word: WatchId] -> BOTTOM, COUNT_DOWN;
        /// Does nothing: the values are alive until here, because the language says so.
        keep_alive = KeepAlive {} [values: Args] -> BOTTOM, KEEPS;
        /// Leaves unless the condition holds.
        guard_true = GuardTrue { condition: BOOL } [] -> BOTTOM, CHECK;

        // ---- Any object: operators ----

        /// Binary operator, in-place forms included.
        binary_op = BinaryOp { lhs: OBJECT, rhs: OBJECT } [op: BinaryKind, cache: CacheId] -> OBJECT, PYTHON;
        /// Rich comparison.
        compare = Compare { lhs: OBJECT, rhs: OBJECT } [op: CompareKind, cache: CacheId] -> OBJECT, PYTHON;
        /// Rich comparison of which only the truth is wanted: tagged 0 or 1.
        compare_truth = CompareTruth { lhs: OBJECT, rhs: OBJECT } [op: CompareKind, cache: CacheId] -> INT, PYTHON;
        /// Unary operator.
        unary_op = UnaryOp { value: OBJECT } [op: UnaryKind, cache: CacheId] -> OBJECT, PYTHON;
        /// Truth: tagged 0 or 1.
        truth = Truth { value: OBJECT } [cache: CacheId] -> INT, PYTHON;
        /// `item in container`: tagged 0 or 1.
        contains = Contains { container: OBJECT, item: OBJECT } [cache: CacheId] -> INT, PYTHON;
        /// Whether two words are the same object.
        is = Is { lhs: SLOT, rhs: SLOT } [] -> BOOL, PURE;
        /// Whether a word is the unbound marker.
        is_unbound = IsUnbound { value: SLOT } [] -> BOOL, PURE;
        /// Whether a tagged int is not zero.
        int_is_true = IntIsTrue { value: INT } [] -> BOOL, PURE;

        // ---- Any object: attributes, names, items ----

        /// Reads an attribute.
        load_attr = LoadAttr { object: OBJECT } [name: NameId, cache: CacheId] -> OBJECT, PYTHON;
        /// Writes an attribute.
        store_attr = StoreAttr { object: OBJECT, value: OBJECT } [name: NameId, cache: CacheId] -> INT, PYTHON;
        /// Deletes an attribute.
        delete_attr = DeleteAttr { object: OBJECT } [name: NameId] -> INT, PYTHON;
        /// Looks a method up for a call. The second result is the receiver, or unbound when the first is already bound.
        load_method = LoadMethod { object: OBJECT } [name: NameId, cache: CacheId] -> OBJECT, PYTHON;
        /// Attribute of `super(class, object)`; the second result is as for `load_method` when `method` is set.
        load_super = LoadSuper { superclass: OBJECT, class: OBJECT, object: OBJECT } [name: NameId, method: bool] -> OBJECT, PYTHON;
        /// A special method (`__enter__`, …) looked up on the class; the second result is as for `load_method`.
        load_special = LoadSpecial { object: OBJECT } [kind: u32] -> OBJECT, PYTHON;
        /// The second result of the instruction before.
        second_result = SecondResult {} [] -> SLOT, THREAD;
        /// Reads a global or a builtin.
        load_global = LoadGlobal {} [name: NameId, cache: CacheId] -> OBJECT, PYTHON;
        /// Writes a global.
        store_global = StoreGlobal { value: OBJECT } [name: NameId] -> INT, PYTHON;
        /// Deletes a global.
        delete_global = DeleteGlobal {} [name: NameId] -> INT, PYTHON;
        /// Reads a name of a class or module body.
        load_name = LoadName {} [name: NameId, cache: CacheId] -> OBJECT, PYTHON;
        /// Writes a name of a class or module body.
        store_name = StoreName { value: OBJECT } [name: NameId] -> INT, PYTHON;
        /// Deletes a name of a class or module body.
        delete_name = DeleteName {} [name: NameId] -> INT, PYTHON;
        /// `object[index]`.
        get_item = GetItem { object: OBJECT, index: OBJECT } [cache: CacheId] -> OBJECT, PYTHON;
        /// `object[index] = value`.
        set_item = SetItem { object: OBJECT, index: OBJECT, value: OBJECT } [cache: CacheId] -> INT, PYTHON;
        /// `del object[index]`.
        delete_item = DeleteItem { object: OBJECT, index: OBJECT } [] -> INT, PYTHON;

        // ---- Building ----

        /// A tuple of the operands.
        build_tuple = BuildTuple {} [items: Args] -> TUPLE, BUILD;
        /// A list of the operands.
        build_list = BuildList {} [items: Args] -> LIST, BUILD;
        /// A set of the operands, which hashes them.
        build_set = BuildSet {} [items: Args] -> SET, PYTHON;
        /// A dict of the operands: key, value, key, value, …
        build_dict = BuildDict {} [items: Args] -> DICT, PYTHON;
        /// The concatenation of strings.
        build_string = BuildString {} [items: Args] -> STR, MAKE;
        /// A slice object.
        build_slice = BuildSlice { start: OBJECT, stop: OBJECT, step: OBJECT } [] -> INSTANCE, MAKE;
        /// Adds an item to a list under construction.
        list_append = ListAppend { list: LIST, item: OBJECT } [] -> INT, LIST_PUSH;
        /// Takes the last item off a list; raises `IndexError` when there is none.
        list_pop = ListPop { list: LIST } [] -> OBJECT, LIST_POP;
        /// Adds what an iterable yields to a list under construction.
        list_extend = ListExtend { list: LIST, items: OBJECT } [] -> INT, PYTHON;
        /// A tuple with the items of a list under construction.
        list_to_tuple = ListToTuple { list: LIST } [] -> TUPLE, MAKE;
        /// Adds an item to a set under construction.
        set_add = SetAdd { set: OBJECT, item: OBJECT } [] -> INT, PYTHON;
        /// Adds what an iterable yields to a set under construction.
        set_update = SetUpdate { set: OBJECT, items: OBJECT } [] -> INT, PYTHON;
        /// Adds an entry to a dict under construction.
        dict_set = DictSet { dict: OBJECT, key: OBJECT, value: OBJECT } [] -> INT, PYTHON;
        /// Adds a mapping's entries to a dict under construction.
        dict_update = DictUpdate { dict: OBJECT, items: OBJECT } [] -> INT, PYTHON;
        /// As `dict_update`, for the keyword arguments of a call of `callee`: a repeated key is an error.
        dict_merge = DictMerge { dict: OBJECT, items: OBJECT, callee: OBJECT } [] -> INT, PYTHON;

        // ---- Calls ----

        /// Call with positional arguments.
        call = Call { callee: OBJECT } [args: Args, cache: CacheId] -> OBJECT, PYTHON;
        /// Call of what `load_method` found; `receiver` may be unbound.
        call_method = CallMethod { callee: OBJECT, receiver: SLOT } [args: Args, cache: CacheId] -> OBJECT, PYTHON;
        /// Call whose last arguments have the names of the tuple `names`; `receiver` may be unbound.
        call_kw = CallKw { callee: OBJECT, receiver: SLOT } [args: Args, names: ConstId, cache: CacheId] -> OBJECT, PYTHON;
        /// Call with a tuple of arguments and a dict of keyword arguments, which may be unbound: both are given up before a Python function begins.
        call_ex = CallEx { callee: OBJECT, args: OBJECT, kwargs: SLOT } [cache: CacheId] -> OBJECT, PYTHON_TAKES_1_2;
        /// Call of the code whose entry is known; the arguments are exactly its parameters, those in `owned` are given away. Its frame state
        /// leaves out what the call consumes, so that nothing but the callee keeps that alive.
        call_direct = CallDirect {} [args: Args, code: CodeId, owned: u32] -> OBJECT, PYTHON;
        /// Call of a native function that has an entry for so many arguments, one to three; they are borrowed.
        call_native = CallNative {} [args: Args, function: ConstId] -> OBJECT, PYTHON;
        /// An operation of the runtime that has no instruction of its own; `kind` is its number in the runtime's table.
        intrinsic = Intrinsic {} [args: Args, kind: u32, extra: u32] -> OBJECT, PYTHON;
        /// As `intrinsic`; the result may be unbound.
        intrinsic_slot = IntrinsicSlot {} [args: Args, kind: u32, extra: u32] -> SLOT, PYTHON;
        /// As `intrinsic`; the result is a tagged int.
        intrinsic_int = IntrinsicInt {} [args: Args, kind: u32, extra: u32] -> INT, PYTHON;

        // ---- Iteration and unpacking ----

        /// `iter(value)`.
        get_iter = GetIter { value: OBJECT } [cache: CacheId] -> OBJECT, PYTHON;
        /// The next item, or unbound at the end.
        for_iter_next = ForIterNext { iter: OBJECT } [cache: CacheId] -> SLOT, PYTHON;
        /// The two items of the next item, which is unpacked, or unbound at the end. The second one is the second result.
        for_iter_pair = ForIterPair { iter: OBJECT } [] -> SLOT, PYTHON;
        /// The items of an iterable that must have exactly `count`, as a tuple.
        unpack = Unpack { value: OBJECT } [count: u32] -> TUPLE, PYTHON;
        /// The items of an iterable as a tuple of `before` items, a list, and `after` items.
        unpack_star = UnpackStar { value: OBJECT } [before: u32, after: u32] -> TUPLE, PYTHON;

        // ---- Strings ----

        /// The concatenation of two strings; in the place of the left one, where that is given up and has room behind it.
        str_add = StrAdd { lhs: STR, rhs: STR } [] -> STR, JOIN;
        /// `format(value, spec)`.
        format = Format { value: OBJECT, spec: OBJECT } [] -> OBJECT, PYTHON;
        /// `format(value, '')`.
        format_simple = FormatSimple { value: OBJECT } [] -> OBJECT, PYTHON;
        /// `str`, `repr` or `ascii` of a value: 1, 2, 3.
        convert = Convert { value: OBJECT } [kind: u32] -> OBJECT, PYTHON;

        // ---- Cells, functions, imports ----

        /// A new cell with that content.
        make_cell = MakeCell { content: SLOT } [] -> CELL, BUILD;
        /// The content of a cell.
        cell_load = CellLoad { cell: CELL } [] -> SLOT, LOAD_CELL;
        /// Puts a value into a cell; the result is what was there.
        cell_swap = CellSwap { cell: CELL, content: SLOT } [] -> SLOT, SWAP_CELL;
        /// Raises `UnboundLocalError` (kind 0) or `NameError` for a free variable (kind 1) when the operand is unbound.
        check_bound = CheckBound { value: SLOT } [name: NameId, kind: u32] -> fn bound, CHECK_RAISES;
        /// A function; the operands are code, defaults, keyword defaults, annotations, closure, each of which may be unbound.
        make_function = MakeFunction {} [parts: Args] -> FUNCTION, MAKE;
        /// `import name`.
        import_name = ImportName { level: OBJECT, from_list: OBJECT } [name: NameId] -> OBJECT, PYTHON;
        /// `from module import name`.
        import_from = ImportFrom { module: OBJECT } [name: NameId] -> OBJECT, PYTHON;

        // ---- Exceptions ----

        /// `raise exception from cause`, either of which may be unbound. Never returns a value other than the pending word.
        raise = Raise { exception: SLOT, cause: SLOT } [] -> INT, PYTHON;
        /// Raises an exception again, its traceback unchanged. Never returns a value other than the pending word.
        reraise = Reraise { exception: OBJECT } [] -> INT, PYTHON;
        /// Takes the pending exception off the thread, at a handler's start. Adds the frame of `code` at `pc` to its traceback; `depth` counts the
        /// functions that the code was inlined into.
        take_pending = TakePending {} [code: CodeId, pc: u32, depth: u32] -> OBJECT, THREAD;
        /// Makes an exception the one being handled; the result is the one that was.
        push_handled = PushHandled { exception: OBJECT } [] -> OBJECT, THREAD;
        /// Makes `previous` the exception being handled.
        pop_handled = PopHandled { previous: OBJECT } [] -> INT, THREAD_RELEASES;
        /// Whether an exception matches what an `except` clause names: tagged 0 or 1.
        match_exception = MatchException { exception: OBJECT, pattern: OBJECT } [] -> INT, PYTHON;

        // ---- Generators: all state is in the generator's frame at each suspension ----

        /// The running generator.
        gen_self = GenSelf {} [] -> GENERATOR, ARG;
        /// Number of the suspension that is being resumed.
        gen_state = GenState { generator: GENERATOR } [] -> I64, GEN_STATE;
        /// Moves register `index` out of the generator's frame. What it leaves behind is stale: nobody looks there while the generator runs.
        gen_take = GenTake { generator: GENERATOR } [index: u32] -> fn declared, GEN_TAKE;
        /// Moves a value into register `index` of the generator's frame.
        gen_put = GenPut { value: SLOT, generator: GENERATOR } [index: u32] -> BOTTOM, GEN_PUT;
        /// Notes what the generator delegates to while it is suspended next, if that is a generator itself.
        gen_delegate = GenDelegate { delegate: OBJECT, generator: GENERATOR } [] -> BOTTOM, STORE_RAW;
        /// Suspends: the caller gets the value; it goes on at `pc`. The first `live` registers are those that hold something.
        gen_yield = GenYield { value: OBJECT, generator: GENERATOR } [live: u32, pc: u32] -> BOTTOM, RETURNS;
        /// Ends the generator with a result.
        gen_return = GenReturn { value: OBJECT, generator: GENERATOR } [] -> BOTTOM, RETURNS;
        /// Has the interpreter run the generator from where it is suspended: where the code has no place for that. The result is what this function
        /// returns.
        gen_interpret = GenInterpret { sent: OBJECT, generator: GENERATOR } [] -> BOTTOM, RETURNS;
        /// The next item of a generator, or unbound at its end. One that is compiled is entered directly.
        for_iter_generator = ForIterGenerator { iter: GENERATOR } [] -> SLOT, PYTHON;
        /// Sends a value into a sub-iterator; the result is what it yielded, or unbound when it ended: then the second result is its value.
        send = Send { iter: OBJECT, value: OBJECT } [cache: CacheId] -> SLOT, PYTHON;

        // ---- Guards ----

        /// Leaves unless the value is of the type, which is `Int`, `Flonum`, `Float`, `PyBool`, `None`, or an exact builtin type.
        guard_type = GuardType { value: WORD } [ty: Ty] -> fn guarded, GUARD;
        /// Leaves unless the value is an object of that shape. `ty` is what the shape implies.
        guard_shape = GuardShape { value: WORD } [shape: ShapeId, ty: Ty] -> fn guarded_shape, GUARD_SHAPE;
        /// Leaves unless the value is that constant.
        guard_is = GuardIs { value: WORD } [object: ConstId] -> fn guarded_const, GUARD;
        /// Leaves when the value is unbound.
        guard_bound = GuardBound { value: SLOT } [] -> fn bound, GUARD;
        /// The same value, known to be of the type.
        refine = Refine { value: WORD } [ty: Ty] -> fn guarded, SAME;
        /// Whether a value is of the type; types as for `guard_type`.
        has_type = HasType { value: WORD } [ty: Ty] -> BOOL, PURE;
        /// Whether a value is an object of that shape.
        has_shape = HasShape { value: WORD } [shape: ShapeId] -> BOOL, LOAD_SHAPE;

        // ---- Tagged ints ----

        /// Sum; leaves when it does not fit.
        int_add = IntAdd { lhs: INT, rhs: INT } [] -> INT, EXITS;
        /// Difference; leaves when it does not fit.
        int_sub = IntSub { lhs: INT, rhs: INT } [] -> INT, EXITS;
        /// Product; leaves when it does not fit.
        int_mul = IntMul { lhs: INT, rhs: INT } [] -> INT, EXITS;
        /// Sum that is known to fit.
        int_add_fits = IntAddFits { lhs: INT, rhs: INT } [] -> INT, PURE;
        /// Difference that is known to fit.
        int_sub_fits = IntSubFits { lhs: INT, rhs: INT } [] -> INT, PURE;
        /// Product that is known to fit.
        int_mul_fits = IntMulFits { lhs: INT, rhs: INT } [] -> INT, PURE;
        /// Floor division; leaves for a zero divisor and for the one quotient that does not fit.
        int_floordiv = IntFloorDiv { lhs: INT, rhs: INT } [] -> INT, MUST_EXIT;
        /// Remainder with the divisor's sign; leaves for a zero divisor.
        int_mod = IntMod { lhs: INT, rhs: INT } [] -> INT, MUST_EXIT;
        /// Bitwise and.
        int_and = IntAnd { lhs: INT, rhs: INT } [] -> INT, PURE;
        /// Bitwise or.
        int_or = IntOr { lhs: INT, rhs: INT } [] -> INT, PURE;
        /// Bitwise exclusive or.
        int_xor = IntXor { lhs: INT, rhs: INT } [] -> INT, PURE;
        /// Left shift; leaves for a negative count and when the result does not fit.
        int_lshift = IntLshift { lhs: INT, rhs: INT } [] -> INT, MUST_EXIT;
        /// Right shift; leaves for a negative count.
        int_rshift = IntRshift { lhs: INT, rhs: INT } [] -> INT, MUST_EXIT;
        /// Negation; leaves when it does not fit.
        int_neg = IntNeg { value: INT } [] -> INT, EXITS;
        /// Bitwise complement.
        int_invert = IntInvert { value: INT } [] -> INT, PURE;
        /// Comparison.
        int_compare = IntCompare { lhs: INT, rhs: INT } [op: CompareKind] -> BOOL, PURE;
        /// As a machine float, rounded as Python does.
        int_to_f64 = IntToF64 { value: INT } [] -> F64, PURE;
        /// `int / int`; leaves for a zero divisor and when an operand needs more than 53 bits.
        int_truediv = IntTrueDiv { lhs: INT, rhs: INT } [] -> F64, MUST_EXIT;

        // ---- Machine values ----

        /// The number of a tagged int.
        untag_int = UntagInt { value: INT } [] -> I64, PURE;
        /// A tagged int; leaves when the number does not fit.
        tag_int = TagInt { value: I64 } [] -> INT, EXITS;
        /// A tagged int of a number that is known to fit.
        tag_int_fits = TagIntFits { value: I64 } [] -> INT, PURE;
        /// Sum; leaves on overflow.
        i64_add = I64Add { lhs: I64, rhs: I64 } [] -> I64, EXITS;
        /// Difference; leaves on overflow.
        i64_sub = I64Sub { lhs: I64, rhs: I64 } [] -> I64, EXITS;
        /// Product; leaves on overflow.
        i64_mul = I64Mul { lhs: I64, rhs: I64 } [] -> I64, EXITS;
        /// Sum that is known not to overflow.
        i64_add_fits = I64AddFits { lhs: I64, rhs: I64 } [] -> I64, PURE;
        /// Difference that is known not to overflow.
        i64_sub_fits = I64SubFits { lhs: I64, rhs: I64 } [] -> I64, PURE;
        /// Signed comparison.
        i64_compare = I64Compare { lhs: I64, rhs: I64 } [op: CompareKind] -> BOOL, PURE;
        /// The number in a float.
        unbox_float = UnboxFloat { value: FLOAT } [] -> F64, PURE;
        /// A float with that number.
        box_float = BoxFloat { value: F64 } [] -> FLOAT, BOX;
        /// Sum.
        f64_add = F64Add { lhs: F64, rhs: F64 } [] -> F64, PURE;
        /// Difference.
        f64_sub = F64Sub { lhs: F64, rhs: F64 } [] -> F64, PURE;
        /// Product.
        f64_mul = F64Mul { lhs: F64, rhs: F64 } [] -> F64, PURE;
        /// Quotient; leaves for a zero divisor.
        f64_div = F64Div { lhs: F64, rhs: F64 } [] -> F64, MUST_EXIT;
        /// Negation.
        f64_neg = F64Neg { value: F64 } [] -> F64, PURE;
        /// Absolute value.
        f64_abs = F64Abs { value: F64 } [] -> F64, PURE;
        /// Square root; leaves for a negative operand.
        f64_sqrt = F64Sqrt { value: F64 } [] -> F64, MUST_EXIT;
        /// A function of the runtime from floats to a float, by number (`pow`, `mod`, `sin`, …), which never fails.
        f64_call = F64Call { lhs: F64, rhs: F64 } [kind: u32] -> F64, PURE;
        /// Comparison.
        f64_compare = F64Compare { lhs: F64, rhs: F64 } [op: CompareKind] -> BOOL, PURE;
        /// Truncation to a tagged int; leaves when it does not fit.
        f64_to_int = F64ToInt { value: F64 } [] -> INT, MUST_EXIT;
        /// Negation of a truth value.
        bool_not = BoolNot { value: BOOL } [] -> BOOL, PURE;
        /// `True` or `False`.
        bool_to_object = BoolToObject { value: BOOL } [] -> PY_BOOL, PURE;
        /// A tagged 0 or 1.
        bool_to_int = BoolToInt { value: BOOL } [] -> INT, PURE;

        // ---- Memory ----

        /// The value at a byte offset of an object.
        load_slot = LoadSlot { object: OBJECT } [offset: u32, ty: Ty] -> fn slot, LOAD_SLOT;
        /// Puts a value at a byte offset of an object; the result is what was there.
        swap_slot = SwapSlot { object: OBJECT, value: SLOT } [offset: u32, ty: Ty] -> fn slot, SWAP_SLOT;
        /// Puts a value at a byte offset of an object where nothing was.
        init_slot = InitSlot { object: OBJECT, value: SLOT } [offset: u32] -> BOTTOM, INIT_SLOT;
        /// Gives an object another shape, of the same class.
        store_shape = StoreShape { object: OBJECT } [shape: ShapeId] -> BOTTOM, STORE_SHAPE;
        /// The machine word at a byte offset of an object.
        load_raw = LoadRaw { object: OBJECT } [offset: u32] -> I64, LOAD_RAW;
        /// Puts a machine word at a byte offset of an object.
        store_raw = StoreRaw { object: OBJECT, value: I64 } [offset: u32] -> BOTTOM, STORE_RAW;
        /// Makes an instance of that shape with `slots` unbound slots.
        new_instance = NewInstance {} [shape: ShapeId, slots: u32, ty: Ty] -> fn new_instance, MAKE;
        /// Length of a list.
        list_len = ListLen { list: LIST } [] -> I64, LIST_LEN;
        /// Length of a tuple.
        tuple_len = TupleLen { tuple: TUPLE } [] -> I64, PURE;
        /// Length of a string, in code points.
        str_len = StrLen { string: STR } [] -> I64, PURE;
        /// Number of entries of a dict.
        dict_len = DictLen { dict: DICT } [] -> I64, DICT_LEN;
        /// An index counted from the front, from one that may count from the back; leaves when it is out of bounds.
        check_index = CheckIndex { index: I64, len: I64 } [] -> I64, MUST_EXIT;
        /// An index that is not negative; leaves when it is out of bounds.
        check_bounds = CheckBounds { index: I64, len: I64 } [] -> I64, MUST_EXIT;
        /// The item at a checked index.
        list_item = ListItem { list: LIST, index: I64 } [] -> OBJECT, LIST_ITEM;
        /// Puts a value at a checked index; the result is what was there.
        list_swap = ListSwap { list: LIST, index: I64, value: OBJECT } [] -> OBJECT, LIST_SWAP;
        /// The item at an index known when compiling.
        tuple_item = TupleItem { tuple: TUPLE } [index: u32] -> OBJECT, TUPLE_ITEM;
        /// The item at a checked index.
        tuple_item_at = TupleItemAt { tuple: TUPLE, index: I64 } [] -> OBJECT, TUPLE_ITEM;
        /// The content of a global's cell.
        global_load = GlobalLoad {} [cell: CellId] -> SLOT, LOAD_GLOBAL;

        // ---- Inline caches in data, read by the machine code: for code compiled before anything is known ----

        /// An attribute, with the cache's one-entry hit path in machine code.
        load_attr_cached = LoadAttrCached { object: OBJECT } [name: NameId, cache: CacheId] -> OBJECT, PYTHON;
        /// A global, with the cache's hit path in machine code.
        load_global_cached = LoadGlobalCached {} [name: NameId, cache: CacheId] -> OBJECT, PYTHON;

        // ---- Reference counts: only after insertion ----

        /// Adds a reference.
        incref = Incref { value: WORD } [] -> BOTTOM, INCREF;
        /// Gives a reference up.
        decref = Decref { value: WORD } [] -> BOTTOM, DECREF;
    } };
}
