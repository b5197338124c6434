"""The page of one line: what it is, its mode and what advice would change, its life, and what it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from trunkline.calls.explain import done
from trunkline.calls.places import Names, queue_names
from trunkline.db.types import Connection
from trunkline.directory.values import LineMode
from trunkline.keys import directory_key
from trunkline.lines.advice import AdvisedCall, Share, Verdict, share_of
from trunkline.lines.asking import day_of, scope_of
from trunkline.lines.holding_store import Holdings, holdings_of
from trunkline.lines.life import STARTS, STATE_NAMES, LifeState, moves_from, quarantine_ends
from trunkline.lines.line import LONGEST_LABEL, StoredLine
from trunkline.lines.mode import MODE_HINTS, MODE_NAMES
from trunkline.lines.notice import LONGEST_SOUND, WAY_NAMES, WHEN_NAMES
from trunkline.lines.notice_store import notices_of
from trunkline.lines.silence import Traffic, is_silent, working_days
from trunkline.lines.store import LineMove, advised_calls, line_moves, line_words, pbx_names
from trunkline.lines.traffic import traffic_of
from trunkline.pbx.notice import LONGEST_SECONDS, Notice, NoticeWhen, Way
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of

_SHOWN = 20
_COMPARED = 500
_FIELD_NAMES = {
    "number": mark("Number"),
    "name": mark("Name"),
    "city": mark("City"),
    "operator": mark("Operator"),
    "brand": mark("Brand"),
    "site": mark("Site"),
    "purpose": mark("What it is for"),
    "pbx": mark("PBX"),
    "fallback": mark("Where its calls go otherwise"),
    "label": mark("Text on the phones"),
    "area_code": mark("Area code put before local callers"),
    "mode": mark("Mode"),
    "state": mark("State"),
    "alias": mark("Alias"),
    "trunk": mark("Trunk"),
    "tariff": mark("Tariff"),
    "fee": mark("Roubles a month"),
    "since": mark("Since"),
    "until": mark("Until"),
    "when": mark("When it is played"),
    "sound": mark("Sound file of the PBX"),
    "seconds": mark("How many seconds it takes"),
    "digit": mark("Digit that refuses the recording"),
    "text": mark("Labelled text"),
}


@dataclass(frozen=True, slots=True)
class Failed:
    """A form of the page that came back: which part, what was written, what is wrong."""

    part: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    mistakes: Mapping[str, str] = field(default_factory=dict)

    def value(self, part: str, name: str) -> Any:
        return self.sent.get(name, "") if part == self.part else ""

    def wrong(self, part: str, name: str) -> str:
        return self.mistakes.get(name, "") if part == self.part else ""


@dataclass(frozen=True, slots=True)
class About:
    """What the page tells of a line beside its fields."""

    holdings: Holdings
    moves: Sequence[LineMove]
    advised: Sequence[AdvisedCall]
    traffic: Traffic
    silent: bool
    queue_name: Names
    notices: Mapping[Way, Notice]

    @property
    def share(self) -> Share:
        return share_of(self.advised)

    @property
    def elsewhere(self) -> list[tuple[AdvisedCall, str]]:
        """The newest calls that would have gone elsewhere, and where."""
        differing = [call for call in self.advised if call.verdict is Verdict.ELSEWHERE]
        return [(call, done(call.advised, self.queue_name)) for call in differing[:_SHOWN]]


async def line_page(
    request: web.Request,
    line: StoredLine | None,
    failed: Failed | None = None,
    values: Mapping[str, Any] | None = None,
) -> web.Response:
    """The page of `line`, or the empty form of a new one; `failed` is what has to be written again."""
    failed = failed or Failed()
    async with transaction(request) as connection:
        pbxs = await pbx_names(connection)
        words = await line_words(connection, scope_of(request))
        about = await _about(connection, request, line) if line else None
    shown = failed.sent if failed.part == "line" else values or (msgspec.structs.asdict(line) if line else {})
    return page(
        request,
        "lines/line.html",
        status=422 if failed.mistakes else 200,
        line=line,
        values=shown,
        failed=failed,
        told=[
            (name if failed.part == "line" else f"{failed.part}-{name}", f"{_(_FIELD_NAMES[name])}: {message}")
            for name, message in failed.mistakes.items()
        ],
        pbxs=[("", "—"), *pbxs],
        words=words,
        longest_label=LONGEST_LABEL,
        about=about,
        today=day_of(request, now()),
        modes=[(mode, _(MODE_NAMES[mode]), _(MODE_HINTS[mode])) for mode in LineMode],
        starts=[(state, _(STATE_NAMES[state])) for state in STARTS],
        state_names=STATE_NAMES,
        ways=_ways(),
        longest_sound=LONGEST_SOUND,
        longest_notice=LONGEST_SECONDS,
        moves=moves_from(line.state) if line else (),
        quarantine_ends=quarantine_ends(line.state_since) if line and line.state is LifeState.QUARANTINE else None,
        may_edit=signed_in(request).holds(Right.LINES_EDIT),
    )


def _ways() -> list[tuple[Way, str, list[tuple[NoticeWhen, str]]]]:
    """Each way of a notice with when it may be played, in words."""
    return [
        (way, _(name), [(when, _(word)) for when, word in WHEN_NAMES[way].items()]) for way, name in WAY_NAMES.items()
    ]


async def _about(connection: Connection, request: web.Request, line: StoredLine) -> About:
    traffic = (await traffic_of(connection, [line.id], now()))[line.id]
    head = request.app[directory_key].head
    return About(
        await holdings_of(connection, line.id),
        await line_moves(connection, line.id),
        await advised_calls(connection, line.number, _COMPARED),
        traffic,
        is_silent(traffic, now(), reader_of(request).timezone, working_days(head)),
        queue_names(head),
        await notices_of(connection, line.id),
    )
