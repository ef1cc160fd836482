# collects: no
"""Syntax trees: parsing, printing, changing and compiling them, and what is wrong with trees that no source gives."""

import ast

SOURCE = '''
@decorated
class Shape[T](Base, metaclass=Meta):
    "A shape."
    sides: int = 4

    async def area(self, scale=1.5, /, *rest, unit: "str" = 'cm', **more) -> float:
        async with lock as held, other:
            return await self.width * scale ** 2 if scale else -1j

try:
    total = sum(x for x in items if x % 2)
except (ValueError, KeyError) as e:
    raise Error(f"bad {e!r:>{width}} {total=}") from e
else:
    del total[1:2, ...], a.b
finally:
    pass

match command.split():
    case ["go", ("north" | "south") as where, *_]:
        print(where)
    case {"x": 1, **rest} if rest:
        pass
    case Point(x=0, y=None) | -3 + 4j:
        pass

type Pair[A: int = bool, *Ts, **P] = tuple[A, *Ts]
first, *others = lambda a, *, b=2: (yield a)
text = t"{name!s} is {age:03}"
x = not a < b <= c is not None and d @ e or {**f, 'k': {1, 2}, b'y': [*g]}
while (n := n - 1): continue
else: assert n, "done"
for i, j in pairs: global counter; from ..pkg import a as b, c
'''


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as e:
        return f'{type(e).__name__}: {e}'


def run(*body, **names):
    tree = ast.fix_missing_locations(ast.Module(list(body), []))
    exec(compile(tree, '<tree>', 'exec'), names)
    return names.get('result')


def evaluate(node):
    return eval(compile(ast.fix_missing_locations(ast.Expression(node)), '<tree>', 'eval'))


def main():
    tree = ast.parse(SOURCE)
    print(ast.dump(tree, include_attributes=True, indent=1))
    print(ast.unparse(tree))
    print(ast.dump(ast.parse(ast.unparse(tree))) == ast.dump(tree))
    print(repr(tree.body[0]))
    print(ast.get_docstring(tree.body[0]), ast.get_source_segment(SOURCE, tree.body[0].body[1]))
    print(ast.dump(ast.parse('x; y', mode='single')), ast.dump(ast.parse('1 + 2', mode='eval')))

    # Classes of nodes.
    print(ast.BinOp._fields, ast.stmt._attributes, ast.arguments.__match_args__, ast.Load.__doc__)
    print(ast.FunctionDef._field_types, ast.unaryop.__doc__, sep='\n')
    print(ast.Name('x'), ast.Name('x').ctx, ast.Name('x') == ast.Name('x'), ast.Return().value)
    print(attempt(ast.Name, 1, 2, 3), attempt(lambda: ast.Name('x', id='y')))
    node = ast.Constant(1, lineno=3, col_offset=4)
    print(node.kind, node.lineno, node.end_lineno, vars(node))
    print(node.__replace__(value=2).value, attempt(lambda: node.__replace__(nothing=2)))
    print(node.__reduce__()[1:])

    class Walker(ast.NodeVisitor):
        def visit_Name(self, node):
            names.append(node.id)

    names = []
    Walker().visit(tree)
    print(names)
    print(sorted({type(n).__name__ for n in ast.walk(tree)}))

    # Changed trees run.
    class Doubler(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.copy_location(ast.Constant(node.value * 2), node)

    changed = Doubler().visit(ast.parse("f'{3}-{word[0]}' + 'ab' if 1 else 0", mode='eval'))
    print(eval(compile(changed, '<changed>', 'eval'), {'word': 'xyz'}))
    print(evaluate(ast.Constant((1, frozenset({2}), '\ud800', 10 ** 30, -5, 2j, ...))))
    print(evaluate(ast.JoinedStr([ast.Constant('<'), ast.FormattedValue(ast.Constant('é'), ord('a'), None)])))
    print(run(ast.Assign([ast.Name('result', ast.Store())], ast.Constant(7))))
    function = ast.parse('@twice\ndef f(a, b=2, *, c):\n    return a, b, c\n')
    code = compile(function, '<f>', 'exec')
    print(code.co_consts[0].co_firstlineno if hasattr(code.co_consts[0], 'co_code') else
          [c.co_firstlineno for c in code.co_consts if hasattr(c, 'co_code')])
    bad = ast.parse('\n\n1 / 0')
    bad.body[0].value.col_offset = 0
    try:
        exec(compile(bad, '<bad>', 'exec'))
    except ZeroDivisionError as e:
        print(e, e.__traceback__.tb_next.tb_lineno)

    # Trees that mean nothing.
    name = ast.Name('x', ast.Load())
    one = ast.Constant(1)
    for body in (
        [ast.Assign([name], one)], [ast.Expr(ast.Constant([]))], [ast.If(one, [], [])], [one], [None],
        [ast.Expr(ast.Name('None', ast.Load()))], [ast.Return(one)], [ast.Expr(ast.BoolOp(ast.And(), [one]))],
        [ast.Expr(ast.Dict([one], []))], [ast.Raise(None, one)], [ast.Try([ast.Pass()], [], [], [])],
        [ast.Expr(ast.Compare(one, [ast.Lt()], []))], [ast.ImportFrom('m', [ast.alias('a')], -1)],
        [ast.Match(one, [ast.match_case(ast.MatchStar(), None, [ast.Pass()])])],
        [ast.Match(one, [ast.match_case(ast.MatchAs(None, '_'), None, [ast.Pass()])])],
        [ast.Global([])], [ast.Expr(ast.ListComp(one, []))], ast.Pass(),
    ):
        print(attempt(lambda: run(*body) if isinstance(body, list) else
                      compile(ast.Module(body, []), '', 'exec')))
    print(attempt(compile, ast.Expression(one), '', 'exec'))
    print(attempt(compile, ast.Module([ast.Pass()], []), '', 'exec'))
    print(attempt(compile, ast.Module([ast.Pass(lineno=3, col_offset=1, end_lineno=2, end_col_offset=0)], []), '', 'exec'))
    print(attempt(compile, ast.Module([ast.Pass(lineno='3', col_offset=1)], []), '', 'exec'))

    # Literals.
    for text in '[1, (2.5, -3), {"a": b"x", None: {True}}]', '1 + 2j', 'set()', 'x', '1 + 1', '{**{}}', '(':
        print(attempt(ast.literal_eval, text))


main()
