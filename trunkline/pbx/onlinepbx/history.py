"""onlinePBX's history, and its links to recordings. No I/O here.

Sources: pbx.md §1.7 and public clients of `mongo_history/search.json` [T]: fields `uuid`, `caller_id_number`,
`destination_number`, `start_stamp`, `end_stamp`, `duration`, `user_talk_time`, `hangup_cause`, `accountcode`,
`gateway`, `events`. Errors come with HTTP 200; a session's key lives about three days, a link half an hour. How many
calls a page holds, and in which order, is not documented.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung, steps_of
from trunkline.pbx.hooks.history import (
    HostedRecording,
    Keys,
    Row,
    Trouble,
    base_of,
    by_halves,
    json_answer,
    told_in,
)
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import FOUND, HookRecord
from trunkline.pbx.onlinepbx.dialling import SIGNED_OUT
from trunkline.pbx.onlinepbx.told import CANCELLED, OUTSIDE, STATUSES
from trunkline.web.i18n import mark

API: Final = "https://api2.onlinepbx.ru"
_SEARCH: Final = "mongo_history/search.json"
_FULL: Final = 50
_PER_PAGE: Final = "500"
_SESSION: Final = "session"
_SECOND: Final = 1_000_000
_LATEST: Final = 1 << 33


class MongoHistory:
    """The history; it holds nothing."""

    name = "onlinepbx"
    every_seconds = 120.0
    pause_seconds = 0.3

    def lacks(self, account: Account) -> Sequence[str]:
        """The domain and the key."""
        lacking = [] if str(account.settings.get("domain") or "").strip() else [mark("Domain of the account")]
        return (*lacking, *([] if account.secrets.get("api_key") else [mark("Key of its API")]))

    def rows(self, account: Account, since: int, until: int, keys: Keys) -> Dialogue[Sequence[Row]]:
        """Those that are over, by the seconds they began in."""

        def page(first: int, last: int) -> Dialogue[Sequence[Any]]:
            bounds = {"start_stamp_from": str(first // _SECOND), "start_stamp_to": str(-(-last // _SECOND))}
            told = yield from _asked(account, {**bounds, "per_page": _PER_PAGE}, keys)
            if not isinstance(told, list):
                raise Trouble("its answer has no list `data`")
            return told

        lines = yield from by_halves(since, until, page, _FULL)
        rows = {}
        for line in lines:
            one = _Line(line) if isinstance(line, dict) else None
            if one and one.call and one.end:
                rows[one.call] = Row(one.call, one.end, {"line": line})
        return [*rows.values()]

    def events(self, record: HookRecord) -> Sequence[Event]:
        """One line is one call; none of one of ours of whom nobody knows."""
        line = told_in(record).get("line")
        told = _Line(line) if isinstance(line, dict) else None
        found = _found(told, record) if told and told.call and told.start and told.end else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """`download_url` of an end says that there is one; the history does not, so of a line none is told."""
        request = record.request
        call, url = request.text("uuid"), request.text("download_url")
        if record.verdict == FOUND or request.text("event") != "call_end" or not call or not url:
            return ()
        return (HostedRecording(call, call, call, url),)

    def link(self, account: Account, recording: str, keys: Keys) -> Dialogue[str]:
        """The call's uuid is the recording's."""
        told = yield from _asked(account, {"uuid": recording, "download": "1"}, keys, late=True)
        link = told[0] if isinstance(told, list) and told else told
        if not isinstance(link, str) or not link:
            raise Trouble("its answer names no link yet", late=True)
        return link


def _asked(account: Account, fields: Mapping[str, str], keys: Keys, *, late: bool = False) -> Dialogue[Any]:
    """`data` of the history's answer; a session that has ended is begun anew, once."""
    for _turn in range(2):
        if _SESSION not in keys:
            keys[_SESSION] = yield from _session(account)
        answer = yield _request(account, _SEARCH, fields, {"x-pbx-authentication": keys[_SESSION]})
        told = {"isNotAuth": True} if answer.status in (401, 403) else json_answer(answer)
        if text_of(told.get("status")) == "1":
            return told.get("data")
        if not (told.get("isNotAuth") or text_of(told.get("errorCode")) in SIGNED_OUT):
            raise Trouble(f"it answers: {_comment(told)}", late=late)
        del keys[_SESSION]
    raise Trouble("it refuses the session's key it has just given", refused=True)


