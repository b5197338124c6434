"""Mailings of kept views in the database: one's own set up, and those that others send one stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.schedule import Every, Schedule
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.credentials import held, person_identity
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("calltracking.mailings")
MOST_RECEIVERS: Final = 50


class File(StrEnum):
    """What is attached; the value is the name's ending."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One to whom it is sent, and what became of the last letter."""

    person: UUID
    name: str
    stopped_at: datetime | None
    sent_at: datetime | None
    fault: str
    fault_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mailing:
    """When a view is sent, and to whom."""

    schedule: Schedule
    file: File
    paused: bool
    next_at: datetime
    receivers: tuple[Receiver, ...]


@dataclass(frozen=True, slots=True)
class ListedMailing:
    """A line of the list: what somebody sends, or is sent; letters and faults of all receivers where it is his own."""

    id: UUID
    name: str
    own: bool
    owner: str
    schedule: Schedule
    file: File
    paused: bool
    next_at: datetime
    receives: bool
    stopped_at: datetime | None
    sent_at: datetime | None
    fault: str
    fault_at: datetime | None
    people: int


async def able(connection: Connection) -> dict[UUID, str]:
    """Who may be sent a view, by name: reads reports, and has an address.

    Nobody else can be: what a letter tells is what its receiver may see, and an address without a person has no rights.
    """
    rows = await connection.fetch(SQL["able"])
    return {row["person_id"]: row["name"] for row in rows if Right.REPORTS_READ in held(row)}


async def find_reader(connection: Connection, person: UUID) -> tuple[Identity, str] | None:
    """Who may read reports as of now, with his address; None for who left, or may not."""
    row = await connection.fetchrow(SQL["person"], person)
    if row is None or Right.REPORTS_READ not in held(row):
        return None
    return person_identity(row), row["email"]


async def own_view(connection: Connection, person: UUID, view: UUID) -> str:
    """The name of one's own view; raises NotFound."""
    row = await connection.fetchrow(SQL["own_view"], view, person)
    if row is None:
        raise NotFound(_("There is no such view of yours."))
    return str(row["name"])


async def find_mailing(connection: Connection, view: UUID) -> Mailing | None:
    """How a view is sent; None where it is not."""
    row = await connection.fetchrow(SQL["find_mailing"], view)
    if row is None:
        return None
    people = await connection.fetch(SQL["receivers"], view)
    receivers = tuple(Receiver(one["person_id"], *list(one.values())[1:]) for one in people)
    schedule = Schedule(Every(row["every"]), row["day"], row["hour"])
    return Mailing(schedule, File(row["file"]), row["paused"], row["next_at"], receivers)


async def save_mailing(
    connection: Connection,
    view: UUID,
    told: tuple[Schedule, File, bool],
    receivers: Sequence[UUID],
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> None:
    """When, with what file and whether paused, and to whom; what was due before now is not sent. Raises InvalidInput.

    The view is one's own: `own_view` has held it.
    """
    wanted = sorted(set(receivers))
    if not 1 <= len(wanted) <= MOST_RECEIVERS:
        message = _("choose from 1 to %(most)s people") % {"most": MOST_RECEIVERS}
        raise InvalidInput(Mistake("receivers", message))
    if not set(wanted) <= set(await able(connection)):
        raise InvalidInput(Mistake("receivers", _("choose people who read reports and have an e-mail address")))
    schedule, file, paused = told
    fields = view, schedule.every.value, schedule.day, schedule.hour, file.value, paused
    await connection.execute(SQL["save_mailing"], *fields, now, schedule.following(now, zone))
    await connection.execute(SQL["keep_receivers"], view, wanted)
    when = {"every": schedule.every.value, "day": schedule.day, "hour": schedule.hour, "paused": paused}
    after = {**when, "people": [str(one) for one in wanted]}
    await record(connection, actor, Deed("mailing.saved", "view", str(view), after=after), now)


async def remove_mailing(connection: Connection, view: UUID, actor: Actor, now: datetime) -> None:
    """Send one's own view no more; what stands in the outbox is not sent either."""
    if await connection.fetchval(SQL["remove_mailing"], view) is not None:
        await record(connection, actor, Deed("mailing.removed", "view", str(view)), now)


async def stop(connection: Connection, view: UUID, person: UUID, at: datetime | None) -> None:
    """The receiver wants no more of it, or (None) wants it again; raises NotFound."""
    if await connection.fetchval(SQL["stop"], view, person, at) is None:
        raise NotFound(_("No such view is sent to you."))


async def mailings_of(connection: Connection, person: UUID) -> list[ListedMailing]:
    """What somebody sends, then what he is sent."""
    found = []
    for row in await connection.fetch(SQL["mailings_of"], person):
        fields = dict(row)
        schedule = Schedule(Every(fields.pop("every")), fields.pop("day"), fields.pop("hour"))
        found.append(ListedMailing(**fields | {"schedule": schedule, "file": File(fields["file"])}))
    return found
