"""Google Ads through the Data Manager API (calltracking.md §4.4, google/ads/datamanager/v1). No I/O here.

An upload is taken or refused as a whole ("fast-fail"), and worked off later. A visitor is known to Google by the
click on its advertisement alone: no telephone number and no other datum of his leaves. Sending an event again does no
harm: the second is counted as DUPLICATE_TRANSACTION_ID, "a conversion with the same order id and conversion action
combination was already uploaded" (processing_errors.proto).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from calltracking.exports import google_access
from calltracking.exports.conversion import Conversion, Judged, Refused, Request, Target
from trunkline.notjson import NOT_JSON

HOST: Final = "https://datamanager.googleapis.com"
MOST_EVENTS: Final = 2000
"""ingestion_service.proto: "at most 2000 Event resources can be sent in a single request"."""
OLDEST_SECONDS: Final = 90 * 86_400
"""The longest conversion window there is after a click (Google Ads Help, "About conversion windows"): what comes later
is EVENT_TOO_OLD."""
LONGEST_STATE: Final = 200
_ACCOUNT = re.compile(r"\d{3}-?\d{3}-?\d{4}").fullmatch
_ACTION = re.compile(r"\d{1,19}").fullmatch
_CLICK = re.compile(r"[0-9A-Za-z_.-]{1,512}").fullmatch
_PLACE = re.compile(r"\bevents\[(\d{1,4})\]\.?").search
_REASON: Final = re.compile("PROCESSING_(?:ERROR_)?(?:REASON_)?")
_THERE: Final = frozenset({"DUPLICATE_TRANSACTION_ID", "DUPLICATE_GCLID"})
"""Errors of events that Google has already."""
_SOURCES: Final = {"call": "PHONE", "payment": "OTHER"}
"""Where an event happened (event.proto); a payment neither on the site nor in a shop, for all we know."""
_DONE: Final = frozenset({"SUCCESS", "PARTIAL_SUCCESS", "FAILED"})


class _Taken(msgspec.Struct, frozen=True, rename="camel"):
    request_id: str


class _Violation(msgspec.Struct, frozen=True):
    field: str = ""
    reason: str = ""
    description: str = ""


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    field_violations: tuple[_Violation, ...] = ()


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    status: str = ""
    details: tuple[_Detail, ...] = ()


class _Fault(msgspec.Struct, frozen=True):
    error: _Error


class _Count(msgspec.Struct, frozen=True, rename="camel"):
    reason: str = ""
    record_count: int = 0


class _Errors(msgspec.Struct, frozen=True, rename="camel"):
    error_counts: tuple[_Count, ...] = ()


class _Events(msgspec.Struct, frozen=True, rename="camel"):
    record_count: int = 0


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    request_status: str = ""
    error_info: _Errors = _Errors()
    events_ingestion_status: _Events = _Events()


class _Statuses(msgspec.Struct, frozen=True, rename="camel"):
    request_status_per_destination: tuple[_Status, ...] = ()


def is_account(text: str) -> bool:
    """Whether it is a customer id of Google Ads."""
    return _ACCOUNT(text) is not None


def is_action(text: str) -> bool:
    """Whether it is the id of a conversion action."""
    return _ACTION(text) is not None


class DataManager:
    """The exporter, of calls, of forms or of payments: each has a conversion action of its own."""

    foreign = True
    tells = True
    most = MOST_EVENTS

    def __init__(self, takes: frozenset[str]) -> None:
        self.takes = takes

    def unfit(self, told: Conversion, now: float) -> str:
        """It must come from a click that is young enough, and be over."""
        if not _click(told):
            return "no_click_id"
        if told.at > now:
            return "not_yet"
        return "too_old" if now - (told.clicked or told.at) > OLDEST_SECONDS else ""

    def family(self, told: Conversion) -> str:  # noqa: ARG002 - all go together
        """Any go in one request."""
        return ""

    def request(self, target: Target, batch: Sequence[Conversion], name: str) -> Request:  # noqa: ARG002 - Google names it
        """`POST /v1/events:ingest`; the secret is an access token, and stands in a header."""
        if not 1 <= len(batch) <= MOST_EVENTS:
            raise ValueError(f"{len(batch)} events; 1 to {MOST_EVENTS} a request")
        account = {"accountType": "GOOGLE_ADS", "accountId": target.account.replace("-", "")}
        destination = {"operatingAccount": account, "productDestinationId": target.goal}
        body = {"destinations": [destination], "events": [_event(one) for one in batch]}
        headers = {"Authorization": f"Bearer {target.secret}", "Content-Type": "application/json"}
        return Request("POST", f"{HOST}/v1/events:ingest", headers, msgspec.json.encode(body))

    def remote_id(self, answer: bytes) -> str:
        """The request's id; raises ValueError."""
        try:
            return msgspec.json.decode(answer, type=_Taken).request_id
        except NOT_JSON as error:
            raise ValueError("Google's answer names no request") from error

    def token_request(self, target: Target, now: float) -> Request | None:
        """What an access token is asked for with; raises ValueError."""
        return google_access.token_request(target.secret, now)

    def refused(self, answer: bytes) -> Refused:
        """The fields and events that Google finds fault with."""
        try:
            error = msgspec.json.decode(answer, type=_Fault).error
        except NOT_JSON:
            return Refused()
        rows: dict[int, str] = {}
        words = []
        for one in (one for detail in error.details for one in detail.field_violations):
            said = f"{one.field} {one.reason or one.description}"[:LONGEST_STATE]
            words.append(said)
            if place := _PLACE(said):
                rows.setdefault(int(place[1]), said[place.end() :])
        return Refused("; ".join(words[:3]) or f"{error.status} {error.message}"[:LONGEST_STATE].strip(), rows)

    def status_request(self, target: Target, remote_id: str) -> Request:
        """`GET /v1/requestStatus:retrieve`."""
        url = f"{HOST}/v1/requestStatus:retrieve?requestId={quote(remote_id, safe='')}"
        return Request("GET", url, {"Authorization": f"Bearer {target.secret}"})

    def read_status(self, answer: bytes) -> Judged:
        """What became of an upload: what was refused is told by reason, not event by event; raises ValueError."""
        try:
            found = msgspec.json.decode(answer, type=_Statuses, strict=False).request_status_per_destination
        except NOT_JSON as error:
            raise ValueError("Google's answer holds no status") from error
        if not found:
            raise ValueError("Google's answer holds no status")
        (told, *_rest) = found
        errors = {_REASON.sub("", one.reason): one.record_count for one in told.error_info.error_counts}
        state = ": ".join(filter(None, (told.request_status, ", ".join(sorted(errors)))))[:LONGEST_STATE]
        return Judged(state, _joined(told, errors) if told.request_status in _DONE else None)


