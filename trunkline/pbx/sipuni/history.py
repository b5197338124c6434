"""Sipuni's statistics as CSV, and its recordings by their ids. No I/O here.

Sources: `statistic/export` and `statistic/record` as public clients of 2015 to 2026 ask for them [T]: a form whose hash
is an MD5 over its values in the order of their names, and the key. Columns are known by their Russian names, for which
of them are there differs. `ID записи` is the `call_id` of events, as documented links have it, and begins with the
second the call began in: so no time zone has to be known.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.dialling import form_of
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung, steps_of
from trunkline.pbx.hooks.history import MOST_ROWS, HostedRecording, Keys, Row, Trouble, base_of, told_in
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import FOUND, HookRecord
from trunkline.pbx.sipuni.dialling import URL, hashed, is_of_key, said_in
from trunkline.pbx.sipuni.fields import OUTSIDE, call_of
from trunkline.web.i18n import mark

_WANTED: Final[Mapping[str, str]] = {
    "anonymous": "1",
    "crmLinks": "0",
    "dtmfUserAnswer": "0",
    "firstTime": "0",
    "fromNumber": "",
    "hangupinitor": "0",
    "ignoreSpecChar": "1",
    "names": "0",
    "numbersInvolved": "0",
    "numbersRinged": "0",
    "outgoingLine": "0",
    "rating": "",
    "showTreeId": "0",
    "state": "0",
    "timeFrom": "",
    "timeTo": "",
    "toAnswer": "",
    "toNumber": "",
    "tree": "",
    "type": "0",
}
_COLUMNS: Final[Mapping[str, str]] = {
    "тип": "type",
    "статус": "status",
    "откуда": "from",
    "куда": "to",
    "кто ответил": "answered",
    "длительность звонка": "lasted",
    "продолжительность звонка": "lasted",
    "длительность разговора": "talked",
    "продолжительность разговора": "talked",
    "время ответа": "waited",
    "id записи": "id",
    "запись существует": "recorded",
}
"""Each column's name, without the unit behind the comma, in our words."""
_NO_TABLE: Final = "its answer is no table of calls: look at the account's number and the key"
_NEEDED: Final = frozenset({"type", "status", "from", "to", "lasted", "id"})
_ID: Final = re.compile(r"([0-9]{10})\.[0-9]{1,15}").fullmatch
_SPENT: Final = re.compile(r"(?:([0-9]{1,3}):)?(?:([0-9]{1,2}):)?([0-9]{1,6})").fullmatch
_NO: Final = frozenset({"0", "нет", "no", "false"})
_WEST: Final = timedelta(hours=2)
_EAST: Final = timedelta(hours=12)
"""Russia's zones lie between the two: days are asked for by the cabinet's clock."""
_SECOND: Final = 1_000_000
_LONGEST: Final = 86_400 * _SECOND


class Statistics:
    """The history; it holds nothing."""

    name = "sipuni"
    every_seconds = 300.0
    pause_seconds = 0.5

    def lacks(self, account: Account) -> Sequence[str]:
        """The account's number and the key."""
        lacking = [] if _user(account) else [mark("Number of the account")]
        return (*lacking, *([] if account.secrets.get("api_key") else [mark("Key of its API")]))

    def rows(self, account: Account, since: int, until: int, _keys: Keys) -> Dialogue[Sequence[Row]]:
        """Whole days are told at a time, of which those that began within the bounds are taken."""
        days = {"from": _day(since, _WEST), "to": _day(until, _EAST)}
        form = _signed(account, {**_WANTED, **days, "user": _user(account)})
        answer = yield form_of(f"{base_of(account, URL)}/statistic/export", form)
        rows: dict[str, Row] = {}
        for line in _lines(answer):
            one = _Line(line)
            if one.call and since <= one.start <= until and (one.call not in rows or one.talked):
                rows[one.call] = Row(one.call, one.over, {"line": line})
        return [*rows.values()]

    def events(self, record: HookRecord) -> Sequence[Event]:
        """One line is one call; none of one of ours of whom nobody knows."""
        line = told_in(record).get("line")
        told = _Line(line, str(record.settings.get("api_user") or "")) if isinstance(line, dict) else None
        found = _found(told, record) if told and told.call else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """By the link of an event, which comes with calls nobody answered too; by the id of a line."""
        line = told_in(record).get("line")
        if isinstance(line, dict):
            told = _Line(line)
            return (HostedRecording(told.call, told.call, told.call),) if told.call and told.is_recorded else ()
        request = record.request
        call, link = call_of(request), request.text("call_record_link")
        ended = request.text("event") in {"2", "4"} and request.text("status").upper() == "ANSWER"
        if record.verdict == FOUND or not ended or not call or not link:
            return ()
        return (HostedRecording(call, call, _id_in(link) or call, link),)

    def link(self, account: Account, recording: str, _keys: Keys) -> Dialogue[str]:
        """Nothing is asked: the address is signed by us."""
        query = urlencode(_signed(account, {"id": recording, "user": _user(account)}))
        yield from ()
        return f"{base_of(account, URL)}/statistic/record?{query}"


