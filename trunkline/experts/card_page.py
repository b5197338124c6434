"""Questions on the card: the threads about its number that the reader may see, and a form to ask. A part, or a page."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from trunkline.card.card import Card
from trunkline.card.pages import card_of_call, card_of_number, on_its_page
from trunkline.errors import InvalidInput, Mistake
from trunkline.experts.pages import check_length, writer_of
from trunkline.experts.question import LONGEST_TEXT, AskBody
from trunkline.experts.store import ask, people, questions_of_number
from trunkline.experts.topics import topics
from trunkline.keys import redis_key
from trunkline.notices.store import spread
from trunkline.people.pages.request import mistakes_of, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect, toast

_SHOWN: Final = 5
_FIELDS: Final = ("to", "text")
_NAMES: Final = {"to": mark("Whom"), "text": mark("Question")}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/card/calls/{id}/questions", show),
        web.post("/card/calls/{id}/questions", add),
        web.get("/card/number/{number}/questions", show),
        web.post("/card/number/{number}/questions", add),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?ask=yes`: the threads, and with `ask` the form."""
    form = dict.fromkeys(_FIELDS, "") if request.query.get("ask") == "yes" else None
    return await _answer(request, await _card(request), form)


async def add(request: web.Request) -> web.StreamResponse:
    """`POST to, text`: ask a person or those who answer a topic."""
    card, form = await _card(request), await request.post()
    sent = {name: str(form.get(name, "")).replace("\0", "").strip() for name in _FIELDS}
    try:
        body = _body(card, sent)
        async with transaction(request) as connection:
            question, told = await ask(connection, writer_of(request), body)
    except InvalidInput as error:
        return await _answer(request, card, sent, mistakes_of(error))
    await spread(request.app[redis_key], told)
    said = _("Asked: %(names)s.") % {"names": ", ".join(question.names)}
    if "HX-Request" in request.headers:
        return toast(await _answer(request, card, None), said)
    return redirect(request, str(request.rel_url), said)


async def _answer(
    request: web.Request, card: Card, sent: Mapping[str, str] | None, mistakes: Mapping[str, str] = _NOTHING
) -> web.Response:
    """The part; `sent` opens the form."""
    known: Any = ()
    subjects: Any = ()
    threads: Any = ()
    # A mistake about a person or a topic stands at the one choice there is.
    mistakes = {"to" if field in {"person", "topic"} else field: message for field, message in mistakes.items()}
    async with transaction(request) as connection:
        if card.number:
            threads = await questions_of_number(connection, writer_of(request), card.number, _SHOWN)
        if sent is not None:
            known, subjects = await people(connection), await topics(connection)
    return page(
        request,
        "experts/card.html" if "HX-Request" in request.headers else "experts/card_page.html",
        status=422 if mistakes else 200,
        card=card,
        threads=threads,
        address=request.path,
        contact=f"?contact={card.contact.id}" if card.contact and card.call is None and card.choices else "",
        back=request.path.rpartition("/")[0],
        nested="HX-Request" in request.headers and not on_its_page(request),
        key=str(card.call.id) if card.call else card.number.lstrip("+"),
        form_open=sent is not None,
        sent=sent or dict.fromkeys(_FIELDS, ""),
        people=[
            (f"person:{one['id']}", " · ".join(filter(None, (one["name"], one["department"]))))
            for one in known
            if one["id"] != signed_in(request).person
        ],
        topics=[(f"topic:{one.id}", f"{one.name} ({', '.join(one.names)})") for one in subjects if one.people],
        mistakes={name: mistakes.get(name, "") for name in _FIELDS},
        told=[f"{_(_NAMES.get(field, 'Number'))}: {message}" for field, message in mistakes.items()],
        longest=LONGEST_TEXT,
    )


async def _card(request: web.Request) -> Card:
    return await (card_of_call(request) if "id" in request.match_info else card_of_number(request))


def _body(card: Card, sent: Mapping[str, str]) -> AskBody:
    kind, _colon, text = sent["to"].partition(":")
    try:
        chosen = UUID(text)
    except ValueError:
        kind, chosen = "", UUID(int=0)
    if kind not in {"person", "topic"}:
        raise InvalidInput(Mistake("to", _("choose a person or a topic")))
    if not card.number:
        raise InvalidInput(Mistake("number", _("the number is hidden")))
    check_length(sent["text"])
    return AskBody(
        number=card.number,
        text=sent["text"],
        person=chosen if kind == "person" else None,
        topic=chosen if kind == "topic" else None,
        contact=card.contact.id if card.contact else None,
        call=card.call.id if card.call else None,
    )
