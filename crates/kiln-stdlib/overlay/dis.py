"""Listings of Kiln's bytecode, with the functions and classes of the module of this name."""

import sys
import types
import collections
import io

import itertools
import _opcode
from opcode import *
from opcode import __all__ as _opcodes_all

__all__ = ["code_info", "dis", "disassemble", "distb", "disco",
           "findlinestarts", "findlabels", "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcodes_all
del _opcodes_all

_have_code = (types.MethodType, types.FunctionType, types.CodeType,
              classmethod, staticmethod, type)

# Width of a line number, and of an instruction's name.
_OPNAME_WIDTH = 20

COMPILER_FLAG_NAMES = {
            1: "OPTIMIZED",
            2: "NEWLOCALS",
            4: "VARARGS",
            8: "VARKEYWORDS",
           16: "NESTED",
           32: "GENERATOR",
           64: "NOFREE",
          128: "COROUTINE",
          256: "ITERABLE_COROUTINE",
          512: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}


def _try_compile(source, name):
    try:
        return compile(source, name, 'eval')
    except SyntaxError:
        return compile(source, name, 'exec')


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False,
        show_offsets=False, show_positions=False):
    """Disassemble classes, methods, functions, and other compiled objects.

    With no argument, disassemble the last traceback.
    """
    if x is None:
        distb(file=file, show_offsets=show_offsets, show_positions=show_positions)
        return
    if hasattr(x, '__func__'):
        x = x.__func__
    if hasattr(x, '__code__'):
        x = x.__code__
    elif hasattr(x, 'gi_code'):
        x = x.gi_code
    elif hasattr(x, 'ag_code'):
        x = x.ag_code
    elif hasattr(x, 'cr_code'):
        x = x.cr_code
    if hasattr(x, '__dict__') and not hasattr(x, 'co_code'):
        items = sorted(x.__dict__.items())
        for name, x1 in items:
            if isinstance(x1, _have_code):
                print("Disassembly of %s:" % name, file=file)
                try:
                    dis(x1, file=file, depth=depth, show_offsets=show_offsets,
                        show_positions=show_positions)
                except TypeError as msg:
                    print("Sorry:", msg, file=file)
                print(file=file)
    elif hasattr(x, 'co_code'):
        _disassemble_recursive(x, file=file, depth=depth, show_offsets=show_offsets,
                               show_positions=show_positions)
    elif isinstance(x, str):
        _disassemble_recursive(_try_compile(x, '<dis>'), file=file, depth=depth,
                               show_offsets=show_offsets, show_positions=show_positions)
    elif isinstance(x, (bytes, bytearray)):
        raise TypeError("instructions cannot be told without their code object")
    else:
        raise TypeError("don't know how to disassemble %s objects" %
                        type(x).__name__)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False,
          show_offsets=False, show_positions=False):
    """Disassemble a traceback (default: last traceback)."""
    if tb is None:
        try:
            if hasattr(sys, 'last_exc'):
                tb = sys.last_exc.__traceback__
            else:
                tb = sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
        while tb.tb_next:
            tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_offsets=show_offsets,
                show_positions=show_positions)


def pretty_flags(flags):
    """Return pretty representation of code flags."""
    names = []
    for i in range(32):
        flag = 1 << i
        if flags & flag:
            names.append(COMPILER_FLAG_NAMES.get(flag, hex(flag)))
            flags ^= flag
            if not flags:
                break
    else:
        names.append(hex(flags))
    return ", ".join(names)


class _Unknown:
    def __repr__(self):
        return "<unknown>"


UNKNOWN = _Unknown()


def _get_code_object(x):
    """The code object of a function, generator, source text and the like."""
    if hasattr(x, '__func__'):
        x = x.__func__
    for name in ('__code__', 'gi_code', 'ag_code', 'cr_code'):
        if hasattr(x, name):
            x = getattr(x, name)
            break
    if isinstance(x, str):
        x = _try_compile(x, "<disassembly>")
    if hasattr(x, 'co_code'):
        return x
    raise TypeError("don't know how to disassemble %s objects" %
                    type(x).__name__)


def code_info(x):
    """Formatted details of methods, functions, or code."""
    return _format_code_info(_get_code_object(x))


