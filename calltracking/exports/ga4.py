"""Google Analytics 4, Measurement Protocol (calltracking.md §4.1). No I/O here.

The time stands on the request, not on its events, so each call is a request of its own. Google answers 2xx to anything:
what it would drop in silence is refused here. No telephone number leaves for it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from calltracking.exports.conversion import ALL, Conversion, Plain, Request, Target

HOST: Final = "https://www.google-analytics.com"
MOST_EVENTS, MOST_PARAMS, LONGEST_NAME, LONGEST_VALUE, LONGEST_BODY = 25, 25, 40, 100, 130_000
OLDEST_SECONDS: Final = 72 * 3600
_ACCOUNT = re.compile(r"G-[A-Z0-9]{4,20}").fullmatch
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*").fullmatch
_CLIENT = re.compile(r"\d{1,20}\.\d{1,20}").fullmatch
_RESERVED_PREFIXES: Final = ("_", "firebase_", "ga_", "google_")
RESERVED: Final = frozenset(
    [
        "ad_activeview",
        "ad_click",
        "ad_exposure",
        "ad_query",
        "ad_reward",
        "adunit_exposure",
        "app_clear_data",
        "app_exception",
        "app_install",
        "app_remove",
        "app_store_refund",
        "app_update",
        "app_upgrade",
        "dynamic_link_app_open",
        "dynamic_link_app_update",
        "dynamic_link_first_open",
        "error",
        "first_open",
        "first_visit",
        "in_app_purchase",
        "notification_dismiss",
        "notification_foreground",
        "notification_open",
        "notification_receive",
        "os_update",
        "screen_view",
        "session_start",
        "user_engagement",
    ]
)


def is_account(text: str) -> bool:
    """Whether it is a measurement id."""
    return _ACCOUNT(text) is not None


def is_event(text: str) -> bool:
    """Whether an event may be called so."""
    free = text not in RESERVED and not text.lower().startswith(_RESERVED_PREFIXES)
    return len(text) <= LONGEST_NAME and _NAME(text) is not None and free


class GoogleAnalytics(Plain):
    """The exporter."""

    foreign = True
    most = 1

    def __init__(self, takes: frozenset[str] = ALL) -> None:
        self.takes = takes

    def unfit(self, told: Conversion, now: float) -> str:
        """It must be known by gtag's client id and be no older than 72 hours."""
        if not _CLIENT(told.ga):
            return "no_client_id"
        return "too_old" if now - told.at > OLDEST_SECONDS else ""

    def family(self, told: Conversion) -> str:
        """One visitor a request."""
        return told.ga

    def request(self, target: Target, batch: Sequence[Conversion], name: str) -> Request:
        """`POST /mp/collect`."""
        first = batch[0]
        # What he agreed to beside being counted is not known: the careful answer.
        consent = {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}
        body = {
            "client_id": first.ga,
            "timestamp_micros": int(first.at * 1_000_000),
            "consent": consent,
            "events": [{"name": target.goal, "params": _params(one, target.account, name)} for one in batch],
        }
        secret = quote(target.secret, safe="")
        url = f"{HOST}/mp/collect?measurement_id={quote(target.account)}&api_secret={secret}"
        return Request("POST", url, {"Content-Type": "application/json"}, encoded(body), secret)

    def remote_id(self, answer: bytes) -> str:  # noqa: ARG002 - it says nothing
        """Google names nothing."""
        return ""


def encoded(body: Mapping[str, Any]) -> bytes:
    """The body, held to every documented limit; raises ValueError."""
    events = body["events"]
    if not 1 <= len(events) <= MOST_EVENTS:
        raise ValueError(f"{len(events)} events; at most {MOST_EVENTS} a request")
    for event in events:
        if not is_event(event["name"]):
            raise ValueError(f"{event['name']!r} is no name of an event")
        if len(event["params"]) > MOST_PARAMS:
            raise ValueError(f"{len(event['params'])} parameters; at most {MOST_PARAMS} an event")
        for name, value in event["params"].items():
            if len(name) > LONGEST_NAME or not _NAME(name) or name.startswith(_RESERVED_PREFIXES):
                raise ValueError(f"{name!r} is no name of a parameter")
            if isinstance(value, str) and len(value) > LONGEST_VALUE:
                raise ValueError(f"{name} is longer than {LONGEST_VALUE} characters")
    data = msgspec.json.encode(body)
    if len(data) > LONGEST_BODY:
        raise ValueError(f"{len(data)} bytes; at most {LONGEST_BODY}")
    return data


def session_of(sessions: str, account: str) -> str:
    """The session of the stream whose measurement id is `account`; empty where the page had no such stream."""
    return dict(one.split("=", 1) for one in sessions.split()).get(account.removeprefix("G-"), "")


def _params(told: Conversion, account: str, name: str) -> dict[str, Any]:
    params = {
        "session_id": session_of(told.ga_sessions, account),
        "engagement_time_msec": max(1, told.talk_seconds * 1000),
        "kind": told.kind,
        "site": told.site[:LONGEST_VALUE],
        "page_location": told.page.partition("?")[0][:LONGEST_VALUE],
        **(_paid(told) if told.kind == "payment" else _heard(told)),
        "transaction_id": f"{told.subject}"[:LONGEST_VALUE] or name,
    }
    return {key: value for key, value in params.items() if value != ""}


def _heard(told: Conversion) -> dict[str, Any]:
    return {"talk_seconds": told.talk_seconds, "missed": int(told.missed), "first_time": int(told.first)}


def _paid(told: Conversion) -> dict[str, Any]:
    """What Google's list of recommended events requires of `purchase`; the value is the sum of its items."""
    value = told.value / 100
    items = [{"item_id": "payment", "price": value, "quantity": 1}]
    return {"value": value, "currency": told.currency, "items": items}
