"""Keyed hashes and keys from passwords."""
import hashlib, hmac
print(hashlib.pbkdf2_hmac('sha256',b'pw',b'salt',1000).hex(), hashlib.pbkdf2_hmac('sha1',b'pw',b'salt',10,100).hex())
print(hashlib.scrypt(b'pw',salt=b'na',n=1024,r=8,p=1).hex())
h=hmac.new(b'k',b'm','sha512'); h.update(b'x'); print(h.hexdigest(),h.name,h.digest_size,h.block_size, hmac.digest(b'k',b'm','md5').hex(), hmac.new(b'k'*200,b'm',hashlib.sha1).hexdigest())
print(hmac.compare_digest('a','a'))
for f in (lambda: hmac.new(b'k',b'm'), lambda: hmac.new(b'k',b'm','nope'), lambda: hashlib.scrypt(b'',salt=b'',n=3,r=1,p=1), lambda: hashlib.new('nope')):
    try: f()
    except Exception as e: print(type(e).__name__, e)
