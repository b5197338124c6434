"""Hours within a day: `09:00-18:00` as minutes since midnight. No I/O here."""

import re

from trunkline.web.i18n import gettext as _

_INTERVAL = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)").fullmatch
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)").fullmatch
MIDNIGHT = 24 * 60

Intervals = tuple[tuple[int, int], ...]


def parse_interval(text: str) -> tuple[int, int]:
    """`"09:00-18:00"` → minutes since midnight; raises ValueError. An interval over midnight is two: `22:00-24:00`
    of one day and `00:00-06:00` of the next.
    """
    match = _INTERVAL(text)
    opens, closes = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
    if not opens < closes <= MIDNIGHT:
        told = _("%(text)r must be hours of one day such as 09:00-18:00, from the earlier to the later")
        raise ValueError(told % {"text": text})
    return opens, closes


def parse_time(text: str) -> int:
    """`"15:00"` → minutes since midnight, never 0; raises ValueError."""
    match = _TIME(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else 0
    if not minutes:
        raise ValueError(_("must be a time such as 15:00"))
    return minutes


def cut(intervals: Intervals, end: int) -> Intervals:
    """What of them lies before `end`."""
    return tuple((opens, min(closes, end)) for opens, closes in intervals if opens < end)


def shown(intervals: Intervals) -> str:
    """`09:00–13:00, 14:00–18:00`."""
    return ", ".join("–".join(f"{at // 60:02}:{at % 60:02}" for at in pair) for pair in intervals)
