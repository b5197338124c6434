"""VK Ads' API: the token, the campaigns, their statistics by day. No I/O here.

Sources, of ads.vk.com/doc/api: `info/Авторизация в API` (client_credentials; a token is good for a day, five of a
client_id at once, the sixth is `token_limit_exceeded`), `resource/AdPlans` (limit, offset, `_status__in`),
`info/Statistics` (`day.json`: ids, 200 at most, days of one year back, `spent` in the account's currency), HTTP 429.
That `spent` holds no VAT is told by users of the API, not by its pages: who adds a source says it.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

import msgspec

from calltracking.exports.conversion import Request
from calltracking.feeds.feed import Feed
from calltracking.feeds.spent import Spent, Stretch, kopecks_of
from calltracking.feeds.trouble import LONGEST_SAID, Trouble
from trunkline.notjson import NOT_JSON

HOST: Final = "https://ads.vk.com"
PAGE: Final = 250
"""Campaigns in one answer."""
MOST_PLANS: Final = 10_000
IDS: Final = 50
"""Campaigns whose statistics are asked for at once: fewer than the 200 that are allowed, the address is shorter."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}").fullmatch


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 86_400.0


class _Plan(msgspec.Struct, frozen=True):
    id: int
    name: str = ""


class Plans(msgspec.Struct, frozen=True):
    """A page of campaigns; `count` is how many there are in all."""

    count: int
    items: list[_Plan]


class _Base(msgspec.Struct, frozen=True):
    spent: str | float = "0"


class _Day(msgspec.Struct, frozen=True):
    date: date
    base: _Base = _Base()


class _Item(msgspec.Struct, frozen=True):
    id: int
    rows: list[_Day] = []


class _Statistics(msgspec.Struct, frozen=True):
    items: list[_Item]


class _Error(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""


class _Fault(msgspec.Struct, frozen=True):
    error: _Error | str
    error_description: str = ""


def token_request(login: str, secret: str) -> Request:
    """`POST /api/v2/oauth2/token.json`."""
    form = {"grant_type": "client_credentials", "client_id": login, "client_secret": secret}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}
    return Request("POST", f"{HOST}/api/v2/oauth2/token.json", headers, urlencode(form).encode())


def read_token(body: bytes) -> tuple[str, float]:
    """The token, and for how many seconds it is good; raises Trouble, without a word of the answer."""
    try:
        told = msgspec.json.decode(body, type=_Token)
    except NOT_JSON:
        raise Trouble("unreadable", "no access_token") from None
    if not _TOKEN(told.access_token):
        raise Trouble("unreadable", "no access_token")
    return told.access_token, told.expires_in


def plans_request(token: str, offset: int) -> Request:
    """A page of campaigns, those that are over and removed too: they cost something once."""
    asked = {
        "fields": "id,name",
        "limit": str(PAGE),
        "offset": str(offset),
        "_status__in": "active,blocked,deleted",
        "sorting": "id",
    }
    return _get("ad_plans.json", token, asked)


def read_plans(body: bytes) -> Plans:
    """Raises Trouble."""
    try:
        plans = msgspec.json.decode(body, type=Plans)
    except NOT_JSON as error:
        raise Trouble("unreadable", str(error)[:LONGEST_SAID]) from error
    if plans.count > MOST_PLANS:
        raise Trouble("large", f"{plans.count} campaigns")
    return plans


def days_request(token: str, ids: Sequence[int], asked: Stretch) -> Request:
    """Statistics of these campaigns, a row a day."""
    days = {"date_from": asked.first.isoformat(), "date_to": asked.end.isoformat()}
    return _get("statistics/ad_plans/day.json", token, {"id": ",".join(map(str, ids)), **days, "metrics": "base"})


def read_days(feed: Feed, body: bytes, plans: dict[int, str], asked: Stretch) -> list[Spent]:
    """What was spent on each campaign a day; raises Trouble."""
    try:
        items = msgspec.json.decode(body, type=_Statistics).items
        return [one for item in items for one in _days(feed, item, plans, asked)]
    except (*NOT_JSON, ValueError) as error:
        raise Trouble("unreadable", str(error)[:LONGEST_SAID]) from error


def _days(feed: Feed, item: _Item, plans: dict[int, str], asked: Stretch) -> Iterator[Spent]:
    if item.id not in plans:
        raise ValueError(f"campaign {item.id} was not asked for")
    campaign = str(item.id) if feed.named == "id" else plans[item.id]
    for row in item.rows:
        if not asked.first <= row.date <= asked.end:
            raise ValueError(f"{row.date} of campaign {item.id} was not asked for")
        yield Spent(row.date, campaign, "", kopecks_of(str(row.base.spent)))


def refusal(status: int, body: bytes, pause: float | None) -> Trouble:
    """What an answer that is no yes says."""
    try:
        told = msgspec.json.decode(body, type=_Fault)
        error = _Error(told.error, told.error_description) if isinstance(told.error, str) else told.error
    except NOT_JSON:
        error = _Error()
    said = f"HTTP {status} {error.code} {error.message}".strip()[:LONGEST_SAID]
    if error.code == "token_limit_exceeded":
        return Trouble("tokens", said)
    names = {400: "refused", 401: "token", 403: "right", 404: "refused", 429: "limit"}
    if error.code in {"invalid_client", "unauthorized_client"}:
        return Trouble("token", said)
    return Trouble(names.get(status, "busy" if status >= 500 else "refused"), said, pause)


def _get(path: str, token: str, asked: dict[str, str]) -> Request:
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    return Request("GET", f"{HOST}/api/v2/{path}?{urlencode(asked, safe=',')}", headers)
