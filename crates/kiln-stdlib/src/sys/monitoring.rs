//! `sys.monitoring`: the names and numbers, on which debuggers build their tables. Events themselves are not delivered: what would turn them
//! on says so.

use kiln_macros::builtin_module;

/// Names of events, each one bit.
const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

#[builtin_module("sys.monitoring")]
pub mod module {
    use super::EVENTS;
    use kiln_object::args::Rest;
    use kiln_object::module::Module;
    use kiln_object::{Object, Raised, exc, raise};

    #[exec]
    fn exec(module: &Module) -> Result<(), Raised> {
        let mut events = vec![("NO_EVENTS", Object::int(0))];
        events.extend(EVENTS.iter().enumerate().map(|(bit, name)| (*name, Object::int(1 << bit))));
        module.set("events", kiln_builtins::descriptors::namespace::Namespace::new_object(events));
        let tools = [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)];
        crate::support::add_ints(module, &tools);
        Ok(())
    }

    fn missing(what: &str) -> Raised {
        let message = format!("sys.monitoring.{what} is not supported by this version of Kiln");
        raise::with_message(&exc::NotImplementedError, &message)
    }
    /// Return the name of the tool with this number, or None.
    pub fn get_tool(_tool_id: i32) -> Object {
        Object::none()
    }
    pub fn use_tool_id(_args: Rest<'_>) -> Result<Object, Raised> {
        Err(missing("use_tool_id"))
    }
    pub fn register_callback(_args: Rest<'_>) -> Result<Object, Raised> {
        Err(missing("register_callback"))
    }
    pub fn set_events(_args: Rest<'_>) -> Result<Object, Raised> {
        Err(missing("set_events"))
    }
    pub fn set_local_events(_args: Rest<'_>) -> Result<Object, Raised> {
        Err(missing("set_local_events"))
    }
}
