"""Every class of report over the year of bench/calltracking_report.py, and what each report took."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.models.model import MODELS
from calltracking.proof.delivered import read_delivered
from calltracking.proof.outage_store import read_outages
from calltracking.proof.store import read_deals, read_proof, read_visits, sites_seen
from calltracking.results.asking import Question, compared
from calltracking.results.calls import calls_of
from calltracking.results.exporting import columns, table
from calltracking.results.result import By, Results
from calltracking.results.store import read_results
from trunkline.db.types import Connection
from trunkline.people.identity import Reach
from trunkline.reports.days import Days
from trunkline.spreadsheet import as_xlsx

ZONE: Final = ZoneInfo("Europe/Moscow")
YEAR: Final = Days(date(2025, 11, 1), date(2026, 11, 1), ZONE)
_EVERYBODY: Final = Reach(UUID(int=0), None, None)
_DEPARTMENTS: Final = [UUID(int=n) for n in range(1, 6)]
_SOME_LINES: Final = 40
_HALF: Final = 200
_ALL_BUT: Final = 5
_SCOPED: Final = (By.CHANNEL, By.KEYWORD, By.SITE, By.HOUR)
_SITES: Final = 3


async def measured(connection: Connection) -> dict[str, list[float]]:
    """Seconds of each report by its class; raises RuntimeError where one is empty."""
    return {name: [took async for took in reports] for name, reports in _classes(connection).items()}


def _classes(connection: Connection) -> dict[str, AsyncIterator[float]]:
    return {
        "by each model": _by_models(connection),
        "calls behind a row": _calls(connection),
        "sure calls only": _of(connection, [Question(by, sure="sure") for by in By], _EVERYBODY),
        "beside the year before": _of(connection, [Question(by, beside="year") for by in By], _EVERYBODY),
        "as a file": _files(connection),
        "a reader of forty lines": _of_lines(connection, "limit $1", _SOME_LINES),
        "a reader of half the lines": _of_lines(connection, "limit $1", _HALF),
        "a reader of all lines but five": _of_lines(connection, "offset $1", _ALL_BUT),
        "a reader of a department": _of_departments(connection, _DEPARTMENTS[:1]),
        "a reader of all departments but one": _of_departments(connection, _DEPARTMENTS[:-1]),
        "the proof page": _proofs(connection),
    }


async def _read(connection: Connection, question: Question, reach: Reach) -> Results:
    """As the page reads it, the days it stands beside too; they are of before the year's first call."""
    async with connection.transaction():
        found = await read_results(connection, YEAR, question, reach, costs=True)
        if (before := compared(YEAR, question.beside)) is not None:
            await read_results(connection, before, question, reach, costs=True)
    if not found.total.calls or not found.total.leads or not found.total.revenue or not found.rows:
        raise RuntimeError(f"{question} for {reach}: the report is empty")
    return found


async def _of(connection: Connection, questions: list[Question], reach: Reach) -> AsyncIterator[float]:
    for question in questions:
        started = time.perf_counter()
        await _read(connection, question, reach)
        yield time.perf_counter() - started


async def _by_models(connection: Connection) -> AsyncIterator[float]:
    async for took in _of(connection, [Question(by, model) for by in By for model in MODELS], _EVERYBODY):
        yield took


async def _of_lines(connection: Connection, which: str, number: int) -> AsyncIterator[float]:
    rows = await connection.fetch(f"select id from lines order by number {which}", number)
    reach = Reach(UUID(int=0), None, [row["id"] for row in rows])
    async for took in _of(connection, [Question(by) for by in _SCOPED], reach):
        yield took


def _of_departments(connection: Connection, departments: list[UUID]) -> AsyncIterator[float]:
    return _of(connection, [Question(by) for by in _SCOPED], Reach(UUID(int=0), departments, None))


async def _calls(connection: Connection) -> AsyncIterator[float]:
    for by in By:
        found = await _read(connection, Question(by), _EVERYBODY)
        started = time.perf_counter()
        async with connection.transaction():
            calls, _ = await calls_of(connection, YEAR, Question(by), found.rows[0].key, None, 50, _EVERYBODY)
        yield time.perf_counter() - started
        if not calls:
            raise RuntimeError(f"{by}: no call behind its largest row")


async def _files(connection: Connection) -> AsyncIterator[float]:
    for by in By:
        started = time.perf_counter()
        found = await _read(connection, Question(by), _EVERYBODY)
        as_xlsx(table(found, by, ["", *columns(money=True, costs=True)], money=True, costs=True))
        yield time.perf_counter() - started


async def _proofs(connection: Connection) -> AsyncIterator[float]:
    """What the page reads of its figures; test calls and bills are few rows."""
    for site in (await sites_seen(connection, _EVERYBODY))[:_SITES]:
        started = time.perf_counter()
        async with connection.transaction():
            proof = await read_proof(connection, site, YEAR, _EVERYBODY)
            await read_visits(connection, site.id, YEAR)
            await read_deals(connection, site, YEAR)
            await read_outages(connection, site.id, YEAR, datetime.now(UTC))
            await read_delivered(connection, site.id, YEAR, _EVERYBODY)
        yield time.perf_counter() - started
        if not proof.days:
            raise RuntimeError(f"{site.name}: the proof is empty")
