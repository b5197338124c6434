"""What is done on a card: who it is, a note, "spam" or not, the wrap-up. Each answers with the card as it then is."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from aiohttp import web

from trunkline.calls.phone import mask
from trunkline.card import keeping
from trunkline.card.card import Card
from trunkline.card.pages import answer, card_of_call, card_of_number
from trunkline.card.wrap_up import WrapUp, read_wrap_up, too_long
from trunkline.control.asking import go_on, pass_on, pause
from trunkline.control.order import USUAL_PAUSE
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Deed, difference, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.spam import store as spam
from trunkline.spam.words import mistakes_in_words
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import reader_of, redirect, toast

LONGEST_NOTE = 4000
_Read = Callable[[web.Request], Awaitable[Card]]
_Form = Mapping[str, str]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post("/card/calls/{id}/contact", choose),
        web.post("/card/calls/{id}/note", note_call),
        web.post("/card/calls/{id}/spam", judge_call),
        web.post("/card/calls/{id}/wrap-up", wrap_up),
        web.post("/card/calls/{id}/pass", pass_call),
        web.post("/card/calls/{id}/recording", set_recording),
        web.post("/card/number/{number}/note", note_number),
        web.post("/card/number/{number}/spam", judge_number),
    ]


async def choose(request: web.Request) -> web.StreamResponse:
    """`POST contact`: who of those that share the number it is."""
    card, form = await card_of_call(request), await _form(request)
    assert card.call is not None, "the card of a call has one"
    try:
        contact = UUID(form.get("contact", ""))
    except ValueError:
        contact = UUID(int=0)
    async with transaction(request) as connection:
        name = signed_in(request).name
        chosen = await keeping.choose_contact(connection, card.call.id, card.number, contact, name)
        if chosen:
            deed = Deed("card.contact_chosen", "call", str(card.call.id), None, {"contact": str(contact)})
            await record(connection, actor_of(request), deed, now())
    if not chosen:
        gone = _("Whom you chose is no longer a contact with this number; choose another.")
        return await answer(request, await card_of_call(request), status=422, mistakes={"contact": gone})
    return await _done(request, card_of_call, _("Kept for this call."))


async def note_call(request: web.Request) -> web.StreamResponse:
    """`POST text`: a note on whoever called."""
    return await _note(request, card_of_call)


async def note_number(request: web.Request) -> web.StreamResponse:
    """`POST text, contact?`: the same without a call."""
    return await _note(request, card_of_number)


async def judge_call(request: web.Request) -> web.StreamResponse:
    """`POST verdict`: spam, ham (not spam), or clear to take either back."""
    return await _judge(request, card_of_call)


async def judge_number(request: web.Request) -> web.StreamResponse:
    """`POST verdict`: the same without a call."""
    return await _judge(request, card_of_number)


async def wrap_up(request: web.Request) -> web.StreamResponse:
    """`POST topic, other, transferred_to, result, next_step, call_back_at`: what came of the call."""
    card, form, person = await card_of_call(request), await _form(request), signed_in(request).person
    assert card.call is not None, "the card of a call has one"
    try:
        async with transaction(request) as connection:
            known = await keeping.wrap_up_form(connection, card.call.id, person)
            told = read_wrap_up(form, known, reader_of(request).timezone, now())
            await keeping.put_wrap_up(connection, card.call.id, card.number, person, told)
            before, after = difference(_logged(known.mine or WrapUp()), _logged(told))
            deed = Deed("card.wrapped_up", "call", str(card.call.id), before, after)
            await record(connection, actor_of(request), deed, now())
    except InvalidInput as error:
        return await answer(request, card, status=422, mistakes=mistakes_of(error), sent=form)
    return await _done(request, card_of_call, _("The wrap-up is kept."))


async def pass_call(request: web.Request) -> web.StreamResponse:
    """`POST to, words`: the client of one's own talk goes to a colleague or a queue, with a word."""
    card, form = await card_of_call(request), await _form(request)
    assert card.call is not None, "the card of a call has one"
    try:
        told = await pass_on(request, card.call.id, form.get("to", ""), form.get("words", ""))
    except InvalidInput as error:
        mistakes = {mistake.path.removeprefix("$."): mistake.message for mistake in error.mistakes}
        return await answer(request, card, status=422, mistakes=mistakes, sent=form)
    if not told.done:
        said = f"{_('Not passed on')}. {told.message}" if told.refused else told.message
        return await answer(request, card, status=422, mistakes={"pass": said}, sent=form)
    return await _done(request, card_of_call, told.message)


