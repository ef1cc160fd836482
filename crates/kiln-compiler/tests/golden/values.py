"""Module docstring."""

K: int = 2 * 3 + 4


def arithmetic(a, b):
    a += 1
    b = a - 2 + b * 3 // 4
    x = a if b else (y := b + 1)
    a, b = b, a
    del x
    return a + (a := b), x, -1 in [1, 2], not a is b, f"{a!r:>{b}} {b=}"


def comprehensions(xs):
    y = [x * k for x in xs if x for k in xs[1:]]
    return {x: [lambda: x] for x in y}, sum(x async for x in xs)


async def coroutine(a):
    async for i in a:
        async with i as (x, *y):
            yield await x


class Generic[T: int](Base, metaclass=Meta):
    """  Doc.

    More.
    """

    field: list[T]

    def method(self) -> T:
        self.value = __class__
        return self.__private


type Alias[T] = list[T]
