"""Bots, and employees' chats with them, as rows."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.bots.port import Access
from trunkline.crypto import SecretBox, token_hash
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("crm_sync.bots")
CODE_FOR: Final = timedelta(minutes=10)
_CODE_BYTES: Final = 16


def utc_now() -> datetime:
    """The time turns are taken by."""
    return datetime.now(UTC)


class Bot(msgspec.Struct, frozen=True):
    """One row; `token` is sealed."""

    id: UUID
    kind: str
    api_url: str
    token: bytes
    remote_id: str
    username: str
    connected_at: datetime

    def access(self, box: SecretBox) -> Access:
        """By what it is reached; raises WrongKey."""
        return Access(self.api_url, box.open(self.token).decode())


async def find_bot(connection: Connection, kind: str) -> Bot | None:
    """The one of this messenger."""
    row = await connection.fetchrow(SQL["bot"], kind)
    return None if row is None else Bot(**dict(row))


async def all_bots(connection: Connection) -> list[Bot]:
    """Each messenger has one at most."""
    return [Bot(**dict(row)) for row in await connection.fetch(SQL["bots"])]


async def bot_by_id(connection: Connection, identifier: UUID) -> Bot | None:
    """One of those there are."""
    row = await connection.fetchrow(SQL["bot_by_id"], identifier)
    return None if row is None else Bot(**dict(row))


async def save_bot(connection: Connection, bot: Bot, actor: Actor, now: datetime) -> None:
    """A new one in place of any other of this messenger, or the same with another token.

    Raises InvalidInput where somebody else connects another one at the same time: whichever the messenger was told of
    last posts to us, and that is known once one of them connects it again.
    """
    values = (bot.id, bot.kind, bot.api_url, bot.token, bot.remote_id, bot.username, bot.connected_at)
    await connection.execute(SQL["drop_other_bot"], bot.kind, bot.id)
    try:
        await connection.execute(SQL["add_bot"], *values)
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("token", _("somebody else connects a bot right now: try again"))) from error
    after = {"username": bot.username, "api_url": bot.api_url}
    await record(connection, actor, Deed("bot.connected", "bot", str(bot.id), after=after), now)


async def remove_bot(connection: Connection, bot: Bot, actor: Actor, now: datetime) -> None:
    """With everybody's chat."""
    await connection.execute(SQL["remove_bot"], bot.id)
    await record(connection, actor, Deed("bot.removed", "bot", str(bot.id), {"username": bot.username}), now)


async def make_code(connection: Connection, person: UUID, now: datetime) -> str:
    """By which this person shows a bot who he is, once; one made before is good no more."""
    code = secrets.token_urlsafe(_CODE_BYTES)
    await connection.execute(SQL["put_code"], person, token_hash(code), now + CODE_FOR)
    return code


async def bind(connection: Connection, bot: Bot, chat: str, code: str, now: datetime) -> str | None:
    """The chat is that of whoever made `code`; his name, None where the code is none or good no more."""
    row = await connection.fetchrow(SQL["take_code"], token_hash(code), now)
    if row is None:
        return None
    actor = Actor(row["person_id"], row["name"], f"bot {bot.username}")
    for other in await connection.fetch(SQL["leave_chat"], bot.id, chat, row["person_id"]):
        deed = Deed("bot.unbound", "person", str(other["person_id"]), {"bot": bot.username})
        await record(connection, actor, deed, now)
    await connection.execute(SQL["put_chat"], bot.id, row["person_id"], chat, now)
    deed = Deed("bot.bound", "person", str(row["person_id"]), after={"bot": bot.username})
    await record(connection, actor, deed, now)
    return str(row["name"])


async def unbind(connection: Connection, bot: Bot, person: UUID, actor: Actor, now: datetime) -> str | None:
    """The chat that was his."""
    chat: str | None = await connection.fetchval(SQL["drop_chat"], bot.id, person)
    if chat is not None:
        await record(connection, actor, Deed("bot.unbound", "person", str(person), {"bot": bot.username}), now)
    return chat


async def block(connection: Connection, bot: Bot, chat: str, now: datetime) -> None:
    """Nothing is sent there until its person binds it again; his page and the settings tell it."""
    person = await connection.fetchval(SQL["block_chat"], bot.id, chat, now)
    if person is not None:
        actor = Actor(None, bot.kind, f"bot {bot.username}")
        await record(connection, actor, Deed("bot.blocked", "person", str(person), after={"bot": bot.username}), now)
