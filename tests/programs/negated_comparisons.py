# stderr: yes
"""An error of a comparison that `not` negates is one of the whole expression, unless a jump depends on it."""
import traceback
def value(x): return not (1 < x)
def either(x): return not 1 < x or 2
def branch(x):
    if not (1 < x): return 3
def chain(x): return not 0 < 1 < x
def inside(x): return not x in 3
def choice(x): return 1 if not (1 < x) else 2
for f in (value, either, branch, chain, inside, choice):
    try: f("a")
    except TypeError: print(traceback.format_exc())
    print(f(2) if f is not inside else not 2 in [3])
def literal(x): return not x is 1
