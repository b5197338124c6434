"""Beeline's statistics of calls and its list of recordings, with the links to them. No I/O here.

Sources: public clients of `v2/statistics`, `records` and `records/{id}/reference` [T]. A line is what one employee was
to a call: `startDate` and `duration` in ms, `direction`, `status`, `phone_from`, `phone_to`, `abonent`; pages of 100. A
recording names its call in `externalId`, which is the events' `extTrackingId`. A line names it in
`externalTrackingId`, as one client has it and the others do not: without it lines that follow each other are one call,
and the call is found by its client and its time (calls/alike.py). When it was answered no line says.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from trunkline.calls.events import Event
from trunkline.pbx.beeline.found import Line, Recorded, told_of
from trunkline.pbx.beeline.portal import API, asked, is_of_token, object_in, words_in
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.dialogue import Dialogue
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.history import (
    MADE_UP,
    MOST_ROWS,
    HostedRecording,
    Keys,
    Row,
    Trouble,
    base_of,
    json_value,
    told_in,
)
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import FOUND, HookRecord
from trunkline.web.i18n import mark

PAGE: Final = 100
_EARLIER: Final = 15 * 60 * 1_000_000
"""µs: lines of a call whose first telephone rang before what is asked for are read, too."""
_JOINED: Final = 60 * 1_000_000
"""µs from the end of one line to the beginning of the next of the same call."""
_LONGEST_LINK: Final = 2000
_LONGEST_ID: Final = 100
"""Of a recording; longer digits are no number to Python."""


class PortalStatistics:
    """The history; it holds nothing."""

    name = "beeline"
    every_seconds = 180.0
    pause_seconds = 1.0

    def lacks(self, account: Account) -> Sequence[str]:
        """The token."""
        return () if account.secrets.get("token") else (mark("API token"),)

    def rows(self, account: Account, since: int, until: int, _keys: Keys) -> Dialogue[Sequence[Row]]:
        """Of calls with clients; those within the company are their events' alone."""
        bounds = {"dateFrom": _written(since - _EARLIER), "dateTo": _written(until + 1_000_000)}
        lines = yield from _lines(account, bounds)
        records = yield from _records(account, bounds)
        read = [(Line(one), one) for one in lines]
        own = sorted((pair for pair in read if pair[0].is_whole), key=lambda pair: (pair[0].start, pair[0].user))
        kept = _by_call([Recorded(one) for one in records])
        return [_row(call, _records_of([line for line, _ in call], kept)) for call in _calls(own)]

    def events(self, record: HookRecord) -> Sequence[Event]:
        """Of all lines of a call together; none of an outgoing one whose employee has no extension here."""
        lines = told_in(record).get("lines")
        told = [Line(one) for one in lines if isinstance(one, dict)] if isinstance(lines, list) else []
        return tuple(told_of([one for one in told if one.is_whole], record))

    def recordings(self, record: HookRecord) -> Sequence[HostedRecording]:
        """Of a row alone: no event tells of one."""
        told = told_in(record) if record.verdict == FOUND else {}
        names = told.get("records")
        call = text_of(told.get("call"))
        kept = [text_of(one) for one in names][:20] if isinstance(names, list) else []
        return [HostedRecording(call, call, one) for one in kept if one and call]

    def link(self, account: Account, recording: str, _keys: Keys) -> Dialogue[str]:
        """Its `reference`: an address, alone or as `url`; there is none until the recording is ready."""
        path = f"records/{quote(recording, safe='')}/reference"
        answer = yield asked(account, "GET", path, base=base_of(account, API, "api"))
        if answer.status in (401, 403):
            raise Trouble(f"it refuses our token: HTTP {answer.status}", refused=True)
        value = json_of(answer.body)
        link = text_of(value.get("url")) if isinstance(value, dict) else text_of(value)
        if not link.startswith(("https://", "http://")) or len(link) > _LONGEST_LINK:
            raise Trouble(_said(answer) or "its answer names no link yet", late=True)
        return link


