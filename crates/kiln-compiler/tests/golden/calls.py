def calls(f, o, xs, kw):
    f(1, x=2)
    o.method(xs[0], o.attr)
    f(*xs)
    f(1, *xs, y=3, **kw)
    return f(o.a(o.b()), xs[1:2])


class Base:
    def m(self):
        return super().m() + super().attr


@f
def decorated(a, b=1, *args, c, d=2, **kw):
    return lambda: (a, args)
