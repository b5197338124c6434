"""Topics and who answers them; after how long an e-mail goes out. What settings change."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.experts.question import Topic
from trunkline.experts.store import SQL
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

LONGEST_NAME: Final = 100
MINUTES: Final = (1, 1440)


async def topics(connection: Connection) -> Sequence[Topic]:
    """All, by name."""
    return [Topic(**dict(row)) for row in await connection.fetch(SQL["topics"])]


async def add_topic(connection: Connection, name: str, people: Collection[UUID], actor: Actor, now: datetime) -> None:
    """One more; call it in a transaction, as what follows. Raises InvalidInput."""
    identifier = await connection.fetchval(SQL["add_topic"], uuid7(time.time()), _checked(name))
    if identifier is None:
        raise InvalidInput(Mistake("name", _("there is a topic of this name already")))
    await _fill(connection, identifier, name, people, actor, now)


async def change_topic(
    connection: Connection, identifier: UUID, name: str, people: Collection[UUID], actor: Actor, now: datetime
) -> None:
    """Another name, other people. Raises InvalidInput, NotFound."""
    try:
        async with connection.transaction():
            if await connection.fetchval(SQL["rename_topic"], identifier, _checked(name)) is None:
                raise NotFound(_("There is no such topic."))
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is a topic of this name already"))) from error
    await _fill(connection, identifier, name, people, actor, now)


async def remove_topic(connection: Connection, identifier: UUID, actor: Actor, now: datetime) -> None:
    """Nobody is asked about it any more; what was asked stays. Raises NotFound."""
    name = await connection.fetchval(SQL["remove_topic"], identifier)
    if name is None:
        raise NotFound(_("There is no such topic."))
    await record(connection, actor, Deed("experts.topic_removed", "topic", str(identifier), {"name": name}), now)


async def mail_minutes(connection: Connection) -> int:
    """After how long without an answer an e-mail goes out."""
    minutes: int = await connection.fetchval(SQL["mail_minutes"])
    return minutes


async def save_mail_minutes(connection: Connection, text: str, actor: Actor, now: datetime) -> None:
    """Another time; raises InvalidInput."""
    least, most = MINUTES
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        told = _("must be a whole number from %(least)s to %(most)s")
        raise InvalidInput(Mistake("minutes", told % {"least": least, "most": most}))
    before = await mail_minutes(connection)
    await connection.execute(SQL["save_mail_minutes"], int(text))
    deed = Deed("experts.rules_changed", "experts", "rules", {"mail_minutes": before}, {"mail_minutes": int(text)})
    await record(connection, actor, deed, now)


async def _fill(
    connection: Connection, identifier: UUID, name: str, people: Collection[UUID], actor: Actor, now: datetime
) -> None:
    await connection.execute(SQL["clear_topic"], identifier)
    await connection.execute(SQL["fill_topic"], identifier, sorted(people))
    after = {"name": name, "people": sorted(map(str, people))}
    await record(connection, actor, Deed("experts.topic_set", "topic", str(identifier), None, after), now)


def _checked(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInput(Mistake("name", _("must have 1 to %(number)s letters") % {"number": LONGEST_NAME}))
    return name
