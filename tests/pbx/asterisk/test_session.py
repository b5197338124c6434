"""How a session waits, and how works that run together end."""

import asyncio

import pytest

from trunkline.pbx.asterisk.session import Patience, back_off, together


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


def test_after_an_outage_a_link_is_tried_again_within_ten_seconds() -> None:
    """However long it lasted: until then nobody's state is known and no call is told."""
    delays = [back_off(Patience(), failures) for failures in range(40)]

    assert delays[:6] == [0.5, 1, 2, 4, 8, 10]
    assert max(delays) == 10
