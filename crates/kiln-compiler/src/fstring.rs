//! f-strings and t-strings.

use kiln_bytecode::{Const, Op, Text};
use kiln_syntax::ast::{
    ConversionFlag, ExprFString, ExprTString, FStringPart, InterpolatedElement, InterpolatedStringElement,
    InterpolatedStringElements, Ranged,
};
use kiln_syntax::{deep, strings};

use crate::unit::{Val, Want};
use crate::{Compiler, Res};

/// A piece of a formatted string.
enum Piece<'a> {
    Text(Vec<u8>),
    Value(&'a InterpolatedElement),
}

fn conversion(flag: ConversionFlag) -> u16 {
    match flag {
        ConversionFlag::None => 0,
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
    }
}

impl<'a> Compiler<'a> {
    fn push_text(pieces: &mut Vec<Piece<'a>>, text: &[u8]) {
        match pieces.last_mut() {
            Some(Piece::Text(last)) => last.extend_from_slice(text),
            _ if text.is_empty() => {}
            _ => pieces.push(Piece::Text(text.to_vec())),
        }
    }

    fn elements(&self, elements: &'a InterpolatedStringElements, raw: bool, pieces: &mut Vec<Piece<'a>>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    let text = self.source.element(literal, raw);
                    Self::push_text(pieces, &text.0);
                }
                InterpolatedStringElement::Interpolation(value) => {
                    if let Some(debug) = &value.debug_text {
                        Self::push_text(pieces, strings::debug_text(debug).as_bytes());
                    }
                    pieces.push(Piece::Value(value));
                }
            }
        }
    }

    pub fn fstring(&mut self, node: &'a ExprFString, want: Want) -> Res<Val> {
        let mut pieces = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => Self::push_text(&mut pieces, &self.source.literal(literal).0),
                FStringPart::FString(fstring) => {
                    self.elements(&fstring.elements, fstring.flags.prefix().is_raw(), &mut pieces);
                }
            }
        }
        self.join(pieces, node, want)
    }

    fn join(&mut self, pieces: Vec<Piece<'a>>, node: &impl Ranged, want: Want) -> Res<Val> {
        let mark = self.u.top;
        if pieces.is_empty() {
            let empty = self.u.const_val(Const::str(""));
            return Ok(self.u.place(empty, want));
        }
        if let [Piece::Text(text)] = &pieces[..] {
            let text = self.u.const_val(Const::Str(Text(text.as_slice().into())));
            return Ok(self.u.place(text, want));
        }
        if let [Piece::Value(value)] = &pieces[..] {
            return self.formatted(value, want);
        }
        let mut count = 0;
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.at(node);
                    let text = self.u.const_val(Const::Str(Text(text.into())));
                    self.u.place(text, Want::Temp);
                }
                Piece::Value(value) => {
                    self.formatted(value, Want::Temp)?;
                }
            }
            count += 1;
            if count == 128 {
                // Very long strings are joined piece by piece.
                self.u.reset(mark);
                self.u.temp();
                self.u.emit(Op::BuildString, mark, mark, count);
                count = 1;
            }
        }
        self.at(node);
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.u.emit(Op::BuildString, dst, mark, count);
        Ok(val)
    }

    fn formatted(&mut self, value: &'a InterpolatedElement, want: Want) -> Res<Val> {
        let mark = self.u.top;
        let mut val = self.expr(&value.expression, Want::Any)?;
        self.at(value);
        let implied =
            value.debug_text.is_some() && value.format_spec.is_none() && value.conversion == ConversionFlag::None;
        let kind = if implied { 2 } else { conversion(value.conversion) };
        if kind != 0 {
            self.u.reset(mark);
            let reg = self.u.temp();
            self.u.emit_ab(Op::ConvertValue, reg, val, kind);
            val = Val::Temp(reg);
        }
        match &value.format_spec {
            Some(spec) => {
                let spec = self.spec(spec, Want::Any)?;
                self.at(value);
                self.u.reset(mark);
                let (dst, result) = self.u.dest(want);
                self.u.emit_abc(Op::FormatWithSpec, 0, dst, val, spec);
                Ok(result)
            }
            None => {
                self.u.reset(mark);
                let (dst, result) = self.u.dest(want);
                self.u.emit_ab(Op::FormatSimple, dst, val, 0);
                Ok(result)
            }
        }
    }

    fn spec(&mut self, spec: &'a kiln_syntax::ast::InterpolatedStringFormatSpec, want: Want) -> Res<Val> {
        deep::grow(|| {
            let mut pieces = Vec::new();
            self.elements(&spec.elements, false, &mut pieces);
            self.join(pieces, spec, want)
        })
    }

    pub fn tstring(&mut self, node: &'a ExprTString, want: Want) -> Res<Val> {
        let mut pieces = Vec::new();
        for part in &node.value {
            for element in &part.elements {
                match element {
                    InterpolatedStringElement::Literal(literal) => {
                        let text = self.source.element(literal, part.flags.prefix().is_raw());
                        Self::push_text(&mut pieces, &text.0);
                    }
                    InterpolatedStringElement::Interpolation(value) => {
                        if let Some(debug) = &value.debug_text {
                            Self::push_text(&mut pieces, strings::debug_text(debug).as_bytes());
                        }
                        pieces.push(Piece::Value(value));
                    }
                }
            }
        }
        let mark = self.u.top;
        let mut strings: Vec<Const> = Vec::new();
        let mut values = Vec::new();
        let mut text = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(more) => text.extend(more),
                Piece::Value(value) => {
                    strings.push(Const::Str(Text(std::mem::take(&mut text).into())));
                    values.push(value);
                }
            }
        }
        strings.push(Const::Str(Text(text.into())));
        let count = values.len();
        for value in values {
            self.interpolation(value)?;
        }
        self.at(node);
        self.u.reset(mark);
        let tuple = self.u.temp();
        self.u.emit(Op::BuildTuple, tuple, mark, count as u16);
        let strings = self.u.const_val(Const::Tuple(strings.into()));
        self.u.reset(mark);
        let (dst, val) = self.u.dest(want);
        self.u.emit_abc(Op::BuildTemplate, 0, dst, strings, Val::Temp(tuple));
        Ok(val)
    }

    /// An interpolation of a t-string, in the next temporary.
    fn interpolation(&mut self, value: &'a InterpolatedElement) -> Res {
        let first = self.u.top;
        self.expr_temp(&value.expression)?;
        self.at(value);
        let text = self.u.const_val(self.source.interpolation(value));
        self.u.place(text, Want::Temp);
        match &value.format_spec {
            Some(spec) => {
                self.spec(spec, Want::Temp)?;
            }
            None => {
                let empty = self.u.const_val(Const::str(""));
                self.u.place(empty, Want::Temp);
            }
        }
        let implied =
            value.debug_text.is_some() && value.format_spec.is_none() && value.conversion == ConversionFlag::None;
        let kind = if implied { 2 } else { conversion(value.conversion) };
        self.at(value);
        self.u.reset(first);
        let dst = self.u.temp();
        self.u.emit(Op::BuildInterpolation, dst, first, kind);
        Ok(())
    }
}
