//! Expands the attribute over a whole `impl` block or module and writes the tables.

use crate::emit::{emit, split_statics};
use crate::function::{Kind, doc_text, read};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Ident, ImplItem, Item, ItemImpl, ItemMod, Type, Visibility};

pub fn expand_impl(
    owner: &str,
    table: Option<Ident>,
    layout: Option<Type>,
    mut block: ItemImpl,
) -> syn::Result<TokenStream> {
    let mut adapters = TokenStream::new();
    let mut defs = Vec::new();
    let mut examples = Vec::new();
    let mut functions = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        functions.extend(read(&mut function.attrs, &mut function.sig, false)?);
    }
    // What the other methods of the block take as their receiver, those that take any value rely on, too.
    let layouts: Vec<Type> = functions
        .iter()
        .filter(|function| matches!(function.kind, Kind::Method | Kind::Getter))
        .filter_map(|function| function.receiver.clone().filter(|ty| matches!(ty, Type::Reference(_))))
        .collect();
    let text = |ty: &Type| quote!(#ty).to_string();
    let same = layouts.windows(2).all(|pair| text(&pair[0]) == text(&pair[1]));
    let said = layout.map(|ty| syn::parse_quote!(&#ty));
    let layout = said.or_else(|| layouts.into_iter().next().filter(|_| same));
    for mut read in functions {
        let any = |ty: &Type| matches!(ty, Type::Path(path) if path.path.is_ident("Value"));
        if matches!(read.kind, Kind::Method) && read.receiver.as_ref().is_some_and(any) {
            read.checked_as = layout.clone();
        }
        let ident = &read.ident;
        let emitted = emit(&read, &quote! { Self::#ident }, owner);
        adapters.extend(emitted.adapters);
        defs.push(emitted.def);
        examples.extend(emitted.example);
    }
    let (functions, statics) = split_statics(adapters)?;
    let (methods, doc_examples) = match table {
        Some(name) => (name.clone(), format_ident!("{}_DOC_EXAMPLES", name)),
        None => (
            Ident::new("METHODS", Span::call_site()),
            Ident::new("DOC_EXAMPLES", Span::call_site()),
        ),
    };
    let (generics, ty, where_clause) = (&block.generics, &block.self_ty, &block.generics.where_clause);
    // The statics and adapters stay private to an anonymous constant, so that several blocks in one file do not clash.
    Ok(quote! {
        #[allow(non_snake_case, reason = "Python's names")]
        #block
        const _: () = {
            #statics
            #[allow(non_snake_case, clippy::all, reason = "generated adapters are named after the functions they call")]
            impl #generics #ty #where_clause {
                #functions
                /// The methods, as the type's constructor takes them.
                pub const #methods: &'static [::kiln_object::NativeDef] = &[#(#defs),*];
                /// Documentation that holds examples to run: qualified name and text.
                pub const #doc_examples: &'static [(&'static str, &'static str)] = &[#(#examples),*];
            }
        };
    })
}

pub fn expand_mod(name: &str, mut module: ItemMod) -> syn::Result<TokenStream> {
    let Some((_, items)) = &mut module.content else {
        return Err(syn::Error::new(
            module.ident.span(),
            "`#[builtin_module]` needs the module's body in the same file",
        ));
    };
    let mut adapters = TokenStream::new();
    let mut defs = Vec::new();
    let mut examples = Vec::new();
    let mut constants = Vec::new();
    let mut exec = quote! { None };
    let owner = if name == "builtins" { "" } else { name };
    for item in items.iter_mut() {
        match item {
            Item::Const(constant) => {
                let Some(at) = constant.attrs.iter().position(|attr| attr.path().is_ident("constant")) else {
                    continue;
                };
                constant.attrs.remove(at);
                let ident = &constant.ident;
                let python = ident.to_string();
                constants.push(quote! { (#python, || Ok(::kiln_object::IntoObject::into_object(#ident))) });
            }
            Item::Fn(function) => {
                if let Some(at) = function.attrs.iter().position(|attr| attr.path().is_ident("constant")) {
                    function.attrs.remove(at);
                    let ident = &function.sig.ident;
                    let python = ident.to_string();
                    constants.push(quote! { (#python, || #ident().map(::kiln_object::IntoObject::into_object)) });
                    continue;
                }
                if let Some(at) = function.attrs.iter().position(|attr| attr.path().is_ident("exec")) {
                    function.attrs.remove(at);
                    let ident = &function.sig.ident;
                    exec = quote! { Some(#ident) };
                    continue;
                }
                if let Some(at) = function.attrs.iter().position(|attr| attr.path().is_ident("skip")) {
                    function.attrs.remove(at);
                    continue;
                }
                if !matches!(function.vis, Visibility::Public(_)) {
                    continue;
                }
                let Some(read) = read(&mut function.attrs, &mut function.sig, true)? else {
                    continue;
                };
                let ident = &read.ident;
                let emitted = emit(&read, &quote! { #ident }, owner);
                adapters.extend(emitted.adapters);
                defs.push(emitted.def);
                examples.extend(emitted.example);
            }
            _ => {}
        }
    }
    let doc = doc_text(&module.attrs);
    let tables: syn::File = syn::parse2(quote! {
        #adapters
        /// What creates the module.
        pub static MODULE: ::kiln_object::ModuleDef = ::kiln_object::ModuleDef {
            name: #name,
            doc: #doc,
            functions: &[#(#defs),*],
            constants: &[#(#constants),*],
            exec: #exec,
        };
        /// Documentation that holds examples to run: qualified name and text.
        pub const DOC_EXAMPLES: &[(&str, &str)] = &[#(#examples),*];
    })?;
    items.extend(tables.items);
    Ok(quote! {
        #[allow(non_snake_case, non_upper_case_globals, reason = "Python's names, and adapters named after the functions they call")]
        #module
    })
}
