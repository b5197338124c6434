"""Zadarma's statistics of the PBX, and its links to recordings. No I/O here.

Source: https://zadarma.com/en/support/api/ (`/v1/statistics/pbx/`, `/v1/pbx/record/request/`) and
`zadarma/user-api-v1: lib/Client.php`, as pbx.md §1.1 has them. It asks not to be read every minute, takes three
requests a minute, and gives 1,000 lines each. A line is what one party was to a call: all of one `pbx_call_id` are read
together. When it was answered no line says, only for how long it was talked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from json import JSONDecodeError, loads
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung, steps_of
from trunkline.pbx.hooks.history import (
    MOST_ROWS,
    HostedRecording,
    Keys,
    Row,
    Trouble,
    base_of,
    json_answer,
    told_in,
)
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import FOUND, HookRecord
from trunkline.pbx.hooks.telling import local_time
from trunkline.pbx.zadarma.fields import OUTSIDE, extension_of, number
from trunkline.pbx.zadarma.signature import API, authorization
from trunkline.pbx.zadarma.told import STATUSES, zone_of
from trunkline.web.i18n import mark

PAGE: Final = 1000
_STATISTICS: Final = "/v1/statistics/pbx/"
_RECORD: Final = "/v1/pbx/record/request/"
_LINK_SECONDS: Final = "3600"
_LONGEST_TALK: Final = 86_400
_NAMED: Final = re.compile(r"<\+?([0-9]{2,15})>")
"""The number in `"Name" <79161234567>`."""


class Statistics:
    """The history; it holds nothing."""

    name = "zadarma"
    every_seconds = 600.0
    pause_seconds = 21.0

    def lacks(self, account: Account) -> Sequence[str]:
        """Both keys of the pair."""
        labels = (("api_key", mark("Key of its API")), ("secret", mark("Secret")))
        return tuple(label for name, label in labels if not account.secrets.get(name))

    def rows(self, account: Account, since: int, until: int, _keys: Keys) -> Dialogue[Sequence[Row]]:
        """Page by page, within bounds that stay the same while it is read."""
        zone = zone_of(account.settings.get("zone"))
        bounds = {"start": _written(since, zone), "end": _written(until, zone), "version": "2", "limit": str(PAGE)}
        lines: list[Mapping[str, Any]] = []
        while len(lines) < MOST_ROWS:
            answer = yield asked(account, _STATISTICS, {**bounds, "skip": str(len(lines))})
            page = _succeeded(answer).get("stats")
            if not isinstance(page, list):
                raise Trouble("its answer has no list `stats`")
            lines += [line if isinstance(line, dict) else {} for line in page]
            if len(page) < PAGE:
                return _rows(lines, zone)
        raise Trouble(f"it tells more than {MOST_ROWS} lines of so short a time")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """Of all lines of a call together."""
        told = _Told(record)
        found = _found(told) if told.call and told.lines else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """By `call_id_with_rec` of a webhook, and by `call_id` of a line that was recorded."""
        if record.verdict == FOUND:
            told = _Told(record)
            return [HostedRecording(told.call, told.call, one.id) for one in told.lines if one.is_recorded and one.id]
        request = record.request
        call, identifier = request.text("pbx_call_id"), request.text("call_id_with_rec")
        recorded = request.text("event") == "NOTIFY_RECORD" or request.text("is_recorded").lower() in {"1", "true"}
        return (HostedRecording(call, call, identifier),) if recorded and call and identifier else ()

    def link(self, account: Account, recording: str, _keys: Keys) -> Dialogue[str]:
        """One is there some 40 s after the end, and lives as long as it is asked to."""
        answer = yield asked(account, _RECORD, {"call_id": recording, "lifetime": _LINK_SECONDS})
        try:
            link = _succeeded(answer).get("link")
        except Trouble as error:
            raise Trouble(error.told, refused=error.refused, late=not error.refused) from None
        if not isinstance(link, str) or not link:
            raise Trouble("its answer names no link yet", late=True)
        return link


def asked(account: Account, method: str, params: Mapping[str, str]) -> ApiRequest:
    """A signed GET: by the sorted parameters as PHP's `http_build_query` writes them."""
    query = urlencode(sorted({**params, "format": "json"}.items()))
    signed = authorization(method, query, account.secrets.get("api_key", ""), account.secrets.get("secret", ""))
    return ApiRequest("GET", f"{base_of(account, API)}{method}?{query}", {"Authorization": signed})


