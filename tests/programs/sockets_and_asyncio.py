# collects: no
"""Sockets: pairs, TCP and UDP on the loopback, timeouts, names; an event loop on top of them."""
import socket, select, struct, os, errno
def t(f,*a,**k):
    try: return f(*a,**k)
    except Exception as e: return type(e).__name__+': '+str(e)
a,b=socket.socketpair(); a.sendall(b'hello'); print(b.recv(3), b.recv(10)); print(a.family.name, a.type.name, a.proto)
buf=bytearray(10); a.send(b'xyz'); print(b.recv_into(buf), buf[:3]); a.close(); print(b.recv(1)); print(t(a.send,b'x')); b.close()
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); print(s.getsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR)); s.bind(('127.0.0.1',0)); s.listen(); host,port=s.getsockname(); print(host, port>0)
c=socket.create_connection(('localhost',port)); d,addr=s.accept(); print(addr==c.getsockname(), d.getpeername()==c.getsockname())
f=d.makefile('rw'); c.sendall(b'line one\nline two\n'); print(f.readline(), f.readline()); f.write('reply'); f.flush(); print(c.recv(100)); f.close()
c.settimeout(0.05); print(c.gettimeout(), t(c.recv,1)); c.setblocking(False); print(t(c.recv,1)); print(c.getblocking())
c.shutdown(socket.SHUT_WR); print(d.recv(1)); c.close(); d.close(); s.close()
print(t(socket.create_connection,('127.0.0.1',port),1))
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(('',0)); v=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); v.sendto(b'dgram',('127.0.0.1',u.getsockname()[1])); print(u.recvfrom(100)[0]); u.close(); v.close()
print(socket.inet_aton('1.2.3.4'), socket.inet_ntoa(b'\1\2\3\4'), socket.inet_pton(socket.AF_INET6,'::1'), socket.inet_ntop(socket.AF_INET6,b'\0'*15+b'\1'), t(socket.inet_aton,'x'), t(socket.inet_pton,socket.AF_INET,'1.2'))
print(socket.htons(1), socket.ntohl(1), t(socket.htons,70000) if 0 else '', socket.gethostbyname('127.0.0.1'), socket.getaddrinfo('127.0.0.1',80,type=socket.SOCK_STREAM))
print(t(socket.getaddrinfo,'no.such.host.invalid',80).split(':')[0], issubclass(socket.gaierror,OSError), socket.timeout is TimeoutError)
x=socket.socket(); print(t(x.bind,'foo'), t(x.connect,('127.0.0.1',99999)), t(x.settimeout,-1)); print(repr(x)[:40]); x.close(); print(x.fileno(), repr(x)[:30])
a,b=socket.socketpair(); r,w=os.pipe(); socket.send_fds(a,[b'fd'],[r]); m,fds,fl,_=socket.recv_fds(b,10,4); os.write(w,b'through'); print(m,os.read(fds[0],20)); a.close(); b.close(); [os.close(z) for z in (r,w,*fds)]
with socket.socket(socket.AF_UNIX) as q: print(q.getsockname()=='' , q.family.name)
import asyncio
async def handle(r,w):
    data=await r.readline(); w.write(data.upper()); await w.drain(); w.close()
async def main():
    server=await asyncio.start_server(handle,'127.0.0.1',0); port=server.sockets[0].getsockname()[1]
    async def ask(n):
        r,w=await asyncio.open_connection('127.0.0.1',port); w.write(b'ask %d\n'%n); x=await r.read(); w.close(); return x
    print(await asyncio.gather(*map(ask,range(5))))
    server.close(); await server.wait_closed()
    q=asyncio.Queue(); asyncio.get_running_loop().call_later(0.01,q.put_nowait,'late'); print(await q.get())
    try: await asyncio.wait_for(asyncio.sleep(5),0.02)
    except TimeoutError as e: print('timeout')
    async with asyncio.TaskGroup() as g:
        ts=[g.create_task(asyncio.sleep(0.01,i)) for i in range(3)]
    print([x.result() for x in ts])
    e=asyncio.Event(); l=asyncio.Lock()
    async def waiter():
        async with l: await e.wait(); return 'set'
    k=asyncio.create_task(waiter()); await asyncio.sleep(0); e.set(); print(await k)
    k=asyncio.create_task(asyncio.sleep(9)); await asyncio.sleep(0); k.cancel()
    try: await k
    except asyncio.CancelledError: print('cancelled')
asyncio.run(main())
