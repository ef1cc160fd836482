//! The node classes of the abstract syntax, as a table: what Python 3.14's grammar of trees says.
//!
//! One entry a class: a sum or product (`stmt`, `arguments`) with its attributes and fields, and within a sum its constructors. A field
//! is a type and a name; `?` after the type marks one that may be None, `*` a list, `?*` a list whose items may be None.

/// Hands the table to macro `$m`.
macro_rules! for_each_node {
    ($m:ident) => {
        $m! {
            r#mod "mod" Nowhere "" {
                Module "stmt* body, type_ignore* type_ignores",
                Interactive "stmt* body",
                Expression "expr body",
                FunctionType "expr* argtypes, expr returns",
            }
            stmt "stmt" Start "" {
                FunctionDef "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params",
                AsyncFunctionDef "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params",
                ClassDef "identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params",
                Return "expr? value",
                Delete "expr* targets",
                Assign "expr* targets, expr value, string? type_comment",
                TypeAlias "expr name, type_param* type_params, expr value",
                AugAssign "expr target, operator op, expr value",
                AnnAssign "expr target, expr annotation, expr? value, int simple",
                For "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment",
                AsyncFor "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment",
                While "expr test, stmt* body, stmt* orelse",
                If "expr test, stmt* body, stmt* orelse",
                With "withitem* items, stmt* body, string? type_comment",
                AsyncWith "withitem* items, stmt* body, string? type_comment",
                Match "expr subject, match_case* cases",
                Raise "expr? exc, expr? cause",
                Try "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody",
                TryStar "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody",
                Assert "expr test, expr? msg",
                Import "alias* names",
                ImportFrom "identifier? module, alias* names, int? level",
                Global "identifier* names",
                Nonlocal "identifier* names",
                Expr "expr value",
                Pass "",
                Break "",
                Continue "",
            }
            expr "expr" Start "" {
                BoolOp "boolop op, expr* values",
                NamedExpr "expr target, expr value",
                BinOp "expr left, operator op, expr right",
                UnaryOp "unaryop op, expr operand",
                Lambda "arguments args, expr body",
                IfExp "expr test, expr body, expr orelse",
                Dict "expr?* keys, expr* values",
                Set "expr* elts",
                ListComp "expr elt, comprehension* generators",
                SetComp "expr elt, comprehension* generators",
                DictComp "expr key, expr value, comprehension* generators",
                GeneratorExp "expr elt, comprehension* generators",
                Await "expr value",
                Yield "expr? value",
                YieldFrom "expr value",
                Compare "expr left, cmpop* ops, expr* comparators",
                Call "expr func, expr* args, keyword* keywords",
                FormattedValue "expr value, int conversion, expr? format_spec",
                Interpolation "expr value, constant str, int conversion, expr? format_spec",
                JoinedStr "expr* values",
                TemplateStr "expr* values",
                Constant "constant value, string? kind",
                Attribute "expr value, identifier attr, expr_context ctx",
                Subscript "expr value, expr slice, expr_context ctx",
                Starred "expr value, expr_context ctx",
                Name "identifier id, expr_context ctx",
                List "expr* elts, expr_context ctx",
                Tuple "expr* elts, expr_context ctx",
                Slice "expr? lower, expr? upper, expr? step",
            }
            expr_context "expr_context" Nowhere "" {
                Load "",
                Store "",
                Del "",
            }
            boolop "boolop" Nowhere "" {
                And "",
                Or "",
            }
            operator "operator" Nowhere "" {
                Add "",
                Sub "",
                Mult "",
                MatMult "",
                Div "",
                Mod "",
                Pow "",
                LShift "",
                RShift "",
                BitOr "",
                BitXor "",
                BitAnd "",
                FloorDiv "",
            }
            unaryop "unaryop" Nowhere "" {
                Invert "",
                Not "",
                UAdd "",
                USub "",
            }
            cmpop "cmpop" Nowhere "" {
                Eq "",
                NotEq "",
                Lt "",
                LtE "",
                Gt "",
                GtE "",
                Is "",
                IsNot "",
                In "",
                NotIn "",
            }
            comprehension "comprehension" Nowhere "expr target, expr iter, expr* ifs, int is_async" {}
            excepthandler "excepthandler" Start "" {
                ExceptHandler "expr? type, identifier? name, stmt* body",
            }
            arguments "arguments" Nowhere "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults" {}
            arg "arg" Start "identifier arg, expr? annotation, string? type_comment" {}
            keyword "keyword" Start "identifier? arg, expr value" {}
            alias "alias" Start "identifier name, identifier? asname" {}
            withitem "withitem" Nowhere "expr context_expr, expr? optional_vars" {}
            match_case "match_case" Nowhere "pattern pattern, expr? guard, stmt* body" {}
            pattern "pattern" Whole "" {
                MatchValue "expr value",
                MatchSingleton "constant value",
                MatchSequence "pattern* patterns",
                MatchMapping "expr* keys, pattern* patterns, identifier? rest",
                MatchClass "expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns",
                MatchStar "identifier? name",
                MatchAs "pattern? pattern, identifier? name",
                MatchOr "pattern* patterns",
            }
            type_ignore "type_ignore" Nowhere "" {
                TypeIgnore "int lineno, string tag",
            }
            type_param "type_param" Whole "" {
                TypeVar "identifier name, expr? bound, expr? default_value",
                ParamSpec "identifier name, expr? default_value",
                TypeVarTuple "identifier name, expr? default_value",
            }
        }
    };
}

