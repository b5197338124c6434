"""Who works now, by queue: its people, but for those whose own word, absence or hours say otherwise.

Telephones are not asked: who talks still works. The company's hours are the cabinet's business.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.presence.state import absence_at, instant_of, said
from trunkline.presence.store import list_presence

_SQL = load_queries("trunkline.presence")
_NOBODY = UUID(int=0)


async def working(connection: Connection, zone: ZoneInfo, now: datetime) -> dict[str, frozenset[str]]:
    """Extensions by queue, also where nobody works; a queue without people is missing. `zone` is the company's."""
    instant = instant_of(now.astimezone(zone))
    at_work = {
        one.person: one.extension
        for one in await list_presence(connection, _NOBODY, None, now)
        if said(one.manual, absence_at(one.away, instant.at), one.hours_at(instant), instant) is None
    }
    found: dict[str, set[str]] = {}
    for row in await connection.fetch(_SQL["queue_people"]):
        people = found.setdefault(row["queue_id"], set())
        if extension := at_work.get(row["person_id"]):
            people.add(extension)
    return {queue: frozenset(extensions) for queue, extensions in found.items()}
