"""Tables as text: reading, writing, dialects and their errors."""
import csv, io
def t(f,*a,**k):
    try: return f(*a,**k)
    except Exception as e: return type(e).__name__+': '+str(e)
print(list(csv.reader(['1,,"a"'],quoting=4)), list(csv.reader(['1,,"a"'],quoting=5)), list(csv.reader(['1,,"a"'],quoting=2)))
for kw in [dict(delimiter=5),dict(delimiter='ab'),dict(delimiter=''),dict(delimiter=None),dict(quotechar='ab'),dict(quotechar=3),dict(escapechar='xx'),dict(lineterminator=3),dict(lineterminator=None),dict(quoting='a'),dict(quoting=9),dict(quotechar=None,quoting=1),dict(delimiter='\n'),dict(delimiter='"'),dict(escapechar=','),dict(lineterminator='x,'),dict(foo=1), dict(dialect='nope'),dict(quotechar='')]:
    print(kw, t(csv.reader,[],**kw))
def w(row,**k):
    f=io.StringIO()
    try: csv.writer(f,**k).writerow(row)
    except Exception as e: return type(e).__name__+str(e)
    return f.getvalue()
print([w(['a b',' a','',None,1.5,'x"y','z,','n\nn']), w([' a','b'],skipinitialspace=True),w([' a'],delimiter=' ',skipinitialspace=True),w(['']),w([None]),w([],quoting=3),w([''],quoting=3),w([None],quoting=4),w([None],quoting=5),w(['','a'],delimiter=' ',skipinitialspace=True), w(5)])
for q in range(6):
    print([w(['a','b"c,',3,None,'',2.5,'d\\e'],quoting=q,escapechar=e,doublequote=d,lineterminator=l) for e in (None,'\\') for d in (True,False) for l in ('\n','!')])
for src in (['a,b,c'],['"a,b",c'],['"a""b",c\r\n'],['"a\n','b",c'],['a b','"x" y,z'],['a,b\r\nc'],['x\ry'],['"abc'],['a\\,b,c'],['\\'],["'a',b"],[' a, "b"'],[''],['a,'],[',']  ):
    for k in ({},{'strict':True},{'escapechar':'\\'},{'skipinitialspace':True},{'doublequote':False},{'quoting':3},{'quotechar':"'"}):
        print(src, k, t(lambda: list(csv.reader(src,**k))))
r=csv.reader(io.StringIO('a,b\n1,2\n"x\ny",3\n')); print([(x,r.line_num) for x in r])
d=csv.DictReader(io.StringIO('a,b\n1,2\n3,4,5\n6\n'),restkey='r',restval='v'); print(list(d), d.fieldnames)
f=io.StringIO(); x=csv.DictWriter(f,['a','b'],extrasaction='ignore'); x.writeheader(); x.writerows([{'a':1,'b':2},{'a':3,'c':4}]); print(repr(f.getvalue()))
csv.register_dialect('me',delimiter=';',quoting=csv.QUOTE_ALL); print(w([1,'a'],dialect='me'), csv.list_dialects(), csv.get_dialect('me').delimiter); csv.unregister_dialect('me'); print(t(csv.get_dialect,'me'))
print(csv.Sniffer().sniff('a;b;c\n1;2;3\n4;5;6\n').delimiter, csv.Sniffer().has_header('n,v\na,1\nb,2\n'))
class D(csv.Dialect):
    delimiter='|'; quotechar=None; lineterminator='\n'; quoting=csv.QUOTE_NONE
print(repr(w([1,2],dialect=D)), t(w,['a|b'],dialect=D), t(D).delimiter)
old=csv.field_size_limit(5); print(t(lambda: list(csv.reader(['abcdefgh'])))); csv.field_size_limit(old)
print(t(lambda: list(csv.reader([b'a']))), t(csv.reader,5), t(csv.writer,5))