/// Where a node says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Nowhere,
    /// A start, and perhaps an end.
    Start,
    /// Start and end.
    Whole,
}

/// How often a field occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    One,
    Optional,
    List,
    OptionalList,
}

/// A field of a node.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub ty: &'static str,
    pub many: Many,
    pub name: &'static str,
}

/// A class of nodes.
pub struct Class {
    pub name: &'static str,
    /// Its fields, as the table has them.
    pub fields: &'static str,
    pub place: Place,
    /// The sum that it belongs to.
    pub base: Option<Node>,
    /// The constructors of a sum.
    pub kids: &'static [Node],
}

macro_rules! tables {
    ($($base:ident $name:literal $place:ident $fields:literal { $($kid:ident $kid_fields:literal),* $(,)? })*) => {
        /// The classes, by the names of the grammar.
        #[expect(non_camel_case_types, reason = "the names of the grammar")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Node { $($base, $($kid,)*)* }

        impl Node {
            /// Every class; a sum comes before its constructors.
            pub const ALL: &'static [Node] = &[$(Node::$base, $(Node::$kid,)*)*];
            const CLASSES: &'static [Class] = &[$(
                Class { name: $name, fields: $fields, place: Place::$place, base: None, kids: &[$(Node::$kid),*] },
                $(Class { name: stringify!($kid), fields: $kid_fields, place: Place::$place, base: Some(Node::$base), kids: &[] },)*
            )*];
        }
    };
}
for_each_node!(tables);

impl Node {
    pub fn class(self) -> &'static Class {
        &Node::CLASSES[self as usize]
    }

    /// The class called `name`.
    pub fn find(name: &str) -> Option<Node> {
        Node::ALL.iter().copied().find(|node| node.class().name == name)
    }
}

impl Class {
    /// The fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        self.fields.split(", ").filter_map(|text| {
            let (ty, name) = text.split_once(' ')?;
            let (ty, many) = match ty.strip_suffix('*') {
                Some(rest) => match rest.strip_suffix('?') {
                    Some(ty) => (ty, Many::OptionalList),
                    None => (rest, Many::List),
                },
                None => match ty.strip_suffix('?') {
                    Some(ty) => (ty, Many::Optional),
                    None => (ty, Many::One),
                },
            };
            Some(Field { ty, many, name })
        })
    }

    /// The grammar of the class, which is its documentation.
    pub fn doc(&self) -> String {
        if self.kids.is_empty() {
            return match self.fields {
                "" => self.name.to_owned(),
                fields => format!("{}({fields})", self.name),
            };
        }
        let kids: Vec<String> = self.kids.iter().map(|kid| kid.class().doc()).collect();
        let plain = self.kids.iter().all(|kid| kid.class().fields.is_empty());
        let between = if plain {
            " | ".to_owned()
        } else {
            format!("\n{}| ", " ".repeat(self.name.len() + 1))
        };
        format!("{} = {}", self.name, kids.join(&between))
    }
}
