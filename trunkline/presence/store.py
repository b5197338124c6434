"""Presence in the database: who says what, changed part by part with a word in the audit log."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.presence.change import AbsenceBody, PresenceChange, shifts_of, shown
from trunkline.presence.state import Absence, Instant, Manual, ManualState, Shift, hours_in
from trunkline.web.i18n import gettext as _

_SQL = load_queries("trunkline.presence")
_ABSENCES = msgspec.json.Decoder(list[AbsenceBody])
_HOURS = msgspec.json.Decoder(list[Shift])
_WEEKS = msgspec.json.Decoder(list[tuple[date, list[Shift]]])


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of one person."""

    person: UUID
    name: str
    extension: str | None
    department: UUID | None
    department_name: str | None
    state: ManualState
    reason: str
    return_at: datetime | None
    since: datetime | None
    by: str | None
    """Who said so."""
    absences: tuple[AbsenceBody, ...]
    """Those that are not over."""
    hours: tuple[Shift, ...]
    weeks: Mapping[date, tuple[Shift, ...]] = {}
    """By their Monday: weeks with hours of their own that are not long over."""

    def hours_at(self, now: Instant) -> Sequence[Shift] | None:
        """His own hours in the week of `now`; None: the company's."""
        return hours_in(self.hours, {monday.toordinal(): week for monday, week in self.weeks.items()}, now)

    @property
    def manual(self) -> Manual:
        """His word as the rules take it."""
        return Manual(self.state, self.reason, self.return_at.timestamp() if self.return_at else 0.0)

    @property
    def away(self) -> tuple[Absence, ...]:
        """His absences as the rules take them."""
        return tuple(Absence(one.since.timestamp(), one.until.timestamp(), one.deputy) for one in self.absences)


async def list_presence(
    connection: Connection,
    viewer: UUID | None,
    departments: list[UUID] | None,
    now: datetime,
    *,
    only: Collection[UUID] | None = None,
) -> list[Spoken]:
    """`viewer` himself and everybody with a telephone in `departments` (None: all), by name; of these `only` some."""
    wanted = None if only is None else list(only)
    return [
        Spoken(
            **{
                name: row[name]
                for name in Spoken.__struct_fields__
                if name not in {"state", "absences", "hours", "weeks"}
            },
            state=ManualState(row["state"]),
            absences=tuple(_ABSENCES.decode(row["absences"])),
            hours=tuple(_HOURS.decode(row["hours"])),
            weeks={monday: tuple(hours) for monday, hours in _WEEKS.decode(row["weeks"])},
        )
        for row in await connection.fetch(_SQL["list_presence"], viewer, departments, wanted, now)
    ]


async def lock_presence(connection: Connection, person: UUID) -> None:
    """Keep others from changing the person's lists until the transaction ends: what is read now may be replaced."""
    await connection.execute(_SQL["lock_person"], person)


async def change_presence(
    connection: Connection, person: UUID, change: PresenceChange, actor: Actor, now: datetime
) -> None:
    """Write the parts of a checked `change` that are given, in the caller's transaction. Raises InvalidInput."""
    if change.state is not msgspec.UNSET:
        await connection.execute(
            _SQL["set_state"], person, change.state, change.reason, change.return_at, now, actor.person_id
        )
    if change.absences is not msgspec.UNSET:
        await _replace_absences(connection, person, change.absences, now)
    if change.hours is not msgspec.UNSET:
        await connection.execute(_SQL["clear_hours"], person)
        if shifts := shifts_of(change.hours):
            columns = [[getattr(shift, name) for shift in shifts] for name in ("weekday", "opens", "closes")]
            await connection.execute(_SQL["add_hours"], person, *columns)
    for week in change.weeks or ():
        if week.hours is None:
            await connection.execute(_SQL["forget_week"], person, week.monday)
        else:
            hours = msgspec.json.encode(shifts_of(week.hours)).decode()
            await connection.execute(_SQL["set_week"], person, week.monday, hours)
    if said := shown(change):
        await record(connection, actor, Deed("presence.changed", "person", str(person), after=said), now)


async def pbx_ids(connection: Connection) -> list[str]:
    """The PBXs whose telephones are looked at."""
    return [row["id"] for row in await connection.fetch(_SQL["pbx_ids"])]


async def _replace_absences(
    connection: Connection, person: UUID, absences: Sequence[AbsenceBody], now: datetime
) -> None:
    await lock_presence(connection, person)
    await connection.execute(_SQL["clear_absences"], person, now)
    for place, one in enumerate(absences):
        try:
            async with connection.transaction():
                identifier = uuid7(time.time())
                await connection.execute(_SQL["add_absence"], identifier, person, one.since, one.until, one.deputy)
        except (asyncpg.ForeignKeyViolationError, asyncpg.CheckViolationError) as error:
            path = f"absences[{place}].deputy"
            raise InvalidInput(Mistake(path, _("must be another person who works here"))) from error
