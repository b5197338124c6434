"""The conversation with one Asterisk: log in, learn whether it was restarted, prove the stream alive, begin again.

What it hears and learns goes to its `Ears`; who acts on it and what is stored is not decided here.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, Protocol

from trunkline.background import end
from trunkline.log import get_logger
from trunkline.pbx.asterisk.devices import states_of
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.link import Link, first_done, open_link
from trunkline.pbx.asterisk.resync import number_of
from trunkline.pbx.asterisk.tally import HEARD
from trunkline.pbx.asterisk.terms import (
    ActionTimedOut,
    Address,
    Counts,
    Fault,
    Limits,
    LinkDown,
    LinkError,
    LoginRefused,
)
from trunkline.pbx.devices import DeviceState
from trunkline.web.metrics import AMI_BYTES, AMI_CONNECTS, AMI_FAULTS, AMI_FRAMES, AMI_OVERFLOW, AMI_PROVED, AMI_SKEW

log = get_logger(__name__)

PROOF = "TrunklineProof"
_CANCEL_AGAIN_SECONDS = 5.0  # longer than giving a seat up may take
_WANTED = frozenset({"UserEvent", "DeviceStateChange", "FullyBooted"}) | HEARD
_NOISE = "!Event: (RTCPSent|RTCPReceived|VarSet|Newexten|DTMFBegin|DTMFEnd|ChallengeSent|ChallengeResponseFailed)"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; a link that lived for `steady` is tried again as soon as if it had never failed.

    The longest back-off is short: while a link is down nobody's state is known, and a connection costs a PBX nothing.
    """

    link: Limits = field(default_factory=Limits)
    boot: float = 5.0
    proof_every: float = 10.0
    proof_within: float = 5.0
    back_off_first: float = 0.5
    back_off_longest: float = 10.0
    steady: float = 60.0
    refused: float = 300.0


class Ears(Protocol):
    """Who listens to a session."""

    def heard(self, run: bytes) -> None:
        """A run of whole frames, before anything else is done with it."""

    def up(self, link: Link, booted_at: float | None) -> None:
        """Logged in and, if our rights allow it, proved; the PBX runs since `booted_at` (our clock)."""

    def down(self, reason: str, *, refused: bool, fault: Fault | None = None) -> None:
        """The link is gone, or could not be made; `refused`: login; `fault`: what else somebody must correct."""

    def doubted(self) -> None:
        """The link came into doubt, or out of it (`Link.doubtful`)."""

    def proved(self, at: float) -> None:
        """An event of ours came back at `at`."""

    def devices(self, states: Mapping[str, DeviceState], *, whole: bool) -> None:
        """Phones changed, or these are all of them."""

    def counted(self, frame: Frame) -> None:
        """An event of HEARD came."""

    def queues(self, frames: Sequence[Frame]) -> None:
        """A summary of every queue was asked for, or is here: empty before, its frames after."""


