"""base64, quoted-printable, uuencode, hexadecimal text and checksums; views of BytesIO."""
import binascii, base64
random_ = [bytes((i*j*7+j)&255 for j in range(i)) for i in range(0,120,7)]
def t(f,*a,**k):
    try: return f(*a,**k)
    except Exception as e: return type(e).__name__+': '+str(e)
for d in random_:
    print(t(binascii.b2a_base64,d), t(binascii.b2a_qp,d), t(binascii.b2a_qp,d,True,False,True), t(binascii.b2a_uu,d), t(binascii.crc32,d), t(binascii.crc_hqx,d,0))
    print(t(binascii.a2b_qp,binascii.b2a_qp(d)),t(binascii.hexlify,d,'-',-3))
for s in ['','=','==','a','a=','ab','ab=','ab==','abc=','abcd','abcd=','abc==','ab=c','ab=c=','ab==c','a=b==','====','abcde','ab\n==','ab= =','a===','=abcd','abcd====','abc=d', 'ab==='  ]:
    print(s, t(binascii.a2b_base64,s), t(binascii.a2b_base64,s,strict_mode=True))
for s in [b'', b' ', b'#86)C\n', b'#86)C  \n', b'#86)C x', b'#8\xff)C','#86)C','$']:
    print(s, t(binascii.a2b_uu,s))
for s in ['0','zz','00ff','é',5, b'0g', bytearray(b'1234')]:
    print(s, t(binascii.unhexlify,s))
print(base64.b85encode(b'hello world'), base64.b32encode(b'abc'), base64.a85encode(b'xyzzy\0\0\0\0'))
import io
b=io.BytesIO(b'abc'); v=b.getbuffer(); v[0]=90; print(b.getvalue())
try: b.write(b'zzzzzz')
except BufferError as e: print(e)
v.release(); b.write(b'qq'); print(b.getvalue())
