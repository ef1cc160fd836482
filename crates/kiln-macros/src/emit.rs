//! Writes, for one function read by `function.rs`, the adapters that the interpreter calls and its `NativeDef`.

use crate::function::{Function, Kind, Param, ParamKind, expr_text, is_slot_wrapper, quote_bool};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

pub struct Emitted {
    /// The adapter functions.
    pub adapters: TokenStream,
    /// The `NativeDef` expression.
    pub def: TokenStream,
    /// `(name, doc)` when the documentation holds examples.
    pub example: Option<TokenStream>,
}

/// What the error message of a failed conversion calls the argument.
fn argument_name(function: &Function, owner: &str, param: &Param, position: usize, slots: usize) -> String {
    let constructor = matches!(function.name.as_str(), "__new__" | "__init__");
    if is_slot_wrapper(owner, &function.name) && function.kind == Kind::Method && !constructor {
        return param.name.clone();
    }
    let name = if constructor { owner } else { function.name.as_str() };
    match param.kind {
        ParamKind::PositionalOnly if slots == 1 => format!("{name}() argument"),
        ParamKind::PositionalOnly => format!("{name}() argument {position}"),
        _ => format!("{name}() argument '{}'", param.name),
    }
}

/// The conversion of one argument held in `slot`, an `Option<Value>`.
fn convert(param: &Param, slot: &TokenStream, what: &str) -> TokenStream {
    let ty = &param.ty;
    let one = quote! { <#ty as ::kiln_object::FromValue<'_>>::from_value(__value, #what)? };
    if let Some(default) = &param.default {
        return quote! { match &#slot { Some(__value) => #one, None => #default } };
    }
    if param.optional {
        let guard = if param.none_is_missing {
            quote! { if !__value.is_none() }
        } else {
            quote! {}
        };
        let other = if param.none_is_missing {
            quote! { _ }
        } else {
            quote! { None }
        };
        return quote! { match &#slot { Some(__value) #guard => Some(#one), #other => None } };
    }
    quote! { match &#slot { Some(__value) => #one, None => return Err(::kiln_object::args::missing(__SIGNATURE)) } }
}

/// Emits the adapters of `function`. `path` is how the function itself is called, `owner` the type's or module's name.
pub fn emit(function: &Function, path: &TokenStream, owner: &str) -> Emitted {
    let name = &function.name;
    let suffix = match function.kind {
        Kind::Setter => "_set",
        _ => "",
    };
    let plain = function.ident.to_string();
    let plain = plain.strip_prefix("r#").unwrap_or(&plain);
    let native = format_ident!("__native_{}{}", plain, suffix);
    let signature = Ident::new(
        &format!("__SIGNATURE_{}{}", plain.to_uppercase(), suffix.to_uppercase()),
        Span::call_site(),
    );
    let has_receiver = function.receiver.is_some();
    let skip = usize::from(has_receiver);
    let slots: Vec<&Param> = function.params.iter().filter(|param| param.takes_slot()).collect();
    let slot_count = slots.len() + skip;

    let param_data = slots.iter().map(|param| {
        let name = &param.name;
        let required = quote_bool(param.required());
        let kind = match param.kind {
            ParamKind::PositionalOnly => quote! { PositionalOnly },
            ParamKind::PositionalOrKeyword => quote! { PositionalOrKeyword },
            _ => quote! { KeywordOnly },
        };
        quote! { ::kiln_object::args::Param { name: #name, kind: ::kiln_object::args::ParamKind::#kind, required: #required } }
    });
    let rest = quote_bool(function.params.iter().any(|param| param.kind == ParamKind::Rest));
    let keywords = quote_bool(function.params.iter().any(|param| param.kind == ParamKind::Keywords));
    let style = match function.kind {
        Kind::Method if is_slot_wrapper(owner, name) => quote! { Slot },
        Kind::Method => quote! { Method },
        Kind::Getter | Kind::Setter => quote! { Attribute },
        Kind::ClassMethod => quote! { ClassMethod },
        Kind::StaticMethod if name == "__new__" => quote! { New },
        Kind::StaticMethod | Kind::Function => quote! { Function },
    };
    let receiver_flag = quote_bool(has_receiver);

    // The same call is made by the general adapter and by the fixed ones; `slot(i)` says where argument i is.
    let call = |slot: &dyn Fn(usize) -> TokenStream| {
        let mut lets = Vec::new();
        let mut names = Vec::new();
        if let Some(ty) = &function.receiver {
            let value = slot(0);
            lets.push(quote! { let __receiver = #value; });
            lets.push(quote! {
                let __this: #ty = match &__receiver {
                    Some(__value) => match <#ty as ::kiln_object::FromValue<'_>>::from_value(__value, "") {
                        Ok(__this) => __this,
                        Err(__raised) => return Err(::kiln_object::args::wrong_receiver(__SIGNATURE, *__value, __raised)),
                    },
                    None => return Err(::kiln_object::args::missing(__SIGNATURE)),
                };
            });
            if let Some(checked) = &function.checked_as {
                lets.push(quote! {
                    if let Some(__value) = &__receiver
                        && let Err(__raised) = <#checked as ::kiln_object::FromValue<'_>>::from_value(__value, "")
                    {
                        return Err(::kiln_object::args::wrong_receiver(__SIGNATURE, *__value, __raised));
                    }
                });
            }
            names.push(quote! { __this });
        }
        let mut at = skip;
        for (index, param) in function.params.iter().enumerate() {
            let ident = format_ident!("__arg{}", index);
            match param.kind {
                ParamKind::Rest => lets.push(quote! { let #ident = __rest; }),
                ParamKind::Keywords => {
                    lets.push(
                        quote! { let #ident = ::kiln_object::args::Keywords::new(__args.keywords, __SIGNATURE); },
                    );
                }
                _ => {
                    let what = argument_name(function, owner, param, at - skip + 1, slots.len());
                    let held = format_ident!("__slot{}", index);
                    let source = slot(at);
                    let converted = convert(param, &quote! { #held }, &what);
                    lets.push(quote! { let #held = #source; let #ident = #converted; });
                    at += 1;
                }
            }
            names.push(quote! { #ident });
        }
        let result = if function.returns_result {
            quote! { #path(#(#names),*).map(::kiln_object::IntoObject::into_object) }
        } else {
            quote! { Ok(::kiln_object::IntoObject::into_object(#path(#(#names),*))) }
        };
        quote! { #(#lets)* #result }
    };

    let general = call(&|index| quote! { __slots[#index] });
    let rest_name = if function.params.iter().any(|param| param.kind == ParamKind::Rest) {
        quote! { __rest }
    } else {
        quote! { _ }
    };
    // Where `*args` takes what is left over, most calls need no matching.
    let takes_rest = function.params.iter().any(|param| param.kind == ParamKind::Rest);
    let by_place = slots
        .iter()
        .filter(|param| param.kind != ParamKind::KeywordOnly)
        .count()
        + skip;
    let all_by_place = slots
        .iter()
        .all(|param| param.kind != ParamKind::KeywordOnly || !param.required());
    let places = 0..by_place;
    let matched = if takes_rest && all_by_place {
        quote! {
            if __args.keywords.is_empty() && __args.positional.len() >= #by_place {
                #( __slots[#places] = Some(__args.positional[#places]); )*
                &__args.positional[#by_place..]
            } else {
                ::kiln_object::args::parse(__SIGNATURE, __args, &mut __slots)?
            }
        }
    } else {
        quote! { ::kiln_object::args::parse(__SIGNATURE, __args, &mut __slots)? }
    };
    let mut adapters = quote! {
        #[doc(hidden)]
        fn #native(__args: &::kiln_object::NativeArgs<'_>) -> ::core::result::Result<::kiln_object::Object, ::kiln_object::Raised> {
            let __SIGNATURE: &'static ::kiln_object::args::Signature = &#signature;
            let mut __slots = [None::<::kiln_object::Value>; #slot_count];
            let #rest_name = #matched;
            #general
        }
    };

    // Fixed entries: every argument positional, none left out but trailing optional ones.
    let positional = function.params.iter().all(|param| {
        matches!(param.kind, ParamKind::PositionalOnly | ParamKind::PositionalOrKeyword)
            || (param.kind == ParamKind::KeywordOnly && !param.required())
    });
    let by_position = slots
        .iter()
        .filter(|param| param.kind != ParamKind::KeywordOnly)
        .count()
        + skip;
    let least = slots.iter().filter(|param| param.required()).count() + skip;
    let mut fixed = [quote! { None }, quote! { None }, quote! { None }, quote! { None }];
    if positional {
        for count in least..=by_position.min(3) {
            let entry = format_ident!("__fixed{}_{}{}", count, plain, suffix);
            let inputs: Vec<Ident> = (0..count).map(|index| format_ident!("__in{}", index)).collect();
            let body = call(&|index| {
                if index < count {
                    let input = &inputs[index];
                    quote! { Some(#input) }
                } else {
                    quote! { None::<::kiln_object::Value> }
                }
            });
            adapters.extend(quote! {
                #[doc(hidden)]
                fn #entry(#(#inputs: ::kiln_object::Value),*) -> ::core::result::Result<::kiln_object::Object, ::kiln_object::Raised> {
                    let __SIGNATURE: &'static ::kiln_object::args::Signature = &#signature;
                    #body
                }
            });
            let in_impl = path.to_string().starts_with("Self");
            fixed[count] = if in_impl {
                quote! { Some(Self::#entry) }
            } else {
                quote! { Some(#entry) }
            };
        }
    }

    // The same where what is left over goes into `*args`.
    if takes_rest && all_by_place {
        for (count, fixed) in fixed.iter_mut().enumerate().skip(by_place) {
            let entry = format_ident!("__fixed{}_{}{}", count, plain, suffix);
            let inputs: Vec<Ident> = (0..count).map(|index| format_ident!("__in{}", index)).collect();
            let body = call(&|index| {
                if index < by_place {
                    let input = &inputs[index];
                    quote! { Some(#input) }
                } else {
                    quote! { None::<::kiln_object::Value> }
                }
            });
            let others = &inputs[by_place..];
            adapters.extend(quote! {
                #[doc(hidden)]
                fn #entry(#(#inputs: ::kiln_object::Value),*) -> ::core::result::Result<::kiln_object::Object, ::kiln_object::Raised> {
                    let __SIGNATURE: &'static ::kiln_object::args::Signature = &#signature;
                    let __args = &::kiln_object::NativeArgs { positional: &[], keywords: &[] };
                    let __rest: &[::kiln_object::Value] = &[#(#others),*];
                    #body
                }
            });
            let in_impl = path.to_string().starts_with("Self");
            *fixed = if in_impl {
                quote! { Some(Self::#entry) }
            } else {
                quote! { Some(#entry) }
            };
        }
    }

    let in_impl = path.to_string().starts_with("Self");
    let native_path = if in_impl {
        quote! { Self::#native }
    } else {
        quote! { #native }
    };
    let doc = &function.doc;
    let text_signature = function.text_signature();
    let kind = match function.kind {
        Kind::Method => quote! { Method },
        Kind::ClassMethod => quote! { ClassMethod },
        Kind::StaticMethod => quote! { StaticMethod },
        Kind::Getter => quote! { Getter },
        Kind::Setter => quote! { Setter },
        Kind::Function => quote! { Function },
    };
    let (returns, effects) = match &function.facts {
        Some(facts) => (expr_text(facts.returns.as_ref()), expr_text(facts.effects.as_ref())),
        None => (String::new(), String::new()),
    };
    let [fixed0, fixed1, fixed2, fixed3] = fixed;
    let signature_value = quote! {
        ::kiln_object::args::Signature {
            owner: #owner,
            name: #name,
            style: ::kiln_object::args::Style::#style,
            receiver: #receiver_flag,
            params: &[#(#param_data),*],
            rest: #rest,
            keywords: #keywords,
        }
    };
    let statics = quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "named after the function")]
        static #signature: ::kiln_object::args::Signature = #signature_value;
    };
    let def = quote! {
        ::kiln_object::NativeDef {
            name: #name,
            doc: #doc,
            text_signature: #text_signature,
            call: #native_path,
            fast: ::kiln_object::FastCall { fixed0: #fixed0, fixed1: #fixed1, fixed2: #fixed2, fixed3: #fixed3 },
            kind: ::kiln_object::NativeKind::#kind,
            facts: ::kiln_object::Facts { returns: #returns, effects: #effects },
        }
    };
    let example = doc.contains(">>>").then(|| {
        let qualified = format!("{owner}.{name}");
        quote! { (#qualified, #doc) }
    });
    Emitted {
        adapters: quote! { #adapters #statics },
        def,
        example,
    }
}

/// Statics cannot stand in an `impl` block; the two kinds of item are told apart by their first tokens.
pub fn split_statics(items: TokenStream) -> syn::Result<(TokenStream, TokenStream)> {
    let file: syn::File = syn::parse2(items)?;
    let mut functions = TokenStream::new();
    let mut statics = TokenStream::new();
    for item in file.items {
        match item {
            syn::Item::Fn(function) => functions.extend(quote! { #function }),
            other => statics.extend(quote! { #other }),
        }
    }
    Ok((functions, statics))
}