def _session(account: Account) -> Dialogue[str]:
    key = account.secrets.get("api_key", "")
    answer = yield _request(account, "auth.json", {"auth_key": key, "new": "true"}, {})
    told = json_answer(answer)
    data = told.get("data")
    if text_of(told.get("status")) != "1" or not isinstance(data, dict) or not (data.get("key_id") and data.get("key")):
        raise Trouble(f"it refuses the key of its API: {_comment(told)}", refused=True)
    session = f"{text_of(data['key_id'])}:{text_of(data['key'])}"
    if not (session.isascii() and session.isprintable()):
        raise Trouble("the session's key it gives is none", refused=True)
    return session


def _request(account: Account, method: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> ApiRequest:
    domain = quote(str(account.settings.get("domain") or "").strip().lower(), safe=".-")
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return ApiRequest("POST", f"{base_of(account, API)}/{domain}/{method}", form, urlencode(fields).encode())


def _comment(told: Mapping[str, Any]) -> str:
    return text_of(told.get("comment"))[:200] or text_of(told.get("errorCode"))[:100] or "no success"


class _Line:
    """One call in our words; times in µs, 0 where there is none."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        self.call = text_of(line.get("uuid"))
        self.start, self.end = _stamp(line.get("start_stamp")), _stamp(line.get("end_stamp"))
        if not self.end and self.start and (duration := number_of(line.get("duration"))) is not None:
            self.end = self.start + int(min(max(duration, 0), 86_400) * _SECOND)
        talked = number_of(line.get("user_talk_time")) or 0
        self.talked = min(int(min(max(talked, 0), 86_400) * _SECOND), max(self.end - self.start, 0))
        self.way = text_of(line.get("accountcode")).lower()
        self.caller = number_with_plus(text_of(line.get("caller_id_number")).lstrip("+"))
        self.callee = number_with_plus(text_of(line.get("destination_number")).lstrip("+"))
        self.line = number_with_plus(text_of(line.get("gateway")).lstrip("+"))
        self.cause = text_of(line.get("hangup_cause")).upper()
        events = line.get("events")
        self.users = [_user(one) for one in events if isinstance(one, dict)] if isinstance(events, list) else []

    @property
    def is_incoming(self) -> bool:
        """Also where it is not said: nobody outside has a number as short as an extension's."""
        return self.way == "inbound" or (self.way not in {"outbound", "local"} and not extension_in(self.caller))

    @property
    def who(self) -> str:
        """Who was called: of an incoming call the last extension that is named."""
        named = next((one for one in reversed(self.users) if one), "")
        return (named or extension_in(self.callee)) if self.is_incoming else self.callee


def _user(event: Mapping[str, Any]) -> str:
    return extension_in(text_of(event.get("number"))) if text_of(event.get("type")).lower() == "user" else ""


def _found(told: _Line, record: HookRecord) -> FoundCall | None:
    """None for an outgoing call of whom nobody knows: as one from outside it would be told wrong."""
    if not told.is_incoming and not extension_in(told.caller):
        return None
    who, talked = told.who, told.talked > 0
    leg = f"{told.call}/{who or told.callee or 'somebody'}"
    status = "" if talked else STATUSES.get(told.cause, "NOANSWER")
    rung = Rung(leg, _channel(who), who or told.callee, told.start, told.end, status)
    caller = told.caller
    return FoundCall(
        record.pbx,
        told.call,
        record.received,
        _channel("" if told.is_incoming else caller),
        caller,
        (told.line or told.callee) if told.is_incoming else told.callee,
        told.start,
        told.end,
        (rung,) if who or talked else (),
        talked=(leg, told.end - told.talked) if talked else None,
        lasted=told.talked,
        gave_up=told.cause == CANCELLED,
    )


def _channel(party: str) -> str:
    return f"onlinepbx/{party}" if extension_in(party) else OUTSIDE


def _stamp(value: object) -> int:
    seconds = number_of(value) or 0
    return int(seconds * _SECOND) if 0 < seconds < _LATEST else 0


HISTORY: Final = MongoHistory()
