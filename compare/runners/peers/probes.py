"""Small fixed programs for what channel programs cannot say."""

import asyncio
import queue
from collections.abc import Callable

from compare.runners.peers.programs import Json

RACES = 1000


def queue_of_no_places() -> Json:
    """``queue.Queue(0)`` is not a rendezvous: nothing bounds it."""
    places: queue.Queue[int] = queue.Queue(0)
    accepted = 0
    for item in range(RACES):
        try:
            places.put_nowait(item)
        except queue.Full:
            break
        accepted += 1
    return {"accepted": accepted, "of": RACES, "full": places.full()}


def priority_ties() -> Json:
    """Items of one priority leave a ``PriorityQueue`` by their payload, not as they came."""
    line: queue.PriorityQueue[tuple[int, str]] = queue.PriorityQueue()
    came = ["b", "c", "a"]
    for payload in came:
        line.put((1, payload))
    return {"came": came, "left": [line.get()[1] for _ in came]}


def priority_without_order() -> Json:
    """Where payloads have no order, a tie is an exception."""
    line: queue.PriorityQueue[tuple[int, object]] = queue.PriorityQueue()
    line.put((1, object()))
    try:
        line.put((1, object()))
    except TypeError:
        return {"error": "TypeError"}
    return {"error": None}


def to_thread_cancelled() -> Json:
    """``asyncio.to_thread(queue.get)`` goes on when its task is cancelled, and takes an item for nobody."""
    return asyncio.run(_to_thread_cancelled())


async def _to_thread_cancelled(rounds: int = 30) -> Json:
    line: queue.Queue[int] = queue.Queue()
    received = []
    for number in range(rounds):
        began = asyncio.Event()
        task = asyncio.create_task(_get_in_thread(line, began))
        await began.wait()
        task.cancel()
        line.put(number)
        try:
            received.append(await task)
        except asyncio.CancelledError:
            continue
    # The threads that were left behind end with what they have taken.
    await asyncio.get_running_loop().shutdown_default_executor()
    kept = line.qsize()
    return {"sent": rounds, "received": len(received), "kept": kept, "lost": rounds - len(received) - kept}


async def _get_in_thread(line: "queue.Queue[int]", began: asyncio.Event) -> int:
    """Receive; `began` is set by the thread that is about to wait."""
    loop = asyncio.get_running_loop()

    def get() -> int:
        loop.call_soon_threadsafe(began.set)
        return line.get()

    return await asyncio.to_thread(get)


def wait_for_no_time() -> Json:
    """``asyncio.wait_for(…, 0)`` does not take what is there; ``asyncio.timeout(0)`` does."""
    return asyncio.run(_wait_for_no_time())


async def _wait_for_no_time() -> Json:
    facts: Json = {}
    for name, receive in (("wait_for", _by_wait_for), ("timeout", _by_timeout)):
        line: asyncio.Queue[int] = asyncio.Queue()
        line.put_nowait(1)
        try:
            facts[name] = await receive(line)
        except TimeoutError:
            facts[name] = "timeout"
    return facts


async def _by_wait_for(line: "asyncio.Queue[int]") -> int:
    return await asyncio.wait_for(line.get(), 0)


async def _by_timeout(line: "asyncio.Queue[int]") -> int:
    async with asyncio.timeout(0):
        return await line.get()


def task_goes_on() -> Json:
    """A task that nobody awaits takes a value all the same."""
    return asyncio.run(_task_goes_on())


async def _task_goes_on() -> Json:
    line: asyncio.Queue[int] = asyncio.Queue(2)
    task = asyncio.create_task(line.get())
    await asyncio.sleep(0)
    line.put_nowait(1)
    await asyncio.sleep(0)
    return {"taken": task.done(), "left": line.qsize()}


PROBES: dict[str, Callable[[], Json]] = {
    "python/queue_of_no_places": queue_of_no_places,
    "python/priority_ties": priority_ties,
    "python/priority_without_order": priority_without_order,
    "python/to_thread_cancelled": to_thread_cancelled,
    "python/wait_for_no_time": wait_for_no_time,
    "python/task_goes_on": task_goes_on,
}
