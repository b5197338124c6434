"""Deliverers of the tests: the outside end of the port, scripted."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping

from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    KindPolicy,
    Outcome,
    Verdict,
)


class Recorder:
    """Takes every event and keeps what it saw, stream by stream."""

    def __init__(self, policy: KindPolicy | None = None, account: Account | None = None) -> None:
        self.kinds: Mapping[str, KindPolicy] = {"note": policy or KindPolicy()}
        self.seen: dict[str, list[int]] = defaultdict(list)
        self.order: list[str] = []
        self.verified: list[str] = []
        self._account = account or Account("recorder", rate=1e6, burst=1e6)

    def account(self, event: Event) -> Account:
        return self._account

    async def deliver(self, event: Event) -> Outcome:
        await asyncio.sleep(0)
        self.seen[event.stream].append(event.id)
        self.order.append(event.idem)
        return Delivered()

    async def verify(self, event: Event) -> Verdict:
        self.verified.append(event.idem)
        return Absent()


class Scripted(Recorder):
    """Answers what a function says."""

    def __init__(
        self,
        answer: Callable[[Event], Outcome],
        *,
        verdict: Callable[[Event], Verdict] = lambda _: Absent(),
        policy: KindPolicy | None = None,
        account: Account | None = None,
    ) -> None:
        super().__init__(policy, account)
        self._answer = answer
        self._verdict = verdict

    async def deliver(self, event: Event) -> Outcome:
        await super().deliver(event)
        return self._answer(event)

    async def verify(self, event: Event) -> Verdict:
        await super().verify(event)
        return self._verdict(event)
