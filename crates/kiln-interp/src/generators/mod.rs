//! Generators and coroutines: their frames move between the object and the value stack.
//!
//! While it runs, a generator is its frame's callable. It is resumed either from native code, in a run of its own, or by
//! a `for_iter` or `send` instruction, whose frame it then returns to without leaving the loop. A generator whose code is
//! compiled runs there instead: its machine code takes the registers out of the object and puts them back at a yield, so that at every
//! suspension either may go on.

mod awaiting;
mod chain;
mod fill;
mod frames;
mod resume;
mod suspend;

pub use awaiting::{
    anext_iter, async_gen_wrap, awaitable_iter, cleanup_throw, end_async_for, get_aiter, get_anext, get_awaitable,
    get_yield_from_iter, send_to, stop_iteration_error, yield_from_iter,
};
pub use fill::{stop_iteration, sum_step};
pub use frames::{
    count_made, create, detach_frame, ended, entered, make_generator, of_expression, outermost_of, pop_links,
    return_generator, settle, step_out,
};
pub use resume::{drive, fill, for_iter_generator, interpret, is_compiled, is_ready, next, resume, resumed, send};
pub use suspend::{return_generator_value, yield_value};
