//! Reads one Rust function: its attributes, its parameters, and what they say about the Python signature.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, FnArg, Ident, Lit, Meta, Pat, ReturnType, Signature, Token, Type};

/// How the function is bound in Python.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Method,
    ClassMethod,
    StaticMethod,
    Getter,
    Setter,
    Function,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    KeywordOnly,
    Rest,
    Keywords,
}

pub struct Param {
    /// The name seen from Python.
    pub name: String,
    pub kind: ParamKind,
    /// The type to convert to: for an `Option<T>` that may be left out, `T`.
    pub ty: Type,
    pub optional: bool,
    pub none_is_missing: bool,
    pub default: Option<Expr>,
}

impl Param {
    pub fn required(&self) -> bool {
        !self.optional && self.default.is_none()
    }

    pub fn takes_slot(&self) -> bool {
        !matches!(self.kind, ParamKind::Rest | ParamKind::Keywords)
    }
}

pub struct Function {
    pub ident: Ident,
    pub name: String,
    pub kind: Kind,
    pub doc: String,
    pub text_signature: Option<String>,
    pub facts: Option<Facts>,
    /// The type of `this` or `cls`, when there is one.
    pub receiver: Option<Type>,
    /// The type that a receiver of any type must convert to as well.
    pub checked_as: Option<Type>,
    pub params: Vec<Param>,
    pub returns_result: bool,
}

#[derive(Default)]
pub struct Facts {
    pub returns: Option<Expr>,
    pub effects: Option<Expr>,
}

impl syn::parse::Parse for Facts {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let mut facts = Facts::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            let value: Expr = input.parse()?;
            match key.to_string().as_str() {
                "returns" => facts.returns = Some(value),
                "effects" => facts.effects = Some(value),
                _ => return Err(syn::Error::new(key.span(), "expected `returns` or `effects`")),
            }
            if input.parse::<Option<Token![,]>>()?.is_none() {
                break;
            }
        }
        Ok(facts)
    }
}