class _Line:
    """One line in our words."""

    def __init__(self, line: Mapping[str, Any], zone: ZoneInfo) -> None:
        self.id = text_of(line.get("call_id"))
        self.start = local_time(text_of(line.get("callstart")), zone)
        self.disposition = text_of(line.get("disposition")).lower()
        self.lasted = int(min(max(number_of(line.get("seconds")) or 0, 0), _LONGEST_TALK)) * 1_000_000
        self.is_recorded = text_of(line.get("is_recorded")).lower() in {"1", "true"}
        named = _NAMED.search(clid := text_of(line.get("clid")))
        self.clid = named[1] if named else clid.lstrip("+")
        self.sip, self.destination = text_of(line.get("sip")), text_of(line.get("destination")).lstrip("+")

    @property
    def is_answered(self) -> bool:
        return self.disposition == "answered" and self.lasted > 0


class _Told:
    """A row: the lines of one call in the order of their times."""

    def __init__(self, record: HookRecord) -> None:
        told = told_in(record)
        lines, zone = told.get("lines"), zone_of(record.settings.get("zone"))
        read = [_Line(one, zone) for one in lines if isinstance(one, dict)] if isinstance(lines, list) else []
        self.call = text_of(told.get("call"))
        self.lines = sorted((one for one in read if one.start is not None), key=lambda one: (one.start, one.id))
        self.start = min((one.start or 0 for one in self.lines), default=0)
        self.over = min(max((_over(one) for one in self.lines), default=0), record.received)
        self.pbx, self.received = record.pbx, record.received
        self.outgoing = self.call.startswith("out_")


def _found(told: _Told) -> FoundCall | None:
    """None for an outgoing call of whom nobody knows: as one from outside it would be told wrong."""
    first = told.lines[0]
    rung = [(one, _rung(told, one)) for one in told.lines]
    talked = next(((one, party.leg) for one, party in rung if one.is_answered and party), None)
    if told.outgoing:
        caller = next((one for one in map(_extension_out, told.lines) if one), "")
        channel, exten = f"zadarma/{caller}", number(first.destination)
    else:
        caller, channel = number(first.clid), OUTSIDE
        exten = next((one for one in map(_line, told.lines) if one), "")
    if told.outgoing and not caller:
        return None
    since = (talked[0].start or told.start) if talked else 0
    return FoundCall(
        told.pbx,
        told.call,
        told.received,
        channel,
        caller,
        exten,
        told.start,
        told.over,
        tuple(party for _, party in rung if party),
        talked=(talked[1], since) if talked else None,
        lasted=told.over - since if talked else 0,
        gave_up=told.lines[-1].disposition == "cancel",
    )


def _rung(told: _Told, line: _Line) -> Rung | None:
    """Who was called. An answer without an extension is a menu's, and nobody's."""
    at, over = line.start or told.start, _over(line)
    status = "" if line.is_answered else STATUSES.get(line.disposition, "CHANUNAVAIL")
    if told.outgoing:
        return Rung(f"{told.call}/out", OUTSIDE, number(line.destination), at, over, status)
    extension = extension_of(line.destination) or extension_of(line.sip)
    return Rung(f"{told.call}/{extension}", f"zadarma/{extension}", extension, at, over, status) if extension else None


def _extension_out(line: _Line) -> str:
    return extension_of(line.sip) or extension_of(line.clid)


def _line(line: _Line) -> str:
    """Our number, where a line names one beside the caller's."""
    spelled = (number(one) for one in (line.destination, line.sip))
    return next((one for one in spelled if one.startswith("+")), "")


def _over(line: _Line) -> int:
    return (line.start or 0) + line.lasted


def _rows(lines: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Sequence[Row]:
    calls: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        if call := text_of(line.get("pbx_call_id")):
            calls.setdefault(call, []).append(line)
    return [
        Row(call, max(_over(_Line(one, zone)) for one in own), {"lines": [*_unlike(own)]})
        for call, own in calls.items()
    ]


def _unlike(lines: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Each line once, in one order: pages may overlap while calls come in."""
    seen: set[str] = set()
    for line in sorted(lines, key=lambda one: (text_of(one.get("callstart")), text_of(one.get("call_id")))):
        if (key := repr(sorted(line.items(), key=lambda item: item[0]))) not in seen:
            seen.add(key)
            yield line


def _succeeded(answer: ApiAnswer) -> Mapping[str, Any]:
    """Numbers stay as they are written: the id `1458314231.236560` is no fraction."""
    plain = json_answer(answer)
    if plain.get("status") != "success":
        raise Trouble(f"it answers: {text_of(plain.get('message'))[:200] or 'no success'}")
    try:
        value = loads(answer.body, parse_float=str)
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise Trouble("its answer is no JSON") from None
    return value if isinstance(value, dict) else {}


def _written(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, zone):%Y-%m-%d %H:%M:%S}"


HISTORY: Final = Statistics()
