"""Bills of operators as rows: read with the columns somebody says, read anew, thrown away; laid beside our calls."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from calltracking.costs.files import Sent, on_disk
from calltracking.costs.reading import Head, read_head
from calltracking.proof.bill import BILL_FIELDS, BillCall, call_of, checked_columns
from calltracking.proof.matching import LineMatch, OurCall, matched
from trunkline.contacts.columns import Columns, Layout, laid_out
from trunkline.contacts.rows import Problem
from trunkline.contacts.sheets import BrokenRow, read_rows
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import lowest_id, uuid7
from trunkline.reports.days import Days
from trunkline.web.i18n import gettext as _

_SQL: Final = load_queries("calltracking.proof", "bills.sql")
MOST_ROWS: Final = 300_000
_MOST_PROBLEMS: Final = 200


class Bill(msgspec.Struct, frozen=True):
    """One file, and the days its calls are of."""

    id: UUID
    file_name: str
    person: str
    head: Head
    fields: list[str]
    failure: str
    refused: int
    left_out: int
    problems: list[Problem]
    sent_at: datetime
    calls: int
    first_day: date | None
    last_day: date | None

    @property
    def columns(self) -> list[tuple[str, list[str], str]]:
        """Of each column its heading, some values, the field it holds."""
        return list(zip(self.head.headings, self.head.samples, self.fields, strict=True))


@dataclass(slots=True)
class BillReport:
    """What a file holds; `left_out` counts rows that are no incoming call, `failure` says why nothing could be read."""

    calls: list[BillCall] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    left_out: int = 0
    failure: str = ""


async def look_at(content: bytes, zone: ZoneInfo, fields: Sequence[str] | None) -> tuple[Head, list[str], BillReport]:
    """The file read in a thread, its columns by their headings or as said; raises InvalidInput where it is no table."""
    with on_disk(content) as path:
        head = await asyncio.to_thread(read_head, path, BILL_FIELDS)
        said = list(fields) if fields is not None else head.fields
        named = [one for one in said if one]
        if len(set(named)) < len(named):
            return head, said, BillReport(failure=_("Two columns hold the same; leave one of them out."))
        try:
            return head, said, await asyncio.to_thread(read_bill, path, zone, said)
        except InvalidInput as error:
            return head, said, BillReport(failure="; ".join(mistake.message for mistake in error.mistakes))


def read_bill(path: Path, zone: ZoneInfo, fields: Sequence[str]) -> BillReport:
    """The calls of a CSV or XLSX file whose first row names its columns; raises InvalidInput where none fits."""
    report, columns = BillReport(), None
    for row in read_rows(path, BILL_FIELDS):
        if isinstance(row, BrokenRow):
            _refuse(report, Problem(row.line, "", row.message))
        elif columns is None:
            columns = checked_columns(laid_out(Layout(tuple(fields)), row.cells))
        elif any(cell.strip() for cell in row.cells):
            if len(report.calls) + report.refused + report.left_out >= MOST_ROWS:
                message = _("has more than %(number)s rows; split it") % {"number": MOST_ROWS}
                raise InvalidInput(Mistake("file", message))
            _take(report, columns, row.cells, row.line, zone)
    return report


def _take(report: BillReport, columns: Columns, cells: list[str], line: int, zone: ZoneInfo) -> None:
    try:
        call = call_of(columns, cells, zone)
    except InvalidInput as error:
        _refuse(report, *(Problem(line, mistake.path, mistake.message) for mistake in error.mistakes))
        return
    if call is None:
        report.left_out += 1
    else:
        report.calls.append(call)


def _refuse(report: BillReport, *problems: Problem) -> None:
    report.refused += 1
    if len(report.problems) < _MOST_PROBLEMS:
        report.problems += problems


async def keep_bill(connection: Connection, sent: Sent, head: Head, person: UUID) -> UUID:
    """The file itself; what it holds is kept by `keep_calls`."""
    bill = uuid7(time.time())
    await connection.execute(_SQL["add_bill"], bill, sent.file_name, person, sent.content, msgspec.to_builtins(head))
    return bill


async def keep_calls(connection: Connection, bill: UUID, fields: Sequence[str], report: BillReport) -> None:
    """What the file holds, in place of what it held as read before."""
    calls = report.calls
    await connection.execute(_SQL["clear"], bill)
    columns = [[getattr(one, name) for one in calls] for name in ("number", "at", "client", "seconds")]
    done: str = await connection.execute(_SQL["keep"], bill, *columns)
    left_out = report.left_out + len(calls) - int(done.rsplit(maxsplit=1)[-1])
    problems = msgspec.to_builtins(report.problems)
    await connection.execute(_SQL["told"], bill, list(fields), report.failure, report.refused, left_out, problems)


async def content_of(connection: Connection, bill: UUID) -> bytes | None:
    """The file; held until the transaction ends."""
    content: bytes | None = await connection.fetchval(_SQL["content"], bill)
    return content


async def list_bills(connection: Connection, zone: str, bill: UUID | None = None) -> list[Bill]:
    """The bills sent lately, or one."""
    return [msgspec.convert(dict(row), Bill) for row in await connection.fetch(_SQL["bills"], bill, zone)]


async def remove_bill(connection: Connection, bill: UUID) -> str | None:
    """Throw it away with its calls; its name, None where it is not there."""
    name: str | None = await connection.fetchval(_SQL["remove"], bill)
    return name


async def compare(connection: Connection, site: UUID, days: Days) -> tuple[list[LineMatch], list[Days]]:
    """Our calls to the site's numbers beside the bills', in the days that bills are of; and these days."""
    rows = await connection.fetch(_SQL["covered"], days.zone.key, days.first, days.after)
    covered = merged([Days(row["first"], row["last"] + timedelta(days=1), days.zone) for row in rows])
    numbers = [row["number"] for row in await connection.fetch(_SQL["numbers"], site, days.first, days.after)]
    ours: list[OurCall] = []
    theirs: list[BillCall] = []
    for one in covered:
        since, until = one.since, one.until
        ids = lowest_id(since), lowest_id(until + timedelta(hours=1))
        ours += [OurCall(**row) for row in await connection.fetch(_SQL["ours"], numbers, since, until, *ids)]
        theirs += [BillCall(**row) for row in await connection.fetch(_SQL["theirs"], numbers, since, until)]
    return matched(ours, theirs), covered


def merged(stretches: Sequence[Days]) -> list[Days]:
    """Stretches of days that meet or overlap as one."""
    found: list[Days] = []
    for one in sorted(stretches, key=lambda days: days.first):
        if found and one.first <= found[-1].after:
            found[-1] = Days(found[-1].first, max(found[-1].after, one.after), one.zone)
        else:
            found.append(one)
    return found
