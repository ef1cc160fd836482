"""Classes in the manner of data classes, made of descriptors that check: fields, defaults, conversion, order, freezing."""
from collections import defaultdict
from operator import attrgetter


class FrozenError(AttributeError):
    pass


class Field:
    count = 0

    def __init__(self, kind=object, *, default=..., check=None, convert=None):
        self.kind, self.default, self.check, self.convert = kind, default, check, convert
        Field.count += 1
        self.order = Field.count

    def __set_name__(self, owner, name):
        self.name, self.slot = name, "_" + name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        try:
            return getattr(instance, self.slot)
        except AttributeError:
            raise AttributeError(f"{owner.__name__}.{self.name} is not set") from None

    def __set__(self, instance, value):
        if instance._frozen:
            raise FrozenError(f"{type(instance).__name__}.{self.name} is frozen")
        if self.convert is not None:
            value = self.convert(value)
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name}: {value!r} is no {self.kind.__name__}")
        if self.check is not None and not self.check(value):
            raise ValueError(f"{self.name}: {value!r}")
        setattr(instance, self.slot, value)

    def __delete__(self, instance):
        delattr(instance, self.slot)


class Record:
    _frozen = False
    _fields = ()

    def __init_subclass__(cls, *, frozen=False, order=None, **kwargs):
        super().__init_subclass__(**kwargs)
        own = [value for value in vars(cls).values() if isinstance(value, Field)]
        cls._fields = cls._fields + tuple(sorted(own, key=attrgetter("order")))
        cls._freezes = frozen
        cls.__match_args__ = tuple(f.name for f in cls._fields)
        if order:
            cls._key = attrgetter(*order)
            cls.__lt__ = lambda self, other: self._key(self) < other._key(other) if type(self) is type(other) else NotImplemented

    def __init__(self, *args, **kwargs):
        names = [f.name for f in self._fields]
        if len(args) > len(names):
            raise TypeError(f"{type(self).__name__} takes {len(names)} values, not {len(args)}")
        values = dict(zip(names, args))
        for name, value in kwargs.items():
            if name in values:
                raise TypeError(f"{name} is given twice")
            if name not in names:
                raise TypeError(f"{type(self).__name__} has no {name}")
            values[name] = value
        for field in self._fields:
            if field.name in values:
                setattr(self, field.name, values[field.name])
            elif field.default is not ...:
                default = field.default
                setattr(self, field.name, default() if callable(default) else default)
            else:
                raise TypeError(f"{field.name} is missing")
        if self._freezes:
            object.__setattr__(self, "_frozen", True)

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, f.name) == getattr(other, f.name) for f in self._fields)

    def __hash__(self):
        if not self._frozen:
            raise TypeError(f"unhashable record: {type(self).__name__}")
        return hash((type(self), *(getattr(self, f.name) for f in self._fields)))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in self._fields)})"

    def replaced(self, **changes):
        return type(self)(**{f.name: getattr(self, f.name) for f in self._fields} | changes)


class Point(Record, frozen=True, order=("x", "y")):
    x = Field((int, float).__class__ and int)
    y = Field(int, default=0)

    def __add__(self, other):
        match other:
            case Point(x, y):
                return Point(self.x + x, self.y + y)
            case (int(x), int(y)):
                return Point(self.x + x, self.y + y)
        return NotImplemented


class Item(Record, order=("price", "name")):
    name = Field(str, check=str.isidentifier)
    price = Field(int, convert=int, check=lambda p: p >= 0)
    tags = Field(list, default=list)


class Special(Item, order=("discount",)):
    discount = Field(int, default=10, check=lambda d: 0 <= d <= 100)

    @property
    def final(self):
        return self.price * (100 - self.discount) // 100


def path(n):
    at = Point(0)
    seen = defaultdict(int)
    for i in range(n):
        at = at + (Point(i % 3 - 1, i % 5 - 2) if i % 2 else (1, -1))
        seen[at] += 1
    return at, len(seen), max(seen.values())


print(path(700))
print(Point(1, 2) == Point(1, 2), Point(1) != Point(1, 1), Point(1, 5) < Point(2, 0), sorted([Point(2, 1), Point(1, 9), Point(2)]))
print({Point(1): "a", Point(1, 0): "b"}, Point(3).replaced(y=4))
items = [Special(f"n{i % 7}", str(i * 37 % 50), discount=i % 30) for i in range(300)]
print(sum(s.final for s in items), min(items), max(items))
print(sorted([Item("b", 3), Item("a", "3"), Item("c", 1)]))
one, two = Item("x", 1), Item("x", 1)
one.tags.append("new")
print(one == two, one.tags, two.tags, Item.price is Item.__dict__["price"], Special.__match_args__)
for bad in (lambda: Item("1x", 1), lambda: Item("x", -1), lambda: Item(3, 1), lambda: Item("x"), lambda: Item("x", 1, [], 4),
            lambda: Item("x", 1, name="y"), lambda: Item("x", 1, color=1), lambda: setattr(Point(1), "x", 2),
            lambda: hash(Item("x", 1)), lambda: Point(1) + 1, lambda: Point(1) < Item("x", 1), lambda: Item("x", "y")):
    try:
        print("?", bad())
    except (TypeError, ValueError, AttributeError) as e:
        print(type(e).__name__, e)
del one.tags
try:
    one.tags
except AttributeError as e:
    print(e)
