"""Yandex Direct's Reports service: what is sent, what is answered. No I/O here.

Sources, of yandex.com/dev/direct/doc/en: `spec` (the request), `headers`, `mode` (200, 201, 202 and repeating the same
request), `codes` (400, 500, 502, the error's form), `report-format` (TSV, a row of names, then values), `fields-list`,
`type`, `concepts/errors-list`, `restrictions` (20 requests in 10 seconds, 5 offline reports, kept for 5 hours,
three years back). The account's currency is not told: costs are kept in rubles, so it must be in rubles.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from calltracking.exports.conversion import Request
from calltracking.feeds.feed import Feed
from calltracking.feeds.spent import Spent, Stretch, kopecks_of
from calltracking.feeds.trouble import LONGEST_SAID, Trouble
from trunkline.notjson import NOT_JSON

HOST: Final = "https://api.direct.yandex.com"
MOST_ROWS: Final = 200_000
_TYPES: Final = {
    "campaign": "CAMPAIGN_PERFORMANCE_REPORT",
    "group": "ADGROUP_PERFORMANCE_REPORT",
    "keyword": "CRITERIA_PERFORMANCE_REPORT",
}
_KEYWORD_FIELD: Final = {"group": "AdGroupId", "keyword": "Criterion"}
_NOTHING: Final = "--"
_MINUS = re.compile(r"\s-\S.*")
"""Minus words stand in a criterion, and not in what `{keyword}` puts into an address."""
_QUEUE = re.compile("queue|очеред", re.IGNORECASE).search
"""400 is a wrong request, or one report too many in the queue (`codes`); which, no page gives a number for."""
# Of `concepts/errors-list`; what 152, 506, 513 and 8800 say is told by programs that met them.
_TROUBLES: Final = {
    52: "busy",
    53: "token",
    54: "right",
    58: "registration",
    152: "limit",
    506: "limit",
    513: "login",
    1000: "busy",
    1001: "busy",
    1002: "busy",
    8800: "login",
}


class _Error(msgspec.Struct, frozen=True):
    error_code: int | str = 0
    error_string: str = ""
    error_detail: str = ""


class _Fault(msgspec.Struct, frozen=True):
    error: _Error


def fields_of(feed: Feed) -> list[str]:
    """The columns of its reports."""
    campaign = "CampaignId" if feed.named == "id" else "CampaignName"
    keyword = _KEYWORD_FIELD.get(feed.level)
    return ["Date", campaign, *([keyword] if keyword else []), "Cost"]


def report_request(feed: Feed, secret: str, name: str, days: Stretch) -> Request:
    """`POST /json/v5/reports`. Asking whether a report is ready is the same request with the same `name`."""
    params = {
        "SelectionCriteria": {"DateFrom": days.first.isoformat(), "DateTo": days.end.isoformat()},
        "FieldNames": fields_of(feed),
        "ReportName": name,
        "ReportType": _TYPES[feed.level],
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": "YES" if feed.with_vat else "NO",
    }
    headers = {
        "Authorization": f"Bearer {secret}",
        "Accept-Language": "ru",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json; charset=utf-8",
        "processingMode": "auto",
        "returnMoneyInMicros": "false",
        "skipReportHeader": "true",
        "skipReportSummary": "true",
    }
    if feed.login:
        headers["Client-Login"] = feed.login
    return Request("POST", f"{HOST}/json/v5/reports", headers, msgspec.json.encode({"params": params}))


def read_report(feed: Feed, body: bytes, days: Stretch) -> list[Spent]:
    """The rows of a report; raises Trouble where it is none of ours, or has too many."""
    try:
        head, *lines = body.decode("utf-8").removesuffix("\n").split("\n")
        if len(lines) <= MOST_ROWS:
            return list(_rows(fields_of(feed), head, lines, days))
    except ValueError as error:
        raise Trouble("unreadable", str(error)[:LONGEST_SAID]) from error
    raise Trouble("large", f"{len(lines)} rows")


def _rows(fields: list[str], head: str, lines: list[str], days: Stretch) -> Iterator[Spent]:
    if head.rstrip("\r").split("\t") != fields:
        raise ValueError("the report has other columns than were asked for")
    for number, line in enumerate(lines, 2):
        values = ["" if value == _NOTHING else value for value in line.rstrip("\r").split("\t")]
        if len(values) != len(fields):
            raise ValueError(f"line {number} has {len(values)} values instead of {len(fields)}")
        day = date.fromisoformat(values[0])
        if not days.first <= day <= days.end:
            raise ValueError(f"line {number} is of {day}, which was not asked for")
        yield Spent(day, values[1], _MINUS.sub("", "".join(values[2:-1])), kopecks_of(values[-1] or "0"))


def refusal(status: int, body: bytes, pause: float | None) -> Trouble:
    """What an answer that is no report and no promise of one says."""
    try:
        told = msgspec.json.decode(body, type=_Fault).error
        code = int(told.error_code)
    except (*NOT_JSON, ValueError):
        return Trouble("busy" if status >= 500 or status == 429 else "refused", f"HTTP {status}", pause)
    said = f"{code} {told.error_string} {told.error_detail}".strip()[:LONGEST_SAID]
    other = "busy" if status >= 500 else "queue" if _QUEUE(said) else "refused"
    return Trouble(_TROUBLES.get(code, other), said, pause)
