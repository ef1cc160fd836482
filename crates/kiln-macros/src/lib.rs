//! The two attributes with which native code is exposed to Python: `#[builtin_methods(name)]` on an `impl` block of a
//! builtin type and `#[builtin_module("name")]` on the module that implements a native Python module.
//!
//! The Rust signature is the Python signature:
//!
//! ```text
//! #[builtin_methods(list)]
//! impl List {
//!     /// Removes and returns the item at `index`, the last one by default.
//!     ///
//!     /// >>> [1, 2, 3].pop()
//!     /// 3
//!     #[facts(returns = OBJECT, effects = WRITES_LIST | MAY_RAISE)]
//!     fn pop(this: &List, index: Option<isize>) -> Result<Object, Raised> { .. }
//! }
//! ```
//!
//! # Which functions are exposed
//!
//! In an `impl`, those whose first parameter is called `this` or `cls`, and those marked `#[staticmethod]`. Every other
//! function is a helper and stays as it is. In a module, the `pub fn`s that are not marked `#[skip]`.
//!
//! # Attributes of a function
//!
//! `#[name = "..."]` the Python name · `#[classmethod]` · `#[staticmethod]` · `#[new]` (`__new__`) · `#[getter]` ·
//! `#[setter]` (its value is an `Option<Value>`: `None` when the attribute is deleted) · `#[signature = "($self, /)"]`
//! overrides the derived `__text_signature__` · `#[facts(returns = .., effects = ..)]` what the compiler may rely on.
//!
//! # Parameters
//!
//! Positional-only unless marked: `#[kw]` positional or by name, `#[kwonly]` by name only, `#[default(expr)]` may be
//! left out, `#[none]` on an `Option<T>`: a Python `None` counts as left out. `Option<T>` may be left out. `Rest<'_>`
//! takes the remaining positional arguments, `Keywords<'_>` the remaining named ones. `#[arg = "name"]` gives a
//! parameter a Python name that Rust does not allow.
//!
//! A receiver `this: &Type` must be an instance of that type. `this: Value` takes any value, unless other methods or getters of the
//! block say which type it is, or the block does: `#[builtin_methods(name, layout = Type)]`.
//!
//! # What is generated
//!
//! `Type::METHODS: &[NativeDef]` and `Type::DOC_EXAMPLES` (another table name can be given as the second word of
//! `builtin_methods`, for types that spread over several blocks); in a module `MODULE: ModuleDef` and `DOC_EXAMPLES`.
//! `#[constant]` on a `const`, or on a `fn` without parameters, adds a module attribute; `#[exec]` marks the function
//! that runs when the module is created.

mod emit;
mod function;
mod module;

use proc_macro::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, ItemImpl, ItemMod, LitStr, Token, parse_macro_input};

struct MethodsArgs {
    python_name: String,
    table: Option<Ident>,
    layout: Option<syn::Type>,
}

impl Parse for MethodsArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let python_name = if input.peek(LitStr) {
            input.parse::<LitStr>()?.value()
        } else {
            input.call(<Ident as syn::ext::IdentExt>::parse_any)?.to_string()
        };
        let (mut table, mut layout) = (None, None);
        while input.parse::<Option<Token![,]>>()?.is_some() {
            let word: Ident = input.parse()?;
            if input.parse::<Option<Token![=]>>()?.is_none() {
                table = Some(word);
            } else if word == "layout" {
                layout = Some(input.parse()?);
            } else {
                return Err(syn::Error::new(word.span(), "only `layout = Type` is known"));
            }
        }
        Ok(MethodsArgs {
            python_name,
            table,
            layout,
        })
    }
}

/// Exposes the functions of an `impl` block as methods of a builtin type. See the crate's documentation.
#[proc_macro_attribute]
pub fn builtin_methods(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = parse_macro_input!(args as MethodsArgs);
    let block = parse_macro_input!(item as ItemImpl);
    module::expand_impl(&args.python_name, args.table, args.layout, block)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Exposes a Rust module as a native Python module. See the crate's documentation.
#[proc_macro_attribute]
pub fn builtin_module(args: TokenStream, item: TokenStream) -> TokenStream {
    let name = parse_macro_input!(args as LitStr);
    let module = parse_macro_input!(item as ItemMod);
    module::expand_mod(&name.value(), module)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
