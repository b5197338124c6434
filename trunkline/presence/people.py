"""Whose presence somebody may see and change, and what it comes to now: shared by the page and the API."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import Forbidden, NotFound
from trunkline.keys import directory_key, redis_key
from trunkline.pbx.devices import DeviceState
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.presence.state import Instant, Presence, Timers, absence_at, combine, instant_of
from trunkline.presence.store import Spoken, list_presence, pbx_ids
from trunkline.presence.telephones import Telephones, telephones
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext


class _PlanZone(msgspec.Struct):
    timezone: str = "Europe/Moscow"


class Known(msgspec.Struct, frozen=True):
    """One person with what his telephone says and what all comes to."""

    spoken: Spoken
    device: DeviceState
    presence: Presence
    may_set: bool


def zone_of(request: web.Request) -> ZoneInfo:
    """The zone of the plan in force."""
    return plan_zone(request.app)


def plan_zone(app: web.Application) -> ZoneInfo:
    """The same; router/plan.py has the same default."""
    try:
        return ZoneInfo(msgspec.json.decode(app[directory_key].head.plan, type=_PlanZone).timezone)
    except (msgspec.DecodeError, ValueError, KeyError, OSError):
        return ZoneInfo(_PlanZone().timezone)


async def known(
    request: web.Request, connection: Connection, now: datetime, *, only: UUID | None = None
) -> list[Known]:
    """Everybody the asker may see, himself included; the page and the API show the same."""
    viewer = signed_in(request)
    departments = viewer.reach().departments if viewer.holds(Right.PRESENCE_OTHERS) else []
    spoken = await list_presence(connection, viewer.person, departments, now, only=None if only is None else [only])
    heard = await telephones(request.app[redis_key], await pbx_ids(connection), now.timestamp())
    return known_of(request, spoken, heard, now)


def known_of(request: web.Request, spoken: Iterable[Spoken], heard: Telephones, now: datetime) -> list[Known]:
    """What their words, their telephones and the clock come to."""
    viewer, instant = signed_in(request), instant_of(now.astimezone(zone_of(request)))
    return [_known(one, heard.states, instant, viewer) for one in spoken]


async def settable(request: web.Request, connection: Connection, person: UUID | None, now: datetime) -> Known:
    """The person whose presence is to be changed (None: the asker); raises NotFound, Forbidden."""
    wanted = person or signed_in(request).person
    return settable_among(await known(request, connection, now, only=wanted), wanted)


def settable_among(people: Iterable[Known], person: UUID) -> Known:
    """The same of `people` that are known already."""
    found = next((one for one in people if one.spoken.person == person), None)
    if found is None:
        raise NotFound(gettext("There is no such person, or he is not of your departments."))
    if not found.may_set:
        raise Forbidden(gettext("This is not yours to change."))
    return found


def _known(spoken: Spoken, devices: Mapping[str, DeviceState], instant: Instant, viewer: Identity) -> Known:
    device = devices.get(spoken.extension or "", DeviceState.UNKNOWN)
    absence = absence_at(spoken.away, instant.at)
    presence = combine(spoken.manual, absence, spoken.hours_at(instant), device, Timers(), instant)
    own = spoken.person == viewer.person
    return Known(spoken, device, presence, viewer.holds(Right.PRESENCE_OWN if own else Right.PRESENCE_OTHERS))
