//! The runtime-call list: what machine code may call. The crate above fills a [`RuntimeTable`] with functions of these signatures.
//!
//! Every function gets the thread. Unless an entry says otherwise, words are borrowed, the result is a word and owned, and `0x1` says that an
//! exception is pending. `n` words at `args` are borrowed, too; where an entry says "takes", it owns them from then on, also if it fails.

/// Calls the macro `$m` with the whole list: `name(parameter: type, …) -> type;`.
#[macro_export]
macro_rules! for_each_runtime_call {
    ($m:path) => {
        $m! {
            /// Leaves compiled code: `exit` numbers an entry of the exit table of the code that `handle` names, `area` is where its values are. The
            /// result is returned to the caller of the code.
            leave(handle: u64, exit: u64, area: *const u64) -> u64;
            /// The native stack is used up: raises `RecursionError`.
            stack_overflow() -> u64;
            /// The last reference to an object is gone: destroys it.
            destroy(object: u64) -> ();
            /// A float that does not fit its word.
            box_float(value: f64) -> u64;

            /// Binary operator, a `BinaryKind`.
            binary_op(lhs: u64, rhs: u64, op: u64, cache: u64) -> u64;
            /// Rich comparison, a `CompareKind`.
            compare(lhs: u64, rhs: u64, op: u64, cache: u64) -> u64;
            /// Truth of a rich comparison: tagged 0 or 1.
            compare_truth(lhs: u64, rhs: u64, op: u64, cache: u64) -> u64;
            /// Unary operator, a `UnaryKind`.
            unary_op(value: u64, op: u64, cache: u64) -> u64;
            /// Truth: tagged 0 or 1.
            truth(value: u64, cache: u64) -> u64;
            /// `item in container`: tagged 0 or 1.
            contains(container: u64, item: u64, cache: u64) -> u64;

            /// Reads an attribute.
            load_attr(object: u64, name: u64, cache: u64) -> u64;
            /// Writes an attribute.
            store_attr(object: u64, value: u64, name: u64, cache: u64) -> u64;
            /// Deletes an attribute.
            delete_attr(object: u64, name: u64) -> u64;
            /// Method and, as second result, receiver or unbound; both owned.
            load_method(object: u64, name: u64, cache: u64) -> u64;
            /// Attribute of `super`; as `load_method` when `method` is 1.
            load_super(superclass: u64, class: u64, object: u64, name: u64, method: u64) -> u64;
            /// Special method; as `load_method`.
            load_special(object: u64, kind: u64) -> u64;
            /// Reads a global or a builtin.
            load_global(name: u64, cache: u64) -> u64;
            /// Writes a global.
            store_global(value: u64, name: u64) -> u64;
            /// Deletes a global.
            delete_global(name: u64) -> u64;
            /// Reads a name of a class or module body.
            load_name(name: u64, cache: u64) -> u64;
            /// Writes a name of a class or module body.
            store_name(value: u64, name: u64) -> u64;
            /// Deletes a name of a class or module body.
            delete_name(name: u64) -> u64;
            /// `object[index]`.
            get_item(object: u64, index: u64, cache: u64) -> u64;
            /// `object[index] = value`.
            set_item(object: u64, index: u64, value: u64, cache: u64) -> u64;
            /// `del object[index]`.
            delete_item(object: u64, index: u64) -> u64;

            /// A tuple; takes its items.
            build_tuple(args: *const u64, n: u64) -> u64;
            /// A list; takes its items.
            build_list(args: *const u64, n: u64) -> u64;
            /// A set.
            build_set(args: *const u64, n: u64) -> u64;
            /// A dict of keys and values in turn.
            build_dict(args: *const u64, n: u64) -> u64;
            /// Strings joined.
            build_string(args: *const u64, n: u64) -> u64;
            /// Two strings joined; takes the first one.
            str_add(lhs: u64, rhs: u64) -> u64;
            /// A slice object.
            build_slice(start: u64, stop: u64, step: u64) -> u64;
            /// Appends to a list; takes the item.
            list_append(list: u64, item: u64) -> u64;
            /// Takes the last item off a list.
            list_pop(list: u64) -> u64;
            /// Extends a list.
            list_extend(list: u64, items: u64) -> u64;
            /// A tuple of a list's items.
            list_to_tuple(list: u64) -> u64;
            /// Adds to a set.
            set_add(set: u64, item: u64) -> u64;
            /// Adds many to a set.
            set_update(set: u64, items: u64) -> u64;
            /// Sets an entry of a dict.
            dict_set(dict: u64, key: u64, value: u64) -> u64;
            /// Updates a dict.
            dict_update(dict: u64, items: u64) -> u64;
            /// Updates a dict of keyword arguments for a call of `callee`.
            dict_merge(dict: u64, items: u64, callee: u64) -> u64;

            /// Call with positional arguments.
            call(callee: u64, args: *const u64, n: u64, cache: u64) -> u64;
            /// Call of a method; `args[0]` is the receiver or unbound, and counted in `n`.
            call_method(callee: u64, args: *const u64, n: u64, cache: u64) -> u64;
            /// As `call_method`; the last arguments have the names of the tuple `names`.
            call_kw(callee: u64, args: *const u64, n: u64, names: u64, cache: u64) -> u64;
            /// Call with a tuple and a dict, or unbound.
            call_ex(callee: u64, args: u64, kwargs: u64, cache: u64) -> u64;
            /// Calls a native function's entry for one argument.
            call_native1(entry: u64, a: u64) -> u64;
            /// The same with two.
            call_native2(entry: u64, a: u64, b: u64) -> u64;
            /// The same with three.
            call_native3(entry: u64, a: u64, b: u64, c: u64) -> u64;
            /// Operation number `kind`. The result's type is what the HIR instruction says.
            intrinsic(kind: u64, extra: u64, args: *const u64, n: u64) -> u64;

            /// `iter(value)`.
            get_iter(value: u64, cache: u64) -> u64;
            /// The next item, or unbound.
            for_iter_next(iter: u64, cache: u64) -> u64;
            /// The two items of the next item, or unbound; the second one is the second result.
            for_iter_pair(iter: u64) -> u64;
            /// Exactly `count` items, as a tuple.
            unpack(value: u64, count: u64) -> u64;
            /// Items before, a list, items after, as a tuple.
            unpack_star(value: u64, before: u64, after: u64) -> u64;
            /// `format(value, spec)`.
            format(value: u64, spec: u64) -> u64;
            /// `format(value, '')`.
            format_simple(value: u64) -> u64;
            /// `str`, `repr`, `ascii`: 1, 2, 3.
            convert(value: u64, kind: u64) -> u64;

            /// A cell; takes its content, which may be unbound.
            make_cell(content: u64) -> u64;
            /// Raises `UnboundLocalError` or `NameError`: 0 or 1. Never returns anything but `0x1`.
            raise_unbound(name: u64, kind: u64) -> u64;
            /// A function; `args` as of the HIR instruction.
            make_function(args: *const u64, n: u64) -> u64;
            /// `import name`.
            import_name(level: u64, from_list: u64, name: u64) -> u64;
            /// `from module import name`.
            import_from(module: u64, name: u64) -> u64;

            /// `raise exception from cause`.
            raise(exception: u64, cause: u64) -> u64;
            /// Raises again as it is.
            reraise(exception: u64) -> u64;
            /// Takes the pending exception; it was raised at `pc` of `code`, which is inlined `depth` times, in the activation with that frame
            /// pointer, or in `generator`.
            take_pending(frame: u64, code: u64, pc: u64, depth: u64, generator: u64) -> u64;
            /// Whether the activation with that frame pointer has a frame object that lives: 0 or 1.
            has_frame(frame: u64) -> u64;
            /// Makes an exception the handled one; the result is the one before, or None.
            push_handled(exception: u64) -> u64;
            /// Makes `previous` the handled one again.
            pop_handled(previous: u64) -> u64;
            /// Whether an exception matches: tagged 0 or 1.
            match_exception(exception: u64, pattern: u64) -> u64;
            /// Has the interpreter run a generator that was marked as running; takes what is sent.
            gen_interpret(generator: u64, sent: u64) -> u64;
            /// A generator that was entered directly gave `result`, which it takes, and did not just yield: the result of `for_iter_next`, or with
            /// `send` that of `send`.
            gen_resumed(generator: u64, result: u64, send: u64) -> u64;
            /// Sends into a sub-iterator: what it yielded, or unbound and, as second result, its value.
            send(iter: u64, value: u64, cache: u64) -> u64;

            /// An instance with `slots` unbound slots.
            new_instance(shape: u64, slots: u64) -> u64;
            /// A function from floats to a float, by number.
            f64_call(kind: u64, lhs: f64, rhs: f64) -> f64;
        }
    };
}

