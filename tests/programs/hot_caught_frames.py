"""The frame that has caught an exception, found in the traceback while it runs: its variables, its line, its caller, and that it is one frame."""
import sys


def caught(n):
    x = [n]
    try:
        raise ValueError(n)
    except ValueError as e:
        frame = e.__traceback__.tb_frame
    y = n + 1
    return sorted(frame.f_locals), frame.f_locals["x"], frame.f_lineno - frame.f_code.co_firstlineno, frame.f_back.f_code.co_name


def outer(n):
    z = n
    return caught(n), z


def in_handler(n):
    try:
        raise ValueError(n)
    except ValueError as e:
        frame = e.__traceback__.tb_frame
        return frame.f_back.f_code.co_name, sorted(frame.f_locals)


def loop(n):
    frames = []
    for i in range(n):
        try:
            [][i]
        except IndexError as e:
            frames.append(e.__traceback__.tb_frame)
    return len(set(map(id, frames))), frames[0].f_locals["i"], frames[-1].f_back.f_code.co_name


def gen(n):
    for i in range(n):
        try:
            {}[i]
        except KeyError as e:
            frame = e.__traceback__.tb_frame
        yield frame.f_back.f_code.co_name, sorted(frame.f_locals)


def use():
    return list(gen(3))[-1]


def again(k):
    v = k
    try:
        raise KeyError(k)
    except KeyError as e:
        kept.append(e.__traceback__.tb_frame)
    return kept[-1].f_locals["v"], kept[-1].f_back.f_code.co_name


def nested(depth):
    try:
        if depth:
            return nested(depth - 1)
        raise LookupError
    except LookupError as e:
        # One entry for each level that it came through.
        return [entry.f_locals["depth"] for entry in entries(e.__traceback__)], e.__traceback__.tb_frame.f_back.f_code.co_name


def entries(tb):
    while tb is not None:
        yield tb.tb_frame
        tb = tb.tb_next


def through(depth):
    if depth:
        return through(depth - 1)
    raise LookupError


def catches(depth):
    mine = depth
    try:
        through(depth)
    except LookupError as e:
        return [(frame.f_code.co_name, frame.f_locals["depth"]) for frame in entries(e.__traceback__)]


def line_of():
    return sys._getframe(1).f_lineno


kept = []
print(outer(0), in_handler(0), loop(2), use(), again(0), nested(2), catches(2))
for i in range(2500):
    outer(i), in_handler(i), loop(3), use(), again(i % 7), nested(2), catches(1)
print(outer(5))
print(in_handler(6))
print(loop(4))
print(use())
print(again(7), len(kept))
kept.clear()
print(again(8), nested(3), catches(3))
