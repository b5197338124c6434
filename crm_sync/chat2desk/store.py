"""The company's account at Chat2Desk as a row."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from crm_sync.chat2desk.client import Way
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.audit import Actor, Deed, record

SQL: Final = load_queries("crm_sync.chat2desk")
ACCOUNT: Final = "chat2desk"
"""As the outbox calls the only one there is."""


class AccountRow(msgspec.Struct, frozen=True):
    """The row; `token` is sealed. `comments`: calls are told; `links`: recordings are, too."""

    id: UUID
    api_url: str
    token: bytes
    company: str
    comments: bool
    links: bool
    connected_at: datetime

    def way(self, box: SecretBox) -> Way:
        """By what it is reached; raises WrongKey."""
        return Way(self.api_url, box.open(self.token).decode())


async def find_account(connection: Connection) -> AccountRow | None:
    """The one there is."""
    row = await connection.fetchrow(SQL["account"])
    return None if row is None else AccountRow(**dict(row))


async def save_account(connection: Connection, told: AccountRow, actor: Actor, now: datetime) -> None:
    """All of it; what it was told of stays known. Of another company nothing is kept."""
    await connection.execute(SQL["drop_other"], told.company)
    values = (told.id, told.api_url, told.token, told.company, told.comments, told.links, told.connected_at)
    identifier: UUID = await connection.fetchval(SQL["put_account"], *values)
    after = {"company": told.company, "api_url": told.api_url, "comments": told.comments, "links": told.links}
    await record(connection, actor, Deed("chat2desk.connected", "chat2desk", str(identifier), after=after), now)
