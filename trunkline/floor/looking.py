"""From a request to the floor as whoever asks may see it: shared by the page, the wallboard and the API."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from msgspec.structs import replace

from trunkline.directory.reader import Directory
from trunkline.floor.floor import AgentNow, CallNow, Floor, Waiting, queues_now, state_in_calls
from trunkline.floor.recent import Recent
from trunkline.floor.settings import answer_seconds
from trunkline.floor.store import (
    Today,
    calls_of,
    hosted_pbxs,
    lines_now,
    linked_pbxs,
    queues_of,
    today_so_far,
    waiting_now,
)
from trunkline.keys import directory_key, pool_key, redis_key
from trunkline.pbx.devices import DeviceState
from trunkline.people.identity import Reach
from trunkline.people.pages.request import now as clock
from trunkline.people.roles import Right
from trunkline.presence.people import Known, known_of
from trunkline.presence.state import State
from trunkline.presence.store import list_presence
from trunkline.presence.telephones import telephones
from trunkline.web.auth import signed_in
from trunkline.web.render import reader_of

TODAY_SECONDS: Final = 10.0
"""How old the figures of today may be: they are counted from all of today's calls."""

today_key: web.AppKey[Recent[Today]] = web.AppKey("floor_today", Recent)
_HIS_WORD: Final = frozenset({"online", "break", "offline"})
"""Why somebody is in a state where he himself said so."""


async def floor_context(app: web.Application) -> AsyncIterator[None]:
    """What the screens of this process share."""
    app[today_key] = Recent(TODAY_SECONDS)
    yield


async def look(request: web.Request) -> Floor:
    """The floor now."""
    viewer, now = signed_in(request), clock()
    reach, names = viewer.reach(), _Names(request.app[directory_key], known=viewer.holds(Right.CONTACTS_READ))
    pool = request.app[pool_key]
    async with pool.acquire() as connection:
        seconds = await answer_seconds(connection)
        pbxs, hosted = await linked_pbxs(connection), await hosted_pbxs(connection)
    # Without a connection in hand: Valkey may hang, and of many who look one reads the day for all.
    heard = await telephones(request.app[redis_key], pbxs, now.timestamp())
    today = await _today(request, reach, now, seconds)
    believed = (pbxs.keys() - set(heard.silent)) | hosted.keys()
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        spoken = [
            one for one in await list_presence(connection, viewer.person, reach.departments, now) if one.extension
        ]
        extensions = [one.extension for one in spoken if one.extension]
        calls = names.of_calls(await calls_of(connection, extensions, reach, believed))
        waiting = names.of_waiting(await waiting_now(connection, reach, believed))
        facts = await queues_of(connection, reach)
        lines = await lines_now(connection, reach, now, today.lines)
    agents = tuple(_agent(one, calls, today.agents) for one in known_of(request, spoken, heard, now))
    return Floor(
        at=now,
        answer_seconds=seconds,
        pbxs=(*pbxs.values(), *hosted.values()),
        silent=tuple(pbxs[pbx] for pbx in heard.silent),
        queues=queues_now(facts, waiting, today.queues, agents, (now, seconds)),
        agents=agents,
        lines=lines,
    )


class _Names:
    """Who a number is, where the PBX did not say, the reader may know it and it is one contact's."""

    def __init__(self, directory: Directory, *, known: bool) -> None:
        self._directory = directory
        self._known = known

    def of_waiting(self, waiting: Mapping[str, Sequence[Waiting]]) -> Mapping[str, Sequence[Waiting]]:
        """Everybody who waits, by name."""
        return {
            queue: [replace(one, caller_name=self._name(one.caller, one.caller_name)) for one in ones]
            for queue, ones in waiting.items()
        }

    def of_calls(self, calls: Mapping[str, tuple[CallNow, ...]]) -> Mapping[str, tuple[CallNow, ...]]:
        """Everybody who is talked with, by name."""
        return {
            extension: tuple(replace(one, other_name=self._name(one.other, one.other_name)) for one in ones)
            for extension, ones in calls.items()
        }

    def _name(self, number: str, said: str) -> str:
        if not self._known or not number.startswith("+"):
            return said
        contacts = self._directory.contacts(number)
        return contacts[0].name or contacts[0].company if len(contacts) == 1 else said


async def _today(request: web.Request, reach: Reach, now: datetime, seconds: int) -> Today:
    """What whoever sees the same was told a moment ago, or read anew."""
    midnight = now.astimezone(reader_of(request).timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    scope = tuple(None if ids is None else tuple(ids) for ids in (reach.departments, reach.lines))
    person = None if scope == (None, None) else reach.person

    async def read() -> Today:
        async with request.app[pool_key].acquire() as connection:
            return await today_so_far(connection, reach, midnight, now, seconds)

    return await request.app[today_key].get((person, scope, midnight, seconds), read)


def _agent(one: Known, in_calls: Mapping[str, tuple[CallNow, ...]], today: Mapping[str, tuple[int, int]]) -> AgentNow:
    spoken, presence = one.spoken, one.presence
    calls = in_calls.get(spoken.extension or "", ())
    state = state_in_calls(presence.state, calls)
    number, talk = today.get(spoken.extension or "", (0, 0))
    return AgentNow(
        person=spoken.person,
        name=spoken.name,
        extension=spoken.extension,
        department=spoken.department_name,
        state=state,
        why=presence.why if state is presence.state else state.value,
        reason=spoken.reason if presence.why in {"break", "offline"} else "",
        since=_since(one, state, calls),
        until=datetime.fromtimestamp(presence.until, UTC) if presence.until else None,
        heard=one.device is not DeviceState.UNKNOWN,
        calls=calls,
        calls_today=number,
        talk_seconds=talk,
        may_set=one.may_set,
    )


def _since(one: Known, state: State, calls: Sequence[CallNow]) -> datetime | None:
    """When his state began: his call, where he is in one, else what he said."""
    if state in {State.TALKING, State.RINGING}:
        return min((call.since for call in calls), default=None)
    return one.spoken.since if one.presence.why in _HIS_WORD else None
