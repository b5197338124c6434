"""The story: events become steps of their calls, with the rows of calls, agents and queues that change by them."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

from trunkline.calls import store
from trunkline.calls import what as w
from trunkline.calls.advance import advance
from trunkline.calls.agents import Agents, Change, changes_of, store_agents, with_dialled
from trunkline.calls.agents_now import agents_now, consults_of, seats_of, with_consults
from trunkline.calls.announce import Announcement, announcements
from trunkline.calls.call import Call
from trunkline.calls.detail import moment
from trunkline.calls.events import Event
from trunkline.calls.live_calls import LiveCall, LiveCalls
from trunkline.calls.outcome import Direction
from trunkline.calls.screening import may_be_screened, screened, screened_among
from trunkline.calls.store import Key
from trunkline.calls.summary import Summary, summary_of
from trunkline.calls.untold import missing_in
from trunkline.calls.waits import CallWaits, store_waits
from trunkline.calls.waits_now import waits_of
from trunkline.db.types import Connection
from trunkline.spam.evidence import TALK_SECONDS, Told, note_spoken
from trunkline.writer import Applied

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

Follow = Callable[[Connection, Sequence[Announcement]], Awaitable[frozenset[str]]]
"""Writes the rows that follow from announcements, in the same transaction; returns the topics to wake."""

FollowSeats = Callable[[Connection, Sequence[Change]], Awaitable[frozenset[str]]]
"""The same for who of ours came into a call, does something else in it, or left."""


class _Moved(msgspec.Struct):
    """A call as it was before its fresh steps (None: nobody knew it), and as it is after them."""

    live: LiveCall
    before: Summary | None
    after: Summary


class Story:
    """Tells events to the calls in memory and to the database; all statements run in the caller's transaction."""

    def __init__(self, calls: LiveCalls, follow: Follow, follow_seats: FollowSeats) -> None:
        self._calls = calls
        self._follow = follow
        self._follow_seats = follow_seats

    async def tell(
        self, connection: Connection, events: Sequence[Event], found: frozenset[bytes] = frozenset()
    ) -> Applied:
        """Their calls as they are after it, and what follows from that.

        `found` are the ids of steps of a provider's history: they tell nothing of a call that was told whole.
        """
        told: dict[Key, list[Event]] = {}
        for event in events:
            told.setdefault((event.pbx, event.linkedid), []).append(event)
        await self._calls.load(connection, {key: min(one.at for one in own) for key, own in told.items()})
        steps: list[tuple[UUID, Event]] = []
        moved: list[_Moved] = []
        for key, own in told.items():
            live = self._calls[key]
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
        self._calls.trim()
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
        into = {(key[0], merge.into): merge.at for key in touched if (merge := self._calls[key].call.merge)}
        touched |= dict.fromkeys(into)
        await self._calls.load(connection, into)
        consults = {key: consults_of(self._calls[key].call) for key in touched}
        await self._calls.load(
            connection, {(key[0], one): at for key, own in consults.items() for one, at in own.items()}
        )
        found: dict[Key, Agents] = {}
        for key in touched:
            live = self._calls[key]
            told = [self._calls[key[0], one].call for one in consults[key]]
            call = with_consults(live.call, told) if told else live.call
            seats = seats_of(call)
            if seats == live.seats and live.summary is live.shown:
                continue
            summary = live.summary or (summary_of(live.call) if seats else None)
            found[key] = {one.extension: one for one in agents_now(call, seats, summary)} if summary else {}
            live.seats, live.shown = seats, live.summary
        changes: list[Change] = []
        for key, agents in (await with_dialled(connection, found)).items():
            live = self._calls[key]
            changes += changes_of(key[0], live.id, live.agents, agents)
            live.agents = agents
        return changes

    def _waiting(self, keys: Iterable[Key]) -> list[CallWaits]:
        """Calls whose visits to queues are others than before."""
        changed: list[CallWaits] = []
        for key in keys:
            live = self._calls[key]
            waits = waits_of(live.call)
            if waits != live.waits and (waits or live.waits):
                summary = live.summary or summary_of(live.call)
                dialled = summary.dialled if summary.direction is Direction.IN else ""
                changed.append(CallWaits(key[0], live.id, dialled, waits))
            live.waits = waits
        return changed


def _fold(live: LiveCall, fresh: Sequence[Event]) -> list[_Moved]:
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


def _fresh(call: Call, events: Iterable[Event]) -> list[Event]:
    """Those of `events` that `call` does not hold, each once, in order."""
    known = {step.step_id for step in call.steps}
    fresh = {event.step_id: event for event in events if event.step_id not in known}
    return sorted(fresh.values(), key=lambda event: event.order)
