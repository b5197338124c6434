"""The missed-call list, kept in the transaction of what changes it: news of calls, late decisions, deeds by hand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.calendar import public_holidays
from trunkline.directory.calendar_store import days_of_year
from trunkline.directory.override_store import overrides_of_days
from trunkline.directory.values import DayKind
from trunkline.ids import lowest_id
from trunkline.missed.entry import Entry, Kind, Mark, entries_of
from trunkline.missed.promise import LOOKAHEAD, Days, Rules, promised

SQL = load_queries("trunkline.missed")
_ENCODER = msgspec.json.Encoder()
# A talk counts from its answer, and its call's id carries the beginning: nobody waits longer.
_LONGEST_WAIT: Final = timedelta(hours=12)


class Told(msgspec.Struct, frozen=True):
    """Something was told of a call with `number` that began at `at`.

    `missed`: it may open an entry; `corrected`: it may have been told otherwise before.
    """

    number: str
    at: datetime
    missed: bool = True
    corrected: bool = True


async def recount(connection: Connection, told: Iterable[Told], rules: Rules) -> None:
    """Fold anew what may have changed of these numbers' entries. Call it after the rows of the calls are written."""
    earliest: dict[str, Told] = {}
    for one in told:
        known = earliest.get(one.number, one)
        earliest[one.number] = Told(
            one.number, min(one.at, known.at), one.missed or known.missed, one.corrected or known.corrected
        )
    if not earliest:
        return
    await connection.execute(SQL["hold_numbers"], sorted(earliest))
    rows = await connection.fetch(
        SQL["affected"],
        list(earliest),
        [one.at for one in earliest.values()],
        [one.missed for one in earliest.values()],
        [one.corrected for one in earliest.values()],
    )
    since = {row["number"]: row["since"] for row in rows if row["touched"]}
    if since:
        marks = await _marks(connection, since, rules)
        entries = [entry for number in since for entry in entries_of(number, marks[number])]
        await connection.execute(SQL["drop_entries"], list(since), list(since.values()), [one.id for one in entries])
        if entries:
            await connection.execute(SQL["keep_entries"], await _rows(connection, entries, rules))


async def recount_calls(connection: Connection, calls: Sequence[UUID], rules: Rules) -> None:
    """The same for the callers of these calls."""
    rows = await connection.fetch(SQL["clients_of"], calls)
    await recount(connection, [Told(row["client"], row["started_at"]) for row in rows], rules)


async def _marks(connection: Connection, since: Mapping[str, datetime], rules: Rules) -> dict[str, list[Mark]]:
    """All that counts for these numbers, each from its own moment on."""
    found: defaultdict[str, list[Mark]] = defaultdict(list)
    low = [lowest_id(at - _LONGEST_WAIT) for at in since.values()]
    short = rules.short_seconds * 1000
    for row in await connection.fetch(SQL["calls_with"], list(since), low, short, list(since.values())):
        found[row["client"]].append(_mark_of(row))
    for row in await connection.fetch(SQL["deeds_about"], list(since), list(since.values())):
        at = row["at"]
        found[row["number"]].append(
            Mark(
                id=row["id"],
                kind=Kind(row["kind"]),
                at=at,
                began=at,
                until=at,
                person=row["person_id"],
                reason=row["reason"],
                note=row["note"],
            )
        )
    return found


def _mark_of(row: Any) -> Mark:
    """A call as the fold takes it."""
    talked, inwards = row["answered_at"] is not None, row["direction"] == "in"
    kinds = {(True, True): Kind.ANSWERED, (True, False): Kind.REACHED, (False, True): Kind.MISSED}
    return Mark(
        id=row["id"],
        kind=kinds.get((talked, inwards), Kind.TRIED),
        at=row["answered_at"] if talked else row["started_at"],
        began=row["started_at"],
        until=row["ended_at"] or row["answered_at"],
        why=row["missed_why"],
        dialled=row["dialled"],
        line=row["line_id"],
        queue=row["queues"][-1] if row["queues"] else "",
        departments=frozenset(row["departments"]),
        people=frozenset(row["people"]),
        agent=row["agents"][0] if row["agents"] else "",
    )


async def _rows(connection: Connection, entries: Sequence[Entry], rules: Rules) -> str:
    """The entries as the JSON that `keep_entries` takes, each with its promise."""
    since = [entry.missed_until for entry in entries]
    days = await days_between(connection, rules, min(since), max(since)) if rules.week else Days({})
    told = []
    for entry in entries:
        row = msgspec.structs.asdict(entry) | {"promised_at": promised(entry.missed_until, rules, days)}
        told.append({name: sorted(value) if isinstance(value, frozenset) else value for name, value in row.items()})
    return _ENCODER.encode(told).decode()


async def days_between(connection: Connection, rules: Rules, first: datetime, last: datetime) -> Days:
    """What is said of the company's days from `first` on, as far ahead as a promise looks."""
    begins, ends = first.astimezone(rules.zone).date(), last.astimezone(rules.zone).date() + LOOKAHEAD
    calendar: dict[date, DayKind] = {}
    for year in range(begins.year, ends.year + 1):
        stored = (await days_of_year(connection, year)).get(rules.country)
        calendar |= {day: one.kind for day, one in stored.items()} if stored else _holidays(rules.country, year)
    overrides = await overrides_of_days(connection, begins, ends)
    return Days(calendar, [one.brief for one in overrides if not one.branch])


@lru_cache(maxsize=16)
def _holidays(country: str, year: int) -> Mapping[date, DayKind]:
    return public_holidays(country, [year])
