"""Every secret the database keeps sealed, and which of them a key does not open."""

from collections.abc import Sequence

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

_SQL = load_queries("trunkline")
_SHOWN = 3


async def closed_to(connection: Connection, box: SecretBox | None) -> tuple[int, Sequence[str]]:
    """How many secrets there are, and in words those `box` does not open; None opens nothing."""
    rows = await connection.fetch(_SQL["sealed_secrets"])
    closed: dict[str, list[str]] = {}
    for row in rows:
        if not _opens(box, row["sealed"]):
            closed.setdefault(row["kind"], []).append(row["name"])
    return len(rows), [_named(kind, names) for kind, names in closed.items()]


def _opens(box: SecretBox | None, sealed: bytes) -> bool:
    try:
        return box is not None and bool(box.open(sealed))
    except WrongKey:
        return False


def _named(kind: str, names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{kind} {', '.join(names[:_SHOWN])}{more}".strip()
