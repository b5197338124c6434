"""`/leads?view=board` and `?view=calendar`: open leads by stage, and by the day they are due."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from aiohttp import web
from babel.dates import format_date, get_day_names

from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.leads.api import hand_of, lead_of
from trunkline.leads.boards import COUNTED, NEW, MoveLead, Span, board, calendar, columns_of, move, window
from trunkline.leads.hand import LONGEST_STAGE, may_act
from trunkline.leads.reading import Asker
from trunkline.leads.rules import read_rules
from trunkline.leads.words import DUES, STANDINGS
from trunkline.people.pages.request import now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, reader_of, redirect

BOARD_PAGE: Final = "/leads?view=board"
_SHOWN_A_DAY: Final = 4


def routes() -> list[web.RouteDef]:
    """The routes of this module; `/leads` itself shows these views."""
    return [web.post("/leads/{id}/stage", move_lead)]


async def show_board(request: web.Request) -> web.Response:
    """`GET ?view=board&whose=mine?&stage=?`: a column a stage, or one of them alone."""
    identity, at = signed_in(request), now()
    mine, only = request.query.get("whose") == "mine", request.query.get("stage", "")[:LONGEST_STAGE].replace("\0", "")
    async with transaction(request) as connection:
        stages = (await read_rules(connection)).stages
        found = await board(connection, Asker.of(identity, at), stages, mine=mine, only=only)
    return page(
        request,
        "leads/board.html",
        columns=found,
        targets=columns_of(stages, [one.stage for one in found]),
        yours={card.id for column in found for card in column.cards if may_act(card, identity)},
        only=only,
        mine=mine,
        counted=COUNTED,
        new=NEW,
        here=str(request.rel_url),
        **_shared(request),
        now=at,
    )


async def move_lead(request: web.Request) -> web.StreamResponse:
    """`POST stage, seen, whose?`: to another stage; what is in the way is told on the board."""
    stage = (await text_field(request, "stage")).replace("\0", "").strip()[:LONGEST_STAGE]
    seen = await text_field(request, "seen")
    back = BOARD_PAGE + ("&whose=mine" if await text_field(request, "whose") == "mine" else "")
    try:
        async with transaction(request) as connection:
            await move(connection, hand_of(request), lead_of(request), MoveLead(stage, seen))
    except (Forbidden, NotFound) as error:
        return redirect(request, back, str(error), "bad")
    except InvalidInput as error:
        return redirect(request, back, error.mistakes[0].message, "bad")
    return redirect(request, back, _("Moved to “%(stage)s”.") % {"stage": _("new") if stage == NEW else stage})


async def show_calendar(request: web.Request) -> web.Response:
    """`GET ?view=calendar&span=week|month&day=&whose=mine?`: who is due when; by default this month."""
    reader, at = reader_of(request), now()
    span = Span.WEEK if request.query.get("span") == Span.WEEK else Span.MONTH
    today = at.astimezone(reader.timezone).date()
    day, mine = _day(request.query, today), request.query.get("whose") == "mine"
    async with transaction(request) as connection:
        asker = Asker.of(signed_in(request), at)
        days, more = await calendar(connection, asker, span, day, reader.timezone, mine=mine)
    since, until = window(span, day)
    names = get_day_names("abbreviated", "stand-alone", reader.language)
    return page(
        request,
        "leads/calendar.html",
        days=days,
        more=more,
        span=span.value,
        mine=mine,
        today=today,
        title=_named(span, day, since, until, reader.language),
        before=_link(span, (since if span is Span.WEEK else day.replace(day=1)) - timedelta(days=1), mine=mine),
        after=_link(span, until if span is Span.WEEK else _next_month(day), mine=mine),
        current=_link(span, today, mine=mine),
        other=_link(Span.MONTH if span is Span.WEEK else Span.WEEK, day, mine=mine),
        whose=_link(span, day, mine=not mine),
        weeks={one.day: _link(Span.WEEK, one.day, mine=mine) for one in days},
        weekdays=[names[number] for number in range(7)],
        spelled={one.day: format_date(one.day, "EEE d MMM", locale=reader.language) for one in days},
        room=_SHOWN_A_DAY if span is Span.MONTH else len(days) * 1000,
        **_shared(request),
        now=at,
    )


def _shared(request: web.Request) -> dict[str, Any]:
    identity = signed_in(request)
    return {
        "me": identity.person,
        "may_edit": identity.holds(Right.LEADS_EDIT),
        "dues": {key.value: _(word) for key, word in DUES.items()},
        "standings": {key.value: (_(word), icon, kind) for key, (word, icon, kind) in STANDINGS.items()},
    }


def _day(query: Mapping[str, str], today: date) -> date:
    """The day asked for; an unreadable or a far one is today."""
    try:
        day = date.fromisoformat(query.get("day", ""))
    except ValueError:
        return today
    return day if abs((day - today).days) < 3660 else today


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _link(span: Span, day: date, *, mine: bool) -> str:
    return f"/leads?view=calendar&span={span.value}&day={day}{'&whose=mine' if mine else ''}"


def _named(span: Span, day: date, since: date, until: date, language: str) -> str:
    if span is Span.MONTH:
        return format_date(day, "LLLL y", locale=language)
    last = until - timedelta(days=1)
    return f"{format_date(since, 'd MMM', locale=language)} – {format_date(last, 'd MMM y', locale=language)}"
