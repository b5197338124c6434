"""Keeps the members of one Asterisk's queues right, over a link of its own whose user may do that and nothing else.

Only the acting node keeps. Each round looks first (QueueStatus) and then does what is missing, so a round that was cut
short, by a lost link or a time-out, is never repeated blindly: the next one looks again.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

import asyncpg
import msgspec

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.pbx import members as rows
from trunkline.pbx.asterisk.link import Link, first_done, open_link
from trunkline.pbx.asterisk.members import REASON, Add, Change, Remove, Ways, action_of, changes, picture_of
from trunkline.pbx.asterisk.pauses import pauses_due
from trunkline.pbx.asterisk.terms import Address, Limits, LinkDown, LinkError, LoginRefused
from trunkline.pbx.members import Roster
from trunkline.web.i18n import mark
from trunkline.web.metrics import MEMBERS_CHANGED

log = get_logger(__name__)

NEEDED = ("QueueAdd", "QueueRemove", "QueuePause", "QueuePenalty")
_RIGHT = mark(
    "Queue members of the PBX %(pbx)s are not kept: its user %(user)s may not do %(missing)s. Give it write = agent."
)
_REFUSED = mark("Queue members of the PBX %(pbx)s are not kept: it refuses the login of %(user)s: %(reason)s")
_DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Keeping(msgspec.Struct, frozen=True):
    """How a company lets us keep its members."""

    address: Address
    ways: Ways = Ways()
    dials: bool = False
    """Whether its user may begin calls for us as well."""
    controls: bool = False
    """Whether it may move and pass on calls that go on."""
    listens: bool = False
    """Whether it may ring those who listen to a call."""

    def needed_rights(self, *, ends: bool = False) -> str:
        """The classes of `write` its user needs; `ends`: of recordings that are silent still, though none may pause."""
        classes = {"agent": True, "originate": self.dials or self.listens, "call": self.controls or ends}
        return ",".join(name for name, needed in classes.items() if needed)


@dataclass(frozen=True, slots=True)
class KeeperTiming:
    """Seconds."""

    tick: float = 1.0
    """Between looks at our rows: a pause begins and ends that late at most."""
    look_every: float = 15.0
    """Between looks at the PBX when our rows do not change."""
    pace: float = 0.02
    """Between two changes: a queue's lock is also taken by its calls."""
    again: float = 5.0
    """After a lost link."""
    refused: float = 300.0


class Keeper:
    """Keeps one PBX's members while `acts` says so; `run` runs as long as the station."""

    def __init__(
        self,
        pbx: str,
        keeping: Keeping,
        acts: Callable[[], bool],
        pool: Pool,
        bell: AlarmBell,
        timing: KeeperTiming = KeeperTiming(),
    ) -> None:
        self._pbx = pbx
        self._keeping = keeping
        self._acts = acts
        self._pool = pool
        self._bell = bell
        self._timing = timing
        self._roster = Roster()
        self._may = True

    async def run(self) -> NoReturn:
        """Keep for ever."""
        while True:
            pause = self._timing.tick
            if self._acts():
                try:
                    await self._keep()
                except LoginRefused as error:
                    log.error("members_login_refused", pbx=self._pbx, reason=str(error))  # noqa: TRY400
                    await self._tell("login", _REFUSED, wrong=True, reason=str(error))
                    pause = self._timing.refused
                except LinkError as error:
                    log.warning("members_link_down", pbx=self._pbx, reason=str(error))
                    pause = self._timing.again
            await asyncio.sleep(pause)

    async def _keep(self) -> None:
        """One link's life: until we no longer act. Raises LinkError."""
        # Pinged rarely: only our own questions make this link speak.
        limits = replace(Limits(), ping_after=self._timing.look_every * 2)
        async with open_link(self._keeping.address, received=lambda _: None, wanted=frozenset(), limits=limits) as link:
            await self._tell("login", _REFUSED, wrong=False)
            if not await self._look_at_rights(link):
                await first_done(self._timing.again, link.lost)  # rights are given at login: log in again
                return
            look_at, known = float("-inf"), None
            while self._acts():
                await self._read()
                due = pauses_due(self._roster.rests, time.time())
                state = (self._roster.queues, self._roster.wanted, due)
                if state != known or time.monotonic() >= look_at:
                    whole, known = await self._round(link, due), state
                    look_at = time.monotonic() + (self._timing.look_every if whole else self._timing.again)
                await first_done(self._timing.tick, link.lost)
                if link.lost.done():
                    raise LinkDown(link.lost.result())

    async def _look_at_rights(self, link: Link) -> bool:
        offered = (await link.ask({"Action": "ListCommands"}))[0]
        missing = [name for name in NEEDED if name not in offered]
        if missing and self._may:
            log.error("members_right_missing", pbx=self._pbx, missing=missing, remedy="write = agent")
        self._may = not missing
        await self._tell("right", _RIGHT, wrong=bool(missing), missing=", ".join(missing))
        return self._may

    async def _read(self) -> None:
        """Our rows; while PostgreSQL is away, as they last were: a pause still ends in time."""
        try:
            self._roster = await rows.read_roster(self._pool, self._pbx)
        except _DATABASE_ERRORS as error:
            log.warning("members_unread", pbx=self._pbx, error=str(error) or type(error).__name__)

    async def _round(self, link: Link, due: frozenset[str]) -> bool:
        """Look and mend; whether all that was to be done is done. Raises LinkError."""
        roster = self._roster
        picture = picture_of(await link.ask({"Action": "QueueStatus"}))
        todo = changes(
            roster.wanted, picture, ours=roster.queues, made=roster.made, paused=due, ways=self._keeping.ways
        )
        whole = True
        for change in todo:
            if not self._acts():
                return False
            try:
                whole &= await self._do(link, change)
            except _DATABASE_ERRORS as error:
                log.warning("members_unwritten", pbx=self._pbx, error=str(error) or type(error).__name__)
                return False
            await asyncio.sleep(self._timing.pace)
        return whole

    async def _do(self, link: Link, change: Change) -> bool:
        """Ask for one change, once; a refusal is told and leaves the rest to be done."""
        where = (self._pbx, change.queue, change.interface)
        if isinstance(change, Add):
            await rows.note_member(self._pool, *where)
        answer = (await link.ask(action_of(change)))[0]
        done = answer.get("Response") == "Success"
        name = type(change).__name__.lower()
        MEMBERS_CHANGED.labels(self._pbx, name, "done" if done else "refused").inc()
        tell = log.info if done else log.warning
        tell(
            "member_changed",
            pbx=self._pbx,
            change=name,
            queue=change.queue,
            interface=change.interface,
            reason=REASON,
            answer=None if done else answer.get("Message"),
        )
        # What it refuses to add is there already and somebody else's, or cannot be there at all.
        if (isinstance(change, Remove) and done) or (isinstance(change, Add) and not done):
            await rows.forget_member(self._pool, *where)
        return done

    async def _tell(self, what: str, title: str, *, wrong: bool, **facts: str) -> None:
        """Raise or clear an alarm; without PostgreSQL not now, the log has it."""
        try:
            await self._bell.set(
                wrong,
                f"pbx.members.{what}:{self._pbx}",
                Severity.WARNING,
                title,
                {"pbx": self._pbx, "user": self._keeping.address.username, **facts},
            )
        except _DATABASE_ERRORS as error:
            log.warning("members_alarm_waits", pbx=self._pbx, error=str(error) or type(error).__name__)
