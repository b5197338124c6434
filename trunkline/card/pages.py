"""`/card/calls/{id}` and `/card/number/{number}`: the card by itself, or as the part htmx puts into another page."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from trunkline.calls.phone import NamedKind, parse
from trunkline.calls.places import queue_names
from trunkline.calls.words import why_missed
from trunkline.card.blocks import Block
from trunkline.card.card import Card
from trunkline.card.keeping import wrap_up_form
from trunkline.card.reading import Asker, read_card
from trunkline.card.words import BLOCK_NAMES, came_in_words, filled_blocks, is_spam, spam_words, title_of, why_here
from trunkline.card.wrap_up import WrapUpForm
from trunkline.control.asking import offered
from trunkline.control.order import LONGEST_WORDS, spell_target
from trunkline.control.store import CONTROLS, controlling, paused_until, records
from trunkline.control.words import place_in_words
from trunkline.dialing.button import may_dial
from trunkline.dialing.words import source_in_words
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import directory_key, pool_key
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, pages_key, reader_of

_Words = Mapping[str, str]
_OWN_PAGE = re.compile(r"https?://[^/]+/card/(calls|number)/").match
_NOTHING: _Words = {}
_UNTOLD = {Block.HINTS, Block.ROUTE}
"""Of these it says nothing that there is none."""
_FIELDS = (
    *("contact", "text", "verdict"),
    *("topic", "other", "transferred_to", "result", "next_step", "call_back_at"),
    *("to", "words", "pass", "recording"),
)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/card/calls/{id}", show_call),
        web.get("/card/number/{number}", show_number),
    ]


async def show_call(request: web.Request) -> web.Response:
    """`GET`: the card of a call."""
    return await answer(request, await card_of_call(request))


async def show_number(request: web.Request) -> web.Response:
    """`GET ?contact=`: the card of a number, without a call; softphones open it on ring."""
    return await answer(request, await card_of_number(request))


async def card_of_call(request: web.Request) -> Card:
    """The card of `{id}` as its reader may see it; raises NotFound."""
    call = call_id_of(request)
    async with request.app[pool_key].acquire() as connection:
        card = await read_card(
            connection,
            Asker.of(signed_in(request)),
            request.app[directory_key].view,
            request.app[pages_key].clock(),
            call=call,
        )
    if card is None:
        raise NotFound(_("There is no such call, or it is not yours to see."))
    return card


async def card_of_number(request: web.Request) -> Card:
    """The card of `{number}`; raises InvalidInput for what is none."""
    number = parse(request.match_info["number"])
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", _("must be a full phone number, e.g. +79161234567")))
    async with request.app[pool_key].acquire() as connection:
        card = await read_card(
            connection,
            Asker.of(signed_in(request)),
            request.app[directory_key].view,
            request.app[pages_key].clock(),
            number=number,
            contact=_asked_contact(request),
        )
    assert card is not None, "a number always has a card"
    return card


def call_id_of(request: web.Request) -> UUID:
    """`{id}` of the path; raises NotFound."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such call, or it is not yours to see.")) from None


async def answer(
    request: web.Request, card: Card, *, status: int = 200, mistakes: _Words = _NOTHING, sent: _Words = _NOTHING
) -> web.Response:
    """The card as a page, or the card alone for htmx; `mistakes` and what was `sent` go back into its forms."""
    identity, call = signed_in(request), card.call
    form = await _form_of(request, call.id) if call else None
    values = form.values(reader_of(request).timezone) if form else {}
    alone = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    return page(
        request,
        "card/fragment.html" if alone else "card/page.html",
        status=status,
        **values_of(request, card),
        whose=str(identity.person),
        nested=alone and not on_its_page(request),
        acts=True,
        address=f"/card/calls/{call.id}" if call else f"/card/number/{card.number}",
        chosen=f"?contact={card.contact.id}" if card.contact and not call and card.choices else "",
        form_offers=form,
        form_values={**values, **sent},
        pass_to=await _places(request, card),
        pass_sent={name: sent.get(name, "") for name in ("to", "words")},
        longest_words=LONGEST_WORDS,
        recording=await _recording_of(request, card),
        may_judge=identity.holds(Right.SPAM_EDIT) and bool(card.number),
        mistakes={name: mistakes.get(name, "") for name in _FIELDS},
        note=sent.get("text", ""),
        may_dial=not alone and await _may_call(request, card),
    )


def values_of(request: web.Request, card: Card) -> dict[str, Any]:
    """What the card's template tells, whoever it is told to and whatever he may do there."""
    zone, at = reader_of(request).timezone, request.app[pages_key].clock()
    filled, undecided = filled_blocks(card), bool(card.choices) and card.contact is None
    return {
        "card": card,
        "key": str(card.call.id) if card.call else card.number.lstrip("+"),
        **_said(card),
        "names": {block: _(name) for block, name in BLOCK_NAMES.items()},
        "filled": [block for block in card.blocks if block in filled],
        "empty": [] if undecided else [_(BLOCK_NAMES[block]) for block in card.blocks if block not in filled | _UNTOLD],
        "here": why_here(card.routed, queue_names(request.app[directory_key].head)),
        "why_missed": why_missed,
        "now": at,
        "today": at.astimezone(zone).date(),
        "zone": zone,
    }


def _said(card: Card) -> dict[str, object]:
    """What has to be put into words before the template."""
    return {
        "title": title_of(card),
        "spam_said": spam_words(card.spam),
        "suspect": is_spam(card.spam),
        "came": came_in_words(card.came) if card.came else None,
        "wanted_from": source_in_words(card.wanted.source) if card.wanted else "",
    }


async def _may_call(request: web.Request, card: Card) -> bool:
    """Whether the card's own page has a button to call him: not while his call goes on."""
    if not card.number or (card.call is not None and card.call.ended_at is None):
        return False
    async with request.app[pool_key].acquire() as connection:
        return await may_dial(request, connection)


async def _form_of(request: web.Request, call: UUID) -> WrapUpForm:
    async with request.app[pool_key].acquire() as connection:
        return await wrap_up_form(connection, call, signed_in(request).person)


async def _places(request: web.Request, card: Card) -> list[tuple[str, str]]:
    """Where the reader may pass the call on to: nowhere unless he himself is in it, and its PBX lets us."""
    viewer = signed_in(request)
    if not card.in_it or viewer.extension is None or not viewer.holds(Right.CALLS_DIAL):
        return []
    async with request.app[pool_key].acquire() as connection:
        if not await controlling(connection, CONTROLS):
            return []
        found = await offered(connection, but=viewer.extension)
    return [(spell_target(one.target), place_in_words(one)) for one in found]


async def _recording_of(request: web.Request, card: Card) -> dict[str, object] | None:
    """Whether its recording pauses, and until when; None where the reader has no say in it."""
    call, viewer = card.call, signed_in(request)
    if call is None or call.ended_at is not None or not card.in_it or not viewer.holds(Right.RECORDINGS_PAUSE):
        return None
    async with request.app[pool_key].acquire() as connection:
        if not await records(connection, call.id):
            return None
        return {"paused_until": await paused_until(connection, call.id)}


def on_its_page(request: web.Request) -> bool:
    """Whether htmx asks from a card's own page, where its name is the heading of the page."""
    return bool(_OWN_PAGE(request.headers.get("HX-Current-URL", "")))


def _asked_contact(request: web.Request) -> UUID | None:
    """Who of several was chosen; what is no id chooses nobody."""
    try:
        return UUID(request.query.get("contact", ""))
    except ValueError:
        return None