class Session:
    """Keeps one link to one PBX, for ever."""

    def __init__(self, pbx: str, address: Address, ears: Ears, patience: Patience) -> None:
        self._pbx = pbx
        self._address = address
        self._ears = ears
        self._patience = patience
        self._booted: asyncio.Future[Frame] | None = None
        self._echo: tuple[str, asyncio.Future[Frame]] | None = None
        self._counted = Counts()
        self._changed_meanwhile: dict[str, DeviceState] = {}

    async def run(self) -> NoReturn:
        """Connect, live, and connect again: soon at first, later less often, long after a refusal."""
        failures = 0
        while True:
            started = time.monotonic()
            refused, fault = False, None
            try:
                await self._live()
            except LoginRefused as error:
                refused, reason = True, str(error)
            except LinkError as error:
                reason, fault = str(error), error.fault if isinstance(error, LinkDown) else None
            AMI_CONNECTS.labels(self._pbx, "refused" if refused else "lost").inc()
            self._ears.down(reason, refused=refused, fault=fault)
            if time.monotonic() - started > self._patience.steady:
                failures = 0
            delay = self._patience.refused if refused else back_off(self._patience, failures)
            failures += 1
            tell = log.error if refused else log.warning
            tell("ami_link_down", pbx=self._pbx, reason=reason, refused=refused, again_in=round(delay, 1))
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311  (jitter, not a secret)

    async def _live(self) -> None:
        limits = self._patience.link
        self._booted = asyncio.get_running_loop().create_future()
        self._counted = Counts()
        ears = self._ears
        async with open_link(
            self._address, received=ears.heard, wanted=_WANTED, limits=limits, doubted=ears.doubted
        ) as link:
            AMI_CONNECTS.labels(self._pbx, "up").inc()
            try:
                await together(self._listen(link), self._greet(link))
            finally:
                self._count(link)

    async def _greet(self, link: Link) -> None:
        await link.ask({"Action": "Filter", "Operation": "Add", "Filter": _NOISE})  # refused to a user without "system"
        booted_at = await self._booted_at()
        provable = await self._prove(link)
        self._ears.up(link, booted_at)
        log.info("ami_link_up", pbx=self._pbx, booted_at=booted_at)
        await self._list_devices(link)
        await self._list_queues(link)
        while True:
            await asyncio.sleep(self._patience.proof_every)
            if provable:
                await self._prove(link)
            if link.counts.overflow > self._counted.overflow:
                await self._list_devices(link)
            await self._list_queues(link)  # also for a user who may not hear queue events
            self._count(link)

    async def _booted_at(self) -> float | None:
        """Since when the PBX runs, by our clock: its `FullyBooted` carries no time of its own."""
        assert self._booted is not None
        try:
            async with asyncio.timeout(self._patience.boot):
                frame = await self._booted
        except TimeoutError:
            return None
        uptime = number_of(frame.get("Uptime"))
        return None if uptime is None else time.time() - uptime

    async def _listen(self, link: Link) -> None:
        while True:
            frame = await link.next_event()
            match frame["Event"]:
                case "DeviceStateChange":
                    if states := states_of([frame]):
                        self._changed_meanwhile.update(states)
                        self._ears.devices(states, whole=False)
                case name if name in HEARD:
                    self._ears.counted(frame)
                case "FullyBooted":
                    if self._booted is not None and not self._booted.done():
                        self._booted.set_result(frame)
                case "UserEvent":
                    if self._echo is not None and self._echo[0] == frame.get("Nonce") and not self._echo[1].done():
                        self._echo[1].set_result(frame)

    async def _list_devices(self, link: Link) -> None:
        """All states; what changes while the list comes is newer than the list."""
        self._changed_meanwhile.clear()
        listed = states_of(await link.ask({"Action": "DeviceStateList"}))
        self._ears.devices({**listed, **self._changed_meanwhile}, whole=True)

    async def _list_queues(self, link: Link) -> None:
        """How long every queue is; a PBX without app_queue has none."""
        self._ears.queues(())
        with suppress(ActionTimedOut):  # its answer may stand in line behind the events
            self._ears.queues(await link.ask({"Action": "QueueSummary"}))

    async def _prove(self, link: Link) -> bool:
        """Send an event to ourselves: only its coming back shows that the stream of events lives.

        False when we may not send it. Raises LinkDown when no event at all came within the time; when others did, we
        lag behind: that proves nothing, and to give up the link would lose what it still holds for us.
        """
        nonce = secrets.token_hex(8)
        echo: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._echo = (nonce, echo)
        events = link.counts.events
        try:
            answer = (await link.ask({"Action": "UserEvent", "UserEvent": PROOF, "Nonce": nonce}))[0]
            if answer.get("Response") != "Success":
                log.error("ami_proof_refused", pbx=self._pbx, answer=answer.get("Message"), remedy="write = user")
                return False
        except ActionTimedOut:
            pass  # its answer may stand in line behind the events
        await first_done(self._patience.proof_within, echo, link.lost)
        if echo.done():
            self._note_proof(echo.result())
        elif link.counts.events == events:
            link.close(f"our own event did not come back within {self._patience.proof_within:g} s")
            raise LinkDown(link.lost.result())
        else:
            log.warning("ami_lags", pbx=self._pbx)
        return True

    def _note_proof(self, frame: Frame) -> None:
        now = time.time()
        AMI_PROVED.labels(self._pbx).set(now)
        if (stamp := number_of(frame.get("Timestamp"))) is not None:
            AMI_SKEW.labels(self._pbx).set(stamp - now)
        self._ears.proved(now)

    def _count(self, link: Link) -> None:
        seen, before = replace(link.counts), self._counted
        self._counted = seen
        AMI_BYTES.labels(self._pbx).inc(seen.bytes - before.bytes)
        AMI_FRAMES.labels(self._pbx).inc(seen.frames - before.frames)
        AMI_FAULTS.labels(self._pbx).inc(seen.faults - before.faults)
        AMI_OVERFLOW.labels(self._pbx).inc(seen.overflow - before.overflow)


def back_off(patience: Patience, failures: int) -> float:
    """Twice as long after each failure in a row."""
    return float(min(patience.back_off_longest, patience.back_off_first * 2 ** min(failures, 16)))


async def together(*works: Coroutine[Any, Any, object], again: float = _CANCEL_AGAIN_SECONDS) -> None:
    """Run all until the first ends; the others are cancelled (see background.end), and its error, if any, is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end([task for task in tasks if not task.done()], again)
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
