# exit: 1
# stderr: yes
"""Repeated frames are folded; carets point at binary operators and calls."""
def down(n):
    if n == 0:
        x = [1, 2, 3]
        return x[0] + x[1] * (x[2] / 0)
    return down(n - 1) + 1
def run(*args, **kw):
    return [down(v) for v in args][0]
run(20, key="value")
