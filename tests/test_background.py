"""Background tasks: a failure is survived and counted, leaving cancels."""

import asyncio

from trunkline.background import running
from trunkline.web.metrics import TASK_RESTARTS


async def test_failed_task_begins_again() -> None:
    begun: list[int] = []
    again = asyncio.Event()
    before = TASK_RESTARTS.labels("flaky")._value.get()

    async def work() -> None:
        begun.append(1)
        if len(begun) == 1:
            raise ValueError("first time")
        again.set()
        await asyncio.Event().wait()

    async with running({"flaky": work}):
        await asyncio.wait_for(again.wait(), 10)

    assert TASK_RESTARTS.labels("flaky")._value.get() == before + 1


async def test_leaving_cancels_and_awaits() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running({"patient": work}):
        await asyncio.sleep(0)

    assert ended.is_set()


async def test_task_that_ends_by_itself_is_not_begun_again() -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)

    async with running({"brief": work}):
        await asyncio.sleep(0.05)

    assert begun == [1]


async def test_a_swallowed_cancellation_is_given_again() -> None:
    """asyncpg and redis-py turn a cancellation while connecting into errors of their own, which are retried."""
    swallowed: list[int] = []

    async def work() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append(1)

    async with running({"stubborn": work}):
        await asyncio.sleep(0)

    assert swallowed == [1]
