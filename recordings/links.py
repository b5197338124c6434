"""Links to recordings: whoever has one hears it without signing in, until its end or until it is taken back.

A link is 36 bytes in base64url: the id of its row, its end in Unix seconds, and a signature of both by the key of this
installation. So a forged or a dead one costs no look-up, and a database that is stolen gives no link.
"""

import struct
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from recordings.recording import Recording
from recordings.store import find
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("recordings", "links.sql")
MOST_DAYS: Final = 366
MOST_LIVE: Final = 20
"""Of one recording."""
_LONGEST_NAME: Final = 100
_SHOWN: Final = 50
_PURPOSE: Final = "recording link"
_HEAD: Final = struct.Struct(">16sI")
_LETTERS: Final = (_HEAD.size + 16) * 4 // 3


class Dead(Exception):
    """It was never a link of ours, or is one no more; `ended` tells which."""

    def __init__(self, *, ended: bool) -> None:
        super().__init__("ended" if ended else "none of ours")
        self.ended = ended


class Link(msgspec.Struct, frozen=True):
    """One that was given out; `opened` counts how often it was played from its begin."""

    id: UUID
    recording_id: UUID
    name: str
    made_by: str
    made_at: datetime
    until: datetime
    revoked_at: datetime | None = None
    opened: int = 0
    opened_at: datetime | None = None

    def lives(self, now: datetime) -> bool:
        """Whether it can be opened."""
        return self.revoked_at is None and now < self.until


def signed(box: SecretBox, identifier: UUID, until: datetime) -> str:
    """What stands in the address."""
    head = _HEAD.pack(identifier.bytes, int(until.timestamp()))
    return urlsafe_b64encode(head + box.sign(_PURPOSE, head)).decode()


def read_signed(box: SecretBox, text: str, now: datetime) -> UUID:
    """The id of the link's row; raises Dead."""
    try:
        whole = b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raise Dead(ended=False) from None
    head, signature = whole[: _HEAD.size], whole[_HEAD.size :]
    if len(text) != _LETTERS or not box.verify(_PURPOSE, head, signature):
        raise Dead(ended=False)
    identifier, until = _HEAD.unpack(head)
    if now.timestamp() >= until:
        raise Dead(ended=True)
    return UUID(bytes=identifier)


async def make_link(
    connection: Connection, recording: UUID, name: str, days: str, person: UUID | None, now: datetime
) -> Link:
    """A link for as many days as were typed; raises InvalidInput."""
    name = name.replace("\0", "").strip()
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise InvalidInput(Mistake("name", _("must say who gets it, in at most 100 characters")))
    lasts = int(days) if days.isdecimal() and len(days) < 6 else 0
    if not 1 <= lasts <= MOST_DAYS:
        raise InvalidInput(Mistake("days", _("must be from 1 to 366")))
    if await connection.fetchval(SQL["count_live"], recording, now) >= MOST_LIVE:
        raise InvalidInput(Mistake("name", _("is the twenty-first that lives: take one back first")))
    now = now.replace(microsecond=0)
    link = Link(uuid7(now.timestamp()), recording, name, "", now, now + timedelta(days=lasts))
    await connection.execute(SQL["make_link"], link.id, recording, name, person, now, link.until)
    return link


async def lasting_link(connection: Connection, one: Recording, name: str, now: datetime) -> Link:
    """That which an outside system was given under `name` and lives for half a year more, else another for a year.

    Raises Dead where a person has taken one back: it is not given again.
    """
    row = await connection.fetchrow(SQL["lasting_link"], one.id, name, now + timedelta(days=MOST_DAYS // 2))
    if row is not None and row["revoked_at"] is not None:
        raise Dead(ended=True)
    if row is not None:
        return msgspec.convert(dict(row), Link)
    now = now.replace(microsecond=0)
    link = Link(uuid7(now.timestamp()), one.id, name, "", now, now + timedelta(days=MOST_DAYS))
    await connection.execute(SQL["make_link"], link.id, one.id, name, None, now, link.until)
    after = {"call": str(one.call_id), "link": str(link.id), "for": name, "until": link.until.isoformat()}
    await record(
        connection, Actor(None, name, "crm"), Deed("recording.shared", "recording", str(one.id), after=after), now
    )
    return link


async def open_link(connection: Connection, identifier: UUID, now: datetime) -> tuple[str, Recording]:
    """For whom the link is, and what it leads to; raises Dead."""
    link = await connection.fetchrow(SQL["live_link"], identifier, now)
    one = await find(connection, link["recording_id"]) if link else None
    if link is None or one is None or not one.is_kept:
        raise Dead(ended=True)
    return link["name"], one


async def links_of(connection: Connection, recording: UUID) -> Sequence[Link]:
    """Those of a recording, the newest first."""
    return [msgspec.convert(dict(row), Link) for row in await connection.fetch(SQL["links_of"], recording, _SHOWN)]


async def revoke_link(connection: Connection, recording: UUID, link: UUID, now: datetime) -> bool:
    """Take it back; False where there was none to take back."""
    return await connection.fetchval(SQL["revoke_link"], link, recording, now) is not None
