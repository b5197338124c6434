"""The story's applier: spooled frames and link news become steps, calls, and what follows from them."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final
from uuid import UUID, uuid4

import msgspec

from trunkline.calls import store
from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.announce import Announcement, announcements
from trunkline.calls.call import Call
from trunkline.calls.events import Event
from trunkline.calls.follow import follow_calls
from trunkline.calls.gaps import events_of_link
from trunkline.calls.store import Key
from trunkline.calls.summary import Summary, summary_of
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of
from trunkline.pbx.ports import LinkRecord, unpack_link, unpack_run
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

REMEMBERED_CALLS = 5_000

_QUIET = (
    w.Answered,
    w.AgentCalled,
    w.AgentConnected,
    w.AgentMissed,
    w.DialEnded,
    w.HangupAsked,
    w.Held,
    w.Left,
    w.Ringing,
    w.Unheld,
)
"""Kinds that change no row of a call that goes on: their share in it is told when it is over."""

Follow = Callable[[Connection, Sequence[Announcement]], Awaitable[frozenset[str]]]
"""Writes the rows that follow from announcements, in the same transaction; returns the topics to wake."""


class _Live(msgspec.Struct):
    """A call in memory, as the rows of the last transaction have it."""

    id: UUID
    call: Call
    summary: Summary | None = None
    row: bytes = b""


class CallApplier:
    """Applies records of kinds AMI and LINK. What it remembers of calls is a copy of committed rows, or dropped."""

    kinds: Final = frozenset({int(Kind.AMI), int(Kind.LINK)})

    def __init__(self, follow: Follow = follow_calls, *, remembered: int = REMEMBERED_CALLS) -> None:
        self._follow = follow
        self._remembered = remembered
        self._writer = uuid4()
        self._live: OrderedDict[Key, _Live] = OrderedDict()
        self._months: set[tuple[int, int]] = set()

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Fold the records' events into their calls; all statements run in the caller's transaction."""
        events: list[Event] = []
        links: list[LinkRecord] = []
        rejects: list[Reject] = []
        for record in records:
            try:
                if record.kind == Kind.LINK:
                    links.append(unpack_link(record.payload))
                else:
                    events += _told_by(record)
            except msgspec.DecodeError as error:
                rejects.append(Reject(record, str(error)))
        await self._hold(connection, {event.pbx for event in events} | {link.pbx for link in links})
        wakes = await self._advance(connection, events) if events else frozenset()
        for link in links:
            if gone := await events_of_link(connection, link):
                wakes |= await self._advance(connection, gone)
        return Applied(rejects, wakes)

    def forget(self) -> None:
        """Drop what is remembered: its transaction was rolled back, or another node wrote meanwhile."""
        self._live.clear()
        self._months.clear()

    async def _advance(self, connection: Connection, events: Sequence[Event]) -> frozenset[str]:
        told: dict[Key, list[Event]] = {}
        for event in events:
            told.setdefault((event.pbx, event.linkedid), []).append(event)
        await self._load(connection, {key: min(one.at for one in own) for key, own in told.items()})
        steps: list[tuple[UUID, Event]] = []
        rows: list[bytes] = []
        news: list[Announcement] = []
        for key, own in told.items():
            live = self._live[key]
            if fresh := _fresh(live.call, own):
                steps += ((live.id, event) for event in fresh)
                news += self._fold(live, fresh, rows)
        if steps:
            await store.save_steps(connection, steps)
        if rows:
            await store.save_calls(connection, rows)
        self._trim()
        return await self._follow(connection, news) if news else frozenset()

    def _fold(self, live: _Live, fresh: Sequence[Event], rows: list[bytes]) -> list[Announcement]:
        """Advance one call in memory; its row joins `rows` if it changed."""
        before = live.summary or (summary_of(live.call) if live.call.legs else None)
        live.call = advance(live.call, *fresh)
        if not live.call.legs:
            return []  # told only that it became a part of another: its own beginning is still to come
        if live.row and not live.call.is_over and all(isinstance(event.what, _QUIET) for event in fresh):
            return []
        live.summary = summary_of(live.call)
        row = store.row_of(live.id, live.call, live.summary)
        if row != live.row:
            live.row = row
            rows.append(row)
        return announcements(live.id, live.call, before, live.summary)

    async def _hold(self, connection: Connection, pbxs: Iterable[str]) -> None:
        """Be the only writer of these PBXs' calls until the commit; forget what another has written since."""
        for pbx in sorted(pbxs):
            writer = await connection.fetchval(store.SQL["hold_story"], pbx)
            if writer != self._writer:
                await connection.execute(store.SQL["take_story"], pbx, self._writer)
                for key in [key for key in self._live if key[0] == pbx]:
                    del self._live[key]

    async def _load(self, connection: Connection, first_seen: dict[Key, int]) -> None:
        for key in first_seen.keys() & self._live.keys():
            self._live.move_to_end(key)
        missing = {key: at for key, at in first_seen.items() if key not in self._live}
        if not missing:
            return
        ids = await store.ids_of(connection, missing)
        await store.ensure_months(connection, ids.values(), self._months)
        for key, call in (await store.load_calls(connection, ids)).items():
            self._live[key] = _Live(ids[key], call)

    def _trim(self) -> None:
        while len(self._live) > self._remembered:
            self._live.popitem(last=False)


def _told_by(record: Record) -> Iterable[Event]:
    pbx, run = unpack_run(record.payload)
    heard_at = int(record.at * 1e6)
    frames, _ = split_frames(run)
    return [event for frame in frames for event in events_of(pbx, frame, heard_at)]


def _fresh(call: Call, events: Iterable[Event]) -> list[Event]:
    """Those of `events` that `call` does not hold, each once, in order."""
    known = {step.step_id for step in call.steps}
    fresh = {event.step_id: event for event in events if event.step_id not in known}
    return sorted(fresh.values(), key=lambda event: event.order)
