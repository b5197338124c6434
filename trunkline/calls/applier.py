"""What was spooled of calls, read: frames of an Asterisk, news of its link, requests and rows of hosted PBXs.

What they tell goes to the story (story.py); what hosted PBXs keep of recordings, to whoever fetches them.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from trunkline.calls.agents import Change
from trunkline.calls.alike import of_known_call
from trunkline.calls.events import Event
from trunkline.calls.follow import follow_calls
from trunkline.calls.gaps import events_of_link
from trunkline.calls.live_calls import REMEMBERED_CALLS, LiveCalls
from trunkline.calls.mobile_legs import seated
from trunkline.calls.story import Follow, FollowSeats, Story
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of
from trunkline.pbx.hooks.dials_store import follow_hooks
from trunkline.pbx.hooks.history import HostedRecording, alike_in
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.hooks.record import FOUND, HookRecord, unpack_hook
from trunkline.pbx.hooks.store import keep_heard
from trunkline.pbx.ports import LinkRecord, unpack_link, unpack_run
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

_ALIKE = b'"alike":'
"""In the record of a row whose call is to be found."""

FollowRecorded = Callable[[Connection, Sequence[tuple[UUID, str, HostedRecording]]], Awaitable[frozenset[str]]]
"""Writes what follows from recordings that hosted PBXs have: of which call, at which PBX, and how it is had."""


async def nobody_follows(_connection: Connection, _changes: Sequence[Change]) -> frozenset[str]:
    """Where no screen or CRM is told who is in a call."""
    return frozenset()


async def nothing_recorded(
    _connection: Connection, _told: Sequence[tuple[UUID, str, HostedRecording]]
) -> frozenset[str]:
    """Where recordings are not fetched."""
    return frozenset()


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
        self._calls = LiveCalls(remembered)
        self._story = Story(self._calls, follow, follow_seats)
        self._follow_recorded = follow_recorded

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Fold the records' events into their calls; all statements run in the caller's transaction."""
        events, links, hooks, rejects = _read(records)
        events += await _heard(connection, [one for one in hooks if one.verdict != FOUND])
        named, alike = _by_name([one for one in hooks if one.verdict == FOUND])
        history = [event for one in named for event in told_by(one)]
        found = frozenset(event.step_id for event in history)
        events = await seated(connection, [*events, *history])
        await self._calls.hold(connection, {one.pbx for told in (events, links, alike) for one in told})
        done = [await self._story.tell(connection, events, found)] if events else []
        await follow_hooks(connection, hooks)
        for row in alike:
            known = await of_known_call(connection, row)
            hooks[hooks.index(row)] = known
            if own := await seated(connection, told_by(known)):
                done.append(await self._story.tell(connection, own, frozenset(event.step_id for event in own)))
        if told := await self._recorded(connection, hooks):
            done.append(Applied(wakes=await self._follow_recorded(connection, told)))
        for link in links:
            if gone := await events_of_link(connection, link):
                done.append(await self._story.tell(connection, gone))  # noqa: PERF401  (each reads what the last one wrote)
        wakes = frozenset(topic for one in done for topic in one.wakes)
        return Applied(rejects, wakes, [post for one in done for post in one.posts])

    def rounds(self, records: Sequence[Record]) -> int:
        """What a PBX said goes in at once; each word of its link by itself, and each row that is to find its call."""
        links = sum(record.kind == Kind.LINK for record in records)
        rows = sum(record.kind == Kind.HOOK and _ALIKE in record.payload for record in records)
        return links + rows + (links < len(records))

    def forget(self) -> None:
        """Drop what is remembered: its transaction was rolled back, or another node wrote meanwhile."""
        self._calls.forget()

    async def _recorded(
        self, connection: Connection, hooks: Sequence[HookRecord]
    ) -> list[tuple[UUID, str, HostedRecording]]:
        """What they tell of recordings, each of a call that is known."""
        told = [(one.pbx, recording, one.received) for one in hooks for recording in recordings_of(one)]
        await self._calls.hold(connection, {pbx for pbx, _, _ in told})
        known = await self._calls.known(connection, {(pbx, recording.call): at for pbx, recording, at in told})
        return [(known[key], pbx, recording) for pbx, recording, _ in told if (key := (pbx, recording.call)) in known]


def _read(records: Iterable[Record]) -> tuple[list[Event], list[LinkRecord], list[HookRecord], list[Reject]]:
    """What an Asterisk told, what became of links, what hosted PBXs told, and records that cannot be read."""
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
    return events, links, hooks, rejects


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
