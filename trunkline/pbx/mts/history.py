"""Autosecretary's statistics of its trunks, and its recordings. No I/O here.

Source: `mikopbx/ModuleMtsPbx` (pbx.md §1.5) and another public client [T]: `trunks/all`, `trunks/statistics` (1,000
lines each, 204 where there are none) and `trunks/record`, with a JWT. `callId` is the `CallID` of events. Times come
without a zone, numbers with ten digits; `duration` holds the wait, and no line says whether somebody talked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung, steps_of
from trunkline.pbx.hooks.history import (
    MOST_ROWS,
    HostedRecording,
    Keyed,
    Keys,
    Row,
    Trouble,
    base_of,
    json_value,
    told_in,
)
from trunkline.pbx.hooks.numbers import extension_in, number_of_russia
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.telling import local_time
from trunkline.pbx.hooks.times import iso_time
from trunkline.pbx.mts.told import OUTSIDE
from trunkline.web.i18n import mark

API: Final = "https://aa.mts.ru/api/ac20"
ZONE: Final = "Europe/Moscow"
PAGE: Final = 1000
SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "api_url",
        mark("Address of its API"),
        SettingKind.URL,
        mark("As the provider's documentation names it, with https."),
        default=API,
    ),
    Setting("domain", mark("Domain of the account"), hint=mark("As its events write it, e.g. 9807100241.ru.")),
    Setting(
        "api_key",
        mark("Key of its API"),
        SettingKind.SEALED,
        mark("The cabinet's JWT. With it and the domain lost calls are looked up and recordings fetched."),
    ),
    Setting(
        "zone",
        mark("Time zone of its statistics"),
        SettingKind.ZONE,
        mark("They are written without one: compare a call found there with the clock."),
        default=ZONE,
    ),
    Setting(
        "numbers",
        mark("Numbers of employees"),
        SettingKind.PAIRS,
        mark("A line each, as “101 = 9109136612”: the extension here, and the number its statistics name."),
    ),
)
_LONGEST_ID: Final = 100
_SECOND: Final = 1_000_000
_SHORTEST: Final = 2 * _SECOND
"""What is left of the duration without the wait is a talk from here on; less may be rounding."""


class Statistics:
    """The history; it holds nothing."""

    name = "mts"
    every_seconds = 300.0
    pause_seconds = 0.5

    def lacks(self, account: Account) -> Sequence[str]:
        """The domain and the key."""
        lacking = [] if _domain(account) else [mark("Domain of the account")]
        return (*lacking, *([] if account.secrets.get("api_key") else [mark("Key of its API")]))

    def rows(self, account: Account, since: int, until: int, _keys: Keys) -> Dialogue[Sequence[Row]]:
        """Of each trunk, page by page."""
        zone = _zone(account.settings.get("zone"))
        bounds = {"Begin": _written(since, zone), "End": _written(until, zone), "Limit": str(PAGE)}
        trunks = [text_of(one.get("trunkId")) for one in _list((yield _asked(account, "trunks/all", {})))]
        rows: dict[str, Row] = {}
        for trunk in filter(None, dict.fromkeys(trunks)):
            for offset in range(0, MOST_ROWS, PAGE):
                query = {"TrunkId": trunk, **bounds, "Offset": str(offset)}
                lines = _list((yield _asked(account, "trunks/statistics", query)))
                for line in lines:
                    told = {**line, "trunkId": text_of(line.get("trunkId")) or trunk}
                    one = _Line(told, account.settings)
                    if one.call and one.start is not None:
                        rows[one.call] = Row(one.call, one.over, {"line": told})
                if len(lines) < PAGE:
                    break
            else:
                raise Trouble(f"it tells more than {MOST_ROWS} lines of so short a time")
        return [*rows.values()]

    def events(self, record: HookRecord) -> Sequence[Event]:
        """One line is one call; none of one of ours of whom nobody knows."""
        told = _line(record)
        found = _found(told, record) if told and told.call and told.start is not None else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """Of a line that was recorded; it is asked for by its trunk and its call."""
        told = _line(record)
        if not told or not told.call or not told.trunk or not told.is_recorded:
            return ()
        return (HostedRecording(told.call, told.call, f"{told.trunk}/{told.call}"),)

    def link(self, account: Account, recording: str, _keys: Keys) -> Dialogue[Keyed]:
        """Nothing is asked: the API answers the sound itself, to whoever has the key."""
        trunk, _, call = recording.partition("/")
        request = _asked(account, "trunks/record", {"TrunkId": trunk, "CallId": call, "Type": "mp3"})
        yield from ()
        return Keyed(request.url, "Authorization", request.headers["Authorization"])


class _Side:
    """An end of a call: its extension, or its number."""

    def __init__(self, text: str, known: Mapping[str, str]) -> None:
        digits = text.lstrip("+")
        self.extension = extension_in(digits) or extension_in(known.get(digits[-10:], ""))
        self.number = number_of_russia(digits)

    @property
    def either(self) -> str:
        return self.extension or self.number

    @property
    def channel(self) -> str:
        return f"mts/{self.extension}" if self.extension else OUTSIDE


class _Line:
    """One call in our words; times in µs."""

    def __init__(self, line: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        pairs = settings.get("numbers")
        named = pairs if isinstance(pairs, dict) else {}
        known = {str(number).lstrip("+")[-10:]: str(ours) for ours, number in named.items()}
        call, self.trunk = text_of(line.get("callId")), text_of(line.get("trunkId"))[:_LONGEST_ID]
        self.call = call if len(call) <= _LONGEST_ID else ""
        start = text_of(line.get("startTime"))
        zone = _zone(settings.get("zone"))
        told = iso_time(start)
        self.start = local_time(start.replace("T", " ")[:19], zone) if told is None else told
        self.lasted, self.waited = _spent(line.get("duration")), _spent(line.get("wait"))
        self.is_recorded = _spent(line.get("recDur")) > 0
        talked = max(self.lasted - self.waited, 0)
        self.talked = talked if talked >= _SHORTEST or self.is_recorded else 0
        self.caller, self.called = (_Side(text_of(line.get(name)), known) for name in ("an", "dn"))
        via = text_of(line.get("via"))
        self.line = number_of_russia(via or self.trunk)
        within = text_of(line.get("rel")) == "1"
        to_outside = bool(self.caller.extension) and not self.called.extension
        self.is_ours = within or to_outside or (via != "" and via == text_of(line.get("an")))

    @property
    def over(self) -> int:
        return (self.start or 0) + self.lasted


def _found(told: _Line, record: HookRecord) -> FoundCall | None:
    """None for a call of ours of whom nobody knows: as one from outside it would be told wrong."""
    start = told.start or 0
    if told.is_ours and not told.caller.extension:
        return None
    to = told.called
    leg = f"{told.call}/{to.either or 'somebody'}"
    rung = Rung(leg, to.channel, to.either, start, told.over, "" if told.talked else "NOANSWER")
    reached = told.is_ours or to.extension or to.number not in ("", told.line)
    return FoundCall(
        record.pbx,
        told.call,
        record.received,
        told.caller.channel if told.is_ours else OUTSIDE,
        told.caller.extension if told.is_ours else told.caller.number,
        to.either if told.is_ours else told.line,
        start,
        told.over,
        (rung,) if reached or told.talked else (),
        talked=(leg, start + told.waited) if told.talked else None,
        lasted=told.talked,
    )


def _line(record: HookRecord) -> _Line | None:
    line = told_in(record).get("line")
    return _Line(line, record.settings) if isinstance(line, dict) else None


def _asked(account: Account, path: str, query: Mapping[str, str]) -> ApiRequest:
    url = f"{base_of(account, API)}/{path}?{urlencode({'Domain': _domain(account), **query})}"
    headers = {"Authorization": f"Bearer {account.secrets.get('api_key', '')}", "Accept": "application/json"}
    return ApiRequest("GET", url, headers)


def _list(answer: ApiAnswer) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; 204 says that there are none. Raises Trouble."""
    if answer.status == 204:
        return ()
    told = json_value(answer)
    if not isinstance(told, list):
        why = text_of(told.get("message") or told.get("title"))[:200] if isinstance(told, dict) else ""
        raise Trouble(f"it answers: {why}" if why else "its answer is no JSON list")
    return [one if isinstance(one, dict) else {} for one in told]


def _domain(account: Account) -> str:
    return str(account.settings.get("domain") or "").strip()


def _spent(value: object) -> int:
    return int(min(max(number_of(value) or 0, 0), 86_400) * _SECOND)


def _written(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at / _SECOND, zone):%Y-%m-%dT%H:%M:%S}"


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(ZONE)


HISTORY: Final = Statistics()
