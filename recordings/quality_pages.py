"""`/recordings/quality`: what waits for a review, and what reviews told of people; `/recordings/mine`: one's own."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from recordings.checklist import SQL
from recordings.quality_queue import ahead, behind, queue_of
from trunkline.errors import NotFound
from trunkline.notices.notice import REVIEWS
from trunkline.notices.store import count_open
from trunkline.people.pages.request import now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page

_SIZE: Final = 50
_DAYS: Final = (7, 30, 90, 366)
_USUAL: Final = 30
_LAST: Final = UUID(int=(1 << 128) - 1)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/recordings/quality", show_queue),
        web.get("/recordings/quality/people", show_people),
        web.get("/recordings/mine", show_mine),
        web.get("/recordings/mine/count", show_count),
    ]


async def show_queue(request: web.Request) -> web.Response:
    """`GET agent=&cursor=`: recordings of the last 30 days that nobody reviewed, and whose turn it is."""
    before = decode_cursor(request.query.get("cursor"), UUID)
    agent, reach = _person(request, "agent"), signed_in(request).reach()
    async with transaction(request) as connection:
        queue = await queue_of(connection, reach, agent, before, _SIZE + 1, now())
    shown, turns = page_of(queue.waiting, _SIZE, lambda row: row["id"]), queue.turns
    return page(
        request,
        "recordings/quality_queue.html",
        rows=shown.rows,
        turns=turns,
        agents=[("", _("all")), *((str(one["agent_id"]), _turn(one["agent"], one["reviews"])) for one in turns)],
        agent=str(agent or ""),
        next_url=shown.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def show_people(request: web.Request) -> web.Response:
    """`GET days=&agent=`: reviews of the last 7 to 366 days, an agent a row, and how often each criterion was met."""
    typed = request.query.get("days", "")
    days = int(typed) if typed in {str(each) for each in _DAYS} else _USUAL
    agent, asked, until = _person(request, "agent"), signed_in(request).reach(), datetime.now(UTC)
    where = asked.person, asked.departments, asked.lines, until - timedelta(days=days), until
    async with transaction(request) as connection:
        span = await connection.fetchrow(SQL["reviewed"], *where[3:])
        assert span is not None
        calls = ahead(span["oldest"] or _LAST), behind(span["newest"] or _LAST)
        people = await connection.fetch(SQL["people"], *where, agent, *calls)
        shares = await connection.fetch(SQL["shares"], *where, agent, *calls)
    more = f"&agent={agent}" if agent else ""
    return page(
        request,
        "recordings/quality_people.html",
        people=people,
        shares=shares,
        days=days,
        agent=agent,
        here=_address(days) + more,
        choices=[
            (ngettext("%(num)s day", "%(num)s days", each) % {"num": each}, _address(each) + more) for each in _DAYS
        ],
    )


async def show_mine(request: web.Request) -> web.Response:
    """`GET cursor=`: reviews of one's own calls, and comments one got or wrote."""
    before = decode_cursor(request.query.get("cursor"), UUID)
    kinds = [kind.value for kind in REVIEWS]
    async with transaction(request) as connection:
        found = await connection.fetch(SQL["mine"], signed_in(request).person, kinds, before or _LAST, _SIZE + 1)
    shown = page_of(found, _SIZE, lambda row: row["id"])
    return page(
        request,
        "recordings/quality_mine.html",
        rows=shown.rows,
        next_url=shown.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def show_count(request: web.Request) -> web.Response:
    """`GET`: on how many recordings something is unread, for the navigation."""
    async with transaction(request) as connection:
        waiting = await count_open(connection, REVIEWS, signed_in(request).person)
    return page(request, "recordings/quality_count.html", waiting=waiting)


def _address(days: int) -> str:
    return f"/recordings/quality/people?days={days}"


def _turn(name: str, reviews: int) -> str:
    told = ngettext("%(num)d review", "%(num)d reviews", reviews) % {"num": reviews}
    return f"{name} · {told}"


def _person(request: web.Request, name: str) -> UUID | None:
    text = request.query.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound(_("There is no such person.")) from None
