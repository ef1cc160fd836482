//! The opcode list: every instruction of the bytecode, what it does and what its operands are.
//!
//! Notation of the doc comments: `R[a]` is the register that operand `a` names; `V(b)` is the *value operand* `b`: constant
//! `K[b]` when `B_CONST` is set, else `R[b]`, and with `B_TAKE` the reference moves out of the (temporary) register, which is
//! then zeroed; `K[c]` is constant `c`; `C[c]` is entry `c` of the cache table and `C[c].name` the constant it names. `imm(c)`
//! is the operand as a signed 16-bit number. Each store `R[a] := …` releases what `R[a]` held *after* the new value is in place.
//! Operands are read before anything is written. A jump operand is relative to the next instruction:
//! `target = pc + 1 + offset`.
//!
//! A *call window* at `base` is `R[base]` the callee, `R[base+1..=base+3]` three linkage words (never pointers), and the arguments
//! from `R[base+4]` on. A *method window* has the unbound function in `R[base]` and `self` in `R[base+4]`, or any callable in
//! `R[base]` and UNBOUND in `R[base+4]`; its explicit arguments start at `R[base+5]`.
//!
//! The traits in brackets: `RAISES` may raise; `RUNS` may run Python code (which implies `RAISES`), at most once unless `MANY` is
//! also given; `END` control never falls through to the next instruction; `BRANCH` may go elsewhere than the next instruction.
//! Releasing an object may run a finaliser in any instruction; that is not counted as `RUNS`.

