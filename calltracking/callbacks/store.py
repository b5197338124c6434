"""Buttons as rows, and those in use kept at hand for visitors."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.callbacks.widget import WidgetFields, checked_widget
from trunkline.calls.phone import NamedKind, parse
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake
from trunkline.log import get_logger
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.callbacks")
_KEPT_SECONDS: Final = 2.0


async def widget_of(connection: Connection, site: UUID) -> WidgetFields | None:
    """The button of a site; None where nobody told of one."""
    row = await connection.fetchrow(_SQL["widget_of"], site)
    return _widget(dict(row)) if row else None


async def save_widget(
    connection: Connection, site: UUID, told: WidgetFields, actor: Actor, now: datetime
) -> WidgetFields:
    """Keep it; raises InvalidInput."""
    told = checked_widget(told)
    mistakes = []
    if not await connection.fetchval(_SQL["has_queue"], told.queue):
        mistakes.append(Mistake("queue", _("must be the id of a queue of ours")))
    line = parse(told.line) if told.line else ""
    if isinstance(line, NamedKind) or (line and not await connection.fetchval(_SQL["line_in_use"], line)):
        mistakes.append(Mistake("line", _("must be one of our lines in use, e.g. +74951234567")))
    if mistakes:
        raise InvalidInput(*mistakes)
    told = msgspec.structs.replace(told, line=str(line))
    before = await widget_of(connection, site)
    hours = (list(told.days), told.opens, told.closes)
    await connection.execute(
        _SQL["save_widget"], site, told.queue, told.agreed, told.active, told.line, *hours, told.terms
    )
    shown = (None if one is None else msgspec.to_builtins(one) for one in (before, told))
    await record(connection, actor, Deed("callback_widget.saved", "site", str(site), *shown), now)
    return told


async def queue_choices(connection: Connection) -> list[tuple[str, str]]:
    """Queues that may call back, by name."""
    return [(row["id"], row["name"]) for row in await connection.fetch(_SQL["choices"])]


class KeptWidgets:
    """The buttons in use by site; read again after two seconds, and the last ones stay while PostgreSQL is away."""

    def __init__(self, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._read_at = float("-inf")
        self._known: Mapping[UUID, WidgetFields] = {}
        self._one_reads = asyncio.Lock()

    async def of(self, site: UUID) -> WidgetFields | None:
        """The site's button; None where it has none in use."""
        if self._clock() - self._read_at > _KEPT_SECONDS:
            async with self._one_reads:
                if self._clock() - self._read_at > _KEPT_SECONDS:
                    await self._read()
        return self._known.get(site)

    async def _read(self) -> None:
        self._read_at = self._clock()
        try:
            rows = [dict(row) for row in await self._pool.fetch(_SQL["widgets"])]
            self._known = {row.pop("site_id"): _widget(row) for row in rows}
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("callback_widgets_not_read", error=str(error) or type(error).__name__)


def _widget(row: dict[str, Any]) -> WidgetFields:
    return WidgetFields(**{**row, "days": tuple(row["days"])})
