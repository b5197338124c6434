"""The log is kept as long as the settings say; what waits is kept, and what was told as long as it counts."""

from datetime import datetime, timedelta
from typing import Final

from trunkline.db.types import Pool
from trunkline.dialing.store import read_limits
from trunkline.messages.rules_store import read_settings
from trunkline.messages.store import SQL

_DECISIONS_KEPT: Final = timedelta(days=400)
"""Longer than anything that is looked for may lie back."""


async def prune_messages(pool: Pool, now: datetime) -> None:
    """Forget what is older, some thousand rows at a time."""
    async with pool.acquire() as connection:
        settings, limits = await read_settings(connection), await read_limits(connection)
    counted = max(settings.client_days, limits.contact_days if limits.contact_most else 0)
    kept = now - timedelta(days=settings.kept_days)
    for name, given in (
        ("prune", (kept, now, counted)),
        ("prune_decisions", (now - _DECISIONS_KEPT,)),
    ):
        while await pool.execute(SQL[name], *given) != "DELETE 0":
            pass