async def set_recording(request: web.Request) -> web.StreamResponse:
    """`POST state`: what the client says now stays out of the recording (paused), or gets into it again (recorded)."""
    card, form = await card_of_call(request), await _form(request)
    assert card.call is not None, "the card of a call has one"
    paused = form.get("state") == "paused"
    told = await (pause(request, card.call.id, USUAL_PAUSE) if paused else go_on(request, card.call.id))
    if not told.done:
        return await answer(request, card, status=422, mistakes={"recording": told.message})
    return await _done(request, card_of_call, told.message)


async def _note(request: web.Request, read: _Read) -> web.StreamResponse:
    card, form = await read(request), await _form(request)
    text, call = form.get("text", ""), card.call
    if wrong := _wrong_note(text, card):
        return await answer(request, card, status=422, mistakes={"text": wrong}, sent=form)
    contact = card.contact.id if card.contact else None
    async with transaction(request) as connection:
        kept = await keeping.add_note(
            connection, signed_in(request), text, contact=contact, number=card.number, call=call.id if call else None
        )
        kind, of = ("contact", str(kept)) if kept else ("number", mask(card.number))
        await record(
            connection, actor_of(request), Deed("card.noted", kind, of, None, {"characters": len(text)}), now()
        )
    return await _done(request, read, _("The note is kept.") if kept else _("The note is kept with the number."))


def _wrong_note(text: str, card: Card) -> str:
    if not card.number:
        return _("there is nobody to keep the note with: the number is hidden or one of ours")
    if not text:
        return _("is empty: write something")
    return too_long(len(text), LONGEST_NOTE) if len(text) > LONGEST_NOTE else ""


async def _judge(request: web.Request, read: _Read) -> web.StreamResponse:
    """The lists of trunkline.spam, by one tap."""
    card, form = await read(request), await _form(request)
    try:
        async with transaction(request) as connection:
            action, said = await _verdict(connection, card.number, form.get("verdict", ""), signed_in(request).name)
            await record(connection, actor_of(request), Deed(action, "spam", mask(card.number)), now())
    except InvalidInput as error:
        wrong = next(iter(mistakes_in_words(error).values()))
        return await answer(request, card, status=422, mistakes={"verdict": wrong})
    return await _done(request, read, said)


async def _verdict(connection: Connection, number: str, verdict: str, person: str) -> tuple[str, str]:
    """The deed for the audit log, and what to say of it; raises InvalidInput."""
    if not number:
        raise InvalidInput(Mistake("entry", _("the number is hidden")))
    match verdict:
        case "spam":
            await spam.put_personal(connection, number, spam.Treatment.CHALLENGE, person=person)
            return "spam.listed", _("The number is on the company's own list.")
        case "ham":
            await spam.put_allow(connection, number, person=person)
            return "spam.allowed", _("The number is never kept out from now on.")
        case "clear":
            listed = await spam.drop_personal(connection, number) is not None
            await spam.drop_allow(connection, number)
            return "spam.unlisted" if listed else "spam.disallowed", _("The spam rules apply to this number again.")
    raise InvalidInput(Mistake("entry", _("must be one of spam, ham, clear")))


async def _done(request: web.Request, read: _Read, said: str) -> web.StreamResponse:
    """The card anew for htmx; else back to its page."""
    if "HX-Request" in request.headers:
        return toast(await answer(request, await read(request)), said)
    back = request.path.rpartition("/")[0]
    contact = request.query.get("contact", "")
    return redirect(request, f"{back}?contact={contact}" if contact else back, said)


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value).replace("\0", "").strip() for name, value in (await request.post()).items()}


def _logged(told: WrapUp) -> dict[str, object]:
    """For the audit log: what was chosen, and how much was written."""
    return {
        "topic": told.topic or told.other,
        "transferred_to": str(told.transferred_to or ""),
        "result": len(told.result),
        "next_step": len(told.next_step),
        "call_back_at": told.call_back_at.isoformat() if told.call_back_at else "",
    }