/// The text of the `///` lines, one leading space removed from each.
pub fn doc_text(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs {
        if let Meta::NameValue(pair) = &attr.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(lit) = &pair.value
            && let Lit::Str(text) = &lit.lit
        {
            let text = text.value();
            lines.push(text.strip_prefix(' ').unwrap_or(&text).to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

pub fn string_value(attr: &Attribute) -> syn::Result<String> {
    if let Meta::NameValue(pair) = &attr.meta
        && let Expr::Lit(lit) = &pair.value
        && let Lit::Str(text) = &lit.lit
    {
        return Ok(text.value());
    }
    Err(syn::Error::new(attr.span(), "expected `= \"text\"`"))
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn option_inner(ty: &Type) -> Option<Type> {
    let segment = last_segment(ty)?;
    if segment.ident != "Option" {
        return None;
    }
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(args) => match args.args.first()? {
            syn::GenericArgument::Type(inner) => Some(inner.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Takes the attributes that are ours out of `attrs`; the others stay on the function.
fn take(attrs: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at = attrs.iter().position(|attr| attr.path().is_ident(name))?;
    Some(attrs.remove(at))
}

fn param(arg: &mut FnArg) -> syn::Result<Param> {
    let FnArg::Typed(arg) = arg else {
        return Err(syn::Error::new(arg.span(), "call the receiver `this: &Type`"));
    };
    let Pat::Ident(pat) = &*arg.pat else {
        return Err(syn::Error::new(
            arg.pat.span(),
            "a parameter seen from Python needs a name",
        ));
    };
    let mut name = pat.ident.to_string();
    name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    // Rust warns about unused parameters without the underscore; Python callers never see it.
    name = name.strip_prefix('_').unwrap_or(&name).to_owned();
    if let Some(attr) = take(&mut arg.attrs, "arg") {
        name = string_value(&attr)?;
    }
    let mut kind = ParamKind::PositionalOnly;
    if take(&mut arg.attrs, "kw").is_some() {
        kind = ParamKind::PositionalOrKeyword;
    }
    if take(&mut arg.attrs, "kwonly").is_some() {
        kind = ParamKind::KeywordOnly;
    }
    match last_segment(&arg.ty) {
        Some(segment) if segment.ident == "Rest" => kind = ParamKind::Rest,
        Some(segment) if segment.ident == "Keywords" => kind = ParamKind::Keywords,
        _ => {}
    }
    let none_is_missing = take(&mut arg.attrs, "none").is_some();
    let default = match take(&mut arg.attrs, "default") {
        Some(attr) => Some(attr.parse_args::<Expr>()?),
        None => None,
    };
    let inner = if default.is_none() { option_inner(&arg.ty) } else { None };
    let optional = inner.is_some();
    let ty = inner.unwrap_or_else(|| (*arg.ty).clone());
    if none_is_missing && !optional {
        return Err(syn::Error::new(arg.ty.span(), "`#[none]` needs an `Option<T>`"));
    }
    Ok(Param {
        name,
        kind,
        ty,
        optional,
        none_is_missing,
        default,
    })
}

/// Reads the function and removes our attributes from it. `None`: a helper, which Python does not see.
pub fn read(attrs: &mut Vec<Attribute>, sig: &mut Signature, in_module: bool) -> syn::Result<Option<Function>> {
    let first = sig.inputs.first().and_then(|arg| match arg {
        FnArg::Typed(arg) => match &*arg.pat {
            Pat::Ident(pat) => Some((pat.ident.to_string(), (*arg.ty).clone())),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let is_static = take(attrs, "staticmethod").is_some();
    let is_class = take(attrs, "classmethod").is_some();
    let is_new = take(attrs, "new").is_some();
    let is_getter = take(attrs, "getter").is_some();
    let is_setter = take(attrs, "setter").is_some();
    let receiver = match &first {
        Some((name, ty)) if !in_module && !is_static && matches!(name.as_str(), "this" | "_this" | "cls" | "_cls") => {
            Some(ty.clone())
        }
        _ => None,
    };
    if !in_module && receiver.is_none() && !is_static {
        return Ok(None);
    }
    let kind = match () {
        _ if in_module => Kind::Function,
        _ if is_static || is_new => Kind::StaticMethod,
        _ if is_class => Kind::ClassMethod,
        _ if is_getter => Kind::Getter,
        _ if is_setter => Kind::Setter,
        _ => Kind::Method,
    };
    let mut name = sig.ident.to_string();
    name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    if is_new {
        name = "__new__".to_owned();
    }
    if is_setter {
        name = name.strip_prefix("set_").unwrap_or(&name).to_owned();
    }
    if let Some(attr) = take(attrs, "name") {
        name = string_value(&attr)?;
    }
    let text_signature = match take(attrs, "signature") {
        Some(attr) => Some(string_value(&attr)?),
        None => None,
    };
    let facts = match take(attrs, "facts") {
        Some(attr) => Some(attr.parse_args::<Facts>()?),
        None => None,
    };
    let skip = usize::from(receiver.is_some());
    let mut params = Vec::new();
    for arg in sig.inputs.iter_mut().skip(skip) {
        params.push(param(arg)?);
    }
    let returns_result = match &sig.output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => last_segment(ty).is_some_and(|segment| segment.ident == "Result"),
    };
    Ok(Some(Function {
        ident: sig.ident.clone(),
        name,
        kind,
        doc: doc_text(attrs),
        text_signature,
        facts,
        receiver,
        checked_as: None,
        params,
        returns_result,
    }))
}

impl Function {
    /// `($self, index=-1, /)`, as `__text_signature__` has it.
    pub fn text_signature(&self) -> String {
        if let Some(given) = &self.text_signature {
            return given.clone();
        }
        if matches!(self.kind, Kind::Getter | Kind::Setter) {
            return String::new();
        }
        let mut parts: Vec<String> = Vec::new();
        match self.kind {
            Kind::Method => parts.push("$self".to_owned()),
            Kind::ClassMethod => parts.push("$type".to_owned()),
            Kind::StaticMethod if self.receiver.is_some() => parts.push("$type".to_owned()),
            Kind::Function => parts.push("$module".to_owned()),
            _ => {}
        }
        let mut slash_at = parts.len();
        let mut star = false;
        for param in &self.params {
            match param.kind {
                ParamKind::Rest => {
                    parts.push(format!("*{}", param.name));
                    star = true;
                    continue;
                }
                ParamKind::Keywords => {
                    parts.push(format!("**{}", param.name));
                    continue;
                }
                ParamKind::KeywordOnly if !star => {
                    parts.push("*".to_owned());
                    star = true;
                }
                _ => {}
            }
            let text = if let Some(default) = &param.default {
                format!("{}={}", param.name, python_default(default))
            } else if param.optional {
                let shown = if param.none_is_missing {
                    "None"
                } else {
                    "<unrepresentable>"
                };
                format!("{}={shown}", param.name)
            } else {
                param.name.clone()
            };
            parts.push(text);
            if param.kind == ParamKind::PositionalOnly {
                slash_at = parts.len();
            }
        }
        if slash_at > 0 {
            parts.insert(slash_at, "/".to_owned());
        }
        format!("({})", parts.join(", "))
    }
}

fn python_default(expr: &Expr) -> String {
    let text = expr.to_token_stream().to_string();
    match text.as_str() {
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        "isize :: MAX" | "i64 :: MAX" => "sys.maxsize".to_owned(),
        _ if text.starts_with('"') => text.replace('"', "'"),
        _ if text.starts_with("- ") => text.replace("- ", "-"),
        _ if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_') => text,
        _ => "<unrepresentable>".to_owned(),
    }
}

/// Whether CPython has this method as a wrapper around a type slot, with that wrapper's arity messages.
pub fn is_slot_wrapper(owner: &str, name: &str) -> bool {
    const SLOTS: &[&str] = &[
        "abs",
        "add",
        "aiter",
        "and",
        "anext",
        "await",
        "bool",
        "buffer",
        "call",
        "contains",
        "del",
        "delattr",
        "delete",
        "delitem",
        "divmod",
        "eq",
        "float",
        "floordiv",
        "ge",
        "get",
        "getattribute",
        "getitem",
        "gt",
        "hash",
        "iadd",
        "iand",
        "ifloordiv",
        "ilshift",
        "imatmul",
        "imod",
        "imul",
        "index",
        "init",
        "int",
        "invert",
        "ior",
        "ipow",
        "irshift",
        "isub",
        "iter",
        "itruediv",
        "ixor",
        "le",
        "len",
        "lshift",
        "lt",
        "matmul",
        "mod",
        "mul",
        "ne",
        "neg",
        "next",
        "or",
        "pos",
        "pow",
        "radd",
        "rand",
        "rdivmod",
        "release_buffer",
        "repr",
        "rfloordiv",
        "rlshift",
        "rmatmul",
        "rmod",
        "rmul",
        "ror",
        "rpow",
        "rrshift",
        "rshift",
        "rsub",
        "rtruediv",
        "rxor",
        "set",
        "setattr",
        "setitem",
        "str",
        "sub",
        "truediv",
        "xor",
    ];
    // A few collections have plain methods under these names, for speed.
    if matches!(
        (owner, name),
        ("list" | "dict", "__getitem__") | ("dict" | "set" | "frozenset", "__contains__")
    ) {
        return false;
    }
    name.strip_prefix("__")
        .and_then(|rest| rest.strip_suffix("__"))
        .is_some_and(|middle| SLOTS.binary_search(&middle).is_ok())
}

pub fn expr_text(expr: Option<&Expr>) -> String {
    expr.map(|expr| expr.to_token_stream().to_string()).unwrap_or_default()
}

pub fn quote_bool(value: bool) -> TokenStream {
    value.to_token_stream()
}
