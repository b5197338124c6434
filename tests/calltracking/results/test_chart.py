"""Columns of the chart of calls."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from calltracking.models.model import WHOLE
from calltracking.results.chart import chart_of
from calltracking.results.result import Result
from trunkline.reports.days import Days

FIRST = date(2026, 1, 1)


def days(number: int) -> Days:
    return Days(FIRST, FIRST + timedelta(days=number), ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(("number", "columns"), [(2, 2), (45, 45), (90, 14), (365, 12)])
def test_a_day_a_week_or_a_month_a_column(number: int, columns: int) -> None:
    one = Result("", answered=3 * WHOLE, target=WHOLE, missed=WHOLE)
    chart = chart_of(days(number), {FIRST: one, FIRST + timedelta(days=number - 1): one})

    assert chart is not None
    assert len(chart.columns) == columns
    assert [(piece.kind, piece.height) for piece in chart.columns[0].pieces] == [
        ("target", 25.0), ("answered", 50.0), ("missed", 25.0),
    ]  # fmt: skip
    assert chart.top == 4
    assert sum((one.sum.answered for one in chart.columns), 0) == 6 * WHOLE
    assert chart.columns[-1].last == FIRST + timedelta(days=number - 1)


def test_nothing_and_a_single_day_make_no_chart() -> None:
    assert chart_of(days(7), {}) is None
    assert chart_of(days(1), {FIRST: Result("", answered=WHOLE)}) is None
