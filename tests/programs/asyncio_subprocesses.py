# collects: no
"""Child processes of an event loop: pipes, signals, exit codes, several at once; async generators that are dropped half way."""
import asyncio
from asyncio.subprocess import PIPE, STDOUT


async def processes():
    p = await asyncio.create_subprocess_exec("sh", "-c", "echo hi; echo err >&2; exit 3", stdout=PIPE, stderr=PIPE)
    print(await p.communicate(), p.returncode)
    p = await asyncio.create_subprocess_shell("read x; echo got $x; exit 2", stdin=PIPE, stdout=PIPE)
    print(await p.communicate(b"line\n"), p.returncode)
    p = await asyncio.create_subprocess_exec("sleep", "30")
    try:
        await asyncio.wait_for(p.wait(), 0.01)
    except TimeoutError:
        print("still sleeping")
    p.terminate()
    print(await p.wait())
    p = await asyncio.create_subprocess_exec("sh", "-c", "for i in 1 2 3; do echo $i; done >&2", stdout=PIPE, stderr=STDOUT)
    async for line in p.stdout:
        print(line)
    print(await p.wait())
    several = await asyncio.gather(*[asyncio.create_subprocess_shell(f"exit {i}") for i in range(3)])
    print([await p.wait() for p in several])
    try:
        await asyncio.create_subprocess_exec("/nonexistent/program")
    except FileNotFoundError as e:
        print(type(e).__name__, e.filename)


async def numbers(done):
    try:
        yield 1
        yield 2
    finally:
        print("closing")
        await asyncio.sleep(0)
        print("closed")
        done.set()


async def dropped():
    done = asyncio.Event()
    async for x in numbers(done):
        print(x)
        break
    await done.wait()
    done.clear()
    g = numbers(done)
    print(await anext(g))
    del g
    await done.wait()
    g = numbers(done)
    print(await anext(g))
    await g.aclose()


asyncio.run(processes())
asyncio.run(dropped())
