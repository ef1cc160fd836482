//! `cinderjit`: the compiler as programs see it, under Cinder's names. The compiler itself attaches through a table; without it nothing is compiled.

use kiln_macros::builtin_module;
use kiln_object::{Object, Value};
use std::cell::Cell;

/// What the compiler offers to programs.
#[derive(Clone, Copy)]
pub struct Compiler {
    /// Starts the compiler if it does not run.
    pub start: fn() -> Result<(), String>,
    /// Compiles a function; whether it is compiled now.
    pub force_compile: fn(Value) -> bool,
    pub is_compiled: fn(Value) -> bool,
    /// Functions' code objects that are compiled.
    pub compiled: fn() -> Vec<Object>,
    pub enable: fn(bool),
    pub is_enabled: fn() -> bool,
    /// The intermediate code of a function.
    pub hir: fn(Value) -> Result<String, String>,
    pub append_list: fn(&str) -> Result<(), String>,
    pub read_list: fn(&str) -> Result<(), String>,
    /// Entries, and whether each has named a function.
    pub list: fn() -> Vec<(String, bool)>,
    /// Compiles every function that the list names; how many are compiled.
    pub compile_list: fn() -> usize,
    /// Bytes of code of a function.
    pub size: fn(Value) -> usize,
    /// Seconds spent compiling.
    pub seconds: fn() -> f64,
    /// Exits since the last time: function, line, reason, count.
    pub take_exits: fn() -> Vec<(String, i64, String, i64)>,
    /// Writes no more to code that exists.
    pub seal: fn(),
}

fn none() -> Result<(), String> {
    Err("the compiler is not part of this program".to_owned())
}

struct Holder(Cell<Compiler>);
#[expect(unsafe_code, reason = "a static cell")]
// SAFETY: written at start, under the global lock.
unsafe impl Sync for Holder {}
static COMPILER: Holder = Holder(Cell::new(Compiler {
    start: none,
    force_compile: |_| false,
    is_compiled: |_| false,
    compiled: Vec::new,
    enable: |_| (),
    is_enabled: || false,
    hir: |_| Err("the compiler is not part of this program".to_owned()),
    append_list: |_| none(),
    read_list: |_| none(),
    list: Vec::new,
    compile_list: || 0,
    size: |_| 0,
    seconds: || 0.0,
    take_exits: Vec::new,
    seal: || (),
}));

/// Attaches the compiler.
pub fn attach(compiler: Compiler) {
    COMPILER.0.set(compiler);
}
fn compiler() -> Compiler {
    COMPILER.0.get()
}

#[builtin_module("cinderjit")]
pub mod module {
    use super::compiler;
    use kiln_object::code::CodeObject;
    use kiln_object::dict::Dict;
    use kiln_object::function::Function;
    use kiln_object::list::List;
    use kiln_object::str::Str;
    use kiln_object::{Object, Raised, Value, gc};

    fn function(v: Value) -> Result<Object, Raised> {
        if v.is_exact::<Function>() {
            return Ok(v.to_object());
        }
        if let Some(m) = v.exact::<kiln_object::descr::Method>()
            && let Some(f) = m.function.get()
            && f.is_exact::<Function>()
        {
            return Ok(f);
        }
        Err(kiln_object::raise!(TypeError, "expected a Python function, not '{}'", v.class().name()))
    }
    fn started() -> Result<(), Raised> {
        (compiler().start)().map_err(|message| kiln_object::raise!(RuntimeError, "{message}"))
    }
    fn failed(message: String) -> Raised {
        kiln_object::raise!(ValueError, "{message}")
    }

