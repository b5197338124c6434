"""The form of the list's rules: from what was written to checked rules, and back. No I/O here."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from trunkline.directory.intervals import parse_interval
from trunkline.errors import InvalidInput, Mistake
from trunkline.missed.promise import DAYS, MissedRules, week_of
from trunkline.web.i18n import gettext as _

NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "promise_minutes": (1, 7 * 24 * 60),
    "short_seconds": (0, 120),
    "answer_seconds": (1, 600),
    "aged_days": (0, 365),
}
"""Fields that are numbers, from and to."""
DAY_FIELDS: Final = tuple(f"day{place}" for place in range(len(DAYS)))
FIELDS: Final = (*NUMBERS, "country", *DAY_FIELDS)
_INTERVAL = re.compile(r"(\d\d?:\d\d)\s*[-–—]\s*(\d\d?:\d\d)", re.ASCII).fullmatch


def read_form(sent: Mapping[str, str]) -> MissedRules:
    """What the fields say; raises InvalidInput with every mistake."""
    mistakes: list[Mistake] = []
    numbers: dict[str, int] = {}
    for field, (least, most) in NUMBERS.items():
        text = sent[field]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if least <= number <= most:
            numbers[field] = number
        else:
            told = _("must be a whole number from %(least)s to %(most)s")
            mistakes.append(Mistake(field, told % {"least": least, "most": most}))
    country = sent["country"].upper()
    if not re.fullmatch("[A-Z]{2}", country):
        mistakes.append(Mistake("country", _("must be two letters, e.g. RU")))
    hours: list[str] = []
    for field, day in zip(DAY_FIELDS, DAYS, strict=True):
        try:
            hours += (f"{day} {interval}" for interval in _intervals(sent[field]))
        except ValueError as error:
            mistakes.append(Mistake(field, str(error)))
    if mistakes:
        raise InvalidInput(*mistakes)
    return MissedRules(hours=tuple(hours), country=country, **numbers)


def shown_form(rules: MissedRules) -> dict[str, str]:
    """What the fields show of rules."""
    week = week_of(rules.hours) or ((),) * len(DAYS)
    days = (", ".join(_spelled(*interval) for interval in intervals) for intervals in week)
    values = {field: str(getattr(rules, field)) for field in NUMBERS}
    return values | {"country": rules.country} | dict(zip(DAY_FIELDS, days, strict=True))


def _intervals(text: str) -> list[str]:
    """`9:00-13:00, 14:00–18:00` as whole intervals in their order; raises ValueError in the reader's language."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _INTERVAL(part)
        spelled = "-".join(time.zfill(5) for time in match.groups()) if match else part
        found.append(parse_interval(spelled))
    found.sort()
    for (_opens, closes), (opens, _closes) in pairwise(found):
        if opens < closes:
            raise ValueError(_("these hours overlap: write each once"))
    return [_spelled(*interval) for interval in found]


def _spelled(opens: int, closes: int) -> str:
    return "-".join(f"{at // 60:02}:{at % 60:02}" for at in (opens, closes))
