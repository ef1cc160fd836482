"""The hash functions, their parameters and their errors; random numbers seeded with text."""
import hashlib, random, hmac
for n in sorted(hashlib.algorithms_guaranteed):
    h = hashlib.new(n, b'abc'); h.update(bytes(range(256))*5); c = h.copy(); c.update(b'x')
    if 'shake' in n: print(n, h.hexdigest(20), c.digest(3), h.block_size, h.digest_size)
    else: print(n, h.hexdigest(), c.hexdigest(), h.block_size, h.digest_size, h.name)
print(hashlib.blake2b(b'a', digest_size=20, key=b'k', salt=b's', person=b'p', fanout=2, depth=3, leaf_size=4, node_offset=5, node_depth=1, inner_size=7, last_node=True).hexdigest())
print(hashlib.blake2s(b'a', digest_size=20, key=b'k', salt=b's', person=b'p').hexdigest())
print(hmac.new(b'k', b'msg', 'sha256').hexdigest())
random.seed('abc'); print(random.random())
for f in [lambda: hashlib.md5('abc'), lambda: hashlib.md5(3), lambda: hashlib.blake2b(digest_size=70), lambda: hashlib.new('foo')]:
    try: f()
    except Exception as e: print(type(e).__name__, e)
