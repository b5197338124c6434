"""Who is told of alarms by e-mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from trunkline.alarms.alarm import Severity
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound

LANGUAGES = ("ru", "en")
# No control characters or spaces: an address goes into a mail's header.
_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}")

_SQL = load_queries("trunkline.alarms")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told of alarms of `min_severity` and worse."""

    id: UUID
    email: str
    language: str
    min_severity: Severity
    active: bool


async def recipients(connection: Connection) -> Sequence[Recipient]:
    """All of them by address."""
    rows = await connection.fetch(_SQL["recipients"])
    return [Recipient(**{**dict(row), "min_severity": Severity(row["min_severity"])}) for row in rows]


async def add_recipient(connection: Connection, email: str, language: str, min_severity: str) -> None:
    """Add somebody, or change what a known address is told; raises InvalidInput."""
    mistakes = []
    if not _ADDRESS.fullmatch(email):
        mistakes.append(Mistake("email", "must be an address such as duty@example.com"))
    if language not in LANGUAGES:
        mistakes.append(Mistake("language", f"must be one of {', '.join(LANGUAGES)}"))
    if min_severity not in set(Severity):
        mistakes.append(Mistake("min_severity", f"must be one of {', '.join(Severity)}"))
    if mistakes:
        raise InvalidInput(*mistakes)
    await connection.execute(_SQL["add_recipient"], uuid4(), email, language, min_severity)


async def remove_recipient(connection: Connection, identifier: UUID) -> None:
    """Tell this one no more; raises NotFound."""
    if await connection.fetchval(_SQL["remove_recipient"], identifier) is None:
        raise NotFound(f"no recipient {identifier}")
