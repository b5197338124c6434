"""The one read behind a card: everything about a call or a number in one round trip, by index."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from trunkline.card.card import Card, Found, compose
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.reader import View
from trunkline.ids import lowest_id
from trunkline.numbering.subjects import zones_of
from trunkline.numbering.words import region_in_words
from trunkline.people.identity import Identity
from trunkline.people.roles import Right, card_rights

SQL: Final = load_queries("trunkline.card")
CALLS_SINCE: Final = timedelta(days=400)
"""How far back the last calls are looked for: so many monthly partitions are touched at most."""

_DECODER: Final = msgspec.json.Decoder(Found)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks, as the statement takes it; lists that are None are no limit."""

    person: UUID | None = None
    departments: list[UUID] | None = None
    lines: list[UUID] | None = None
    extension: str | None = None
    rights: frozenset[Right] = frozenset()

    @classmethod
    def of(cls, identity: Identity) -> "Asker":
        """The person behind a request."""
        reach = identity.reach()
        return cls(
            reach.person,
            reach.departments,
            reach.lines,
            identity.extension,
            card_rights(identity.role, identity.rights),
        )


async def read_card(
    connection: Connection,
    asker: Asker,
    view: View,
    now: datetime,
    *,
    call: UUID | None = None,
    number: str = "",
    contact: UUID | None = None,
) -> Card | None:
    """The card of a call, or of a number; None where the call does not exist or is out of reach.

    `contact` says who of those that share the number it is, where there is no call to keep that.
    """
    found = await find(connection, asker, now, call=call, number=number, contact=contact)
    if found is None:
        return None
    region = view.region(found.number)
    return compose(found, region_in_words(region), zones_of(region), now, asker.rights)


async def find(
    connection: Connection,
    asker: Asker,
    now: datetime,
    *,
    call: UUID | None = None,
    number: str = "",
    contact: UUID | None = None,
) -> Found | None:
    """What the card is put together from."""
    text = await connection.fetchval(SQL["card"], *arguments(asker, now, call=call, number=number, contact=contact))
    return None if text is None else _DECODER.decode(text)


def arguments(
    asker: Asker, now: datetime, *, call: UUID | None = None, number: str = "", contact: UUID | None = None
) -> tuple[object, ...]:
    """The statement's, in their order."""
    return (
        call,
        number,
        asker.person,
        asker.departments,
        asker.lines,
        asker.extension,
        Right.MONEY_READ in asker.rights,
        Right.RECORDINGS_LISTEN in asker.rights,
        Right.SPAM_READ in asker.rights,
        lowest_id(now.astimezone(UTC) - CALLS_SINCE),
        contact,
    )
