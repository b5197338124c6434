"""Telphin's history of calls, and its links to recordings. No I/O here.

Sources: "История вызовов" and "Записи разговоров" of RingMe's documentation (in English at ucom4b.atlassian.net);
`xdimedrolx/telphin-go-sdk` with its test data, and public clients [T]. A call's `cdr` are its parts, one of each
extension it came to: who rang, and the recordings. Times are UTC; one request at a time is answered, a second gets 429.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from trunkline.calls.events import Event
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung, steps_of
from trunkline.pbx.hooks.history import MOST_ROWS, HostedRecording, Keys, Row, Trouble, json_answer, told_in
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.telling import local_time
from trunkline.pbx.telphin.api import asked, why_in
from trunkline.pbx.telphin.fields import OUTSIDE, bare, full, uuid_of
from trunkline.web.i18n import mark

PAGE: Final = 100
_LONGEST_ID: Final = 100
_MOST_PARTS: Final = 200
_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {"busy": "BUSY", "rejected": "BUSY", "failed": "CONGESTION", "answered elsewhere": "CANCEL"}
)
"""Of a part that nobody answered; the others rang in vain."""
_SECOND: Final = 1_000_000
_UTC: Final = ZoneInfo("UTC")


class CallHistory:
    """The history; it holds nothing."""

    name = "telphin"
    every_seconds = 300.0
    pause_seconds = 1.0

    def lacks(self, account: Account) -> Sequence[str]:
        """The application's id and its secret."""
        lacking = [] if str(account.settings.get("app_id") or "").strip() else [mark("Application ID of its API")]
        return (*lacking, *([] if account.secrets.get("app_secret") else [mark("Application secret of its API")]))

    def rows(self, account: Account, since: int, until: int, keys: Keys) -> Dialogue[Sequence[Row]]:
        """Page by page, the oldest first: what comes in meanwhile moves none."""
        bounds = {"start_datetime": _written(since), "end_datetime": _written(until), "order": "asc"}
        rows: dict[str, Row] = {}
        seen: set[str] = set()
        for page in range(1, MOST_ROWS // PAGE + 1):
            known = len(seen)
            query = {**bounds, "per_page": str(PAGE), "page": str(page)}
            lines, size = _page((yield from asked(account, "/client/@me/call_history/", query, keys)))
            for line in lines:
                one = _Line(line)
                seen.add(one.call)
                if one.call and one.start is not None and one.over is not None:
                    rows[one.call] = Row(one.call, one.over, {"line": line})
            if len(lines) < size:
                return [*rows.values()]
            if len(seen) == known:
                raise Trouble("it tells the same page again and again")
        raise Trouble(f"it tells more than {MOST_ROWS} calls of so short a time")

    def events(self, record: HookRecord) -> Sequence[Event]:
        """One line is one call; none of one of ours of whom nobody knows."""
        line = told_in(record).get("line")
        told = _Line(line) if isinstance(line, dict) else None
        found = _found(told, record) if told and told.call else None
        return tuple(steps_of(found)) if found else ()

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """Of a line alone: each part may have one."""
        line = told_in(record).get("line")
        told = _Line(line) if isinstance(line, dict) else None
        if not told or not told.call:
            return ()
        named = dict.fromkeys(text_of(part.get("record_uuid"))[:_LONGEST_ID] for part in told.parts)
        return [HostedRecording(told.call, told.call, name) for name in named if name]

    def link(self, account: Account, recording: str, keys: Keys) -> Dialogue[str]:
        """A link that needs no key, for a while."""
        path = f"/client/@me/record/{quote(recording, safe='')}/storage_url/"
        answer = yield from asked(account, path, {}, keys)
        link = json_answer(answer).get("record_url") if answer.status != 404 else None
        if not isinstance(link, str) or not link:
            raise Trouble("it names no link to this recording yet", late=True)
        return link


class _Line:
    """One call in our words; times in µs."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        call = uuid_of(text_of(line.get("call_uuid")))
        self.call = call if len(call) <= _LONGEST_ID else ""
        self.start = _time(line, "init_time_gmt") or _time(line, "start_time_gmt")
        self.over = _time(line, "hangup_time_gmt")
        self.outgoing = text_of(line.get("flow")).lower() == "out"
        self.caller, self.to = text_of(line.get("from_username")), text_of(line.get("to_username"))
        self.line, self.bridged = text_of(line.get("did_number")), text_of(line.get("bridged_username"))
        self.gave_up = text_of(line.get("hangup_disposition")).lower() == "caller_cancel"
        self.talked_at, lasted = _time(line, "bridged_time_gmt"), number_of(line.get("bridged_duration"))
        is_bridged = text_of(line.get("result")).lower() == "bridged" or bool(lasted)
        self.lasted = int(min(max(lasted or 0, 0), 86_400)) * _SECOND if is_bridged else 0
        self.is_talked = is_bridged and (self.lasted > 0 or self.talked_at is not None)
        parts = line.get("cdr")
        self.parts = [one for one in parts[:_MOST_PARTS] if isinstance(one, dict)] if isinstance(parts, list) else []

    @property
    def answerer(self) -> str:
        """The extension that talked; of a call that was passed on only that part may name it."""
        passed = (bare(text_of(one.get("dest_number"))) for one in self.parts if _flow(one) == "transfer")
        told = (bare(text_of(one.get("extension_name"))) for one in self.parts if _is_phone(one) and _answered(one))
        return bare(self.bridged) or next((one for one in (*told, *passed) if one), "")


def _found(told: _Line, record: HookRecord) -> FoundCall | None:
    """None for a call of ours of whom nobody knows: as one from outside it would be told wrong."""
    desk, start, over = bare(told.caller) if "*" in told.caller or told.outgoing else "", told.start, told.over
    if (told.outgoing and not desk) or start is None or over is None:
        return None
    rung = [_called(told, start, over)] if told.outgoing else [*_rung(told, start, over)]
    talker = rung[0].leg if told.outgoing else f"{told.call}/{told.answerer or 'somebody'}"
    if told.is_talked and talker not in {one.leg for one in rung}:
        who = told.answerer
        rung.append(Rung(talker, f"telphin/{who}" if who else OUTSIDE, who or full(told.bridged), start, over))
    since = told.talked_at if told.talked_at is not None else over - told.lasted
    return FoundCall(
        record.pbx,
        told.call,
        record.received,
        f"telphin/{desk}" if desk else OUTSIDE,
        desk or full(told.caller),
        (bare(told.to) or full(told.to)) if told.outgoing else full(told.line) or full(told.to),
        start,
        over,
        rung,
        talked=(talker, since) if told.is_talked else None,
        lasted=told.lasted if told.is_talked else 0,
        gave_up=told.gave_up,
    )


def _called(told: _Line, start: int, over: int) -> Rung:
    """Whom one of ours called."""
    desk, status = bare(told.to), "" if told.is_talked else "NOANSWER"
    if desk:
        return Rung(f"{told.call}/{desk}", f"telphin/{desk}", desk, start, over, status)
    return Rung(f"{told.call}/out", OUTSIDE, full(told.to), start, over, status)


def _rung(told: _Line, start: int, over: int) -> Iterator[Rung]:
    """The telephones it came to, each once; menus and queues are extensions as well, and ring nobody."""
    seen = set()
    for part in told.parts:
        desk = bare(text_of(part.get("extension_name")))
        talks = told.is_talked and desk == told.answerer
        passed_on = _answered(part) and not talks
        if desk and desk not in seen and _is_phone(part) and not passed_on:
            seen.add(desk)
            status = "" if talks else _STATUSES.get(text_of(part.get("result")).lower(), "NOANSWER")
            at, until = _time(part, "init_time_gmt"), _time(part, "hangup_time_gmt")
            yield Rung(f"{told.call}/{desk}", f"telphin/{desk}", desk, at or start, until or over, status)


def _is_phone(part: Mapping[str, Any]) -> bool:
    return text_of(part.get("extension_type")).lower() == "phone"


def _answered(part: Mapping[str, Any]) -> bool:
    return text_of(part.get("result")).lower() == "answered"


def _flow(part: Mapping[str, Any]) -> str:
    return text_of(part.get("flow")).lower()


def _page(answer: ApiAnswer) -> tuple[Sequence[Mapping[str, Any]], int]:
    """Its calls, and how many a page of it holds; raises Trouble."""
    told = json_answer(answer)
    lines = told.get("call_history")
    if not isinstance(lines, list):
        raise Trouble(f"it answers: {why_in(told) or 'no list `call_history`'}")
    size = number_of(told.get("per_page")) or PAGE
    return [one if isinstance(one, dict) else {} for one in lines], max(int(size), 1)


def _time(told: Mapping[str, Any], name: str) -> int | None:
    """To the second: a part's carry fractions, and some of them a comma."""
    return local_time(text_of(told.get(name))[:19], _UTC)


def _written(at: int) -> str:
    return f"{datetime.fromtimestamp(at / _SECOND, UTC):%Y-%m-%d %H:%M:%S}"


HISTORY: Final = CallHistory()
