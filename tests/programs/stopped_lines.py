"""Where a frame that an exception has left says it stopped, when the exception was raised again on the way."""
import sys


def lines(f, *args):
    try:
        f(*args)
    except BaseException as e:
        tb = e.__traceback__.tb_next
    out = []
    while tb:
        frame, first = tb.tb_frame, tb.tb_frame.f_code.co_firstlineno
        out.append((frame.f_code.co_name, frame.f_lineno - first, tb.tb_lineno - first))
        tb = tb.tb_next
    return out


def other_except():
    try:
        1 / 0
    except TypeError as ex:
        pass


def two_others():
    try:
        1 / 0
    except TypeError:
        pass
    except (KeyError,
            ValueError):
        pass


def in_finally():
    try:
        1 / 0
    finally:
        x = 1
        y = 2


def bare():
    try:
        1 / 0
    except ZeroDivisionError:
        x = 1
        raise


def named():
    try:
        1 / 0
    except ZeroDivisionError as e:
        x = 1
        raise


def again():
    try:
        1 / 0
    except ZeroDivisionError as e:
        x = 1
        raise e


class CM:
    def __enter__(self): return self
    def __exit__(self, *a): return False


def withs():
    with CM():
        x = 1
        1 / 0
    return x


def nested():
    try:
        try:
            1 / 0
        except KeyError:
            pass
    finally:
        try:
            [][0]
        except IndexError:
            pass
        y = 3


def loop(n):
    for i in range(n):
        try:
            if i == n - 1:
                {}[i]
        finally:
            x = i


def gen():
    try:
        yield 1
        1 / 0
    finally:
        x = 2


def of_gen():
    for x in gen():
        y = x


for i in range(3):
    for f in other_except, two_others, in_finally, bare, named, again, withs, nested, of_gen:
        print(f.__name__, lines(f))
    print(lines(loop, 5))
