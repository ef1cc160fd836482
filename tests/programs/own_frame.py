"""A function writes its own variables by way of its frame; compiled code has to see that."""

import inspect
import sys


def modify(n):
    x = 1
    for i in range(n):
        sys._getframe().f_locals['x'] = x + i
    return x


def current():
    y = 5
    inspect.currentframe().f_locals['y'] = 7
    return y


print(modify(10), modify(2000), [current() for _ in range(3)])
