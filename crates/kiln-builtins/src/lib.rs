//! Functions and methods of the built-in types, one folder per type, and the `builtins` module.
//!
//! What belongs here: what Python sees. Layouts and operations are in `kiln-object`.

// Objects, classes, descriptors, exceptions.
pub mod class;
pub mod descriptors;
pub mod exceptions;
pub mod object;
pub mod support;
pub mod typing;

// Code, frames, generators.
pub mod execution;

// Text and numbers.
pub mod bytearray;
pub mod bytes;
pub mod complex;
pub mod float;
pub mod int;
pub mod memoryview;
pub mod number;
pub mod str;
pub mod warn;

// Collections, iterators, functions over them.
pub mod dict;
pub mod iterators;
pub mod list;
pub mod range;
pub mod set;
pub mod shared;
pub mod slice;
pub mod tuple;

// The `builtins` module.
pub mod builtins_module;

/// Adds the native methods to the classes that `kiln_object::boot` made, and makes the other built-in classes.
pub fn init() {
    // Objects, classes, descriptors, exceptions.
    object::init();
    class::init();
    descriptors::init();
    exceptions::init();
    typing::init();

    // Code, frames, generators.
    execution::init();

    // Text and numbers.
    int::init();
    float::init();
    complex::init();
    str::init();
    bytes::init();
    bytearray::init();
    memoryview::init();

    // Collections, iterators, functions over them.
    slice::init();
    range::init();
    tuple::init();
    list::init();
    dict::init();
    set::init();
    iterators::init();

    // Nobody ever gives them up; no process that is forked off writes to them.
    kiln_object::types::object_type().immortalize_tree();
}
