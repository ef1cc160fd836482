"""`__slots__` in subclasses of str, and the module that needs them."""
class L(str):
    __slots__ = 'a','b'
x = L('héllo'); x.a = [1]; x.b = x
print(x.a, x.b is x, x)
try: x.c = 1
except AttributeError as e: print(e)
try: L('z').a
except AttributeError as e: print(e)
import gc; del x; gc.collect()
class M(L): pass
m = M('qq'); m.a=1; m.z=2; print(m.a,m.z,m.__dict__)
del m.a
import configparser
c=configparser.ConfigParser(); c.read_string('[a]\nx=1\n# c\ny = 2\n  3\n'); print({s:dict(c[s]) for s in c})