    /// Compile a function now. Return whether it is compiled.
    pub fn force_compile(func: Value) -> Result<bool, Raised> {
        let f = function(func)?;
        started()?;
        Ok((compiler().force_compile)(f.value()))
    }
    /// Return whether a function has machine code.
    pub fn is_jit_compiled(func: Value) -> Result<bool, Raised> {
        let f = function(func)?;
        Ok((compiler().is_compiled)(f.value()))
    }
    /// Return the code objects that have machine code.
    pub fn get_compiled_functions() -> Vec<Object> {
        (compiler().compiled)()
    }
    /// Compile functions again as the options say.
    pub fn enable() -> Result<(), Raised> {
        started()?;
        (compiler().enable)(true);
        Ok(())
    }
    /// Compile nothing more.
    pub fn disable(#[kw] #[default(false)] deopt_all: bool) {
        let _ = deopt_all;
        (compiler().enable)(false);
    }
    /// Return whether functions are compiled.
    pub fn is_enabled() -> bool {
        (compiler().is_enabled)()
    }
    /// Return the intermediate code of a function.
    pub fn get_hir(func: Value) -> Result<String, Raised> {
        let f = function(func)?;
        started()?;
        (compiler().hir)(f.value()).map_err(failed)
    }
    /// Print the intermediate code of a function.
    pub fn print_hir(func: Value) -> Result<(), Raised> {
        let f = function(func)?;
        started()?;
        let text = (compiler().hir)(f.value()).map_err(failed)?;
        let b = (kiln_object::hooks::hooks().builtins)();
        let print = kiln_object::ops::get_item(b.value(), Str::intern("print").value())?;
        kiln_object::call::call(print.value(), &[Str::new(&text).value()])?;
        Ok(())
    }
    /// Add an entry to the jit-list.
    pub fn append_jit_list(entry: &Str) -> Result<(), Raised> {
        started()?;
        (compiler().append_list)(&entry.to_string_lossy()).map_err(failed)
    }
    /// Add the entries of a file to the jit-list.
    pub fn read_jit_list(path: &Str) -> Result<(), Raised> {
        started()?;
        (compiler().read_list)(&path.to_string_lossy()).map_err(failed)
    }
    /// Return the entries of the jit-list.
    pub fn get_jit_list() -> Vec<Object> {
        (compiler().list)().into_iter().map(|(text, _)| Str::new(&text)).collect()
    }
    /// Return the entries of the jit-list that have named no function.
    pub fn unmatched_jit_list() -> Vec<Object> {
        let list = (compiler().list)().into_iter();
        list.filter(|(_, matched)| !matched).map(|(text, _)| Str::new(&text)).collect()
    }
    /// Compile every function that exists and is on the jit-list. Return how many are compiled.
    pub fn compile_jit_list() -> Result<usize, Raised> {
        started()?;
        Ok((compiler().compile_list)())
    }
    /// Return the size of a function's machine code in bytes.
    pub fn get_compiled_size(func: Value) -> Result<usize, Raised> {
        let f = function(func)?;
        Ok((compiler().size)(f.value()))
    }
    /// Return the time spent compiling, in milliseconds.
    pub fn get_compilation_time() -> i64 {
        ((compiler().seconds)() * 1000.0) as i64
    }
    /// Return what left compiled code since the last time, and forget it.
    pub fn get_and_clear_runtime_stats() -> Result<Object, Raised> {
        let stats = Dict::new_object();
        let rows = List::new();
        for (name, line, reason, count) in (compiler().take_exits)() {
            let row = Dict::new_object();
            let (normal, int) = (Dict::new_object(), Dict::new_object());
            normal.expect::<Dict>().set_str("func_qualname", &Str::new(&name));
            normal.expect::<Dict>().set_str("reason", &Str::new(&reason));
            int.expect::<Dict>().set_str("lineno", &Object::int(line));
            int.expect::<Dict>().set_str("count", &Object::int(count));
            row.expect::<Dict>().set_str("normal", &normal);
            row.expect::<Dict>().set_str("int", &int);
            rows.expect::<List>().push(row);
        }
        stats.expect::<Dict>().set_str("deopt", &rows);
        Ok(stats)
    }
    /// Collect garbage and make every object that is left immortal: nothing of it is written or freed from now on.
    /// Counters that calls would go on writing stop where the compiler does not want them. Return how many there were.
    pub fn immortalize_heap() -> usize {
        gc::collect();
        for p in gc::containers() {
            if let Some(code) = Value::from_ptr(p).exact::<CodeObject>() {
                code.stop_counting();
            }
        }
        gc::immortalize_heap()
    }
    /// Prepare for forking workers: compile the jit-list, collect, make the heap immortal, seal the code.
    pub fn prepare_fork() -> Result<usize, Raised> {
        started()?;
        (compiler().compile_list)();
        let count = immortalize_heap();
        (compiler().seal)();
        Ok(count)
    }
}
