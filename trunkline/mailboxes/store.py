"""Mailboxes as rows: what a person sets up, and how reading them goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.alarms.alarm import clear_alarm
from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.mailboxes.mailbox import Mailbox, MailboxFields, checked
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("trunkline.mailboxes")
_MOST: Final = 50


class ReadLetter(msgspec.Struct, frozen=True):
    """A letter as the journal of its mailbox tells of it."""

    at: datetime
    sender: str
    subject: str
    rule: str
    lead_id: UUID | None


async def list_mailboxes(connection: Connection) -> list[Mailbox]:
    """All by name."""
    return [_mailbox(row) for row in await connection.fetch(SQL["mailboxes"], None)]


async def find_mailbox(connection: Connection, identifier: UUID) -> Mailbox:
    """One; raises NotFound."""
    row = await connection.fetchrow(SQL["mailboxes"], identifier)
    if row is None:
        raise NotFound(_("There is no such mailbox."))
    return _mailbox(row)


async def letters_of(connection: Connection, mailbox: UUID) -> Sequence[ReadLetter]:
    """The latest it brought, with the rule that counted for each."""
    return [ReadLetter(**dict(row)) for row in await connection.fetch(SQL["letters"], mailbox)]


async def save_mailbox(
    connection: Connection, box: SecretBox, known: Mailbox | None, told: MailboxFields, actor: Actor, now: datetime
) -> UUID:
    """A new one, or all of a known one; it is read at once. Raises InvalidInput."""
    told = checked(told, known)
    identifier = known.id if known else uuid7(now.timestamp())
    sealed = box.seal(told.secret.encode()) if told.secret else None
    place = (told.name, told.host, told.port, told.tls, told.login, told.folder, told.direction)
    values = (*place, told.department_id, list(told.ignored), told.active, sealed)
    try:
        async with connection.transaction():
            if known is None:
                if len(await list_mailboxes(connection)) >= _MOST:
                    raise InvalidInput(Mistake("name", _("there are %(most)s mailboxes already") % {"most": _MOST}))
                await connection.execute(SQL["add"], identifier, now, *values)
            else:
                await connection.execute(SQL["change"], identifier, now, *values, not known.is_same_place(told))
                await clear_alarm(connection, alarm_key(identifier))
    except asyncpg.UniqueViolationError as error:
        raise InvalidInput(Mistake("name", _("there is a mailbox of this name already"))) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("department_id", _("choose one"))) from error
    await record(connection, actor, Deed("mailbox.saved", "mailbox", str(identifier), after=_told(told)), now)
    return identifier


async def remove_mailbox(connection: Connection, known: Mailbox, actor: Actor, now: datetime) -> None:
    """Nothing is read there any more; its leads stay."""
    await connection.execute(SQL["remove"], known.id)
    await clear_alarm(connection, alarm_key(known.id))
    await record(connection, actor, Deed("mailbox.removed", "mailbox", str(known.id), {"name": known.name}), now)


def alarm_key(mailbox: UUID) -> str:
    """Of one that is not read."""
    return f"mailbox:{mailbox}"


def _told(told: MailboxFields) -> dict[str, Any]:
    """For the audit log."""
    after: dict[str, Any] = msgspec.to_builtins(told)
    return after | {"secret": "changed" if told.secret else "kept"}


def _mailbox(row: asyncpg.Record) -> Mailbox:
    return Mailbox(**dict(row) | {"ignored": tuple(row["ignored"])})
