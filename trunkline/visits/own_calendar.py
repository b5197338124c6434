"""Our visits as a calendar that a person subscribes to: an address with a secret, and the iCalendar it gives."""

import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from icalendar import Calendar, Event

from trunkline.crypto import token_hash
from trunkline.db.types import Connection
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.credentials import held
from trunkline.people.roles import Right
from trunkline.visits.ical import OURS
from trunkline.visits.rules import SQL
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _

PATH: Final = "/bookings/calendar/{token}.ics"
_TOKEN: Final = re.compile(r"([0-9a-f]{12})_([A-Za-z0-9_-]{43})").fullmatch
_NO_HASH: Final = bytes(32)
_BACK: Final = timedelta(days=30)


async def make_link(connection: Connection, person: UUID, base_url: str, actor: Actor, now: datetime) -> str:
    """A new address in place of the one before; it can be read only now. Call it in a transaction."""
    identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    await connection.execute(SQL["put_link"], person, identifier, token_hash(secret), now)
    await record(connection, actor, Deed("visits.link_made", "person", str(person)), now)
    return base_url + PATH.format(token=f"{identifier}_{secret}")


async def remove_link(connection: Connection, person: UUID, actor: Actor, now: datetime) -> bool:
    """The address opens nothing any more; False where there was none."""
    if await connection.fetchval(SQL["remove_link"], person) is None:
        return False
    await record(connection, actor, Deed("visits.link_removed", "person", str(person)), now)
    return True


async def link_made_at(connection: Connection, person: UUID) -> datetime | None:
    """Since when the person has an address."""
    made: datetime | None = await connection.fetchval(SQL["link_made_at"], person)
    return made


async def owner_of(connection: Connection, token: str) -> tuple[UUID, str] | None:
    """Whose address holds this token, as long as he has the card: id and name."""
    match = _TOKEN(token)
    if match is None:
        return None
    row = await connection.fetchrow(SQL["link"], match[1])
    right = hmac.compare_digest(row["secret_hash"] if row else _NO_HASH, token_hash(match[2]))
    if row is None or not right or Right.CARD_USE not in held(row):
        return None
    return row["person_id"], row["name"]


async def calendar_of(connection: Connection, person: UUID, name: str, base_url: str, now: datetime) -> bytes:
    """The visits of a month ago and later."""
    rows = await connection.fetch(SQL["own_visits"], person, now - _BACK)
    return as_ical(rows, name, base_url)


def as_ical(rows: Iterable[Any], name: str, base_url: str) -> bytes:
    """The iCalendar of these visits."""
    calendar = Calendar()
    calendar.add("prodid", "-//Trunkline//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Visits of %(name)s") % {"name": name})
    for row in rows:
        event = Event()
        event.add("uid", f"{row['id']}{OURS}")
        event.add("dtstamp", row["changed_at"].astimezone(UTC))
        event.add("sequence", row["changes"])
        event.add("dtstart", row["starts_at"].astimezone(UTC))
        event.add("dtend", row["ends_at"].astimezone(UTC))
        event.add("summary", _("Visit: %(client)s") % {"client": row["contact"] or phone(row["number"])})
        if row["place"]:
            event.add("location", row["place"])
        told = [row["words"], phone(row["number"]), f"{base_url}/bookings/{row['id']}"]
        event.add("description", "\n".join(filter(None, told)))
        event.add("status", "CONFIRMED")
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text