def _format_code_info(co):
    lines = []
    lines.append("Name:              %s" % co.co_name)
    lines.append("Filename:          %s" % co.co_filename)
    lines.append("Argument count:    %s" % co.co_argcount)
    lines.append("Positional-only arguments: %s" % co.co_posonlyargcount)
    lines.append("Kw-only arguments: %s" % co.co_kwonlyargcount)
    lines.append("Number of locals:  %s" % co.co_nlocals)
    lines.append("Stack size:        %s" % co.co_stacksize)
    lines.append("Flags:             %s" % pretty_flags(co.co_flags))
    for title, items, shown in (("Constants", co.co_consts, repr), ("Names", co.co_names, str),
                                ("Variable names", co.co_varnames, str), ("Free variables", co.co_freevars, str),
                                ("Cell variables", co.co_cellvars, str)):
        if items:
            lines.append(title + ":")
            for i, item in enumerate(items):
                lines.append("%4d: %s" % (i, shown(item)))
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Print details of methods, functions, or code to *file*."""
    print(code_info(co), file=file)


Positions = collections.namedtuple(
    'Positions',
    ['lineno', 'end_lineno', 'col_offset', 'end_col_offset'],
    defaults=[None] * 4)

_Instruction = collections.namedtuple(
    "_Instruction",
    ['opname', 'opcode', 'arg', 'argval', 'argrepr', 'offset', 'start_offset', 'starts_line',
     'line_number', 'label', 'positions', 'cache_info'],
    defaults=[None, None, None])


class Instruction(_Instruction):
    """One instruction: name and number, operands (arg: as in the instruction, argval: the name, constant or jump
    target among them, argrepr: as text), and its place in code and source."""

    @property
    def oparg(self):
        return self.arg

    @property
    def baseopcode(self):
        return self.opcode

    @property
    def baseopname(self):
        return self.opname

    @property
    def cache_offset(self):
        return self.offset + 8

    @property
    def end_offset(self):
        return self.offset + 8

    @property
    def jump_target(self):
        """Offset of the instruction that this one jumps to, if it jumps."""
        return self.argval if self.opcode in hasjump else None

    @property
    def is_jump_target(self):
        return self.label is not None

    def __str__(self):
        output = io.StringIO()
        print(_format(self), file=output, end='')
        return output.getvalue()


def _format(instr, mark=False, lineno_width=3, show_offsets=False, show_positions=False):
    fields = []
    if lineno_width:
        shown = instr.starts_line and instr.line_number is not None
        if show_positions and instr.positions is not None and instr.positions.lineno is not None:
            p = instr.positions
            fields.append("%s:%s-%s:%s" % (p.lineno, p.col_offset, p.end_lineno, p.end_col_offset))
        else:
            fields.append(str(instr.line_number).rjust(lineno_width) if shown else ' ' * lineno_width)
    fields.append('-->' if mark else '   ')
    fields.append(("L%d:" % instr.label if instr.label is not None else '').rjust(6))
    if show_offsets:
        fields.append(repr(instr.offset).rjust(5))
    fields.append(instr.opname.ljust(_OPNAME_WIDTH))
    fields.append(instr.argrepr)
    return ' '.join(fields).rstrip()


def _instructions(co, line_offset=0):
    labels = {offset: i for i, offset in enumerate(findlabels(co), 1)}
    line = False
    for (offset, op, arg, text, value, target), position in zip(_opcode.get_instructions(co), itertools.islice(co.co_positions(), 0, None, 4)):
        position = Positions(*position)
        number = position.lineno
        if number is not None:
            number += line_offset
            position = position._replace(lineno=number, end_lineno=position.end_lineno and position.end_lineno + line_offset)
        starts = number != line
        line = number
        if target is not None:
            value = target
            text = text.replace("-> %d" % (target // 8), "to L%d" % labels[target])
        yield Instruction(opname[op], op, arg, value, text, offset, offset, starts, number,
                          labels.get(offset), position, None)


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """Iterator for the opcodes in methods, functions or code

    Generates a series of Instruction named tuples giving the details of
    each operations in the supplied code.

    If *first_line* is not None, it indicates the line number that should
    be reported for the first source line in the disassembled code.
    """
    co = _get_code_object(x)
    offset = first_line - co.co_firstlineno if first_line is not None else 0
    return _instructions(co, offset)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False,
                show_offsets=False, show_positions=False):
    """Disassemble a code object."""
    _disassemble(co, lasti, file=file, show_offsets=show_offsets, show_positions=show_positions)


def _disassemble(co, lasti=-1, *, line_offset=0, file=None, show_offsets=False, show_positions=False):
    instructions = list(_instructions(co, line_offset))
    largest = max((i.line_number or 0 for i in instructions), default=0)
    width = max(3, len(str(largest))) if largest else 0
    for i, instr in enumerate(instructions):
        if i and instr.starts_line and instr.line_number is not None:
            print(file=file)
        print(_format(instr, instr.offset == lasti, width, show_offsets, show_positions), file=file)
    handlers = _opcode.get_handlers(co)
    if handlers:
        labels = {i.offset: i.label for i in instructions}
        print("ExceptionTable:", file=file)
        for start, end, target, depth in handlers:
            print(f"  {start} to {end} -> L{labels[target]} [{depth}]", file=file)


def _disassemble_recursive(co, *, file=None, depth=None, show_offsets=False, show_positions=False):
    disassemble(co, file=file, show_offsets=show_offsets, show_positions=show_positions)
    if depth is None or depth > 0:
        if depth is not None:
            depth = depth - 1
        for x in co.co_consts:
            if hasattr(x, 'co_code'):
                print(file=file)
                print("Disassembly of %r:" % (x,), file=file)
                _disassemble_recursive(x, file=file, depth=depth, show_offsets=show_offsets,
                                       show_positions=show_positions)


disco = disassemble


def findlabels(code):
    """Offsets in a code object that are targets of jumps or of exception handlers."""
    targets = {target for *_, target in _opcode.get_instructions(code) if target is not None}
    targets.update(target for _, _, target, _ in _opcode.get_handlers(code))
    return sorted(targets)


def findlinestarts(code):
    """Find the offsets in a byte code which are start of lines in the source.

    Generate pairs (offset, lineno); lineno will be an integer or None
    the offset does not have a source line.
    """
    lastline = False
    for start, end, line in code.co_lines():
        if line is not lastline:
            lastline = line
            yield start, line


class Bytecode:
    """The bytecode operations of a piece of code

    Instantiate this with a function, method, other compiled object, string of
    code, or a code object (as returned by compile()).

    Iterating over this yields the bytecode operations as Instruction instances.
    """

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False,
                 adaptive=False, show_offsets=False, show_positions=False):
        self.codeobj = co = _get_code_object(x)
        if first_line is None:
            self.first_line = co.co_firstlineno
            self._line_offset = 0
        else:
            self.first_line = first_line
            self._line_offset = first_line - co.co_firstlineno
        self._original_object = x
        self.current_offset = current_offset
        self.show_offsets = show_offsets
        self.show_positions = show_positions

    def __iter__(self):
        return _instructions(self.codeobj, self._line_offset)

    def __repr__(self):
        return "{}({!r})".format(self.__class__.__name__, self._original_object)

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """ Construct a Bytecode from the given traceback """
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti)

    def info(self):
        """Return formatted information about the code object."""
        return _format_code_info(self.codeobj)

    def dis(self):
        """Return a formatted view of the bytecode operations."""
        with io.StringIO() as output:
            _disassemble(self.codeobj, -1 if self.current_offset is None else self.current_offset,
                         line_offset=self._line_offset, file=output,
                         show_offsets=self.show_offsets, show_positions=self.show_positions)
            return output.getvalue()


def main(args=None):
    import argparse

    parser = argparse.ArgumentParser(color=True)
    parser.add_argument('-O', '--show-offsets', action='store_true', help='show instruction offsets')
    parser.add_argument('-P', '--show-positions', action='store_true', help='show instruction positions')
    parser.add_argument('infile', nargs='?', default='-')
    args = parser.parse_args(args=args)
    if args.infile == '-':
        name = '<stdin>'
        source = sys.stdin.buffer.read()
    else:
        name = args.infile
        with open(args.infile, 'rb') as infile:
            source = infile.read()
    code = compile(source, name, "exec")
    dis(code, show_offsets=args.show_offsets, show_positions=args.show_positions)


if __name__ == "__main__":
    main()
