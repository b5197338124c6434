"""A portal's bucket: 50 requests, 2 a second leave it; with the Enterprise plan 250 and 5 (crm.md §2.7).

The outbox lets a delivery through with one token. What it asks beyond its first request waits here for tokens of its
own: people it looks up, statistics after a fault, a second card.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from trunkline.outbox.event import Account
from trunkline.outbox.shared import SharedState

_KEPT: Final = 2.0
"""Tokens that are left to what no limiter of ours counts: uploads, and who else asks the portal from our address."""
MORE: Final = 3.0
"""And to what a delivery asks beyond its first request: a burst that took all would wait for who works there."""
_BUCKETS: Final[Mapping[bool, tuple[float, float]]] = {False: (2.0, 50.0 - _KEPT), True: (5.0, 250.0 - _KEPT)}
_SOON: Final = 0.05

_admitted: ContextVar[int] = ContextVar("admitted", default=0)


def bucket(account: str, *, enterprise: bool, reserve: float = 0.0) -> Account:
    """`reserve` tokens are left to what is more urgent."""
    rate, burst = _BUCKETS[enterprise]
    return Account(account, rate, burst, reserve=reserve)


def admit_one() -> None:
    """A limiter has let one request through for what the running task does now."""
    _admitted.set(1)


@dataclass(frozen=True, slots=True)
class Limiter:
    """`shared` is what deliveries are limited by; `sleep` is that of asyncio, or a test's that moves its clock."""

    shared: SharedState
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def wait(self, account: Account) -> None:
        """Until a request may go: at once for the one that was let through already."""
        if admitted := _admitted.get():
            _admitted.set(admitted - 1)
            return
        while True:
            granted, wait = await self.shared.take(account, 1)
            if granted:
                return
            await self.sleep(max(wait, _SOON))

    async def offer(self, account: Account) -> bool:
        """Whether one request more than was admitted may go at once; it is let through then."""
        granted, _wait = await self.shared.take(account, 1)
        if granted:
            _admitted.set(_admitted.get() + 1)
        return bool(granted)
