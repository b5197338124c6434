"""The page `/`: where would this call go? Answered by the rules and the directory that answer real calls."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from router.presence_feed import DeviceFeed
from router.preview import walk
from router.state import StateBook
from router.switchboard import Reply, Switchboard
from router.trial import read_moment
from router.wire import new_call_id
from router.words import facts_in_words
from trunkline.background import running
from trunkline.calls.explain import done, missing, title, trace_in_words
from trunkline.calls.money import without_money
from trunkline.calls.places import Names, queue_names
from trunkline.directory.values import LineBrief
from trunkline.errors import InvalidInput
from trunkline.keys import directory_key, redis_key, secret_box_key
from trunkline.pbx.port import Question
from trunkline.people.identity import may
from trunkline.people.roles import Right
from trunkline.web.auth import identity_of
from trunkline.web.i18n import gettext
from trunkline.web.render import now as utc_now
from trunkline.web.render import page

switchboard_key = web.AppKey("switchboard", Switchboard)


def routes() -> list[web.RouteDef]:
    """The page."""
    return [web.get("/", where)]


async def switchboard_context(app: web.Application) -> AsyncIterator[None]:
    """A switchboard of this process's own, beside the directory, secrets and Valkey it already holds."""
    feed = DeviceFeed()
    app[switchboard_key] = Switchboard(app[directory_key], StateBook(app[secret_box_key]), feed)
    async with running({"route-page-presence": partial(feed.follow, app[redis_key])}):
        yield


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says."""

    caller: str = ""
    line: str = ""
    moment: str = ""
    """As `<input type="datetime-local">` writes it, in the company's zone."""

    def at(self, switchboard: Switchboard) -> float | None:
        """Unix seconds; None for what is no moment."""
        try:
            return read_moment(self.moment, switchboard.zone, utc_now().timestamp())
        except InvalidInput:
            return None


@dataclass(frozen=True, slots=True)
class Shown:
    """One turn in words."""

    number: int
    done: str
    rule: str
    trace: list[tuple[str, bool, str]]


async def where(request: web.Request) -> web.Response:
    """`GET /?from=&to=&at=`: the form, and the answer once a number was given."""
    switchboard = request.app[switchboard_key]
    switchboard.refresh()
    lines = sorted(switchboard.directory.head.lines.values(), key=lambda line: (line.city, line.name, line.number))
    asked = _asked(request, switchboard, lines)
    at = asked.at(switchboard)
    replies = _replies(switchboard, asked, at) if at is not None and "from" in request.query else []
    names = queue_names(switchboard.directory.head)
    money = may(identity_of(request), Right.MONEY_READ)
    return page(
        request,
        "router/route.html",
        asked=asked,
        options=[(line.number, _line_label(line)) for line in lines],
        wrong_moment="" if at is not None else gettext("Write a date and a time, e.g. 2026-08-06 10:15."),
        turns=[_shown(reply, names, money=money) for reply in replies],
        facts=facts_in_words(replies[0].decision.facts, names, money=money) if replies else [],
        missing=missing(replies[0].decision.degraded) if replies else [],
        zone=switchboard.zone.key,
        plan=switchboard.plan_version,
    )


def _asked(request: web.Request, switchboard: Switchboard, lines: Sequence[LineBrief]) -> Asked:
    here = utc_now().astimezone(switchboard.zone)
    return Asked(
        caller=request.query.get("from", "").strip()[:60],
        line=request.query.get("to", lines[0].number if lines else "")[:40],
        moment=request.query.get("at") or here.strftime("%Y-%m-%dT%H:%M"),
    )


def _replies(switchboard: Switchboard, asked: Asked, at: float) -> list[Reply]:
    brief = switchboard.directory.line(asked.line)
    pbx = (brief.pbx if brief else None) or next(iter(switchboard.directory.head.pbxs), "")
    question = Question(pbx, new_call_id(), asked.caller, asked.line, at=at)
    return walk(switchboard, question, utc_now().timestamp())


def _shown(reply: Reply, names: Names, *, money: bool) -> Shown:
    decision = reply.decision
    trace = decision.trace if money else without_money(decision.trace)
    return Shown(reply.turn, done(decision, names), title(decision.rule), trace_in_words(trace, names))


def _line_label(line: LineBrief) -> str:
    return " · ".join(part for part in (line.number, line.city, line.name) if part)