/// A parameter or result, as the machine sees it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Class {
    /// A word or an address.
    Word,
    /// A float.
    Float,
    /// Nothing.
    Nothing,
}

/// The class of a Rust type of the list.
trait Classified {
    const CLASS: Class;
}
impl Classified for u64 {
    const CLASS: Class = Class::Word;
}
impl Classified for *const u64 {
    const CLASS: Class = Class::Word;
}
impl Classified for f64 {
    const CLASS: Class = Class::Float;
}
impl Classified for () {
    const CLASS: Class = Class::Nothing;
}

macro_rules! derive_calls {
    ($($(#[$doc:meta])* $name:ident($($param:ident: $ty:ty),*) -> $ret:tt;)*) => {
        /// A runtime function's place in the table.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[expect(non_camel_case_types, reason = "one spelling everywhere")]
        #[repr(u8)]
        pub enum RuntimeCall { $($(#[$doc])* $name,)* }

        impl RuntimeCall {
            /// Every call, in the order of the list.
            pub const ALL: &'static [RuntimeCall] = &[$(RuntimeCall::$name,)*];

            /// The function's name.
            pub fn name(self) -> &'static str {
                match self { $(RuntimeCall::$name => stringify!($name),)* }
            }

            /// Parameters after the thread.
            pub fn params(self) -> &'static [Class] {
                match self { $(RuntimeCall::$name => &[$(<$ty as Classified>::CLASS),*],)* }
            }

            /// The result.
            pub fn result(self) -> Class {
                match self { $(RuntimeCall::$name => <$ret as Classified>::CLASS,)* }
            }
        }

        /// The functions. `T` is the thread, of which nothing is known here.
        #[derive(Debug)]
        pub struct RuntimeTable<T> { $($(#[$doc])* pub $name: unsafe extern "sysv64" fn(*mut T, $($ty),*) -> $ret,)* }

        impl<T> RuntimeTable<T> {
            /// The addresses, in the order of the list.
            pub fn addresses(&self) -> Vec<usize> {
                vec![$(self.$name as usize,)*]
            }
        }
    };
}
for_each_runtime_call!(derive_calls);

impl RuntimeCall {
    /// Whether the function neither runs Python code nor raises nor looks at frames, so that no transition has to be linked in.
    pub fn is_leaf(self) -> bool {
        matches!(
            self,
            RuntimeCall::box_float
                | RuntimeCall::new_instance
                | RuntimeCall::build_tuple
                | RuntimeCall::build_list
                | RuntimeCall::build_slice
                | RuntimeCall::make_cell
                | RuntimeCall::list_append
                | RuntimeCall::f64_call
                | RuntimeCall::push_handled
                | RuntimeCall::take_pending
                | RuntimeCall::has_frame
        )
    }
}
