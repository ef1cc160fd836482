"""Arrays of every type code: items, slices, limits, buffers, pickles."""
import array, pickle, copy, io
from array import array as A
def t(f,*a,**k):
    try: r=f(*a,**k); print(r if not isinstance(r,A) else repr(r))
    except Exception as e: print(type(e).__name__+': '+str(e))
import warnings; warnings.simplefilter('ignore')
for c in array.typecodes:
    a=A(c); print(repr(a), a.itemsize, a.typecode)
    vals = 'héllo' if c in 'uw' else [1,2,3]
    a=A(c,vals); print(a, a[1:], a[::-1], len(a), a==a[:], a.tobytes())
    for p in range(6): 
        b=pickle.loads(pickle.dumps(a,p)); assert b==a and type(b) is A
    assert copy.copy(a)==a and copy.deepcopy(a)==a
    a.byteswap(); print(a.tobytes())
    if c not in 'uwfd':
        n=1<<(8*a.itemsize)
        for v in (n,n-1,n//2,n//2-1,-1,-n,-n//2,-n//2-1,2**70,-2**70,1.5,'x',None): t(a.append,v)
    else:
        for v in (1,'ab','a',None,2.5,b'x'): t(a.append,v)
a=A('i',range(10))
a[2:5]=A('i',[7]); print(a); a[::2]=A('i',[0]*len(a[::2])); print(a); del a[1::3]; print(a)
t(a.__setitem__, slice(0,6,2), A('i',[1])); t(a.__setitem__, slice(0,2), [1]); t(a.__getitem__,100); t(a.__setitem__,100,1); t(a.__getitem__,'x'); t(a.pop,50); t(A('i').pop)
t(a.index,0); t(a.index,99); t(a.remove,99); a.insert(-1,55); a.insert(100,66); print(a); a.remove(55); print(a.count(0)); a.reverse(); print(a.tolist())
print(a+a, a*2, 2*a); a+=a; a*=2; print(a, a<A('i',[5]), a!=3)
t(lambda: a+[1]); t(lambda: a+A('h')); t(a.extend, A('h')); t(a.extend,'ab'); t(a.fromlist,[1,'x']); print(len(a))
t(A); t(A,'z'); t(A,'ab'); t(A,3); t(A,'i','abc'); t(A,'i',A('u','ab')); t(A,'i',b'abc'); t(A,'i',b'\1\0\0\0'); t(A,'d',A('i',[1,2]))
m=memoryview(a); print(m.format,m.itemsize,m.nbytes,m[0]); m[0]=99; print(a[0]); t(a.append,1); m.release(); a.append(1)
f=io.BytesIO(); a.tofile(f); f.seek(0); b=A('i'); t(b.fromfile,f,1000); print(b==a)
print(list(iter(a))==a.tolist(), 99 in a, hash is None)
t(hash,a); it=iter(a); next(it); print(pickle.loads(pickle.dumps(it)).__length_hint__ if 0 else list(pickle.loads(pickle.dumps(it)))==a.tolist()[1:])
class S(A):
    def __new__(cls,*a,**k): return A.__new__(cls,'i',*a)
s=S([1,2],x=3); s.z=1; print(s, pickle.loads(pickle.dumps(s)).z, type(s[:]) )
print(A[int], bytes(a[:2]), struct_ok:=__import__('struct').pack_into('i',a,0,5), a[0])
import collections.abc
print(isinstance(a, collections.abc.MutableSequence))
match a:
    case [5,*r]: print('seq')