class _Line:
    """One call in our words; times in µs. `account` may stand before an extension."""

    def __init__(self, told: Mapping[str, Any], account: str = "") -> None:
        line = {_column(name): value for name, value in told.items()}
        match = _ID(text_of(line.get("id")))
        self.call = match[0] if match else ""
        self.start = int(match[1]) * _SECOND if match else 0
        self.lasted, self.waited = _spent(line.get("lasted")), _spent(line.get("waited"))
        is_answered = text_of(line.get("status")).lower() == "отвечен"
        self.talked = min(_spent(line.get("talked")), self.lasted) if is_answered else 0
        self.kind = text_of(line.get("type")).lower()
        self.caller, self.called, self.answerer = (
            _Side(text_of(line.get(name)), account) for name in ("from", "to", "answered")
        )
        self.is_recorded = self.talked > 0 and text_of(line.get("recorded")).lower() not in _NO

    @property
    def over(self) -> int:
        return self.start + self.lasted


class _Side:
    """An end of a call: its extension, or its number."""

    def __init__(self, text: str, account: str) -> None:
        last = text.rpartition("#")[2].partition("_")[0].strip().lstrip("+")
        bare = last.removeprefix(account) if len(last) > len(account) else last
        self.extension = extension_in(bare)
        self.number = number_with_plus(f"7{last[1:]}" if len(last) == 11 and last.startswith("8") else last)

    @property
    def either(self) -> str:
        return self.extension or self.number

    @property
    def channel(self) -> str:
        return f"sipuni/{self.extension}" if self.extension else OUTSIDE


def _found(told: _Line, record: HookRecord) -> FoundCall | None:
    """None for a call of ours of whom nobody knows: as one from outside it would be told wrong."""
    ours = told.kind != "входящий"
    if ours and not told.caller.extension:
        return None
    who = told.called if ours else told.answerer
    leg = f"{told.call}/{who.extension or ('out' if ours else 'somebody')}"
    rung = Rung(leg, who.channel, who.either, told.start, told.over, "" if told.talked else "NOANSWER")
    waited = min(told.waited, told.lasted - told.talked) if told.waited else told.lasted - told.talked
    return FoundCall(
        record.pbx,
        told.call,
        record.received,
        told.caller.channel if ours else OUTSIDE,
        told.caller.extension if ours else told.caller.number,
        told.called.either if ours else told.called.number,
        told.start,
        told.over,
        (rung,) if who.either or told.talked else (),
        talked=(leg, told.start + waited) if told.talked else None,
        lasted=told.talked,
    )


def _lines(answer: ApiAnswer) -> Sequence[Mapping[str, str]]:
    """The lines of the table: what they say in columns that we read. Raises Trouble."""
    if answer.status in (401, 403):
        raise Trouble(f"it refuses our key: HTTP {answer.status}", refused=True)
    if answer.status != 200:
        raise Trouble(f"it answers HTTP {answer.status}")
    if isinstance(told := json_of(answer.body), dict):
        why = said_in(told)[:200]
        raise Trouble(f"it answers: {why or 'no table of calls'}", refused=is_of_key(why))
    head, *lines = _table(answer.body.decode("utf-8-sig", "replace")) or [[]]
    if not _NEEDED.issubset(map(_column, head)):
        raise Trouble(_NO_TABLE)
    if len(lines) > MOST_ROWS:
        raise Trouble(f"it tells more than {MOST_ROWS} lines of so short a time")
    return [{name: value for name, value in zip(head, line, strict=False) if value and _column(name)} for line in lines]


def _table(text: str) -> list[list[str]]:
    """Its lines; where one breaks the rules of quoting, each is read by itself, so that it costs no other."""
    lines = io.StringIO(text, newline="").readlines()
    try:
        return [*csv.reader(lines, delimiter=";", strict=True)]
    except csv.Error:
        return [_fields(line) for line in lines]


def _fields(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=";"), [])
    except csv.Error:
        return []


def _column(name: str) -> str:
    """Ours for a column of theirs; empty for one that nothing is read of."""
    return _COLUMNS.get(name.partition(",")[0].strip().lower(), "")


def _signed(account: Account, fields: Mapping[str, str]) -> Mapping[str, str]:
    """With the hash, over the values in the order of their names: `user` is the last of them."""
    values = [fields[name] for name in sorted(fields)]
    return {**fields, "hash": hashed(values, account.secrets.get("api_key", ""))}


def _user(account: Account) -> str:
    return str(account.settings.get("api_user") or "").strip()


def _id_in(link: str) -> str:
    try:
        (found,) = parse_qs(urlsplit(link).query).get("id", [""])
    except ValueError:
        return ""
    return found if _ID(found) else ""


def _spent(value: object) -> int:
    """Seconds, or `0:01:23`, in µs."""
    if not (match := _SPENT(text_of(value))):
        return 0
    hours, minutes, seconds = (int(one or 0) for one in match.groups())
    if match[1] and not match[2]:  # minutes and seconds alone
        hours, minutes = 0, hours
    return min((hours * 3600 + minutes * 60 + seconds) * _SECOND, _LONGEST)


def _day(at: int, ahead: timedelta) -> str:
    return f"{datetime.fromtimestamp(at / _SECOND, UTC) + ahead:%d.%m.%Y}"


HISTORY: Final = Statistics()