def _lines(account: Account, bounds: Mapping[str, str]) -> Dialogue[list[Mapping[str, Any]]]:
    lines: list[Mapping[str, Any]] = []
    page = 0
    while len(lines) < MOST_ROWS:
        told = yield from _list(account, "v2/statistics", {**bounds, "page": str(page), "pageSize": str(PAGE)})
        lines += [one for one in told if isinstance(one, dict)]
        if len(told) < PAGE:
            return lines
        page += 1
    raise Trouble(f"it tells more than {MOST_ROWS} lines of so short a time")


def _records(account: Account, bounds: Mapping[str, str]) -> Dialogue[list[Mapping[str, Any]]]:
    """A page goes on behind the highest id of the one before."""
    found: dict[int, Mapping[str, Any]] = {}
    after: dict[str, str] = {}
    while len(found) < MOST_ROWS:
        told = yield from _list(account, "records", {**bounds, **after})
        fresh = {
            int(name): one
            for one in told
            if isinstance(one, dict) and (name := text_of(one.get("id"))[:_LONGEST_ID]).isdecimal()
        }
        known = len(found)
        found |= fresh
        if len(told) < PAGE or len(found) == known:
            return [*found.values()]
        after = {"id": str(max(found))}
    raise Trouble(f"it tells more than {MOST_ROWS} recordings of so short a time")


def _list(account: Account, path: str, query: Mapping[str, str]) -> Dialogue[list[Any]]:
    answer = yield asked(account, "GET", path, query, base=base_of(account, API, "api"))
    told = json_value(answer)
    if not isinstance(told, list):
        raise Trouble(_said(answer) or "its answer is no JSON list", refused=is_of_token(object_in(answer)))
    return told


def _said(answer: ApiAnswer) -> str:
    words = words_in(object_in(answer))
    return f"it answers: {words[:200]}" if words else ""


Pair = tuple[Line, Mapping[str, Any]]


def _calls(lines: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Lines of one name are one call; of those without, the ones of a client that follow each other."""
    named: dict[str, list[Pair]] = {}
    running: dict[tuple[str, bool], list[Pair]] = {}
    for line, told in lines:
        if line.call:
            named.setdefault(line.call, []).append((line, told))
            continue
        key = (line.client, line.outgoing)
        call = running.get(key)
        if call and line.start <= max(one.over for one, _ in call) + _JOINED:
            call.append((line, told))
            continue
        if call:
            yield call
        running[key] = [(line, told)]
    yield from named.values()
    yield from running.values()


Kept = Mapping[object, Sequence[Recorded]]


def _by_call(records: Sequence[Recorded]) -> Kept:
    """Under the call each names, and under who talked with whom: a day of calls times a day of recordings is too much
    to look through.
    """
    kept: dict[object, list[Recorded]] = {}
    for one in records:
        for key in (one.call, one.who):
            kept.setdefault(key, []).append(one)
    return kept


def _records_of(lines: Sequence[Line], kept: Kept) -> Sequence[Recorded]:
    named: list[object] = [line.call for line in lines if line.call]
    near = (one for key in named or [line.who for line in lines] for one in kept.get(key, ()))
    return [one for one in dict.fromkeys(near) if one.is_of(lines)]


def _row(call: Sequence[Pair], records: Sequence[Recorded]) -> Row:
    lines = [line for line, _ in call]
    first = lines[0]
    name = first.call or next((one.call for one in records if one.call), "")
    alike = {"client": first.client, "outgoing": first.outgoing, "at": first.start, "nameless": not name}
    made_up = f"{MADE_UP}{first.start // 1000}-{first.client.removeprefix('+')}"
    told = {"alike": [*alike.values()], "lines": [told for _, told in call], "records": [one.id for one in records]}
    return Row(name or made_up, max(one.over for one in lines), told)


def _written(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%dT%H:%M:%SZ}"


HISTORY = PortalStatistics()
