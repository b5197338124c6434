"""Works that run together end together."""

import asyncio

import pytest

from trunkline.pbx.asterisk.session import together


async def test_one_that_takes_a_cancellation_for_a_fault_ends_too() -> None:
    cancelled, begun = 0, asyncio.Event()

    async def deaf() -> None:
        nonlocal cancelled
        begun.set()
        while cancelled < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1

    async def short() -> None:
        await begun.wait()
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        await together(deaf(), short(), again=0.01)

    assert cancelled == 2
