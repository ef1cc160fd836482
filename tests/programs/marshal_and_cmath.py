"""Plain data and code through marshal; complex functions."""
import marshal, cmath, io, math
vals=[None,True,False,...,StopIteration,0,1,-1,2**31,-2**31,2**31-1,2**62,2**200,-2**200,0.0,-0.0,1.5,float('inf'),1+2j,b'',b'abc','', 'abc','é','\u1234\U00012345','\ud800','x'*300,(),(1,),(1,2)*200,[],[1,[2]],{},{1:2,'a':[3]},set(),{1,2,3},frozenset({1,'a'}),slice(1,2,None),bytearray(b'zz')]
for v in vals:
    for ver in range(6):
        try: d=marshal.dumps(v,ver)
        except ValueError as e: print(ver,v,e); continue
        r=marshal.loads(d); assert repr(r)==repr(v if not isinstance(v,bytearray) else bytes(v)) or r==v,(v,ver,d,r)
l=[1]; l.append(l); r=marshal.loads(marshal.dumps(l)); print(r[1] is r)
s='shared text'; r=marshal.loads(marshal.dumps([s,s])); print(r[0] is r[1])
c=compile('def f(x):\n    return x*2\nprint(f(21))','<m>','exec'); exec(marshal.loads(marshal.dumps(c))); print(marshal.loads(marshal.dumps(c)).co_filename)
for bad in (b'',b'?',b'i\0',b'r\0\0\0\0',b'(\1\0\0\0',b'[\1\0\0\0' + b'0', b'l\1\0\0\0\0\0'):
    try: print(marshal.loads(bad))
    except Exception as e: print(bad,type(e).__name__,e)
for v in (object(),int,print):
    try: marshal.dumps(v)
    except ValueError as e: print(e)
x=[]; 
for _ in range(3000): x=[x]
try: marshal.dumps(x)
except ValueError as e: print(e)
f=io.BytesIO(); marshal.dump([1,2],f); marshal.dump('x',f); f.seek(0); print(marshal.load(f),marshal.load(f))
print(marshal.loads(b'\xe9\x01\x00\x00\x00'), marshal.loads(b'\xdb\x02\x00\x00\x00\xe9\x01\x00\x00\x00r\x01\x00\x00\x00'), marshal.version)
def t(f,*a):
    try: z=f(*a)
    except Exception as e: return type(e).__name__+': '+str(e)
    return f'{z.real:.9g} {z.imag:.9g}' if isinstance(z,complex) else z if not isinstance(z,float) else f'{z:.9g}'
inf,nan=math.inf,math.nan
zs=[0,1,-1,1j,-1j,2+3j,-0.5+0.25j,complex(inf,1),complex(1,inf),1e308+1e308j,800+1j,'x',True]
for n in 'acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh phase polar isnan isinf isfinite'.split():
    for z in zs: print(n,z,t(getattr(cmath,n),z))
for a in ((2,0),(2,1.5),(inf,1),(0,inf),(inf,0),(nan,0),(1,inf)): print('rect',a,t(cmath.rect,*a))
print(t(cmath.log,8,2), t(cmath.log,1j,0), cmath.isclose(1,1+1e-12j), cmath.isclose(1,2), t(cmath.isclose,1,2), cmath.infj, cmath.nanj)
