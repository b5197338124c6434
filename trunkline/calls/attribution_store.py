"""Attributions as rows: kept beside the calls they explain, so that every page of a call can read them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from trunkline.calls.attribution import Attribution
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection

_SQL: Final = load_queries("trunkline.calls", "attributions.sql")


async def keep_attributions(connection: Connection, found: Sequence[Attribution]) -> None:
    """Write what explains these calls, in place of what was written before."""
    if found:
        await connection.execute(
            _SQL["keep_attributions"], msgspec.to_builtins(sorted(found, key=lambda one: one.call_id))
        )


async def attribution_of(connection: Connection, call_id: UUID) -> Attribution | None:
    """What explains one call; None where nothing does."""
    row = await connection.fetchrow(_SQL["attribution_of"], call_id)
    return msgspec.convert(dict(row), Attribution, strict=False) if row else None
