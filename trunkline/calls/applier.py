"""The story's applier: spooled frames and link news become steps, calls, and what follows from them."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID, uuid4

import msgspec

from trunkline.calls import store
from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.agents import Agents, Change, changes_of, load_agents, store_agents, with_dialled
from trunkline.calls.agents_now import Seat, agents_now, consults_of, seats_of, with_consults
from trunkline.calls.alike import of_known_call
from trunkline.calls.announce import Announcement, announcements
from trunkline.calls.call import Call
from trunkline.calls.detail import moment
from trunkline.calls.events import Event
from trunkline.calls.follow import follow_calls
from trunkline.calls.gaps import events_of_link
from trunkline.calls.mobile_legs import seated
from trunkline.calls.outcome import Direction
from trunkline.calls.screening import may_be_screened, screened, screened_among
from trunkline.calls.store import Key
from trunkline.calls.summary import Summary, summary_of
from trunkline.calls.untold import missing_in
from trunkline.calls.waits import CallWaits, store_waits
from trunkline.calls.waits_now import Wait, waits_of
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of
from trunkline.pbx.hooks.dials_store import follow_hooks
from trunkline.pbx.hooks.history import HostedRecording, alike_in
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.hooks.record import FOUND, HookRecord, unpack_hook
from trunkline.pbx.hooks.store import keep_heard
from trunkline.pbx.ports import LinkRecord, unpack_link, unpack_run
from trunkline.spam.evidence import TALK_SECONDS, Told, note_spoken
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
    w.Progressed,
    w.Ringing,
    w.Unheld,
)
"""Kinds that change no row of a call that goes on: their share in it is told when it is over."""

_ALIKE = b'"alike":'
"""In the record of a row whose call is to be found."""

Follow = Callable[[Connection, Sequence[Announcement]], Awaitable[frozenset[str]]]
"""Writes the rows that follow from announcements, in the same transaction; returns the topics to wake."""

FollowSeats = Callable[[Connection, Sequence[Change]], Awaitable[frozenset[str]]]
"""The same for who of ours came into a call, does something else in it, or left."""


FollowRecorded = Callable[[Connection, Sequence[tuple[UUID, str, HostedRecording]]], Awaitable[frozenset[str]]]
"""The same for recordings that hosted PBXs have: of which call, at which PBX, and how it is had."""


async def nobody_follows(_connection: Connection, _changes: Sequence[Change]) -> frozenset[str]:
    return frozenset()


async def nothing_recorded(
    _connection: Connection, _told: Sequence[tuple[UUID, str, HostedRecording]]
) -> frozenset[str]:
    return frozenset()


class _Live(msgspec.Struct):
    """A call in memory, as the rows of the last transaction have it."""

    id: UUID
    call: Call
    summary: Summary | None = None
    row: bytes = b""
    agents: Agents = msgspec.field(default_factory=dict)
    seats: tuple[Seat, ...] | None = None
    shown: Summary | None = None
    waits: tuple[Wait, ...] | None = ()
    """None: not known what was stored of them."""


class _Moved(msgspec.Struct):
    """A call as it was before its fresh steps (None: nobody knew it), and as it is after them."""

    live: _Live
    before: Summary | None
    after: Summary


class CallApplier:
    """Applies records of kinds AMI, HOOK and LINK. What it remembers of calls are copies of committed rows."""

    kinds: Final = frozenset({int(Kind.AMI), int(Kind.HOOK), int(Kind.LINK)})

    def __init__(
        self,
        follow: Follow = follow_calls,
        follow_seats: FollowSeats = nobody_follows,
        follow_recorded: FollowRecorded = nothing_recorded,
        *,
        remembered: int = REMEMBERED_CALLS,
    ) -> None:
        self._follow = follow
        self._follow_seats = follow_seats
        self._follow_recorded = follow_recorded
        self._remembered = remembered
        self._writer = uuid4()
        self._live: OrderedDict[Key, _Live] = OrderedDict()
        self._months: set[tuple[int, int]] = set()

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Fold the records' events into their calls; all statements run in the caller's transaction."""
        events: list[Event] = []
        links: list[LinkRecord] = []
        hooks: list[HookRecord] = []
        rejects: list[Reject] = []
        for record in records:
            try:
                if record.kind == Kind.LINK:
                    links.append(unpack_link(record.payload))
                elif record.kind == Kind.HOOK:
                    hooks.append(unpack_hook(record.payload))
                else:
                    events += _told_by(record)
            except msgspec.DecodeError as error:
                rejects.append(Reject(record, str(error)))
        events += await _heard(connection, [one for one in hooks if one.verdict != FOUND])
        named, alike = _by_name([one for one in hooks if one.verdict == FOUND])
        history = [event for one in named for event in told_by(one)]
        found = frozenset(event.step_id for event in history)
        events = await seated(connection, [*events, *history])
        await self._hold(connection, {one.pbx for told in (events, links, alike) for one in told})
        done = [await self._advance(connection, events, found)] if events else []
        await follow_hooks(connection, hooks)
        for row in alike:
            known = await of_known_call(connection, row)
            hooks[hooks.index(row)] = known
            if own := await seated(connection, told_by(known)):
                done.append(await self._advance(connection, own, frozenset(event.step_id for event in own)))
        if told := await self._recorded(connection, hooks):
            done.append(Applied(wakes=await self._follow_recorded(connection, told)))
        for link in links:
            if gone := await events_of_link(connection, link):
                done.append(await self._advance(connection, gone))  # noqa: PERF401  (each reads what the last one wrote)
        wakes = frozenset(topic for one in done for topic in one.wakes)
        return Applied(rejects, wakes, [post for one in done for post in one.posts])

    def rounds(self, records: Sequence[Record]) -> int:
        """What a PBX said goes in at once; each word of its link by itself, and each row that is to find its call."""
        links = sum(record.kind == Kind.LINK for record in records)
        rows = sum(record.kind == Kind.HOOK and _ALIKE in record.payload for record in records)
        return links + rows + (links < len(records))

    def forget(self) -> None:
        """Drop what is remembered: its transaction was rolled back, or another node wrote meanwhile."""
        self._live.clear()
        self._months.clear()

    async def _recorded(
        self, connection: Connection, hooks: Sequence[HookRecord]
    ) -> list[tuple[UUID, str, HostedRecording]]:
        """What they tell of recordings, each of a call that is known."""
        told = [(one, recording) for one in hooks for recording in recordings_of(one)]
        keys = {(one.pbx, recording.call): one.received for one, recording in told}
        await self._hold(connection, {pbx for pbx, _ in keys})
        await self._load(connection, keys)
        unknown = [key for key in keys if not self._live[key].call.steps]
        for key in unknown:
            del self._live[key]
        return [
            (self._live[key].id, one.pbx, recording)
            for one, recording in told
            if (key := (one.pbx, recording.call)) in self._live
        ]

    async def _advance(
        self, connection: Connection, events: Sequence[Event], found: frozenset[bytes] = frozenset()
    ) -> Applied:
        """`found` are the ids of steps of a provider's history: they tell nothing of a call that was told whole."""
        told: dict[Key, list[Event]] = {}
        for event in events:
            told.setdefault((event.pbx, event.linkedid), []).append(event)
        await self._load(connection, {key: min(one.at for one in own) for key, own in told.items()})
        steps: list[tuple[UUID, Event]] = []
        moved: list[_Moved] = []
        for key, own in told.items():
            live = self._live[key]
            if fresh := missing_in(live.call, _fresh(live.call, own), found):
                steps += ((live.id, event) for event in fresh)
                moved += _fold(live, fresh)
        if steps:
            await store.save_steps(connection, steps)
        await _screen(connection, moved)
        rows = [row for one in moved if (row := _row_if_changed(one))]
        if rows:
            await store.save_calls(connection, rows)
        await note_spoken(connection, [spoken for one in moved for spoken in _spoken(one)])
        await store_waits(connection, self._waiting(told.keys()))
        changes = await self._seated(connection, told.keys())
        post = await store_agents(connection, changes)
        wakes = await self._follow_seats(connection, changes) if changes else frozenset()
        self._trim()
        news = [
            announcement
            for one in moved
            for announcement in announcements(one.live.id, one.live.call, one.before, one.after)
        ]
        wakes |= await self._follow(connection, news) if news else frozenset()
        return Applied(wakes=wakes, posts=[post] if post else [])

    async def _seated(self, connection: Connection, keys: Iterable[Key]) -> list[Change]:
        """Who of ours came into the calls, does something else in them, or left: those they went on in included."""
        touched = dict.fromkeys(keys)
        into = {(key[0], merge.into): merge.at for key in touched if (merge := self._live[key].call.merge)}
        touched |= dict.fromkeys(into)
        await self._load(connection, {key: at for key, at in into.items() if key not in self._live})
        consults = {key: consults_of(self._live[key].call) for key in touched}
        await self._load(connection, {(key[0], one): at for key, own in consults.items() for one, at in own.items()})
        found: dict[Key, Agents] = {}
        for key in touched:
            live = self._live[key]
            told = [self._live[key[0], one].call for one in consults[key]]
            call = with_consults(live.call, told) if told else live.call
            seats = seats_of(call)
            if seats == live.seats and live.summary is live.shown:
                continue
            summary = live.summary or (summary_of(live.call) if seats else None)
            found[key] = {one.extension: one for one in agents_now(call, seats, summary)} if summary else {}
            live.seats, live.shown = seats, live.summary
        changes: list[Change] = []
        for key, agents in (await with_dialled(connection, found)).items():
            live = self._live[key]
            changes += changes_of(key[0], live.id, live.agents, agents)
            live.agents = agents
        return changes

    def _waiting(self, keys: Iterable[Key]) -> list[CallWaits]:
        """Calls whose visits to queues are others than before."""
        changed: list[CallWaits] = []
        for key in keys:
            live = self._live[key]
            waits = waits_of(live.call)
            if waits != live.waits and (waits or live.waits):
                summary = live.summary or summary_of(live.call)
                dialled = summary.dialled if summary.direction is Direction.IN else ""
                changed.append(CallWaits(key[0], live.id, dialled, waits))
            live.waits = waits
        return changed

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
        calls = await store.load_calls(connection, ids)
        agents = await load_agents(connection, [ids[key] for key, call in calls.items() if call.steps])
        for key, call in calls.items():
            waits = None if call.steps else ()
            self._live[key] = _Live(ids[key], call, agents=agents.get(ids[key], {}), waits=waits)

    def _trim(self) -> None:
        while len(self._live) > self._remembered:
            self._live.popitem(last=False)


