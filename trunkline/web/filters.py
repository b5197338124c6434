"""The formats of human.py as filters of templates, in the running reader's language."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from . import human
from .i18n import current_reader, gettext


def filters(clock: Callable[[], datetime]) -> dict[str, Callable[..., Any]]:
    """By the name a template uses; `clock` says which day is today."""

    def moment(value: datetime | None) -> str | Markup:
        return _time(value, human.moment(value, clock(), current_reader()))

    def day(value: date | None) -> str:
        reader = current_reader()
        return human.NOTHING if value is None else human.day(value, clock().astimezone(reader.timezone).date(), reader)

    return {
        "moment": moment,
        "day": day,
        "exact_time": lambda value: _time(value, human.exact_time(value, current_reader())),
        "full_moment": lambda value: _time(value, human.full_moment(value, current_reader())),
        "number": _number,
        "percent": lambda value, digits=0: human.percent(value, current_reader(), digits=digits),
        "money": lambda value: human.money(value, current_reader()),
        "clock": human.clock,
        "lasting": lambda value: human.lasting(value, current_reader()),
        "size": lambda value: human.size(value, current_reader()),
        "phone": human.phone,
        "translated": lambda text: gettext(text) if text else "",
    }


def _number(value: float | Decimal | None, digits: int = 0) -> str:
    return human.number(value, current_reader(), digits=digits)


def _time(value: datetime | None, text: str) -> str | Markup:
    if value is None:
        return text
    full = human.full_moment(value, current_reader())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(human.machine_time(value), full, text)