def _joined(told: _Status, errors: dict[str, int]) -> int:
    if told.request_status == "FAILED":
        return sum(number for reason, number in errors.items() if reason in _THERE)
    lost = sum(number for reason, number in errors.items() if reason not in _THERE)
    return max(0, told.events_ingestion_status.record_count - lost)


def _click(told: Conversion) -> dict[str, str]:
    """The first of its click ids: one is enough, and a second could belong to another click."""
    known = (("gclid", told.gclid), ("gbraid", told.gbraid), ("wbraid", told.wbraid))
    return next(({name: click} for name, click in known if _CLICK(click)), {})


def _event(told: Conversion) -> dict[str, Any]:
    moment = datetime.fromtimestamp(told.at, UTC).isoformat(timespec="milliseconds")
    return {
        "transactionId": told.subject,
        "eventTimestamp": moment.replace("+00:00", "Z"),
        "adIdentifiers": _click(told),
        "eventSource": _SOURCES.get(told.kind, "WEB"),
        # Measuring needs no personalization. Whether the visitor let his data be used we do not know: where nothing is
        # said, the advertiser's own setting decides (UNKNOWN_CONSENT, processing_errors.proto).
        "consent": {"adPersonalization": "CONSENT_DENIED"},
        **({"conversionValue": told.value / 100, "currency": told.currency} if told.value else {}),
    }
