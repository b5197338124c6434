"""What people do to an entry by hand: take it, let it go, close it. Each is a row, and the entry is folded anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec

from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.missed.entry import Kind
from trunkline.missed.keep import SQL, Told, recount
from trunkline.missed.promise import Rules
from trunkline.missed.reading import Asker, MissedClient, find_client
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _

LONGEST_NOTE: Final = 500
_TICK: Final = timedelta(microseconds=1)


class Reason(StrEnum):
    """Why somebody is not called back."""

    TALKED = "talked"
    NOT_NEEDED = "not_needed"
    WRONG_NUMBER = "wrong_number"
    SPAM = "spam"
    OTHER = "other"


class CloseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; `other` needs a note."""

    reason: Reason
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)] = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does it, and when."""

    identity: Identity
    now: datetime
    rules: Rules


async def take(connection: Connection, hand: Hand, entry: UUID) -> MissedClient:
    """Make the client one's own; whose he is already keeps him, unless a supervisor takes him over."""
    return await _do(connection, hand, entry, Kind.TAKEN)


async def release(connection: Connection, hand: Hand, entry: UUID) -> MissedClient:
    """Let others have him."""
    return await _do(connection, hand, entry, Kind.RELEASED)


async def close(connection: Connection, hand: Hand, entry: UUID, body: CloseBody) -> MissedClient:
    """Take him off the list; call it in a transaction, as the others. Raises InvalidInput."""
    note = " ".join(body.note.split())
    if body.reason is Reason.OTHER and not note:
        raise InvalidInput(Mistake("note", _("say why, in a few words")))
    return await _do(connection, hand, entry, Kind.CLOSED, body.reason.value, note)


async def _do(
    connection: Connection, hand: Hand, entry: UUID, kind: Kind, reason: str = "", note: str = ""
) -> MissedClient:
    asker = Asker.of(hand.identity, hand.now)
    seen = await find_client(connection, asker, entry)
    await connection.execute(SQL["hold_numbers"], [seen.number])
    seen = await find_client(connection, asker, entry)
    _refuse(seen, hand.identity)
    if kind is Kind.TAKEN and seen.owner_id == hand.identity.person:
        return seen
    # After all that the entry knows, also where the PBX's clock is ahead of ours.
    known = await connection.fetchval(SQL["latest_of"], entry)
    at = max(hand.now, known + _TICK)
    deed = uuid7(at.timestamp())
    await connection.execute(SQL["add_deed"], deed, seen.number, at, kind.value, hand.identity.person, reason, note)
    await recount(connection, [Told(seen.number, seen.first_missed_at)], hand.rules)
    return await find_client(connection, asker, entry)


def _refuse(seen: MissedClient, identity: Identity) -> None:
    if seen.closed_at is not None:
        raise InvalidInput(Mistake("id", _("this client is off the list already")))
    others = seen.owner_id not in (None, identity.person)
    if others and not identity.holds(Right.PRESENCE_OTHERS):
        raise Forbidden(_("%(name)s has taken this client.") % {"name": seen.owner})
