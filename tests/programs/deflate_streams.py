"""Deflate streams whole and in pieces, and the modules built on them."""
import zlib, gzip, io, copy, zipfile, tarfile, tempfile, os
def t(f,*a,**k):
    try: return f(*a,**k)
    except Exception as e: return type(e).__name__+': '+str(e)
d = b'hello world '*1000 + bytes(range(256))
for lv in range(-1,10): assert zlib.decompress(zlib.compress(d,lv))==d
for wb in (9,12,15,-9,-15,25,31): assert zlib.decompress(zlib.compress(d,6,wb), 47 if wb>0 else wb)==d
print(t(zlib.compress,d,level=50), t(zlib.decompress,b'abc'), t(zlib.decompress,zlib.compress(d)[:-5]), t(zlib.decompress,b''), t(zlib.compress,'x'), t(zlib.compressobj,method=3),t(zlib.decompressobj,wbits=99))
c=zlib.compressobj(zdict=b'hello'); x=c.compress(d)+c.flush(); u=zlib.decompressobj(zdict=b'hello'); print(u.decompress(x)==d,u.eof,u.unused_data, t(zlib.decompress,x), t(c.compress,b'a'), t(c.copy))
c=zlib.compressobj(); a=c.compress(d); c2=c.copy(); r1=a+c.compress(b'1')+c.flush(); r2=a+c2.compress(b'2')+c2.flush(); print(zlib.decompress(r1)==d+b'1', zlib.decompress(r2)==d+b'2')
u=zlib.decompressobj(); o=b''; x=zlib.compress(d)+b'tail'
while not u.eof:
    o+=u.decompress(u.unconsumed_tail or x[:7], 100) if not u.unconsumed_tail else u.decompress(u.unconsumed_tail,100)
    if not u.unconsumed_tail: x=x[7:]
print(o==d, u.unused_data)
u=zlib.decompressobj(); print(u.decompress(r1,10), len(u.unconsumed_tail)>0, len(u.flush())==len(d)+1-10, u.eof)
c=zlib.compressobj(); p=c.compress(b'abc')+c.flush(zlib.Z_SYNC_FLUSH); u=zlib.decompressobj(); print(u.decompress(p)); print(u.decompress(c.compress(b'def')+c.flush())); print(u.copy().eof)
print(zlib.crc32(d), zlib.adler32(d), zlib.crc32(b'x',5), zlib.adler32(b'',7), t(u.decompress,b'',-1), t(u.flush,0))
z=zlib._ZlibDecompressor(); print(z.needs_input, z.decompress(r1,50), z.needs_input, z.eof); print(len(z.decompress(b'')), z.eof, z.unused_data, t(z.decompress,b''))
g=gzip.compress(d,mtime=0); print(gzip.decompress(g)==d, gzip.decompress(g+g)==d+d, t(gzip.decompress,b'xx'))
f=io.BytesIO(); 
with gzip.open(f,'wt') as h: h.write('line1\nline2\n')
f.seek(0); print(gzip.open(f,'rt').read().splitlines())
b=io.BytesIO()
with zipfile.ZipFile(b,'w',zipfile.ZIP_DEFLATED) as q: q.writestr('a/b.txt',d); q.writestr('c.txt','hi')
with zipfile.ZipFile(b) as q: print(q.namelist(), q.read('a/b.txt')==d, q.testzip(), [i.compress_type for i in q.infolist()])
b=io.BytesIO()
with tarfile.open(fileobj=b,mode='w:gz') as q:
    i=tarfile.TarInfo('x'); i.size=3; q.addfile(i,io.BytesIO(b'abc'))
b.seek(0)
with tarfile.open(fileobj=b) as q: print(q.getnames(), q.extractfile('x').read())
