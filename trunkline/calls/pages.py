"""`/calls` and `/calls/{id}`: the list with its filters, and one call's story with the reasons for its way."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from trunkline.calls import explain
from trunkline.calls.api import FullCall, full_call
from trunkline.calls.attribution_words import channel_in_words, page_of, reasons_in_words
from trunkline.calls.decisions import StoredDecision
from trunkline.calls.drawing import timeline_of
from trunkline.calls.listing import parse_listing
from trunkline.calls.missed import WhyMissed
from trunkline.calls.notice_words import NOTICE_STATES, notice_in_words
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.places import Names, agent_called, agent_names, queue_names, queue_targets
from trunkline.calls.reading import CallPage, CallRow, is_recorded, list_calls
from trunkline.calls.words import DIRECTIONS, steps_of, why_missed
from trunkline.card.keeping import wrap_ups_of
from trunkline.control.order import Kind, OrderRow
from trunkline.control.store import orders_of
from trunkline.control.words import state_in_words, told, why_in_words
from trunkline.db.types import Connection
from trunkline.dialing.button import may_dial
from trunkline.errors import InvalidInput
from trunkline.keys import directory_key, pool_key
from trunkline.numbering.region import Region
from trunkline.numbering.words import region_in_words
from trunkline.outbox.told import names_of, systems_key
from trunkline.people.roles import Right
from trunkline.spam.store import standing
from trunkline.spam.words import standing_in_words
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext, mark
from trunkline.web.issues import has_issues
from trunkline.web.paging import first_url
from trunkline.web.render import page, pages_key, reader_of

_FIELDS = ("number", "line", "direction", "outcome", "agent", "queue", "since", "until", "min_talk")
# Asked for by links of the reports; each gets a field only where it is asked for.
_MORE = (
    ("why", mark("Why missed")),
    ("short", mark("Given up at once")),
    ("lost", mark("Nobody talked with the caller")),
    ("hour", mark("Hour of the day")),
    ("notice", mark("Notice of the recording")),
    ("max_talk", mark("Talk, less than seconds")),
    ("shown", mark("Number shown")),
    ("cause", mark("Cause of the end (Q.850)")),
)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/calls", show_list), web.get("/calls/{id}", show_call)]


async def show_list(request: web.Request) -> web.Response:
    """`GET`: the list, filtered by the form above it; a mistake is told at its field and the list stays empty."""
    asked = {name: text.strip() for name, text in request.query.items() if text.strip()}
    head = request.app[directory_key].head
    names = queue_names(head)
    wanted = asked | ({"queue": queue_targets(head)(asked["queue"])} if "queue" in asked else {})
    mistakes: Mapping[str, str] = {}
    calls = CallPage([], None)
    try:
        listing = parse_listing(wanted, reader_of(request).timezone)
        async with request.app[pool_key].acquire() as connection:
            calls = await list_calls(connection, listing, signed_in(request).reach())
    except InvalidInput as error:
        mistakes = {mistake.path: mistake.message for mistake in error.mistakes}
    following = request.rel_url.update_query(cursor=str(calls.next)) if calls.next else None
    return page(
        request,
        "calls/list.html",
        status=400 if mistakes else 200,
        calls=calls.items,
        asked={name: asked.get(name, "") for name in _FIELDS} | {"queue": names(asked.get("queue", ""))},
        more=[(name, gettext(title), asked[name], _choices(name)) for name, title in _MORE if name in asked],
        filtered=bool(asked.keys() & {*_FIELDS, *(name for name, _ in _MORE)}),
        mistakes=mistakes,
        directions=[("", gettext("any"))] + [(one.value, gettext(DIRECTIONS[one])) for one in Direction],
        outcomes=_outcomes(asked.get("outcome", "")),
        why_missed=why_missed,
        queue_name=names,
        agent_called=agent_called(head),
        next_url=str(following) if following else None,
        first_url=first_url(request.rel_url),
    )


def _outcomes(asked: str) -> list[tuple[str, str]]:
    """What the form offers, and what was asked for where that is several of them."""
    words = {one: gettext(word) for one, word in _OUTCOMES}
    several = [(asked, ", ".join(words.get(one, one) for one in asked.split(",")))] if "," in asked else []
    return [("", gettext("any")), *several, *words.items()]


def _choices(field: str) -> list[tuple[str, str]]:
    """What a field may be, in words; nothing for one that is written."""
    choices = {
        "why": [(one.value, why_missed(one)) for one in WhyMissed],
        "short": [("yes", gettext("yes")), ("no", gettext("no"))],
        "lost": [("yes", gettext("yes"))],
        "notice": [(state, gettext(word)) for state, word in NOTICE_STATES.items()],
    }.get(field, [])
    return [("", gettext("any")), *choices] if choices else []


async def show_call(request: web.Request) -> web.Response:
    """`GET`: one call."""
    identity = signed_in(request)
    full = await full_call(request, identity)
    async with request.app[pool_key].acquire() as connection:
        beside = await _beside(request, connection, full)
        orders = await orders_of(connection, full.call.id)
    now, head = request.app[pages_key].clock(), request.app[directory_key].head
    names = queue_names(head)
    return page(
        request,
        "calls/call.html",
        call=full.call,
        story=full.story,
        queues=", ".join(map(names, full.call.queues)),
        steps=steps_of(full.call, full.story, names),
        timeline_data=timeline_of(full.call, full.story, now),
        **_in_words(full.call, request.app[directory_key].view.region(full.call.client)),
        **beside,
        orders=_orders_in_words(orders, names, agent_names(head), may_listen=identity.holds(Right.CALLS_LISTEN)),
        may_open_card=identity.holds(Right.CARD_USE),
        heard_at=_heard_at(request),
        turns=[_turn_in_words(turn, names) for turn in full.decisions],
        came=full.attribution,
        channel=channel_in_words,
        page_of=page_of,
        speaks=reasons_in_words(full.attribution.reasons) if full.attribution else "",
    )


async def _beside(request: web.Request, connection: Connection, full: FullCall) -> dict[str, Any]:
    """What is kept of the call beside its story, and which buttons it gets."""
    call = full.call
    may_judge = bool(call.client) and call.direction == Direction.IN and signed_in(request).holds(Right.SPAM_EDIT)
    known = await standing(connection, call.client) if may_judge else None
    return {
        "standing": known,
        "said_of": standing_in_words(known) if known else "",
        "wrap_ups": await wrap_ups_of(connection, call.id),
        "may_dial": bool(call.client) and await may_dial(request, connection),
        "told_to": bool(await names_of(connection, request.app.get(systems_key, ()))),
        "issues": await has_issues(request, connection),
        "recorded": bool(full.story.recordings) or await is_recorded(connection, call.id),
    }


def _in_words(call: CallRow, region: Region) -> dict[str, Any]:
    return {
        "why_missed": why_missed(call.missed_why),
        "notice": notice_in_words(call.notice_state, call.notice_version),
        "direction": gettext(DIRECTIONS[call.direction]),
        "region": region_in_words(region),
    }


def _heard_at(request: web.Request) -> str:
    """What the address says of the recordings' part: the words to mark, and where to begin."""
    told = {name: request.query[name] for name in ("said", "by", "recording", "at") if name in request.query}
    return f"?{urlencode(told)}" if told else ""


def _orders_in_words(
    orders: Iterable[OrderRow], names: Names, agents: Names, *, may_listen: bool
) -> list[tuple[OrderRow, str, tuple[str, str], str]]:
    """Who had what done; who listened is told to those who may listen."""
    return [
        (one, told(one, names, agents), state_in_words(one.state), why_in_words(one.why))
        for one in orders
        if one.kind is not Kind.LISTEN or may_listen
    ]


def _turn_in_words(turn: StoredDecision, names: Names) -> tuple[object, ...]:
    return (
        turn,
        explain.done(turn, names),
        explain.title(turn.rule),
        explain.trace_in_words(turn.trace, names),
        explain.missing(turn.degraded),
        turn.advised and (explain.done(turn.advised, names), explain.trace_in_words(turn.advised.trace, names)),
    )


_OUTCOMES = (
    (Outcome.ANSWERED.value, mark("answered")),
    (Outcome.MISSED.value, mark("missed")),
    (Outcome.SCREENED.value, mark("kept out")),
    (Outcome.RINGING.value, mark("ringing")),
    (Outcome.MERGED.value, mark("part of another call")),
)
