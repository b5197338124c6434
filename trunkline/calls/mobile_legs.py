"""Legs to the numbers of mobile employees get their extensions before they become steps: a call tells whose.

What was told stands: a number that is another's tomorrow changes nothing in yesterday's calls.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from trunkline.calls import what as w
from trunkline.calls.events import Event
from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.store import SQL
from trunkline.db.types import Connection


async def seated(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """`events`, those that ring a mobile employee's number with his extension."""
    numbers = {number for event in events if (number := _dialled(event))}
    if not numbers:
        return list(events)
    rows = await connection.fetch(SQL["mobile_seats"], list(numbers))
    seats = {row["mobile"]: row["extension"] for row in rows}
    if not seats:
        return list(events)
    return [_with_seat(event, seats.get(_dialled(event), "")) for event in events]


def _dialled(event: Event) -> str:
    """The outside number this event rings, in E.164."""
    if not isinstance(event.what, w.Dialed):
        return ""
    number = parse(event.what.number)
    return "" if isinstance(number, NamedKind) else number


def _with_seat(event: Event, seat: str) -> Event:
    if not seat or not isinstance(event.what, w.Dialed):
        return event
    return replace(event, what=replace(event.what, seat=seat))
