# exit: 3
"""SystemExit with a code passes finally blocks and context managers."""
import sys
def f():
    try: sys.exit(3)
    except Exception: print("not caught here")
    finally: print("finally")
try: raise SystemExit
except SystemExit as e: print(repr(e), e.code)
f()
