//! What runs: generators, coroutines, async generators, code objects, frames, tracebacks.

pub mod async_generator;
pub mod code;
pub mod frame;
mod frame_locals;
pub mod generator;

/// Adds the methods to the classes that the object model made.
pub fn init() {
    code::init();
    frame::init();
    frame_locals::init();
    generator::init();
    async_generator::init();
}
