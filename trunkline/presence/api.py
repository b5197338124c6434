"""`/api/v1/presence`: who can take a call now and why, and saying so oneself or, for supervisors, of others."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.pbx.devices import DeviceState
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.presence.change import AbsenceBody, PresenceChange, ShiftBody, WeekBody, checked, clock
from trunkline.presence.people import Known, known, settable
from trunkline.presence.state import ManualState, Shift, State
from trunkline.presence.store import change_presence
from trunkline.web.body import json_answer, read_json


class ManualAnswer(msgspec.Struct, frozen=True):
    """What the person said: `by` is who did so for him, or he himself."""

    state: ManualState
    reason: str
    return_at: datetime | None
    since: datetime | None
    by: str | None


class PresenceAnswer(msgspec.Struct, frozen=True):
    """One person: what all comes to (`state`, `why`, `until`), and what it comes from."""

    person: UUID
    name: str
    extension: str | None
    state: State
    why: str
    until: datetime | None
    device: DeviceState
    manual: ManualAnswer
    absences: tuple[AbsenceBody, ...]
    hours: tuple[ShiftBody, ...]
    weeks: tuple[WeekBody, ...]


class PresenceList(msgspec.Struct, frozen=True):
    """Everybody the token may see."""

    items: list[PresenceAnswer]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/presence", show), web.put("/api/v1/presence", change)]


async def show(request: web.Request) -> web.Response:
    """`GET`: oneself and, with the right, colleagues with a telephone, by name."""
    async with transaction(request) as connection:
        people = await known(request, connection, now())
    return json_answer(PresenceList([_answer(one) for one in people]))


async def change(request: web.Request) -> web.Response:
    """`PUT`: the parts that are sent, of `person` or of oneself."""
    sent, at = checked(await read_json(request, PresenceChange), now()), now()
    async with transaction(request) as connection:
        person = (await settable(request, connection, sent.person, at)).spoken.person
        await change_presence(connection, person, sent, actor_of(request), at)
        return json_answer(_answer(await settable(request, connection, person, at)))


def _answer(one: Known) -> PresenceAnswer:
    spoken, presence = one.spoken, one.presence
    return PresenceAnswer(
        spoken.person,
        spoken.name,
        spoken.extension,
        presence.state,
        presence.why,
        datetime.fromtimestamp(presence.until, UTC) if presence.until else None,
        one.device,
        ManualAnswer(spoken.state, spoken.reason, spoken.return_at, spoken.since, spoken.by),
        spoken.absences,
        tuple(_hours(spoken.hours)),
        tuple(WeekBody(monday, _hours(hours)) for monday, hours in spoken.weeks.items()),
    )


def _hours(shifts: Iterable[Shift]) -> list[ShiftBody]:
    return [ShiftBody(shift.weekday, clock(shift.opens), clock(shift.closes)) for shift in shifts]
