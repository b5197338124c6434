"""Visits on the card: what is booked with its number, and a form to book one more. A part of the card, or a page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from trunkline.card.card import Card
from trunkline.card.pages import card_of_call, card_of_number, on_its_page
from trunkline.card.wrap_up import too_long
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import redis_key
from trunkline.notices.store import spread
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.visits.choices import days_of, read_moment
from trunkline.visits.rules import read_rules
from trunkline.visits.store import Asker, Booker, book, visitors, visits_of_number
from trunkline.visits.visit import LONGEST_PLACE, LONGEST_WORDS, BookBody
from trunkline.visits.working import FreeTime, free_time
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect, toast

_BACK: Final = timedelta(days=180)
_FIELDS: Final = ("person", "starts_at", "place", "words")
_NAMES: Final = {
    "person": mark("Who goes"),
    "starts_at": mark("When"),
    "place": mark("Where"),
    "words": mark("What about"),
    "number": mark("Number"),
    "contact": mark("Contact"),
}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/card/calls/{id}/visits", show),
        web.post("/card/calls/{id}/visits", add),
        web.get("/card/number/{number}/visits", show),
        web.post("/card/number/{number}/visits", add),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?book=yes&person=`: the visits, and with `book` the form with the person's free times."""
    card = await _card(request)
    sent = {"person": request.query.get("person", "")} if request.query.get("book") == "yes" else None
    return await _answer(request, card, sent)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST person, starts_at, place, words`: book it."""
    card = await _card(request)
    form = await request.post()
    sent = {name: str(form.get(name, "")).replace("\0", "").strip() for name in _FIELDS}
    try:
        body = _body(card, sent)
        booker = Booker(Asker.of(signed_in(request)), actor_of(request), now())
        async with transaction(request) as connection:
            visit, told = await book(connection, booker, body)
    except InvalidInput as error:
        return await _answer(request, card, sent, mistakes_of(error))
    await spread(request.app[redis_key], told)
    said = _("The visit of %(person)s is booked.") % {"person": visit.person}
    if "HX-Request" in request.headers:
        return toast(await _answer(request, card, None), said)
    return redirect(request, str(request.rel_url), said)


async def _answer(
    request: web.Request, card: Card, sent: Mapping[str, str] | None, mistakes: Mapping[str, str] = _NOTHING
) -> web.Response:
    """The part; `sent` opens the form."""
    asker, at = Asker.of(signed_in(request)), now()
    free: FreeTime | None = None
    people: Any = ()
    async with transaction(request) as connection:
        booked = await visits_of_number(connection, asker, card.number, at - _BACK) if card.number else []
        if sent is not None and card.number:
            people = await visitors(connection)
            person = _person(sent["person"], card, asker, {one["id"] for one in people})
            if person is not None:
                free = await free_time(connection, person, await read_rules(connection), at)
    return page(
        request,
        "visits/card.html" if "HX-Request" in request.headers else "visits/card_page.html",
        status=422 if mistakes else 200,
        card=card,
        booked=booked,
        now=at,
        address=request.path,
        contact=f"?contact={card.contact.id}" if card.contact and card.call is None and card.choices else "",
        back=request.path.rpartition("/")[0],
        nested="HX-Request" in request.headers and not on_its_page(request),
        key=str(card.call.id) if card.call else card.number.lstrip("+"),
        form_open=sent is not None,
        sent={name: (sent or {}).get(name, "") for name in _FIELDS},
        people=[(str(one["id"]), " · ".join(filter(None, (one["name"], one["department"])))) for one in people],
        free=free,
        days=days_of(free.slots, reader_of(request)) if free else [],
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=[f"{_(_NAMES.get(field, 'Number'))}: {message}" for field, message in mistakes.items()],
        longest_place=LONGEST_PLACE,
        longest_words=LONGEST_WORDS,
    )


async def _card(request: web.Request) -> Card:
    return await (card_of_call(request) if "id" in request.match_info else card_of_number(request))


def _person(text: str, card: Card, asker: Asker, known: set[UUID]) -> UUID | None:
    """Who was chosen; else who is responsible for the contact, else the reader himself."""
    responsible = card.responsible.id if card.responsible else None
    try:
        chosen: UUID | None = UUID(text) if text else None
    except ValueError:
        chosen = None
    return next((one for one in (chosen, responsible, asker.person) if one in known), None)


def _body(card: Card, sent: Mapping[str, str]) -> BookBody:
    mistakes = []
    try:
        person = UUID(sent["person"])
    except ValueError:
        person = UUID(int=0)
        mistakes.append(Mistake("person", _("choose one")))
    if not card.number:
        mistakes.append(Mistake("number", _("the number is hidden")))
    mistakes += [
        Mistake(name, too_long(len(sent[name]), most))
        for name, most in (("place", LONGEST_PLACE), ("words", LONGEST_WORDS))
        if len(sent[name]) > most
    ]
    if mistakes:
        raise InvalidInput(*mistakes)
    return BookBody(
        person=person,
        starts_at=read_moment(sent["starts_at"]),
        number=card.number,
        contact=card.contact.id if card.contact else None,
        call=card.call.id if card.call else None,
        place=sent["place"],
        words=sent["words"],
    )
