"""The calls report of UIS's Data API, with its links to recordings. No I/O here.

Sources: public clients of `get.calls_report` [T]: JSON-RPC 2.0 with the key in `params`, errors as in pbx.md §1.2,
fields by name, `limit` and `offset`, `call_records` as names of files under `/system/media/talk/{communication_id}/`.
A call's `id` is the notifications' `call_session_id`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from yarl import URL

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiRequest
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
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.telling import local_time
from trunkline.pbx.uis.replies import pairs
from trunkline.pbx.uis.told import OUTSIDE
from trunkline.web.i18n import mark

API: Final = "https://dataapi.uiscom.ru/v2.0"
PAGE: Final = 500
_FIELDS: Final = (
    "id",
    "communication_id",
    "start_time",
    "finish_time",
    "direction",
    "is_lost",
    "contact_phone_number",
    "virtual_phone_number",
    "talk_duration",
    "wait_duration",
    "last_answered_employee_id",
    "last_answered_employee_full_name",
    "call_records",
)
_ZONE: Final = "Europe/Moscow"
_REFUSED: Final = frozenset({"-32001", "-32003"})
_LIMIT: Final = "-32029"
_SECOND: Final = 1_000_000


class CallsReport:
    """The history; it holds nothing."""

    name = "uis"
    every_seconds = 300.0
    pause_seconds = 2.0

    def lacks(self, account: Account) -> Sequence[str]:
        """The key."""
        return () if account.secrets.get("data_token") else (mark("Key of its Data API"),)

    def rows(self, account: Account, since: int, until: int, _keys: Keys) -> Dialogue[Sequence[Row]]:
        """Page by page; of one that is not over there is no `finish_time`."""
        zone = _zone(account.settings.get("zone"))
        lines: list[Any] = []
        params = {
            "access_token": account.secrets.get("data_token", ""),
            "date_from": _written(since, zone),
            "date_till": _written(until + _SECOND, zone),
            "limit": PAGE,
            "fields": _FIELDS,
            "sort": [{"field": "id", "order": "asc"}],
        }
        while len(lines) < MOST_ROWS:
            answer = yield _request(account, {**params, "offset": len(lines)})
            page = _result(json_answer(answer))
            lines += page
            if len(page) < PAGE:
                told = [(_Line(line, zone), line) for line in lines if isinstance(line, dict)]
                rows = {one.call: Row(one.call, one.end or 0, {"line": line}) for one, line in told if one.is_over}
                return [*rows.values()]
        raise Trouble(f"it tells more than {MOST_ROWS} calls of so short a time")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """One line is one call; none of an outgoing one whose employee has no extension here."""
        told = _line(record)
        found = _found(told, record) if told and told.is_over else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """Of a line alone: our template of notifications has no link."""
        told = _line(record)
        if not told or not told.is_over or not told.talk:
            return ()
        place = _media(record.settings)
        return [
            HostedRecording(told.call, told.call, name, f"{place}/{quote(told.talk, safe='')}/{quote(name, safe='')}/")
            for name in told.records
        ]


class _Line:
    """One call in our words; times in µs."""

    def __init__(self, line: Mapping[str, Any], zone: ZoneInfo) -> None:
        self.call, self.talk = text_of(line.get("id")), text_of(line.get("communication_id"))
        self.start = local_time(text_of(line.get("start_time")).replace("T", " ")[:19], zone)
        self.end = local_time(text_of(line.get("finish_time")).replace("T", " ")[:19], zone)
        self.outgoing = text_of(line.get("direction")).lower() == "out"
        self.client = number_with_plus(text_of(line.get("contact_phone_number")).lstrip("+"))
        self.line = number_with_plus(text_of(line.get("virtual_phone_number")).lstrip("+"))
        self.employees = [text_of(line.get(f"last_answered_employee_{name}")) for name in ("full_name", "id")]
        talked = 0 if text_of(line.get("is_lost")).lower() in {"1", "true"} else number_of(line.get("talk_duration"))
        self.talked = int(min(max(talked or 0, 0), 86_400)) * _SECOND
        records = line.get("call_records")
        named = [text_of(one) for one in records] if isinstance(records, list) else []
        self.records = [name for name in named if 0 < len(name) <= 100][:20]

    @property
    def is_over(self) -> bool:
        return bool(self.call) and self.start is not None and self.end is not None and self.end >= self.start


def _found(told: _Line, record: HookRecord) -> FoundCall | None:
    start, end = told.start or 0, told.end or 0
    desk = _desk(told, record.settings)
    if told.outgoing:
        if not desk:
            return None
        rung = Rung(f"{told.call}/out", OUTSIDE, told.client, start, end, "" if told.talked else "NOANSWER")
    else:
        leg, channel = f"{told.call}/{desk or 'somebody'}", f"uis/{desk}" if desk else OUTSIDE
        rung = Rung(leg, channel, desk, start, end, "" if told.talked else "NOANSWER")
    return FoundCall(
        record.pbx,
        told.call,
        record.received,
        f"uis/{desk}" if told.outgoing else OUTSIDE,
        desk if told.outgoing else told.client,
        told.client if told.outgoing else told.line,
        start,
        end,
        (rung,) if desk or told.talked else (),
        talked=(rung.leg, max(end - told.talked, start)) if told.talked else None,
        lasted=told.talked,
    )


def _desk(told: _Line, settings: Mapping[str, Any]) -> str:
    named = {_plain(key): value for key, value in pairs(settings, "employees").items()}
    return next((desk for one in told.employees if one and (desk := extension_in(named.get(_plain(one), "")))), "")


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _line(record: HookRecord) -> _Line | None:
    line = told_in(record).get("line")
    return _Line(line, _zone(record.settings.get("zone"))) if isinstance(line, dict) else None


def _request(account: Account, params: Mapping[str, Any]) -> ApiRequest:
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": "1", "method": "get.calls_report", "params": params})
    return ApiRequest(
        "POST", base_of(account, API, "data_api"), {"Content-Type": "application/json; charset=UTF-8"}, body
    )


def _result(told: Mapping[str, Any]) -> Sequence[Any]:
    error, result = told.get("error"), told.get("result")
    if isinstance(error, dict):
        data = error.get("data")
        mnemonic = text_of(data.get("mnemonic")) if isinstance(data, dict) else ""
        why = f"it answers {text_of(error.get('code'))}: {mnemonic or text_of(error.get('message'))}"[:200]
        code = text_of(error.get("code"))
        raise Trouble(why, refused=code in _REFUSED, pause=60.0 if code == _LIMIT else 0.0)
    page = result.get("data") if isinstance(result, dict) else None
    if not isinstance(page, list):
        raise Trouble("its answer has no list `result.data`")
    return page


def _media(settings: Mapping[str, Any]) -> str:
    """Where files are, beside the API: `dataapi.uiscom.ru` has them at `app.uiscom.ru`."""
    try:
        api = URL(str(settings.get("data_api") or API))
        host = (api.host or "").replace("dataapi-jsonrpc.", "dataapi.")
        return str(api.with_host(host.replace("dataapi.", "app.", 1)).with_path("/system/media/talk"))
    except (ValueError, TypeError):
        return "https://app.uiscom.ru/system/media/talk"


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or _ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(_ZONE)


def _written(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, zone):%Y-%m-%d %H:%M:%S}"


HISTORY: Final = CallsReport()
