import asyncio


async def worker(queue: asyncio.Queue) -> int:
    total = 0
    while True:
        item = await queue.get()
        if item is None:  # the sentinel
            queue.task_done()
            return total
        total += item
        queue.task_done()


async def main() -> None:
    queue = asyncio.Queue(maxsize=8)
    task = asyncio.create_task(worker(queue))
    for item in range(100):
        await queue.put(item)
    await queue.join()
    await queue.put(None)
    print(await task)


asyncio.run(main())
