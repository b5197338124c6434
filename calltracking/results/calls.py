"""The calls behind a row of the report, a page at a time: each page reads one month at most, and of it no more than
it takes to be full."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.models.model import WHOLE
from calltracking.results.asking import Question
from calltracking.results.rolling import hurry
from calltracking.results.statements import PIECES, of_calls
from calltracking.results.store import seen_of
from trunkline.db.types import Connection
from trunkline.people.identity import Reach
from trunkline.reports.days import Days

_MOMENT: Final = timedelta(microseconds=1)
_FIRST_SPAN: Final = timedelta(days=1)
_WIDER: Final = 6
"""A busy row's page is in its last day; each further try reads so many times as much."""


class CreditedCall(msgspec.Struct, frozen=True):
    """A call, and which part of it the row is given; where it came from, and how sure that is."""

    id: UUID
    started_at: datetime
    client: str
    caller_name: str
    dialled: str
    outcome: str
    talk_seconds: float
    share: float
    confidence: float
    channel: str
    source: str
    campaign: str
    recorded: bool


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins: calls that began before `until`, with ids below `before`."""

    until: Annotated[datetime, msgspec.Meta(tz=True)]
    before: UUID | None


async def calls_of(
    connection: Connection,
    days: Days,
    question: Question,
    key: str | None,
    cursor: Cursor | None,
    size: int,
    reach: Reach,
) -> tuple[list[CreditedCall], Cursor | None]:
    """Calls of these days of which the row `key` (None: the sum) is given something, the latest first.

    A page may be short, even empty, and yet not the last: it ends where its month begins.
    """
    await hurry(connection)
    until = min(cursor.until, days.until) if cursor else days.until
    until = max(until.astimezone(UTC), days.since.astimezone(UTC) + _MOMENT)
    since = max(days.since.astimezone(UTC), _month_of(until - _MOMENT))
    seen = await seen_of(connection, reach)
    found: list[CreditedCall] = []
    for low, high in _spans(since, until):
        statement = of_calls(
            question.model, low, high, days, seen, PIECES["calls_of_row"], key=key, by=question.by.value,
            band=question.band, before=cursor.before if cursor else None, limit=size + 1 - len(found),
        )  # fmt: skip
        found += [_call(row) for row in await connection.fetch(statement.text, *statement.arguments)]
        if len(found) > size:
            return found[:size], Cursor(until, found[size - 1].id)
    return found, Cursor(since, None) if since > days.since else None


def _spans(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From `until` back to `since`, each longer than the one before."""
    span = _FIRST_SPAN
    while until > since:
        low = max(since, until - span)
        yield low, until
        until, span = low, span * _WIDER


def _month_of(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _call(row: asyncpg.Record) -> CreditedCall:
    values = dict(row)
    recorded, share = values.pop("is_recorded"), values.pop("share")
    return CreditedCall(**values, share=share / WHOLE, recorded=recorded)
