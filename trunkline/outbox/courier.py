"""Carries out one claimed stream: its events in order, stopping at the first that does not get through."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol, TypeVar

from trunkline.log import get_logger
from trunkline.outbox.classify import Action, ErrorClass, RetryDecision, classify, decide
from trunkline.outbox.deliverer import Deliverer
from trunkline.outbox.event import (
    Absent,
    Account,
    AfterDeath,
    Claimed,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Unknowable,
    WhenUnknowable,
)
from trunkline.outbox.gate import Gate, Held
from trunkline.outbox.ledger import Ledger
from trunkline.outbox.store import FETCH, Bury, Defer, Finish, Release, Start
from trunkline.web.metrics import OUTBOX_DELIVERED, OUTBOX_FAILED, OUTBOX_SECONDS

_NOBODY_DELIVERS_SECONDS = 60.0
_CANNOT_VERIFY = Fault("it may have arrived and nobody can tell", Sent.ANSWERED, refusal=Refusal.NEVER)

_log = get_logger(__name__)

T = TypeVar("T")


class Holds(Protocol):
    """Who keeps the accounts that need a person (trunkline/outbox/accounts.py)."""

    async def hold(self, account: str, error: ErrorClass, reason: str, seconds: float) -> None: ...

    async def free(self, account: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One event with all that is known about how to send it."""

    claimed: Claimed
    event: Event
    deliverer: Deliverer
    policy: KindPolicy
    account: Account
    probe: bool


