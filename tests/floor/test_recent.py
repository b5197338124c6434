"""What many screens ask for at once is read once."""

import asyncio

import pytest

from trunkline.floor.recent import Recent


class Reads:
    """Counts them; each ends when it is let go."""

    def __init__(self) -> None:
        self.number = 0
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.number += 1
        await self.go.wait()
        return self.number


async def test_who_comes_while_it_is_read_waits_for_it() -> None:
    recent, reads = Recent[int](60.0), Reads()
    asked = [asyncio.create_task(recent.get("sales", reads)) for _ in range(20)]
    await asyncio.sleep(0)
    reads.go.set()
    assert await asyncio.gather(*asked) == [1] * 20
    assert await recent.get("finance", reads) == 2


async def test_what_is_old_is_read_anew() -> None:
    recent, reads = Recent[int](0.0), Reads()
    reads.go.set()
    assert [await recent.get("sales", reads) for _ in range(3)] == [1, 2, 3]


async def test_a_failure_is_not_remembered() -> None:
    recent, reads = Recent[int](60.0), Reads()
    reads.go.set()

    async def fails() -> int:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        await recent.get("sales", fails)
    assert await recent.get("sales", reads) == 1


async def test_old_values_of_many_readers_are_forgotten() -> None:
    recent, reads = Recent[int](0.0), Reads()
    reads.go.set()
    for number in range(600):
        await recent.get(number, reads)
    assert len(recent._known) < 300
