"""Works that run together end together."""

import asyncio

import pytest

from trunkline.pbx.asterisk import session
from trunkline.pbx.asterisk.session import together


async def test_one_that_takes_a_cancellation_for_a_fault_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_CANCEL_AGAIN_SECONDS", 0.01)
    cancelled = 0

    async def deaf() -> None:
        nonlocal cancelled
        while cancelled < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1

    async def short() -> None:
        await asyncio.sleep(0)
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        await together(deaf(), short())

    assert cancelled == 2
