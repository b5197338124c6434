"""Mango's extended statistics, and its links to recordings. No I/O here.

Source: "VPBX API" 1.9 §3.4.2 (`stats/calls/request`, `stats/calls/result`), §3.7.1 (`config/users/request`) and §3.5.1
(`queries/recording/post`). A statistic is ordered and asked for until it is ready. Its times are Unix seconds; the
dates it is ordered by have no zone, and public clients write them in Moscow's. Who had a leg is told by his number in
the account: which extension that is the list of employees says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import json_of, mapping_of, text_of
from trunkline.pbx.hooks.found import steps_of
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
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.pbx.hooks.record import FOUND, HookRecord
from trunkline.pbx.mango import envelope
from trunkline.pbx.mango.asking import API, asked
from trunkline.pbx.mango.command import KEY_REFUSED, SUCCESS
from trunkline.pbx.mango.found import extension_told, found_in, legs_in, over_of, recordings_in
from trunkline.web.i18n import mark

PAGE: Final = 1000
"""Of the sizes it takes; 5,000 calls of many legs would be a long answer."""
MOST_LOOKS: Final = 60
"""At a statistic that is not ready: five minutes."""
ADDED: Final = "events/record/added"
ZONE: Final = "Europe/Moscow"
_SWITCH: Final = Setting(
    "history",
    mark("Lost calls are looked up, and recordings fetched"),
    SettingKind.FLAG,
    mark("Calls whose events were lost are found in its statistics; recordings have to be in its cloud storage."),
    needs=("key", "salt", "zone"),
)
SETTINGS: Final = (
    _SWITCH,
    Setting(
        "zone",
        mark("The account's time zone"),
        SettingKind.ZONE,
        mark("Its statistics are asked for by this clock; the times in them have a zone."),
        default=ZONE,
        required=True,
    ),
)
_ORDER, _RESULT = "stats/calls/request/", "stats/calls/result/"
_USERS: Final = "config/users/request"
_RECORDING: Final = "queries/recording/post"
_KNOWN: Final = "users"
_NOT_READY: Final = frozenset({"request", "work"})


class Statistics:
    """The history; it holds nothing."""

    name = "mango"
    every_seconds = 300.0
    pause_seconds = 5.0

    def lacks(self, account: Account) -> Sequence[str]:
        """The tick, too: its key and its secret are there for events, and nobody asked for recordings by them."""
        lacking = [] if account.settings.get("history") is True else [_SWITCH.label]
        if not account.settings.get("key"):
            lacking.append(mark("Unique code of the PBX"))
        return (*lacking, *(() if account.live("salt") else (mark("Key for signatures"),)))

    def rows(self, account: Account, since: int, until: int, keys: Keys) -> Dialogue[Sequence[Row]]:
        """Page by page, each ordered and waited for; then whoever had a leg and is not known yet."""
        dates = [_date(at, account) for at in (since, until)]
        calls: dict[str, Mapping[str, Any]] = {}
        for offset in range(0, MOST_ROWS, PAGE):
            bounds = {"start_date": dates[0], "end_date": dates[1], "limit": str(PAGE), "offset": str(offset)}
            page = yield from _page(account, bounds)
            calls |= {entry: one for one in page if (entry := text_of(one.get("entry_id")))}
            if len(page) < PAGE:
                break
        else:
            raise Trouble(f"it tells more than {MOST_ROWS} calls of so short a time")
        users = yield from _users(account, calls.values(), keys)
        return [
            Row(entry, over, {"line": one, "users": {id_: users[id_] for id_ in _named(one) if id_ in users}})
            for entry, one in calls.items()
            if (over := over_of(one))
        ]

    def events(self, record: HookRecord) -> Sequence[Event]:
        """Of one call and all its legs."""
        found = found_in(record)
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """Of the event that says one lies in the cloud, and of each leg of a row."""
        if record.verdict == FOUND:
            told = told_in(record)
            call, line = text_of(told.get("call")), mapping_of(told.get("line"))
            return [HostedRecording(call, call, one) for one in dict.fromkeys(recordings_in(line)) if call]
        if envelope.kind_of(record.request) != ADDED:
            return ()
        said = envelope.told_in(record.request)
        call, identifier = text_of(said.get("entry_id")), text_of(said.get("recording_id"))
        return (HostedRecording(call, call, identifier),) if call and identifier else ()

    def link(self, account: Account, recording: str, _keys: Keys) -> Dialogue[str]:
        """Its answer leads to it, once; a recording may be there only a minute after its call."""
        said = {"recording_id": recording, "action": "download"}
        answer = yield asked(account, _RECORDING, said, base=base_of(account, API, "api"), leads_on=True)
        if answer.status in (401, 403):
            raise Trouble(f"it refuses our key: HTTP {answer.status}", refused=True)
        if not answer.location:
            code = _code_in(mapping_of(json_of(answer.body)))
            raise Trouble(f"its answer leads to no recording yet: {_said(answer, code)}", late=True)
        return answer.location


def _date(at: int, account: Account) -> str:
    """As the document's examples write it, by the account's clock."""
    try:
        zone = ZoneInfo(str(account.settings.get("zone") or ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(ZONE)
    return f"{datetime.fromtimestamp(at // 1_000_000, zone):%d.%m.%Y %H:%M:%S}"


def _page(account: Account, bounds: Mapping[str, str]) -> Dialogue[Sequence[Mapping[str, Any]]]:
    """One statistic, ordered and looked at until it is ready."""
    base = base_of(account, API, "api")
    ordered = yield asked(account, _ORDER, bounds, base=base)
    told = json_answer(ordered)
    key, code = text_of(told.get("key")), _code_in(told)
    if not key:
        raise Trouble(f"it takes no order: {_said(ordered, code)}")
    for _look in range(MOST_LOOKS):
        answer = yield asked(account, _RESULT, {"key": key}, base=base)
        if answer.status == 204:
            continue
        told = json_answer(answer)
        status = text_of(told.get("status")).lower()
        if status not in _NOT_READY:
            return _calls(told, status, answer)
    raise Trouble("its statistics were not ready in time")


def _calls(told: Mapping[str, Any], status: str, answer: ApiAnswer) -> Sequence[Mapping[str, Any]]:
    """Its lists, one a day; the document shows a list of them, a public client met one alone."""
    code, data = _code_in(told), told.get("data")
    if status != "complete" or code not in ("", SUCCESS):
        raise Trouble(f"it has no statistics: {status[:20] or _said(answer, code)}")
    days = data if isinstance(data, list) else [data]
    lists = [mapping_of(day).get("list") for day in days]
    if any(not isinstance(one, list) for one in lists):
        raise Trouble("its answer has no list `list`")
    return [mapping_of(one) for own in lists for one in _list(own)]


def _users(account: Account, calls: Iterable[Mapping[str, Any]], keys: Keys) -> Dialogue[Mapping[str, str]]:
    """Extensions by the number of an employee in the account: asked for once, and when one is not known."""
    known = _remembered(keys)
    wanted = {id_ for one in calls for id_ in _named(one)}
    if wanted <= known.keys():
        return known
    answer = yield asked(account, _USERS, {"ext_fields": ["general.user_id"]}, base=base_of(account, API, "api"))
    said = json_answer(answer)
    _code_in(said)
    users = said.get("users")
    if not isinstance(users, list):
        raise Trouble("its answer has no list `users`")
    # Who is not told, a member who was removed, is not asked for again with each reading.
    told: dict[str, str] = {**dict.fromkeys(wanted, ""), **known}
    for one in map(mapping_of, users):
        id_, extension = (
            mapping_of(one.get("general")).get("user_id"),
            mapping_of(one.get("telephony")).get("extension"),
        )
        told[text_of(id_)] = text_of(extension)
    keys[_KNOWN] = msgspec.json.encode(told).decode()
    return told


def _remembered(keys: Keys) -> Mapping[str, str]:
    value = json_of(keys.get(_KNOWN, "").encode())
    return {str(id_): str(extension) for id_, extension in value.items()} if isinstance(value, dict) else {}


def _named(line: Mapping[str, Any]) -> Iterator[str]:
    """Employees whose extension the line itself does not tell."""
    ours = [line.get("caller_id")]
    ours += [
        leg.get("call_abonent_id")
        for leg in legs_in(line)
        if text_of(leg.get("call_type")) != "group" and not extension_told(leg)
    ]
    yield from dict.fromkeys(id_ for one in ours if (id_ := text_of(one)))


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _code_in(told: Mapping[str, Any]) -> str:
    """Its `result`; raises Trouble where that is of our key."""
    code = text_of(told.get("result"))
    if code in KEY_REFUSED:
        raise Trouble(f"it refuses our key: result {code}", refused=True)
    return code


def _said(answer: ApiAnswer, code: str) -> str:
    return f"result {code[:20]}" if code else f"HTTP {answer.status}"


HISTORY: Final = Statistics()