class Courier:
    """Delivers streams; `chance` gives 0…1 for the back-off's jitter, `again` is told when a stream's turn comes."""

    def __init__(
        self,
        deliverers: Iterable[Deliverer],
        ledger: Ledger,
        gate: Gate,
        holds: Holds,
        chance: Callable[[], float],
        again: Callable[[float], None],
    ) -> None:
        self._by_kind: Mapping[str, Deliverer] = {kind: each for each in deliverers for kind in each.kinds}
        self._ledger = ledger
        self._gate = gate
        self._holds = holds
        self._chance = chance
        self._again = again
        self.stopping = False

    async def run(self, claimed: Claimed) -> None:
        """Deliver what can be delivered of the stream and give its lease back."""
        for event in claimed.events:
            if self.stopping:
                break
            deliverer = self._by_kind.get(event.kind)
            if deliverer is None:
                await self._nobody_delivers(claimed, event)
                return
            if not await self._forward(claimed, event, deliverer):
                return
        if self.stopping:
            await self._ledger.hand_in(Release(claimed.stream, claimed.claim, fails=claimed.fails))
            return
        whole = len(claimed.events) < FETCH
        await self._ledger.hand_in(Release(claimed.stream, claimed.claim, finished_ver=claimed.ver if whole else None))

    async def _forward(self, claimed: Claimed, event: Event, deliverer: Deliverer) -> bool:
        """Whether the stream goes on after this event."""
        account = deliverer.account(event)
        admission = await self._gate.admit(account)
        if isinstance(admission, Held):
            await self._ledger.hand_in(
                Release(claimed.stream, claimed.claim, admission.delay, claimed.fails, waiting=account.name)
            )
            self._again(admission.delay)
            return False
        if not await self._ledger.hand_in(Start(event.id, claimed.claim)):
            _log.warning("outbox_claim_lost", stream=claimed.stream, event_id=event.id)
            return False
        policy = deliverer.kinds[event.kind]
        parcel = _Parcel(claimed, event, deliverer, policy, account, admission.probe)
        began = perf_counter()
        outcome, unsure = await _attempt(parcel)
        took = perf_counter() - began
        OUTBOX_SECONDS.labels(event.kind).observe(took)
        if isinstance(outcome, Failed):
            return await self._failed(parcel, outcome, unsure=unsure)
        self._gate.report(account, success=True, probe=parcel.probe)
        OUTBOX_DELIVERED.labels(event.kind).inc()
        self._ledger.hand_in(Finish(event.id, outcome.note, outcome.warning, int(took * 1000)))
        await self._holds.free(account.name)
        return True

    async def _failed(self, parcel: _Parcel, failed: Failed, *, unsure: bool) -> bool:
        event, claimed = parcel.event, parcel.claimed
        decision = decide(
            failed.fault,
            attempts=event.attempts + 1,
            failures=claimed.fails,
            policy=parcel.policy,
            chance=self._chance(),
        )
        if parcel.probe and decision.trips:
            decision = replace(decision, action=Action.RETRY, counts=False)
        decision = replace(decision, unsure=decision.unsure or unsure)
        error = classify(failed.fault)
        OUTBOX_FAILED.labels(event.kind, error.value).inc()
        _log.warning(
            "outbox_delivery_failed",
            kind=event.kind,
            stream=event.stream,
            attempt=event.attempts + 1,
            error_class=error.value,
            reason=failed.fault.reason,
            action=decision.action.value,
        )
        await self._tell_account(parcel, decision, error, failed.fault.reason)
        if decision.action is Action.BURY:
            return await self._bury(parcel, failed, error)
        self._ledger.hand_in(Defer(event.id, claimed.claim, failed.fault.reason, decision.counts, decision.unsure))
        waiting = parcel.account.name if decision.action in {Action.PAUSE, Action.HOLD} else None
        fails = claimed.fails + 1 if decision.counts else claimed.fails
        await self._ledger.hand_in(Release(claimed.stream, claimed.claim, decision.delay, fails, waiting))
        return False

    async def _tell_account(self, parcel: _Parcel, decision: RetryDecision, error: ErrorClass, reason: str) -> None:
        if decision.action is Action.HOLD:
            await self._gate.hold(parcel.account.name, decision.delay)
            await self._holds.hold(parcel.account.name, error, reason, decision.delay)
            return
        self._gate.report(parcel.account, success=not decision.trips, probe=parcel.probe)
        if decision.action is Action.PAUSE:
            await self._gate.pause(parcel.account, decision.delay)

    async def _bury(self, parcel: _Parcel, failed: Failed, error: ErrorClass) -> bool:
        parks = parcel.policy.after_death is AfterDeath.PARK
        claimed = parcel.claimed
        self._ledger.hand_in(
            Bury(parcel.event.id, error.value, failed.fault.reason, failed.request, failed.answer, parks)
        )
        if parks:
            await self._ledger.hand_in(Release(claimed.stream, claimed.claim, parks=True))
        return not parks

    async def _nobody_delivers(self, claimed: Claimed, event: Event) -> None:
        reason = f"no part of this installation delivers {event.kind}"
        self._ledger.hand_in(Defer(event.id, claimed.claim, reason, counts=True, unsure=event.unsure))
        await self._ledger.hand_in(Release(claimed.stream, claimed.claim, _NOBODY_DELIVERS_SECONDS, claimed.fails))


async def _attempt(parcel: _Parcel) -> tuple[Outcome, bool]:
    """What came of it, and whether the event stays unsure because its verification failed."""
    event, deliverer = parcel.event, parcel.deliverer
    if event.unsure:
        verdict = await _limited(parcel, deliverer.verify(event))
        match verdict:
            case Delivered() | Failed():
                return verdict, isinstance(verdict, Failed)
            case Unknowable() if parcel.policy.when_unknowable is WhenUnknowable.BURY:
                return Failed(_CANNOT_VERIFY), False
            case Absent() | Unknowable():
                pass
    return await _limited(parcel, deliverer.deliver(event)), False


async def _limited(parcel: _Parcel, request: Awaitable[T]) -> T | Failed:
    try:
        async with asyncio.timeout(parcel.policy.time_limit):
            return await request
    except TimeoutError:
        return Failed(Fault(f"no answer within {parcel.policy.time_limit:g} s", Sent.MAYBE))
    except Exception as error:  # the edge of a deliverer: whatever it forgot to return is an unknown outcome
        _log.exception("outbox_deliverer_raised", kind=parcel.event.kind, event_id=parcel.event.id)
        return Failed(Fault(repr(error), Sent.MAYBE))
