"""Admission to an account: its circuit breaker, then its limiter, asked once for all streams that wait together."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from trunkline.outbox.breaker import Breaker, Pass, Shut, Tally, admit, hold, record
from trunkline.outbox.event import Account
from trunkline.outbox.shared import SharedState

_PROBE_RECHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request may go now; `probe` says that its outcome decides whether the circuit closes."""

    probe: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Not now; ask again after `delay` seconds."""

    delay: float


Admission = Admitted | Held


@dataclass(slots=True)
class _Waiting:
    account: Account
    future: asyncio.Future[Admission]


@dataclass(slots=True)
class _Lane:
    account: Account
    waiting: list[_Waiting] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    busy: bool = False


class Gate:
    """All accounts of one worker. Streams ask together, so that Valkey is asked once a round, not once an event."""

    def __init__(self, shared: SharedState, clock: Callable[[], float]) -> None:
        self._shared = shared
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._rounds: set[asyncio.Task[None]] = set()

    async def admit(self, account: Account) -> Admission:
        """Whether a request to `account` may go."""
        lane = self._lane(account)
        future: asyncio.Future[Admission] = asyncio.get_running_loop().create_future()
        lane.waiting.append(_Waiting(account, future))
        self._start(lane)
        return await future

    def report(self, account: Account, *, success: bool, probe: bool) -> None:
        """Tell the breaker how a request went: `success` means that the account answered, be it with a refusal."""
        lane = self._lane(account)
        lane.tally = lane.tally.plus(success, probe=probe)
        if probe or not success:
            self._start(lane)

    async def pause(self, account: Account, seconds: float) -> None:
        """The account asked for a rest."""
        await self._shared.pause(account.name, seconds)

    async def hold(self, account: str, seconds: float) -> None:
        """Open the account's circuit for long."""
        until = self._clock() + seconds
        await self._shared.step(account, lambda breaker: (hold(breaker, until), True))

    async def reopen(self, account: str) -> None:
        """Let the account be tried at once: a person has mended it."""
        await self._shared.step(account, lambda _: (Breaker(), True))

    def shut(self) -> list[str]:
        """Accounts whose streams are not worth claiming now, as far as this worker knows."""
        now = self._clock()
        return [name for name in self._lanes if now < self._shared.last_seen(name).shut_until]

    def _lane(self, account: Account) -> _Lane:
        lane = self._lanes.get(account.name)
        if lane is None:
            lane = self._lanes[account.name] = _Lane(account)
        lane.account = account
        return lane

    def _start(self, lane: _Lane) -> None:
        if not lane.busy:
            lane.busy = True
            task = asyncio.create_task(self._run(lane), name=f"gate {lane.account.name}")
            self._rounds.add(task)
            task.add_done_callback(self._rounds.discard)

    async def _run(self, lane: _Lane) -> None:
        waiting: list[_Waiting] = []
        try:
            while lane.waiting or lane.tally.failed or lane.tally.probe is not None:
                await asyncio.sleep(0)  # let every stream that is ready now join the round
                # What is more urgent comes first: it may take what others must leave.
                waiting, lane.waiting = sorted(lane.waiting, key=lambda one: one.account.reserve), []
                for one, admission in zip(waiting, await self._round(lane, waiting), strict=True):
                    if not one.future.done():
                        one.future.set_result(admission)
        finally:
            lane.busy = False
            for one in waiting:
                one.future.cancel()  # only a bug or the end of the worker leaves any

    async def _round(self, lane: _Lane, waiting: Sequence[_Waiting]) -> list[Admission]:
        account, tally, now, asked = lane.account, lane.tally, self._clock(), len(waiting)
        lane.tally = Tally()

        def step(breaker: Breaker) -> tuple[Breaker, Pass | Shut]:
            told = record(breaker, account.breaker, tally, now) if tally != Tally() else breaker
            return admit(told, account.breaker, now) if asked else (told, Pass())

        said = await self._shared.step(account.name, step)
        if not asked:
            return []
        if isinstance(said, Shut):
            return [Held(max(said.until - now, 0.05))] * asked
        if said.probe:
            return [Admitted(probe=True), *[Held(_PROBE_RECHECK_SECONDS)] * (asked - 1)]
        admissions: list[Admission] = []
        for _, group in groupby(waiting, key=lambda one: one.account.reserve):
            admissions += await self._take([one.account for one in group])
        return admissions

    async def _take(self, accounts: Sequence[Account]) -> list[Admission]:
        """Of one lane."""
        granted, wait = await self._shared.take(accounts[0], len(accounts))
        held = [Held(wait + place / accounts[0].rate) for place in range(len(accounts) - granted)]
        return [*[Admitted()] * granted, *held]
