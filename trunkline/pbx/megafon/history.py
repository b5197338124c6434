"""History of MegaFon's family (`/crmapi/v1/history/json`), with its links to recordings. No I/O here.

Source: public clients of that address [T]: header `X-API-KEY`, `start` and `end` as `20240702T000000Z`; lines of
`uid`, `type`, `status`, `client`, `user`, `diversion`, `start` (ISO 8601), `wait`, `duration`, `record`. Unconfirmed:
that `uid` is the webhooks' `callid`, that `duration` is the talk's here, and how many calls one answer holds.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

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
    json_value,
    told_in,
)
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import FOUND, HookRecord
from trunkline.pbx.hooks.times import iso_time
from trunkline.pbx.megafon.fields import LONGEST_ID, OUTSIDE, logins_of
from trunkline.pbx.megafon.told import STATUSES
from trunkline.web.i18n import mark

_PATH: Final = "/crmapi/v1/history/json"
_USUAL: Final = "https://company.megapbx.ru"
_FULL: Final = 100
_SECOND: Final = 1_000_000


class CrmHistory:
    """The history; it holds nothing."""

    name = "megafon"
    every_seconds = 300.0
    pause_seconds = 1.0

    def lacks(self, account: Account) -> Sequence[str]:
        """The address, which is the account's own, and the key."""
        lacking = [] if str(account.settings.get("rest_api") or "").strip() else [mark("Address of its REST API")]
        return (*lacking, *([] if account.secrets.get("rest_key") else [mark("Key of its REST API")]))

    def rows(self, account: Account, since: int, until: int, _keys: Keys) -> Dialogue[Sequence[Row]]:
        """Every line is of a call that is over."""

        def page(first: int, last: int) -> Dialogue[Sequence[Any]]:
            query = urlencode({"start": _written(first), "end": _written(-(-last // _SECOND) * _SECOND)})
            headers = {"X-API-KEY": account.secrets.get("rest_key", ""), "Accept": "application/json"}
            answer = yield ApiRequest("GET", base_of(account, _USUAL, "rest_api") + f"{_PATH}?{query}", headers)
            told = json_value(answer)
            if not isinstance(told, list):
                why = text_of(told.get("error") or told.get("message")) if isinstance(told, dict) else ""
                raise Trouble(f"it answers: {why[:200]}" if why else "its answer is no JSON list of calls")
            return told

        lines = yield from by_halves(since, until, page, _FULL)
        rows = {}
        for line in lines:
            one = _Line(line) if isinstance(line, dict) else None
            if one and one.call and one.start is not None:
                rows[one.call] = Row(one.call, one.over, {"line": line})
        return [*rows.values()]

    def events(self, record: HookRecord) -> Sequence[Event]:
        """One line is one call; none of an outgoing one whose user has no extension here."""
        line = told_in(record).get("line")
        told = _Line(line) if isinstance(line, dict) else None
        found = _found(told, record) if told and told.call and told.start is not None else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """`record` of a line and `link` of the webhook `history`: one a call, named by the call's id."""
        line = told_in(record).get("line")
        if isinstance(line, dict):
            call, url = text_of(line.get("uid")), text_of(line.get("record"))
        elif record.verdict != FOUND and record.request.text("cmd") == "history":
            call, url = record.request.text("callid"), record.request.text("link")
        else:
            return ()
        return (HostedRecording(call, call, call, url),) if call and url else ()


class _Line:
    """One call in our words; times in µs."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        call = text_of(line.get("uid"))
        self.call = call if len(call) <= LONGEST_ID else ""
        self.outgoing = text_of(line.get("type")).lower() == "out"
        self.status = text_of(line.get("status")).lower()
        self.client = number_with_plus(text_of(line.get("client")).lstrip("+"))
        self.line = number_with_plus(text_of(line.get("diversion")).lstrip("+"))
        self.user, self.ext = text_of(line.get("user")), extension_in(text_of(line.get("ext")))
        start = text_of(line.get("start"))
        self.start = _compact(start) if "-" not in start else iso_time(start)
        self.wait, self.lasted = _seconds(line.get("wait")), _seconds(line.get("duration"))

    @property
    def is_answered(self) -> bool:
        return self.status == "success"

    @property
    def over(self) -> int:
        """An unanswered call has no talk, and lasted as long as the longer of both says."""
        spent = self.wait + self.lasted if self.is_answered else max(self.wait, self.lasted)
        return (self.start or 0) + spent


def _found(told: _Line, record: HookRecord) -> FoundCall | None:
    """None for an outgoing call of whom nobody knows: as one from outside it would be told wrong."""
    named = (str(ours) for ours, login in logins_of(record.settings).items() if str(login).lower() == told.user.lower())
    extension = told.ext or (extension_in(next(named, "")) if told.user else "") or extension_in(told.user)
    user, start = extension or told.user, told.start or 0
    if told.outgoing and not extension:
        return None
    status = "" if told.is_answered else STATUSES.get(told.status, "NOANSWER")
    if told.outgoing:
        rung = Rung(f"{told.call}/out", OUTSIDE, told.client, start, told.over, status)
    else:
        rung = Rung(f"{told.call}/{user}", f"megafon/{user}", extension, start, told.over, status)
    return FoundCall(
        record.pbx,
        told.call,
        record.received,
        f"megafon/{user}" if told.outgoing else OUTSIDE,
        extension if told.outgoing else told.client,
        told.client if told.outgoing else told.line,
        start,
        told.over,
        (rung,) if user or told.outgoing else (),
        talked=(rung.leg, start + told.wait) if told.is_answered else None,
        lasted=told.lasted if told.is_answered else 0,
        gave_up=told.status == "cancel",
    )


def _seconds(value: object) -> int:
    return int(min(max(number_of(value) or 0, 0), 86_400) * _SECOND)


def _written(at: int) -> str:
    return f"{datetime.fromtimestamp(at / _SECOND, UTC):%Y%m%dT%H%M%SZ}"


def _compact(text: str) -> int | None:
    try:
        return int(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()) * _SECOND
    except (ValueError, OverflowError):
        return None


HISTORY: Final = CrmHistory()
