"""The company's own week beside somebody's hours: who knows the routing plan tells it, through the composition root."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from aiohttp import web

from trunkline.directory.intervals import Intervals, shown
from trunkline.directory.values import DayKind, Head


class CompanyDay(NamedTuple):
    """A day of the company: how it differs from its weekday, when it is open (nothing: never), and when its weekday
    usually is; a holiday's name.
    """

    day: date
    kind: DayKind | None
    hours: Intervals
    usual: Intervals
    name: str = ""

    @property
    def shown(self) -> str:
        """`09:00–18:00`."""
        return shown(self.hours)


CompanyWeek = Callable[[Head, date, str], Sequence[CompanyDay]]
"""The seven days from a Monday on, names in a language."""

company_week_key = web.AppKey[CompanyWeek]("company_week")