def _fold(live: _Live, fresh: Sequence[Event]) -> list[_Moved]:
    """Advance one call in memory; nothing where its row cannot have changed."""
    before = live.summary or (summary_of(live.call) if live.call.legs else None)
    live.call = advance(live.call, *fresh)
    if not live.call.legs:
        return []  # told only that it became a part of another: its own beginning is still to come
    if live.row and not live.call.is_over and all(isinstance(event.what, _QUIET) for event in fresh):
        return []
    return [_Moved(live, before, summary_of(live.call))]


async def _screen(connection: Connection, moved: Sequence[_Moved]) -> None:
    """Calls the spam rules kept out are not missed; nor were they before, if that was read from their steps."""
    found = await screened_among(connection, [one.live.id for one in moved if may_be_screened(one.after)])
    for one in moved:
        if one.live.id in found:
            one.after = screened(one.after)
            if one.live.summary is None and one.before is not None and may_be_screened(one.before):
                one.before = screened(one.before)
        one.live.summary = one.after


def _row_if_changed(one: _Moved) -> bytes:
    row = store.row_of(one.live.id, one.live.call, one.after)
    if row == one.live.row:
        return b""
    one.live.row = row
    return row


def _spoken(one: _Moved) -> Iterator[Told]:
    """With whom we talked long enough, once the call is over."""
    after = one.after
    if after.ended_at is not None and after.client and after.talk >= TALK_SECONDS:
        yield Told(one.live.id, after.client, moment(after.ended_at))


async def _heard(connection: Connection, hooks: Sequence[HookRecord]) -> list[Event]:
    """What hosted PBXs told; every request is kept as it came."""
    told = [(hook, told_by(hook)) for hook in hooks]
    if told:
        await keep_heard(connection, [(hook, len(events)) for hook, events in told])
    return [event for _, events in told for event in events]


def _by_name(rows: Sequence[HookRecord]) -> tuple[list[HookRecord], list[HookRecord]]:
    """Rows of histories that name their call, and those whose call is to be found."""
    alike = [one for one in rows if alike_in(one)]
    return [one for one in rows if not alike_in(one)], alike


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
