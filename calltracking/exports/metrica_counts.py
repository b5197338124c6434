"""How many calls Yandex Metrica itself counts by line: its Reporting API (`stat/v1/data`), by the tags of calls.

`ym:s:offlineCallTag` and `ym:s:offlineCalls` count calls joined to visits, by the day of the visit. No I/O here.
"""

from collections import Counter
from datetime import date
from typing import Final
from urllib.parse import quote

import msgspec

from calltracking.exports.conversion import Request, Target
from calltracking.exports.metrica import HOST, is_line
from trunkline.notjson import NOT_JSON

_METRIC: Final = "ym:s:offlineCalls"
_DIMENSIONS: Final = "ym:s:date,ym:s:offlineCallTag"
_MOST_ROWS: Final = 100_000
"""What one answer may hold."""
_LONGEST_ANSWER: Final = 32 << 20


class _Value(msgspec.Struct):
    name: str | None = None


class _Row(msgspec.Struct):
    dimensions: tuple[_Value, _Value]
    metrics: tuple[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


def counts_request(target: Target, first: date, last: date) -> Request:
    """`GET` of the counts of these days; the token needs the right to read the counter (`metrika:read`)."""
    asked = f"ids={target.account}&metrics={quote(_METRIC)}&dimensions={quote(_DIMENSIONS)}"
    url = f"{HOST}/stat/v1/data?{asked}&date1={first}&date2={last}&accuracy=full&limit={_MOST_ROWS}"
    return Request("GET", url, {"Authorization": f"OAuth {target.secret}"}, longest=_LONGEST_ANSWER)


def read_counts(answer: bytes, goal: str) -> dict[tuple[date, str], int]:
    """Calls by day and line, of those told with the tag `goal`; raises ValueError."""
    try:
        rows = msgspec.json.decode(answer, type=_Answer).data
    except NOT_JSON as error:
        raise ValueError("Metrica's answer is no table of days and tags") from error
    counts: Counter[tuple[date, str]] = Counter()
    for row in rows:
        day, (tag, _, line) = row.dimensions[0].name, (row.dimensions[1].name or "").rpartition(" ")
        if day is not None and tag == goal and is_line(line):
            counts[date.fromisoformat(day), line] += round(row.metrics[0])
    return dict(counts)
