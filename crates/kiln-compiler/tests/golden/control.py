def loops(xs, n):
    for i in range(n):
        if i > 5 and xs:
            continue
        elif 0 < i <= n:
            break
    else:
        n = None
    while n is not None:
        n -= 1
    return i


def handlers(f):
    try:
        with f() as x:
            return x
    except (KeyError, ValueError) as e:
        print(e)
    finally:
        f.close()


def groups(f):
    try:
        f()
    except* OSError as e:
        g(e)


def matching(x):
    match x:
        case [1, *rest] if rest:
            return rest
        case {"k": v, **more} | Point(v, y=more):
            return v, more
        case _:
            return None
