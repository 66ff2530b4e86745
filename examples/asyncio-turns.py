# 10,000 cooks in one thread, in Python: `await` says that it is somebody else's turn.
# Look at the single lane, and at what a turn costs here.
# python3 examples/asyncio-turns.py
import asyncio

COOKS, TURNS = 10_000, 10
turns = 0


async def cook():
    global turns
    for _ in range(TURNS):
        turns += 1
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(cook() for _ in range(COOKS)))


asyncio.run(main())
print(f"{COOKS} cooks, {turns} turns")
