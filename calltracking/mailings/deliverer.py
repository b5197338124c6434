"""Sends a view to one person: what he may see at this moment, or nothing where he may see no reports any more."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from calltracking.costs.asking import sees_costs
from calltracking.mailings.letter import Asked, Attached, message, told
from calltracking.mailings.posting import KIND, DueLetter
from calltracking.mailings.store import SQL, find_reader
from calltracking.results.asking import compared
from calltracking.results.more_pages import rows_of
from calltracking.results.pages import NAMES, PATH, asked_kindly, named
from calltracking.results.result import Results
from calltracking.results.store import read_results
from trunkline.alarms.mail import account_of, send
from trunkline.db.types import Connection, Pool
from trunkline.outbox.event import Account, Delivered, Event, Failed, KindPolicy, Outcome, Unknowable, Verdict
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.reports.days import Days
from trunkline.settings import Mail, Web
from trunkline.spreadsheet import as_csv, as_xlsx
from trunkline.web.i18n import Reader, Translations, gettext, reading

_KINDS: Final = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
_LONGEST_FAULT: Final = 300


class MailingDeliverer:
    """One letter each, in the language and the zone of the installation: people have none of their own."""

    kinds: Mapping[str, KindPolicy] = {KIND: KindPolicy(max_attempts=20, time_limit=120.0)}

    def __init__(self, pool: Pool, mail: Mail, base_url: str, web: Web, translations: Translations) -> None:
        self._pool = pool
        self._mail = mail
        self._base_url = base_url
        self._reader = Reader(web.language, ZoneInfo(web.timezone))
        self._translations = translations

    def account(self, _event: Event) -> Account:
        return account_of(self._mail)

    async def verify(self, _event: Event) -> Verdict:
        """A mailbox cannot be asked; a second copy has the same Message-ID."""
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        due = msgspec.convert(event.payload, DueLetter)
        view, person = UUID(due.view), UUID(due.person)
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(SQL["to_send"], view, person)
            reader = await find_reader(connection, person)
            why = await _hindrance(connection, row, reader)
        if why or row is None or reader is None:
            await self._pool.execute(SQL["not_sent"], view, person, datetime.now(UTC), why)
            return Delivered(f"not sent: {why}")
        with reading(self._reader, self._translations):
            outcome = await self._send(event, due, row, *reader)
        if isinstance(outcome, Failed):
            fault = outcome.fault.reason[:_LONGEST_FAULT]
            await self._pool.execute(SQL["not_sent"], view, person, datetime.now(UTC), fault)
        else:
            await self._pool.execute(SQL["sent"], view, person, datetime.now(UTC))
        return outcome

    async def _send(self, event: Event, due: DueLetter, row: asyncpg.Record, viewer: Identity, to: str) -> Outcome:
        days = Days(date.fromisoformat(due.first), date.fromisoformat(due.after), self._reader.timezone)
        question, money, costs = asked_kindly(row["fields"]), viewer.holds(Right.MONEY_READ), sees_costs(viewer)
        found, before = await self._read(days, row["fields"], viewer)
        head = gettext(NAMES[question.by])
        asked = Asked(row["name"], head, named(question.by), question, days, money, costs)
        rows = rows_of(found, question, viewer)
        body = await asyncio.to_thread(as_csv if row["file"] == "csv" else as_xlsx, rows)
        name = f"{question.by.value}-{days.first}-{days.last}.{row['file']}"
        when = {"since": days.first.isoformat(), "until": days.last.isoformat()}
        links = (
            (gettext("Open the report"), f"{self._base_url}{PATH}?{urlencode(when | question.fields())}"),
            (gettext("Receive it no more"), f"{self._base_url}/reports/mailings"),
        )
        said = told(asked, found, before, self._reader, links)
        attached = Attached(name, _KINDS[row["file"]], body)
        at = datetime.fromisoformat(due.due)
        return await send(self._mail, message(said, event.idem, self._mail.sender, to, at, attached), to)

    async def _read(self, days: Days, fields: Mapping[str, str], viewer: Identity) -> tuple[Results, Results | None]:
        question, costs = asked_kindly(fields), sees_costs(viewer)
        other = compared(days, question.beside)
        async with self._pool.acquire() as connection, connection.transaction():
            found = await read_results(connection, days, question, viewer.reach(), costs)
            before = await read_results(connection, other, question, viewer.reach(), costs) if other else None
        return found, before


async def _hindrance(connection: Connection, row: asyncpg.Record | None, reader: tuple[Identity, str] | None) -> str:
    """Why nothing is sent, as the page words it; empty where nothing is in the way."""
    if row is None:
        return "gone"
    if row["paused"] or row["stopped_at"] is not None:
        return "paused" if row["paused"] else "stopped"
    if await find_reader(connection, row["owner"]) is None:
        return "owner"
    if reader is None:
        return "rights"
    return "" if reader[1] else "address"
