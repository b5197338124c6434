"""What days came to as the columns of a chart: a day each, else a week or a month. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from calltracking.models.model import WHOLE
from calltracking.results.result import Result
from trunkline.reports.days import Days

HEIGHT: Final = 100.0
_STEP: Final = 10.0
_MOST_DAYS, _MOST_WEEKS = 45, 190


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column: its kind, where it begins from the top, how high it is."""

    kind: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its days, their sum, where it stands, what it is made of from the bottom up."""

    first: date
    last: date
    sum: Result
    left: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The columns, how wide they are together, and the calls that the full height stands for."""

    columns: tuple[Column, ...]
    width: float
    top: int


def chart_of(days: Days, figures: Mapping[date, Result]) -> Chart | None:
    """Calls as they went: target ones, the other answered ones, missed ones. None of less than two columns."""
    spans = _spans(days)
    sums = [_sum(first, last, figures) for first, last in spans]
    highest = max((_height(one) for one in sums), default=0.0)
    if len(spans) < 2 or not highest:
        return None
    top = _round_up(highest)
    columns = [
        Column(first, last, one, place * _STEP, _pieces(one, top))
        for place, ((first, last), one) in enumerate(zip(spans, sums, strict=True))
    ]
    return Chart(tuple(columns), len(columns) * _STEP, top)


def _spans(days: Days) -> list[tuple[date, date]]:
    number = (days.after - days.first).days
    spans: list[tuple[date, date]] = []
    first = days.first
    while first < days.after:
        after = _next(first, number)
        spans.append((first, min(after, days.after) - timedelta(days=1)))
        first = after
    return spans


def _next(first: date, number: int) -> date:
    if number <= _MOST_DAYS:
        return first + timedelta(days=1)
    if number <= _MOST_WEEKS:
        return first + timedelta(days=7 - first.weekday())
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def _sum(first: date, last: date, figures: Mapping[date, Result]) -> Result:
    total = Result("")
    for day, one in figures.items():
        if first <= day <= last:
            total = total.plus(one)
    return total


def _height(one: Result) -> float:
    return (one.answered + one.missed) / WHOLE


def _pieces(one: Result, top: int) -> tuple[Piece, ...]:
    pieces, floor = [], HEIGHT
    for kind, number in (("target", one.target), ("answered", one.answered - one.target), ("missed", one.missed)):
        height = HEIGHT * number / WHOLE / top
        if height > 0:
            floor -= height
            pieces.append(Piece(kind, round(floor, 2), round(height, 2)))
    return tuple(pieces)


def _round_up(number: float) -> int:
    """The next number that is easily read, and so is its half: 2, 4, 6, 8, 10, 20, 40 …"""
    size = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if number <= step * size:
                return step * size
        size *= 10
