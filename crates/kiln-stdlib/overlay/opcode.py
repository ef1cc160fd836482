"""The instructions of Kiln's bytecode: shared by dis and other modules that look at code."""

__all__ = ["cmp_op", "stack_effect", "hascompare", "opname", "opmap",
           "HAVE_ARGUMENT", "EXTENDED_ARG", "hasarg", "hasconst", "hasname",
           "hasjump", "hasjrel", "hasjabs", "hasfree", "haslocal", "hasexc"]

import _opcode
from _opcode import stack_effect

opname = list(_opcode.get_opnames())
opmap = {name: number for number, name in enumerate(opname)}

# Every instruction is one word that holds its operands.
HAVE_ARGUMENT = 0
EXTENDED_ARG = None

cmp_op = ('<', '<=', '==', '!=', '>', '>=')

hasarg = [op for op in opmap.values() if _opcode.has_arg(op)]
hasconst = [op for op in opmap.values() if _opcode.has_const(op)]
hasname = [op for op in opmap.values() if _opcode.has_name(op)]
hasjump = [op for op in opmap.values() if _opcode.has_jump(op)]
hasjrel = hasjump
hasjabs = []
hasfree = [op for op in opmap.values() if _opcode.has_free(op)]
haslocal = [op for op in opmap.values() if _opcode.has_local(op)]
hasexc = []
hascompare = []
