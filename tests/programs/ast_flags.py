"""Flags of compile() for trees: type comments, optimised trees."""
import ast
def show(src, **k):
    try: print(ast.dump(ast.parse(src, **k)))
    except Exception as e: print(type(e).__name__, e)
show("x = 1 # type: int\ny = 2", type_comments=True)
show("def f(a, # type: int\n   b): # type: (...) -> int\n  pass", type_comments=True)
show("def f(a):\n  # type: (int) -> int\n  pass", type_comments=True)
show("for x in y: # type: int\n  pass", type_comments=True)
show("with x as y: # type: int\n  pass", type_comments=True)
show("x = 1 # type: ignore\ny = 2 # type: ignore[abc]", type_comments=True)
show("x = 1 # type: int\n")
show("async def f():\n  async for x in y: # type: int\n    pass", type_comments=True)
show("assert x, 1\nif __debug__:\n  a\n'doc'", optimize=1)
show("'doc'\ndef f():\n  'd'\n  return 1+2", optimize=2)
show("1+2", optimize=1); show("not (1+2)", optimize=1, mode="eval"); show("-1", optimize=1, mode="eval"); show("'%s' % x", optimize=1, mode="eval"); show("(1,2)", optimize=1, mode="eval"); show("x in [1,2]", optimize=1, mode="eval"); show("x in {1,2}", optimize=1, mode="eval"); show("__debug__", optimize=1, mode="eval"); show("__debug__", optimize=0, mode="eval"); show("for x in [1]: pass", optimize=1)
show("'a%sb' % (x,)", optimize=1, mode="eval"); show("f'{1}'", optimize=1, mode="eval");show("f'{x!r:>{5}}'", optimize=1, mode="eval")
show("match x:\n  case -1: pass\n  case 1+2j: pass", optimize=1)
for f in (0x400, 0x1000, 0x2000, 0x8400, 0x8000, 1<<30, 0x100000, 0x10): 
    try: r=compile("1", "f", "exec", flags=f); print(hex(f), type(r).__name__)
    except Exception as e: print(hex(f), type(e).__name__, e)
for o in (-2,-1,0,1,2,3):
    try: compile("1","f","exec",optimize=o); print(o,"ok")
    except Exception as e: print(o, type(e).__name__, e)
t = ast.parse("assert 0\n'x'\n1+1")
print(ast.dump(compile(t, "f", "exec", flags=ast.PyCF_ONLY_AST|ast.PyCF_OPTIMIZED_AST, optimize=1)))
print(ast.dump(compile(t, "f", "exec", flags=ast.PyCF_ONLY_AST)))
exec(compile(t, "f", "exec", optimize=1)); print("asserts off")
