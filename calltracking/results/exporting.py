"""The report as a table for spreadsheets. No I/O here."""

from collections.abc import Iterator, Sequence

from calltracking.models.model import WHOLE
from calltracking.results.result import HAS_VISITS, By, Result, Results
from trunkline.spreadsheet import Cell


def table(found: Results, by: By, heads: Sequence[str], *, money: bool, costs: bool) -> list[list[Cell]]:
    """The heads, the rows, and their sum last; `heads` are those of `columns`."""
    rows = [*found.rows, found.total]
    return [list(heads), *(_row(one, by, money=money, costs=costs) for one in rows)]


def columns(*, money: bool, costs: bool) -> list[str]:
    """The names of the columns after the first."""
    always = ["visits", "calls", "answered", "missed", "unique", "target", "unique_target", "leads", "deals"]
    return [*always, *(["revenue"] if money else []), *(["cost", "cost_per_lead", "romi"] if costs else [])]


def _row(one: Result, by: By, *, money: bool, costs: bool) -> list[Cell]:
    return [one.key, *_numbers(one, by, money=money, costs=costs)]


def _numbers(one: Result, by: By, *, money: bool, costs: bool) -> Iterator[Cell]:
    yield one.visits if by in HAS_VISITS else None
    names = ("calls", "answered", "missed", "uniques", "target", "unique_target", "leads", "deals")
    yield from (round(getattr(one, name) / WHOLE, 3) for name in names)
    if money:
        yield one.revenue / 100
    if costs:
        yield None if one.cost is None else one.cost / 100
        yield None if one.lead_cost is None else round(one.lead_cost, 2)
        yield None if one.romi is None else round(one.romi, 4)
