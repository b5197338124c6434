"""The company's working time and everybody's own hours, for what is held until then."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from trunkline.db.types import Connection
from trunkline.directory.intervals import Intervals
from trunkline.messages.rule import Settings
from trunkline.messages.timing import OwnHours, Working
from trunkline.missed.keep import days_between
from trunkline.missed.rules import read_rules
from trunkline.presence.state import Instant
from trunkline.presence.store import Spoken, list_presence


async def working_time(connection: Connection, settings: Settings, zone: ZoneInfo, now: datetime) -> Working:
    """The hours of missed calls, as far as nobody's rest is disturbed; with holidays, whatever hours there are."""
    rules = (await read_rules(connection)).in_zone(zone)
    told = ((settings.opens, settings.closes),)
    return Working(rules, await days_between(connection, rules, now, now), told)


async def own_hours(connection: Connection, people: Collection[UUID], now: datetime) -> Mapping[UUID, OwnHours]:
    """Of those who have some of their own."""
    found: dict[UUID, OwnHours] = {}
    for person in people:
        for spoken in await list_presence(connection, person, [], now, only=[person]):
            if spoken.hours or spoken.weeks:
                found[person] = _hours(spoken)
    return found


def _hours(spoken: Spoken) -> OwnHours:
    def on(day: date) -> Intervals | None:
        shifts = spoken.hours_at(Instant(0.0, day.weekday(), 0, day.toordinal()))
        if shifts is None:
            return None
        return tuple((shift.opens, shift.closes) for shift in shifts if shift.weekday == day.weekday())

    return on
