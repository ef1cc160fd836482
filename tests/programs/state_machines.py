# collects: no
"""State machines: an elevator by match, a protocol by generators, a regular-expression engine by states, a Turing machine, a traffic light by classes."""
from enum import Enum, auto


class Elevator:
    def __init__(self, floors):
        self.floors = floors
        self.at, self.state, self.stops = 0, "idle", set()
        self.trace = []

    def step(self, event=None):
        match self.state, event:
            case _, ("call", int(floor)) if 0 <= floor < self.floors:
                if floor != self.at:
                    self.stops.add(floor)
            case _, ("call", floor):
                raise ValueError(f"no floor {floor!r}")
            case "broken", "repair":
                self.state = "idle"
            case "broken", _:
                pass
            case _, "break":
                self.state = "broken"
            case ("idle" | "open"), None:
                self.state = self.direction()
            case ("up" | "down") as way, None:
                self.at += 1 if way == "up" else -1
                if self.at in self.stops:
                    self.stops.discard(self.at)
                    self.state = "open"
                    self.trace.append(self.at)
                else:
                    self.state = self.direction(way)
            case state, other:
                raise RuntimeError(f"{other!r} while {state}")
        return self.state

    def direction(self, way=None):
        above = any(s > self.at for s in self.stops)
        below = any(s < self.at for s in self.stops)
        match way, above, below:
            case "up", True, _: return "up"
            case "down", _, True: return "down"
            case _, True, _: return "up"
            case _, _, True: return "down"
        return "idle"


lift = Elevator(12)
seed = 7
for turn in range(3000):
    seed = (seed * 75 + 74) % 65537
    if seed % 9 == 0:
        lift.step(("call", seed % 12))
    elif seed % 211 == 0:
        lift.step("break")
    elif seed % 13 == 0 and lift.state == "broken":
        lift.step("repair")
    else:
        lift.step()
print(lift.at, lift.state, sorted(lift.stops), len(lift.trace), lift.trace[:12])
for bad in (("call", 99), ("call", "top"), "sing"):
    try:
        lift.state = "idle"
        lift.step(bad)
    except (ValueError, RuntimeError) as e:
        print(type(e).__name__, e)


def protocol():
    """Frames of a length and as many bytes; answers each with its checksum. Escapes, resets and errors included."""
    errors = 0
    answer = None
    while True:
        try:
            byte = yield answer
            answer = None
            if byte == 0xFF:
                answer = ("errors", errors)
                continue
            payload = bytearray()
            for _ in range(byte):
                b = yield None
                if b == 0x1B:
                    b = (yield None) ^ 0x20
                payload.append(b)
            answer = ("frame", bytes(payload), sum(payload) % 256)
        except ConnectionResetError:
            errors += 1
            answer = ("reset", errors)


machine = protocol()
next(machine)
out = []
for frame in range(60):
    body = [(frame * k) % 0x1A for k in range(frame % 6)]
    for byte in [len(body), *body]:
        if (reply := machine.send(byte)) is not None:
            out.append(reply)
print(len(out), out[:3], out[-1])
machine.send(3)
print(machine.throw(ConnectionResetError()), machine.send(0xFF))
for byte in (2, 0x1B, 0x3B):
    machine.send(byte)
print(machine.send(7))
machine.close()


