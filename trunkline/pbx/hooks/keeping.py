"""Keeps the groups of one hosted PBX equal to who works: looks, asks only for what differs, and looks again.

A change is believed when a later look shows it, whatever its answer was; one that was lost on the way is therefore
neither repeated blindly nor forgotten. A refusal is an alarm, told once, and leaves the PBX in peace for a while.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

import asyncpg
from redis.asyncio import Redis

from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.pbx.hooks.api import Api
from trunkline.pbx.hooks.api_alarms import Use, tell
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Told, Unclear, refusal_of
from trunkline.pbx.hooks.groups import Due, Groups, Seen, asked_first, due, groups_of
from trunkline.pbx.hooks.groups_store import GroupSeen, fault_groups, group_seen, save_groups
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.talking import Lost, Still, talk
from trunkline.web.i18n import mark
from trunkline.web.metrics import MEMBERS_CHANGED

log = get_logger(__name__)

DATABASE_ERRORS: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
NO_GROUP: Final = mark("there is no such group, or nobody of ours is in it")
NO_QUEUE: Final = mark("there is no such queue here, or nobody is in it")
_REFUSED: Final = mark("Groups of the PBX %(pbx)s are not kept: its API says “%(reason)s”.")
_UNMOVED: Final = mark("Groups of the PBX %(pbx)s are not kept: its API says yes, and rings whom it rang before.")
_TRIES: Final = 2
"""So often the same change is asked for; somebody in the cabinet may have undone the first at once."""


@dataclass(frozen=True, slots=True)
class KeepingTiming:
    """Seconds."""

    look_every: float = 300.0
    """Between looks while nothing changes here: what the cabinet changed is mended that late at most."""
    again: float = 15.0
    """After a change, and after an answer that did not come."""
    refused: float = 300.0


MayChange = Callable[[], Awaitable[bool]]
"""Whether anything may be changed at this moment."""


class Work(NamedTuple):
    """What is to be kept: who works, by queue, and whether anything may be changed (a line in mode `route`).

    A queue that is missing is none of ours, or has no people yet: of it nothing is known, and its group is left alone.
    """

    working: Mapping[str, frozenset[str]]
    may_change: bool


class GroupKeeper:
    """Remembers of one PBX what it was asked for and when it is to be looked at; the rest is looked at anew."""

    def __init__(
        self,
        pbx: str,
        groups: Groups,
        api: Api,
        pool: Pool,
        redis: Redis | None,
        timing: KeepingTiming = KeepingTiming(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pbx = pbx
        self._groups = groups
        self._api = api
        self._pool = pool
        self._redis = redis
        self._timing = timing
        self._clock = clock
        self._account: Account | None = None
        self._work: Work | None = None
        self._asked: dict[str, tuple[Mapping[str, bool], int]] = {}
        self._look_at = 0.0
        self._rest_until = 0.0

    async def tend(self, account: Account, work: Work, still: Still, may_change: MayChange) -> None:
        """Look and mend where it is time to. Raises only what a database raises."""
        if account != self._account:  # set up anew: what was refused may be taken
            self._account, self._work, self._rest_until, self._asked = account, None, 0.0, {}
        if self._clock() < self._rest_until or (work == self._work and self._clock() < self._look_at):
            return
        self._work = work
        kept = groups_of(account)
        try:
            changed = await self._round(account, work, kept, still, may_change)
            self._look_at = self._clock() + (self._timing.again if changed else self._timing.look_every)
        except Refused as error:
            self._rest_until = self._look_at = self._clock() + (error.rest or self._timing.refused)
            await self._troubled(kept, error.why)
            if error.rest is None:
                await self._tell(_UNMOVED if isinstance(error, _Unmoved) else _REFUSED, error.why)
        except Unclear as error:
            self._look_at = self._clock() + self._timing.again
            await self._troubled(kept, str(error))
        except Lost:
            self._work = None

    async def _round(
        self, account: Account, work: Work, kept: Mapping[str, str], still: Still, may_change: MayChange
    ) -> bool:
        """Look at all, and ask for what differs; whether anything was asked for."""
        groups = list(dict.fromkeys(kept.values()))
        found = {one.group: one for one in await self._talk(self._groups.look(account, groups), still)}
        seen = {group: found.get(group, Seen(group)) for group in groups}
        dues = {group: due(one, _working(work, kept, group)) for group, one in seen.items()}
        unknown = {group for queue, group in kept.items() if queue not in work.working}
        dues |= dict.fromkeys(unknown, Due({}))
        rows = [_row(queue, seen[group], dues[group], queue in work.working) for queue, group in kept.items()]
        await save_groups(self._pool, self._pbx, rows)
        changed, refusal = False, None
        for group, one in dues.items():
            if not one.changes:
                self._asked.pop(group, None)
            elif work.may_change and await may_change():  # a look takes long where everybody is asked about
                try:
                    await self._switch(account, seen[group], asked_first(seen[group], one.changes), still)
                    changed = True
                except Refused as error:  # the other groups are kept all the same
                    refusal = error
        if refusal is not None:
            raise refusal
        if not changed:
            await self._tell()
        return changed

    async def _switch(self, account: Account, seen: Seen, changes: Mapping[str, bool], still: Still) -> None:
        before, times = self._asked.get(seen.group, ({}, 0))
        times = times + 1 if before == changes else 1
        if times > _TRIES:
            raise _Unmoved("nothing changed")
        outcome = "unknown"
        try:
            await self._talk(self._groups.switch(account, seen, changes), still)
            outcome, self._asked[seen.group] = "done", (changes, times)
        except Refused:
            outcome = "refused"
            raise
        finally:
            MEMBERS_CHANGED.labels(self._pbx, "switch", outcome).inc(len(changes))
            log.info("group_switched", pbx=self._pbx, group=seen.group, seats=len(changes), outcome=outcome)

    async def _talk(self, dialogue: Dialogue[Told], still: Still) -> Told:
        await asyncio.sleep(self._groups.pace)  # what was asked before may have been answered just now
        return await talk(self._api, dialogue, self._groups.pace, refusal_of, still)

    async def _troubled(self, kept: Mapping[str, str], why: str) -> None:
        log.warning("groups_not_kept", pbx=self._pbx, reason=why)
        await fault_groups(self._pool, self._pbx, kept, datetime.now(UTC), why)

    async def _tell(self, title: str = "", why: str = "") -> None:
        await tell(self._pool, self._redis, self._pbx, Use.GROUPS, title, why)


class _Unmoved(Refused):
    """It said yes, and a later look showed the group as it was."""


def _working(work: Work, kept: Mapping[str, str], group: str) -> frozenset[str]:
    """Who works in any of the queues the group is kept for."""
    return frozenset().union(*(work.working.get(queue, frozenset()) for queue in kept if kept[queue] == group))


def _row(queue: str, seen: Seen, differs: Due, is_ours: bool) -> GroupSeen:
    row = group_seen(queue, seen, differs, datetime.now(UTC))
    if seen.seats and is_ours:
        return row
    fault = NO_QUEUE if seen.seats else NO_GROUP
    return GroupSeen(queue=queue, place=seen.group, looked_at=row.looked_at, absent=row.absent, fault=fault)