/// Hands the opcode list to macro `$m`.
///
/// Entry: doc comment, `snake_name = TypeName { operands } [traits];` with operands `field: Kind` (see [`crate::Kind`]).
#[macro_export]
macro_rules! for_each_op {
    ($m:path) => {
        $m! {
            // ── Moves, constants, locals ────────────────────────────────────────────────────────────────────────────────
            /// Does nothing.
            nop = Nop { } [];
            /// `R[a] := R[b]` (`B_TAKE`: moved).
            move_ = Move { a: Def, b: Use } [];
            /// `R[a] := K[bc]`, a 32-bit constant index.
            load_const = LoadConst { a: Def, bc: Const32 } [];
            /// Releases `R[a]` and sets it to 0: a temporary dies.
            drop = Drop { a: Kill } [];
            /// `R[a] := UNBOUND`, without a check (`del x` emits `check_bound` first; `except … as x` clears `x` so).
            unbind = Unbind { a: Unbind } [];
            /// Raises UnboundLocalError when `R[a]` is UNBOUND: "cannot access local variable 'x' where it is not associated with a
            /// value"; `K[bc]` is the name.
            check_bound = CheckBound { a: Reg, bc: Const32 } [RAISES];

            // ── Cells ───────────────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := cell(R[a])`; an empty cell when `R[a]` is UNBOUND (or 0, for a temporary: flag `EMPTY` asks for an empty cell
            /// whatever `R[a]` holds).
            make_cell = MakeCell { a: InOut } [];
            /// `R[a+i] := closure[i]` of the running function (`fp[-4]`) for `i < b`.
            copy_free_vars = CopyFreeVars { a: DefRangeB, b: Count } [];
            /// `R[a] := contents of cell R[b]`. Empty: UnboundLocalError as `check_bound` when the cell is one of this code's own
            /// (`Code::is_free(b)` is false), else NameError "cannot access free variable 'x' where it is not associated with a
            /// value in enclosing scope". The name is `Code::register_name(b)`.
            load_deref = LoadDeref { a: Def, b: Cell } [RAISES];
            /// `contents of cell R[a] := V(b)`.
            store_deref = StoreDeref { a: Cell, b: Use } [];
            /// Empties cell `R[a]`; errors as `load_deref` when it is empty already.
            delete_deref = DeleteDeref { a: Cell } [RAISES];
            /// `R[a] := mapping V(b)[name of cell register c]`, else as `load_deref` (class bodies and annotation scopes).
            load_from_dict_or_deref = LoadFromDictOrDeref { a: Def, b: Use, c: Cell } [RUNS];
            /// `R[a] := mapping V(b)[K[c]]`, else the global or builtin; NameError "name 'x' is not defined".
            load_from_dict_or_globals = LoadFromDictOrGlobals { a: Def, b: Use, c: Const } [RUNS];

            // ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := namespace R[0][C[c].name]`, else the global, else the builtin; NameError "name 'x' is not defined".
            load_name = LoadName { a: Def, c: Cache } [RUNS];
            /// `namespace R[0][C[c].name] := V(a)`.
            store_name = StoreName { a: Use, c: Cache } [RUNS];
            /// Deletes `K[bc]` from namespace `R[0]`; NameError "name 'x' is not defined".
            delete_name = DeleteName { bc: Const32 } [RUNS];
            /// `R[a] := globals[C[c].name]`, else the builtin; NameError "name 'x' is not defined".
            load_global = LoadGlobal { a: Def, c: Cache } [RUNS];
            /// `globals[C[c].name] := V(a)`.
            store_global = StoreGlobal { a: Use, c: Cache } [RUNS];
            /// Deletes `K[bc]` from the globals; NameError "name 'x' is not defined".
            delete_global = DeleteGlobal { bc: Const32 } [RUNS];
            /// Creates `__annotations__` in namespace `R[0]` when it is not there.
            setup_annotations = SetupAnnotations { } [RUNS];
            /// `R[a] := builtins.__build_class__`; NameError "__build_class__ not found".
            load_build_class = LoadBuildClass { a: Def } [RUNS];
            /// `R[a] :=` the class or function that `c` numbers (see [`crate::CommonConst`]), whatever the names are bound to now.
            load_common = LoadCommon { a: Def, c: Imm } [];

            // ── Attributes ──────────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := getattr(V(b), C[c].name)`.
            load_attr = LoadAttr { a: Def, b: Use, c: Cache } [RUNS];
            /// `setattr(V(a), C[c].name, V(b))`.
            store_attr = StoreAttr { a: Use, b: Use, c: Cache } [RUNS];
            /// `delattr(V(a), C[c].name)`.
            delete_attr = DeleteAttr { a: Use, c: Cache } [RUNS];
            /// Opens a method window at `a`: unbound function in `R[a]` and `V(b)` in `R[a+4]`, or the attribute's value in `R[a]` and
            /// UNBOUND in `R[a+4]`.
            load_method = LoadMethod { a: DefMethod, b: Use, c: Cache } [RUNS];
            /// The same for the special method that `c` numbers (see [`crate::Special`]), looked up on the type. Missing: TypeError as
            /// CPython's for `with` and `async with`.
            load_special = LoadSpecial { a: DefMethod, b: Use, c: Imm } [RUNS];
            /// `R[a] := super(R[b+1], R[b+2]).NAME` with `R[b]` what the name `super` gave; the three temporaries are consumed. When `R[b]`
            /// is not the builtin: calls it, with no arguments if flag `ZERO_ARG`, else with the two, and loads the attribute of
            /// the result. Flag `METHOD`: fills a method window at `a` as `load_method` does.
            load_super_attr = LoadSuperAttr { a: DefSuper, b: Range3, c: Cache } [RUNS];

            // ── Items ───────────────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := V(b)[V(c)]`.
            load_subscr = LoadSubscr { a: Def, b: Use, c: Use } [RUNS];
            /// `V(a)[V(b)] := V(c)`.
            store_subscr = StoreSubscr { a: Use, b: Use, c: Use } [RUNS];
            /// `del V(a)[V(b)]`.
            delete_subscr = DeleteSubscr { a: Use, b: Use } [RUNS];
            /// `R[a] := V(b)[R[c]:R[c+1]]`; both temporaries are consumed.
            load_slice = LoadSlice { a: Def, b: Use, c: Range2 } [RUNS];
            /// `V(a)[R[b]:R[b+1]] := V(c)`; both temporaries are consumed.
            store_slice = StoreSlice { a: Use, b: Range2, c: Use } [RUNS];

            // ── Arithmetic: flag `INPLACE` asks for the augmented form ──────────────────────────────────────────────────
            /// `R[a] := V(b) + V(c)`.
            add = Add { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) - V(c)`.
            sub = Sub { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) * V(c)`.
            mul = Mul { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) / V(c)`.
            truediv = Truediv { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) // V(c)`.
            floordiv = Floordiv { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) % V(c)`.
            mod_ = Mod { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) ** V(c)`.
            pow = Pow { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) @ V(c)`.
            matmul = Matmul { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) << V(c)`.
            lshift = Lshift { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) >> V(c)`.
            rshift = Rshift { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) & V(c)`.
            and = And { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) | V(c)`.
            or = Or { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) ^ V(c)`.
            xor = Xor { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := R[b] + imm(c)`. Flag `SUBTRACT`: the source says `R[b] - (-imm(c))`: the same for ints, and what anything else is asked.
            add_int = AddInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := R[b] * imm(c)`.
            mul_int = MulInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := R[b] // imm(c)`; the immediate is never 0.
            floordiv_int = FloordivInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := R[b] % imm(c)`; the immediate is never 0.
            mod_int = ModInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := R[b] & imm(c)`.
            and_int = AndInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := R[b] << imm(c)`, `0 <= imm(c) < 63`.
            lshift_int = LshiftInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := R[b] >> imm(c)`, `0 <= imm(c) < 63`.
            rshift_int = RshiftInt { a: Def, b: UseReg, c: Imm } [RUNS];
            /// `R[a] := -V(b)`.
            neg = Neg { a: Def, b: Use } [RUNS];
            /// `R[a] := +V(b)`.
            pos = Pos { a: Def, b: Use } [RUNS];
            /// `R[a] := ~V(b)`.
            invert = Invert { a: Def, b: Use } [RUNS];
            /// `R[a] := not V(b)`.
            not = Not { a: Def, b: Use } [RUNS];
            /// `R[a] := bool(V(b))`.
            to_bool = ToBool { a: Def, b: Use } [RUNS];

            // ── Comparison: the result is whatever the method gives, not always a bool ──────────────────────────────────
            /// `R[a] := V(b) < V(c)`.
            lt = Lt { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) <= V(c)`.
            le = Le { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) == V(c)`.
            eq = Eq { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) != V(c)`.
            ne = Ne { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) > V(c)`.
            gt = Gt { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) >= V(c)`.
            ge = Ge { a: Def, b: Use, c: Use } [RUNS];
            /// `R[a] := V(b) is V(c)`; flag `NEGATE`: `is not`.
            is = Is { a: Def, b: Use, c: Use } [];
            /// `R[a] := V(b) in V(c)`, a bool; flag `NEGATE`: `not in`.
            in_ = In { a: Def, b: Use, c: Use } [RUNS];

            // ── Jumps. Fused ones compare, then test the result's truth (the only ops that run Python twice on purpose) ─
            /// Goes on at the target.
            jump = Jump { bc: Jump32 } [END BRANCH];
            /// The back edge of a loop (and `continue`): polls for signals and counts hotness, then goes on at the target.
            jump_back = JumpBack { bc: Jump32 } [END BRANCH RUNS];
            /// Jumps when `V(a)` is true.
            jump_if_true = JumpIfTrue { a: Use, bc: Jump32 } [BRANCH RUNS];
            /// Jumps when `V(a)` is false.
            jump_if_false = JumpIfFalse { a: Use, bc: Jump32 } [BRANCH RUNS];
            /// Jumps when `V(a)` is None.
            jump_if_none = JumpIfNone { a: Use, bc: Jump32 } [BRANCH];
            /// Jumps when `V(a)` is not None.
            jump_if_not_none = JumpIfNotNone { a: Use, bc: Jump32 } [BRANCH];
            /// Jumps when `V(b) < V(c)`; flag `NEGATE` (here and below): when the result's truth is false.
            jump_if_lt = JumpIfLt { a: Jump16, b: Use, c: Use } [BRANCH RUNS MANY];
            /// Jumps when `V(b) <= V(c)`.
            jump_if_le = JumpIfLe { a: Jump16, b: Use, c: Use } [BRANCH RUNS MANY];
            /// Jumps when `V(b) == V(c)`.
            jump_if_eq = JumpIfEq { a: Jump16, b: Use, c: Use } [BRANCH RUNS MANY];
            /// Jumps when `V(b) != V(c)`.
            jump_if_ne = JumpIfNe { a: Jump16, b: Use, c: Use } [BRANCH RUNS MANY];
            /// Jumps when `V(b) > V(c)`.
            jump_if_gt = JumpIfGt { a: Jump16, b: Use, c: Use } [BRANCH RUNS MANY];
            /// Jumps when `V(b) >= V(c)`.
            jump_if_ge = JumpIfGe { a: Jump16, b: Use, c: Use } [BRANCH RUNS MANY];
            /// Jumps when `V(b) is V(c)`.
            jump_if_is = JumpIfIs { a: Jump16, b: Use, c: Use } [BRANCH];
            /// Jumps when `V(b) in V(c)`.
            jump_if_in = JumpIfIn { a: Jump16, b: Use, c: Use } [BRANCH RUNS];
            /// Jumps when `R[b] < imm(c)`.
            jump_if_lt_int = JumpIfLtInt { a: Jump16, b: UseReg, c: Imm } [BRANCH RUNS MANY];
            /// Jumps when `R[b] <= imm(c)`.
            jump_if_le_int = JumpIfLeInt { a: Jump16, b: UseReg, c: Imm } [BRANCH RUNS MANY];
            /// Jumps when `R[b] == imm(c)`.
            jump_if_eq_int = JumpIfEqInt { a: Jump16, b: UseReg, c: Imm } [BRANCH RUNS MANY];
            /// Jumps when `R[b] != imm(c)`.
            jump_if_ne_int = JumpIfNeInt { a: Jump16, b: UseReg, c: Imm } [BRANCH RUNS MANY];
            /// Jumps when `R[b] > imm(c)`.
            jump_if_gt_int = JumpIfGtInt { a: Jump16, b: UseReg, c: Imm } [BRANCH RUNS MANY];
            /// Jumps when `R[b] >= imm(c)`.
            jump_if_ge_int = JumpIfGeInt { a: Jump16, b: UseReg, c: Imm } [BRANCH RUNS MANY];

            // ── Iteration and unpacking ─────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := iter(V(b))`.
            get_iter = GetIter { a: Def, b: Use } [RUNS];
            /// `R[a] := next(R[b])`; when exhausted releases `R[b]`, sets it to 0, leaves `R[a]` alone and jumps.
            for_iter = ForIter { a: Def, b: Iter, c: Jump16 } [BRANCH RUNS];
            /// `R[a], …, R[a+c-1] := V(b)`, exactly `c` items; ValueError "not enough values to unpack (expected 2, got 1)" or "too
            /// many values to unpack (expected 2, got 3)" as CPython.
            unpack_sequence = UnpackSequence { a: DefRangeC, b: Use, c: Count } [RUNS MANY];
            /// With `before = c & 0xff` and `after = c >> 8`: the first `before` items, the list of the middle ones, and the last `after`
            /// items go to `R[a]` and up.
            unpack_ex = UnpackEx { a: DefRangeEx, b: Use, c: Count } [RUNS MANY];

            // ── Building ────────────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := [R[b], …]`, `c` items, consumed.
            build_list = BuildList { a: Def, b: RangeC, c: Count } [];
            /// `R[a] := (R[b], …)`, `c` items, consumed.
            build_tuple = BuildTuple { a: Def, b: RangeC, c: Count } [];
            /// `R[a] := {R[b], …}`, `c` items, consumed.
            build_set = BuildSet { a: Def, b: RangeC, c: Count } [RUNS MANY];
            /// `R[a] := {R[b]: R[b+1], …}`, `c` pairs, consumed.
            build_map = BuildMap { a: Def, b: Range2C, c: Count } [RUNS MANY];
            /// `R[a] :=` the strings `R[b], …` joined, `c` of them, consumed.
            build_string = BuildString { a: Def, b: RangeC, c: Count } [];
            /// `R[a] := slice(R[b], R[b+1], R[b+2])`, consumed.
            build_slice = BuildSlice { a: Def, b: Range3 } [];
            /// `R[a] := Template` of the tuple of strings `V(b)` and the tuple of interpolations `V(c)`.
            build_template = BuildTemplate { a: Def, b: Use, c: Use } [];
            /// `R[a] := Interpolation(R[b], R[b+1], conversion, R[b+2])`: value, source text, format specification ('' if none); all three
            /// consumed. `c` is the conversion: 0 none, 1 `!s`, 2 `!r`, 3 `!a`.
            build_interpolation = BuildInterpolation { a: Def, b: Range3, c: Imm } [];
            /// Appends `V(b)` to the list `R[a]`.
            list_append = ListAppend { a: Reg, b: Use } [];
            /// Adds `V(b)` to the set `R[a]`.
            set_add = SetAdd { a: Reg, b: Use } [RUNS];
            /// Sets item `V(b)` of the dict `R[a]` to `V(c)`.
            map_add = MapAdd { a: Reg, b: Use, c: Use } [RUNS];
            /// Extends the list `R[a]` with iterable `V(b)`; TypeError "Value after * must be an iterable, not int".
            list_extend = ListExtend { a: Reg, b: Use } [RUNS MANY];
            /// Adds the items of iterable `V(b)` to the set `R[a]`.
            set_update = SetUpdate { a: Reg, b: Use } [RUNS MANY];
            /// Updates the dict `R[a]` from mapping `V(b)`; TypeError "'int' object is not a mapping".
            dict_update = DictUpdate { a: Reg, b: Use } [RUNS MANY];
            /// The same for keyword arguments of a call to `R[c]`: a key that is there already is TypeError "f() got multiple values for
            /// keyword argument 'x'"; not a mapping: "f() argument after ** must be a mapping, not int".
            dict_merge = DictMerge { a: Reg, b: Use, c: Reg } [RUNS MANY];
            /// `R[a] := tuple(list V(b))`; the list is exact and has no other owner, so that its storage may be stolen when taken.
            list_to_tuple = ListToTuple { a: Def, b: Use } [];
            /// `R[a] := tuple(V(b))` for `f(*x)` with callee `R[c]`; TypeError "f() argument after * must be an iterable, not int".
            args_to_tuple = ArgsToTuple { a: Def, b: Use, c: Reg } [RUNS MANY];
            /// `R[a] := str(V(b))`, `repr(V(b))` or `ascii(V(b))` for `c` = 1, 2, 3.
            convert_value = ConvertValue { a: Def, b: Use, c: Imm } [RUNS];
            /// `R[a] := format(V(b), '')`; an exact str is itself.
            format_simple = FormatSimple { a: Def, b: Use } [RUNS];
            /// `R[a] := format(V(b), V(c))`.
            format_with_spec = FormatWithSpec { a: Def, b: Use, c: Use } [RUNS];

            // ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────
            /// Calls the window at `a` with `b` positional arguments; consumes it; `R[a] := result`.
            call = Call { a: WindowCall, b: Count, c: Cache } [RUNS];
            /// Calls the method window at `a` with `b` arguments after `R[a+4]`; consumes it; `R[a] := result`.
            call_method = CallMethod { a: WindowMethod, b: Count, c: Cache } [RUNS];
            /// As `call` with `b` arguments, the last of which are keyword arguments named by the tuple `C[c].name`; flag `METHOD`: a method
            /// window, as `call_method`.
            call_kw = CallKw { a: WindowKw, b: Count, c: Cache } [RUNS];
            /// Calls `R[a]` with the tuple `R[a+4]` and the dict `R[a+5]` (or UNBOUND); consumes them; `R[a] := result`.
            call_ex = CallEx { a: WindowEx, c: Cache } [RUNS];
            /// Returns `V(a)`.
            return_ = Return { a: Use } [END];
            /// `R[a] :=` a function of code `K[bc]` with the running function's globals. Its docstring is `K[0]` of that code if the code has
            /// `CO_HAS_DOCSTRING`; `__module__` comes from the globals' `__name__`.
            make_function = MakeFunction { a: Def, bc: Const32 } [];
            /// Sets on the function `R[a]` the attribute that `c` numbers (see [`crate::FuncAttr`]) to `V(b)`.
            set_function_attr = SetFunctionAttr { a: Reg, b: Use, c: Imm } [];

            // ── Imports ─────────────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := __import__(K[b], globals, locals, fromlist, level)` with `(level, fromlist) = K[c]`.
            import_name = ImportName { a: Def, b: Const, c: Const } [RUNS];
            /// `R[a] :=` name `K[c]` of module `V(b)`; ImportError as CPython's.
            import_from = ImportFrom { a: Def, b: Use, c: Const } [RUNS];
            /// Stores the public names of module `V(a)` in namespace `R[0]`.
            import_star = ImportStar { a: Use } [RUNS MANY];

            // ── Exceptions. A handler starts with the exception in the register that the handler table names ────────────
            /// Raises `V(a)`: an exception, or a class that is called first.
            raise = Raise { a: Use } [END RUNS];
            /// Raises `V(a)` from `V(b)`.
            raise_from = RaiseFrom { a: Use, b: Use } [END RUNS MANY];
            /// The bare `raise`: raises the exception being handled again, without a new traceback entry for this frame;
            /// RuntimeError "No active exception to reraise".
            raise_handled = RaiseHandled { } [END RAISES];
            /// Raises the exception `R[a]` (taken) again as it is, without a new traceback entry for this frame. With flag `STOPS` the frame counts as
            /// having stopped here when it is over (`f_lineno`), else where it was.
            reraise = Reraise { a: UseReg } [END RAISES];
            /// `R[a] :=` the exception handled so far (None if none); the one handled now is `R[b]`.
            push_exc = PushExc { a: Def, b: Reg } [];
            /// The exception handled now is `V(a)` (taken), which `push_exc` saved; None means none.
            pop_exc = PopExc { a: UseReg } [];
            /// `R[a] := isinstance(R[b], V(c))` as `except` does it, a bool; TypeError "catching classes that do not inherit from
            /// BaseException is not allowed".
            check_exc_match = CheckExcMatch { a: Def, b: Reg, c: Use } [RAISES];
            /// `except*`: splits `R[b]` (taken) by type `V(c)`: `R[a] :=` the rest or None, `R[a+1] :=` the matching group or None. A naked
            /// exception that matches is wrapped in a group; errors as CPython's. The match becomes the exception handled now.
            check_eg_match = CheckEgMatch { a: DefPair, b: Use, c: Use } [RUNS MANY];
            /// `R[a] :=` what has to be raised after an `except*` statement, or None, from the original exception `V(b)` and the list `V(c)` of
            /// what its clauses raised or left over.
            prep_reraise_star = PrepReraiseStar { a: Def, b: Use, c: Use } [RUNS MANY];
            /// Opens a method window at `a` for `__exit__`: moves `R[b]` and `R[b+4]` of the method window `b` there, and puts the type, the
            /// exception `R[c]` itself and its traceback in `R[a+5..=a+7]`.
            with_except_start = WithExceptStart { a: DefWith, b: WindowMove, c: Reg } [];

            // ── Generators and coroutines ───────────────────────────────────────────────────────────────────────────────
            /// First instruction of a generator, coroutine or async generator: returns the new object, whose frame goes on at
            /// the next instruction when it is resumed first.
            return_generator = ReturnGenerator { } [];
            /// `R[a] :=` the generator of code `K[c]`, a generator expression's, with the iterator `R[a]` (taken) and the closure `V(b)`: its tuple of
            /// cells, or None. Nobody sees a function.
            make_generator = MakeGenerator { a: InOut, b: Use, c: Const } [];
            /// Suspends with `V(b)`; `R[a] :=` the value sent. An exception thrown in is raised by this instruction. Flag `DELEGATE`:
            /// within `yield from` or `await`, `R[c]` is what is being iterated (`gi_yieldfrom`, `cr_await`), and `throw` and `close` go to it first.
            yield_value = YieldValue { a: Def, b: Use, c: Delegate } [RUNS];
            /// `R[a] :=` the iterator for `yield from V(b)`; a coroutine passes only in a coroutine (TypeError "cannot 'yield from' a
            /// coroutine object in a non-coroutine generator").
            get_yield_from_iter = GetYieldFromIter { a: Def, b: Use } [RUNS];
            /// Sends `R[a+1]` (taken) to `R[a]`. It yields: `R[a+1] :=` that value. It returns: `R[a+1] :=` that value, `R[a]` is released and
            /// set to 0, and the instruction jumps.
            send = Send { a: SendPair, bc: Jump32 } [BRANCH RUNS];
            /// At the handler of a delegating yield: `R[b]` (taken) is a StopIteration: `R[a] :=` its value; anything else is raised again.
            cleanup_throw = CleanupThrow { a: Def, b: UseReg } [RAISES];
            /// `R[a] :=` the iterator of awaitable `V(b)`. `c`: 0 plain, 1 result of `__aenter__`, 2 of `__aexit__`, for the error's text. A coroutine
            /// that is awaited already is RuntimeError "coroutine is being awaited already".
            get_awaitable = GetAwaitable { a: Def, b: Use, c: Imm } [RUNS];
            /// `R[a] := aiter(V(b))` as `async for` does it.
            get_aiter = GetAiter { a: Def, b: Use } [RUNS];
            /// `R[a] :=` the awaitable's iterator of `anext(R[b])`; `R[b]` stays.
            get_anext = GetAnext { a: Def, b: Reg } [RUNS MANY];
            /// At the handler of an `async for`: `R[a]` (taken) is a StopAsyncIteration: it is released, and so is the iterator `R[b]` (set to 0);
            /// anything else is raised again.
            end_async_for = EndAsyncFor { a: UseReg, b: UseReg } [RAISES];
            /// `R[a] :=` the wrapper that tells a value yielded by an async generator from one passed on by `await`.
            async_gen_wrap = AsyncGenWrap { a: Def, b: Use } [];
            /// Last handler of every generator and coroutine: `R[a] :=` RuntimeError "generator raised StopIteration" caused by `V(b)` when that
            /// is a StopIteration (and so on for coroutines and async generators), else `V(b)`.
            stop_iteration_error = StopIterationError { a: Def, b: Use } [];

            // ── Pattern matching ────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := V(b)` is a sequence for `match`, a bool.
            match_sequence = MatchSequence { a: Def, b: Use } [];
            /// `R[a] := V(b)` is a mapping for `match`, a bool.
            match_mapping = MatchMapping { a: Def, b: Use } [];
            /// `R[a] :=` the tuple of values of mapping `V(b)` at the tuple of keys `V(c)`, or None when one is missing.
            match_keys = MatchKeys { a: Def, b: Use, c: Use } [RUNS MANY];
            /// `R[a] :=` the tuple of attributes, or None when `V(b)` does not match class `R[c]`; `R[c+1]` is the tuple `(n, names)`: number of
            /// positional patterns, and the tuple of keyword names. Both temporaries are consumed.
            match_class = MatchClass { a: Def, b: Use, c: Range2 } [RUNS MANY];
            /// `R[a] := len(V(b))`.
            get_len = GetLen { a: Def, b: Use } [RUNS];

            // ── Type parameters ─────────────────────────────────────────────────────────────────────────────────────────
            /// `R[a] := TypeVar(V(b))`.
            make_typevar = MakeTypevar { a: Def, b: Use } [];
            /// `R[a] := TypeVar(V(b))` with the bound that function `V(c)` evaluates.
            make_typevar_bound = MakeTypevarBound { a: Def, b: Use, c: Use } [];
            /// `R[a] := TypeVar(V(b))` with the constraints that function `V(c)` evaluates.
            make_typevar_constraints = MakeTypevarConstraints { a: Def, b: Use, c: Use } [];
            /// `R[a] := ParamSpec(V(b))`.
            make_paramspec = MakeParamspec { a: Def, b: Use } [];
            /// `R[a] := TypeVarTuple(V(b))`.
            make_typevartuple = MakeTypevartuple { a: Def, b: Use } [];
            /// Gives the type parameter `R[a]` the default that function `V(b)` evaluates.
            set_typeparam_default = SetTypeparamDefault { a: Reg, b: Use } [];
            /// `R[a] := Generic[*V(b)]` for the tuple of type parameters `V(b)`.
            subscript_generic = SubscriptGeneric { a: Def, b: Use } [RUNS];
            /// `R[a] := TypeAliasType` from the tuple `V(b)`: name, tuple of type parameters or None, function that evaluates the value.
            make_typealias = MakeTypealias { a: Def, b: Use } [];

            // ── Rest ────────────────────────────────────────────────────────────────────────────────────────────────────
            /// `sys.displayhook(V(a))`: an expression statement in interactive mode.
            print_expr = PrintExpr { a: Use } [RUNS];
        }
    };
}