class Nfa:
    """Thompson's construction: literals, dots, classes of two, alternatives, repetition."""
    def __init__(self, pattern):
        self.edges = []
        self.pattern, self.at = pattern, 0
        self.start, self.end = self.alternatives()
        if self.at < len(pattern):
            raise ValueError(f"unbalanced at {self.at}")

    def state(self):
        self.edges.append([])
        return len(self.edges) - 1

    def alternatives(self):
        start, end = self.state(), self.state()
        while True:
            a, b = self.sequence()
            self.edges[start].append((None, a))
            self.edges[b].append((None, end))
            if self.at < len(self.pattern) and self.pattern[self.at] == "|":
                self.at += 1
                continue
            return start, end

    def sequence(self):
        start = end = self.state()
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            a, b = self.repeated()
            self.edges[end].append((None, a))
            end = b
        return start, end

    def repeated(self):
        a, b = self.atom()
        while self.at < len(self.pattern) and (op := self.pattern[self.at]) in "*+?":
            self.at += 1
            start, end = self.state(), self.state()
            self.edges[start].append((None, a))
            self.edges[b].append((None, end))
            if op in "*?":
                self.edges[start].append((None, end))
            if op in "*+":
                self.edges[b].append((None, a))
            a, b = start, end
        return a, b

    def atom(self):
        ch = self.pattern[self.at]
        self.at += 1
        if ch == "(":
            inner = self.alternatives()
            if self.pattern[self.at:self.at + 1] != ")":
                raise ValueError("missing )")
            self.at += 1
            return inner
        if ch in "*+?":
            raise ValueError(f"nothing to repeat at {self.at - 1}")
        a, b = self.state(), self.state()
        self.edges[a].append((ch, b))
        return a, b

    def closure(self, states):
        todo, found = list(states), set(states)
        while todo:
            for label, to in self.edges[todo.pop()]:
                if label is None and to not in found:
                    found.add(to)
                    todo.append(to)
        return found

    def matches(self, text):
        states = self.closure({self.start})
        for ch in text:
            states = self.closure({to for s in states for label, to in self.edges[s] if label == ch or label == "."})
            if not states:
                return False
        return self.end in states


import re
PATTERNS = ["a*b", "(ab|c)+d?", "a.c", "(a|b)*abb", "x(y(z)?)*", "a?a?a?aaa", ""]
WORDS = ["", "b", "aab", "abc", "ab", "cd", "ababcd", "aabb", "abb", "babb", "xyzyz", "xzy", "aaa", "aaaa", "a", "axc"]
for pattern in PATTERNS:
    nfa = Nfa(pattern)
    ours = [w for w in WORDS if nfa.matches(w)]
    assert ours == [w for w in WORDS if re.fullmatch(pattern, w)], pattern
    print(repr(pattern), len(nfa.edges), ours)
for bad in ("(a", "a)", "*"):
    try:
        Nfa(bad)
    except ValueError as e:
        print(bad, e)


def turing(rules, tape, state="A", most=10_000):
    tape, at, steps = dict(enumerate(tape)), 0, 0
    while state != "H" and steps < most:
        write, move, state = rules[state, tape.get(at, 0)]
        tape[at] = write
        at += move
        steps += 1
    return steps, sum(tape.values()), len(tape)


BEAVER = {("A", 0): (1, 1, "B"), ("A", 1): (1, -1, "B"), ("B", 0): (1, -1, "A"), ("B", 1): (0, -1, "C"), ("C", 0): (1, 1, "H"),
          ("C", 1): (1, -1, "D"), ("D", 0): (1, 1, "D"), ("D", 1): (0, 1, "A")}
print(turing(BEAVER, []), turing({("A", 0): (1, 1, "A")}, [], most=50))


class Light(Enum):
    RED = auto()
    RED_AND_YELLOW = auto()
    GREEN = auto()
    YELLOW = auto()

    @property
    def following(self):
        members = list(Light)
        return members[(members.index(self) + 1) % len(members)]


class State:
    def __init_subclass__(cls, light, ticks):
        cls.light, cls.ticks = light, ticks
        State.by_light = {**getattr(State, "by_light", {}), light: cls}

    def __init__(self): self.left = self.ticks

    def tick(self):
        self.left -= 1
        return self if self.left else State.by_light[self.light.following]()


class Red(State, light=Light.RED, ticks=5): pass
class RedAndYellow(State, light=Light.RED_AND_YELLOW, ticks=1): pass
class Green(State, light=Light.GREEN, ticks=4): pass
class Yellow(State, light=Light.YELLOW, ticks=2): pass


state, shown = Red(), {light: 0 for light in Light}
for _ in range(1200):
    shown[state.light] += 1
    state = state.tick()
print({light.name: n for light, n in shown.items()}, type(state).__name__, state.left)
