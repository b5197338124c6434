"""Costs as rows: files that are shown before they go in and can be taken back, and what programs tell."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from calltracking.costs.cost import Cost
from calltracking.costs.reading import CostsReport, Head
from trunkline.contacts.rows import Problem
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.reports.days import Days
from trunkline.web.i18n import gettext as _

_SQL: Final = load_queries("calltracking.costs")
_PROBLEMS_KEPT: Final = 200


class CostRow(msgspec.Struct, frozen=True):
    """What was spent in a day on one thing; kopecks, `gross` with VAT and `net` without."""

    day: date
    channel: str
    source: str
    campaign: str
    keyword: str
    city: str
    gross: int
    net: int
    mark: UUID | None = None
    file_id: UUID | None = None


class Effect(msgspec.Struct, frozen=True):
    """What telling costs did: days and places that were new, that changed, that were told the same before."""

    added: int
    changed: int
    unchanged: int


class CostFile(msgspec.Struct, frozen=True):
    """One file, from the moment it was sent; `vat` in percent, amounts in kopecks."""

    id: UUID
    file_name: str
    person: str
    state: str
    head: Head
    fields: list[str]
    source: str
    channel: str
    city: str
    vat: Decimal
    failure: str
    rows: int
    refused: int
    problems: list[Problem]
    gross: int
    net: int
    added: int
    changed: int
    unchanged: int
    kept: int
    sent_at: datetime
    ended_at: datetime | None
    here: bool

    @property
    def columns(self) -> list[tuple[str, list[str], str]]:
        """Of each column its heading, some values, the field it holds."""
        return list(zip(self.head.headings, self.head.samples, self.fields, strict=True))


async def add_file(connection: Connection, file: UUID, name: str, person: UUID, content: bytes, **told: Any) -> None:
    """A file somebody sent; nothing of it has gone in."""
    head: Head = told["head"]
    rest = (told["source"], told["channel"], told["city"], told["vat"])
    await connection.execute(
        _SQL["add_file"], file, name, person, content, msgspec.to_builtins(head), head.fields, *rest
    )


async def find_file(connection: Connection, file: UUID) -> CostFile | None:
    """One file."""
    row = await connection.fetchrow(_SQL["find_file"], file)
    return _file(row) if row else None


async def recent_files(connection: Connection) -> list[CostFile]:
    """The files sent lately, the newest first."""
    return [_file(row) for row in await connection.fetch(_SQL["recent_files"])]


async def content_of(connection: Connection, file: UUID) -> bytes | None:
    """The file itself, as long as it may go in; held until the transaction ends."""
    content: bytes | None = await connection.fetchval(_SQL["hold_file"], file)
    return content


async def show_file(
    connection: Connection, file: UUID, fields: Sequence[str], vat: Decimal, found: CostsReport, failure: str = ""
) -> None:
    """Keep what the file would bring in, for somebody to look at."""
    await connection.execute(_SQL["clear_staged"], file)
    await connection.execute(_SQL["stage"], file, *_columns(found.costs))
    effect = await connection.fetchrow(_SQL["compare"], file)
    assert effect is not None
    problems = msgspec.to_builtins(found.problems[:_PROBLEMS_KEPT])
    sums = (len(found.costs), found.refused, problems, found.gross, found.net)
    await connection.execute(_SQL["show_file"], file, list(fields), vat, failure, *sums, *effect)


async def some_staged(connection: Connection, file: UUID) -> list[CostRow]:
    """The first of what it would bring in."""
    return [CostRow(**row) for row in await connection.fetch(_SQL["some_staged"], file)]


async def let_in(connection: Connection, file: UUID) -> Effect | None:
    """What was shown goes in; None where it cannot any more. The same file again changes nothing."""
    await connection.execute(_SQL["hold_costs"])
    if await content_of(connection, file) is None:
        return None
    row = await connection.fetchrow(_SQL["compare"], file)
    assert row is not None
    for step in ("keep_undo", "let_in", "clear_staged"):
        await connection.execute(_SQL[step], file)
    await connection.execute(_SQL["end_file"], file, *row)
    await connection.execute(_SQL["prune"])
    return Effect(**row)


async def drop_file(connection: Connection, file: UUID) -> bool:
    """Give it up before it went in."""
    return await connection.fetchval(_SQL["drop_file"], file) is not None


async def undo_file(connection: Connection, file: UUID) -> int | None:
    """Take it back; how many rows something else has told since then and stay, None where it is not in."""
    await connection.execute(_SQL["hold_costs"])
    if await connection.fetchval(_SQL["begin_undo"], file) is None:
        return None
    done = [await connection.execute(_SQL[step], file) for step in ("take_back_added", "take_back_changed")]
    kept: int = await connection.fetchval(_SQL["end_undo"], file, sum(int(tag.split()[-1]) for tag in done))
    await connection.execute(_SQL["clear_undo"], file)
    return kept


async def tell_costs(connection: Connection, costs: Sequence[Cost]) -> Effect:
    """Costs of a program; each replaces what its day and place had. Raises InvalidInput where two tell one place."""
    places = [(one.day, one.channel, one.source, one.campaign, one.keyword, one.city) for one in costs]
    if len(set(places)) < len(places):
        twice = next(place for place, one in enumerate(places) if one in places[:place])
        raise InvalidInput(Mistake(f"$.items[{twice}]", _("tells the same day and place as one before it")))
    await connection.execute(_SQL["hold_costs"])
    row = await connection.fetchrow(_SQL["tell_costs"], *_columns(costs))
    assert row is not None
    return Effect(**row)


async def told_before(connection: Connection, key: str, body: bytes) -> Effect | None:
    """The answer to the same request before; raises InvalidInput where the key came with another body."""
    await connection.execute(_SQL["hold_costs"])
    row = await connection.fetchrow(_SQL["find_batch"], key)
    if row is None:
        return None
    if bytes(row["body"]) != body:
        raise InvalidInput(Mistake("Idempotency-Key", _("came with another body before; take a new key")))
    return msgspec.convert(row["answer"], Effect)


async def keep_answer(connection: Connection, key: str, body: bytes, effect: Effect) -> None:
    """For the same request again, within a week."""
    await connection.execute(_SQL["keep_batch"], key, body, msgspec.to_builtins(effect))


async def list_costs(connection: Connection, days: Days, after: tuple[date, UUID] | None, limit: int) -> list[CostRow]:
    """Costs of these days, the latest first."""
    rows = await connection.fetch(_SQL["list_costs"], days.first, days.after, *(after or (None, None)), limit)
    return [CostRow(**row) for row in rows]


async def sum_costs(connection: Connection, days: Days) -> tuple[int, int, int]:
    """With VAT, without, in how many rows."""
    row = await connection.fetchrow(_SQL["sum_costs"], days.first, days.after)
    assert row is not None
    return row["gross"], row["net"], row["rows"]


def _columns(costs: Sequence[Cost]) -> tuple[list[Any], ...]:
    return (
        [one.day for one in costs],
        [one.channel or "" for one in costs],
        *([getattr(one, name) for one in costs] for name in ("source", "campaign", "keyword", "city", "gross", "net")),
    )


def _file(row: Any) -> CostFile:
    return msgspec.convert(dict(row), CostFile)
