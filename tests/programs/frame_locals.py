"""Writing through f_locals of a running frame."""
import sys


def modify():
    v = 1
    frame = sys._getframe()
    frame.f_locals["v"] = 5
    frame.f_locals["new"] = 6
    return v, "v" in frame.f_locals, frame.f_locals["v"], sorted(frame.f_locals), "new" in locals()


print(modify())
