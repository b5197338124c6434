"""What a button below a card does, once, with the rights its person has at that moment; and the note that follows one.

All of it in the caller's transaction. Rights and scope are those of the card's page.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from crm_sync.bots.buttons import NEEDS, Action, understood
from crm_sync.bots.following import tell_of_leads, tell_of_works
from crm_sync.bots.port import Pressed, Said
from crm_sync.bots.posts import SQL as POSTS
from crm_sync.bots.posts import post_event
from crm_sync.bots.saying import answer
from crm_sync.bots.store import SQL as BOTS
from crm_sync.bots.store import Bot
from crm_sync.bots.taking import take_lead
from crm_sync.bots.telling import SQL, card_event
from crm_sync.bots.working import change_work
from trunkline.calls.phone import mask
from trunkline.card import keeping
from trunkline.card.reading import Asker, find
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.dialing.store import SQL as DIALS
from trunkline.dialing.store import Wish, accept
from trunkline.dialing.words import refusal
from trunkline.errors import InvalidInput
from trunkline.outbox.event import NewEvent
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.credentials import person_identity
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.spam import store as spam
from trunkline.spam.words import mistakes_in_words
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_NOTE: Final = 4000
_NOTE_FOR: Final = timedelta(minutes=10)
GOOD_NO_MORE: Final = mark("This button is good no more.")
POST_OF: Final = {Action.TAKE: "lead", Action.BEGUN: "work", Action.DONE: "work", Action.FAILED: "work"}
"""Below what kind of message each button stands; the rest are below cards."""
MAY_NOT: Final = mark("You may not do this.")
STRANGER: Final = mark("I do not know you. Open “Your messenger” in Trunkline's settings and follow the link there.")


class Press(NamedTuple):
    """Whose it is, on which card, when; `number` is the client's, in E.164."""

    bot: Bot
    chat: str
    identity: Identity
    card: int
    call: UUID
    number: str
    at: datetime
    box: SecretBox

    @property
    def actor(self) -> Actor:
        """For the audit log."""
        return Actor(self.identity.person, self.identity.name, f"bot {self.bot.username}")


async def who_writes(connection: Connection, bot: Bot, chat: str) -> Identity | None:
    """The person whose chat it is, who may still sign in."""
    row = await connection.fetchrow(BOTS["who_writes"], bot.id, chat)
    return None if row is None else person_identity(row)


async def press(connection: Connection, box: SecretBox, bot: Bot, told: Pressed, now: datetime) -> list[NewEvent]:
    """Do it, and say what came of it; a card whose answer was lost is known by this, and told anew."""
    button = understood(box, bot.id, told.chat, told.data)
    identity = await who_writes(connection, bot, told.chat)
    if button is None or identity is None:
        return [answer(bot, told, _(GOOD_NO_MORE))]
    action, card = button
    if action in POST_OF:
        return await _press_post(connection, bot, told, identity, action, card, now)
    found = await connection.fetchrow(SQL["pressed_card"], card, bot.id, identity.person)
    if found is None:
        return [answer(bot, told, _(GOOD_NO_MORE))]
    said = await _done(connection, box, bot, told, identity, action, card, found["call_id"], now)
    events = [answer(bot, told, said)]
    # After the deed, as the story locks them: what the spam rules know of the number, then its cards.
    if await connection.fetchval(SQL["adopt"], card, told.message):
        events += [card_event(row) for row in await connection.fetch(SQL["tell_of_card"], card)]
    return events


async def _press_post(
    connection: Connection, bot: Bot, told: Pressed, identity: Identity, action: Action, number: int, now: datetime
) -> list[NewEvent]:
    """A lead is taken, a work's status changed; every chat that is told of it is told anew in the same transaction."""
    about = await connection.fetchval(POSTS["pressed_post"], number, bot.id, identity.person, POST_OF[action])
    if about is None:
        return [answer(bot, told, _(GOOD_NO_MORE))]
    if action is Action.TAKE:
        said = await take_lead(connection, bot, identity, about, now)
        events = await tell_of_leads(connection, now, about)
    else:
        said = await change_work(connection, bot, identity, about, action, told.update, now)
        events = await tell_of_works(connection, now, about)
    events.append(answer(bot, told, said or _(MAY_NOT)))
    if await connection.fetchval(POSTS["adopt_post"], number, told.message):
        events += [post_event(row) for row in await connection.fetch(POSTS["tell_of_post"], number)]
    return events


async def _done(
    connection: Connection,
    box: SecretBox,
    bot: Bot,
    told: Pressed,
    identity: Identity,
    action: Action,
    card: int,
    call: UUID,
    now: datetime,
) -> str:
    found = await find(connection, Asker.of(identity), now, call=call)
    if found is None or not identity.holds(NEEDS[action]) or not identity.holds(Right.CARD_USE):
        return _(MAY_NOT)
    if not found.number:
        return _("The number is hidden.")
    return await DOES[action](connection, Press(bot, told.chat, identity, card, call, found.number, now, box))


async def _await_note(connection: Connection, one: Press) -> str:
    await connection.execute(SQL["await_note"], one.bot.id, one.chat, one.card, one.at + _NOTE_FOR)
    return _("Write the note now, in one message.")


async def _spam(connection: Connection, one: Press) -> str:
    if await connection.fetchval(SQL["press"], one.card, Action.SPAM.value, one.at) is None:
        return _("Done before.")
    try:
        await spam.put_personal(connection, one.number, spam.Treatment.CHALLENGE, person=one.identity.name)
    except InvalidInput as error:
        await connection.execute(SQL["take_back_press"], one.card, Action.SPAM.value)
        return _("The number %(mistake)s") % {"mistake": next(iter(mistakes_in_words(error).values()))}
    await record(connection, one.actor, Deed("spam.listed", "spam", mask(one.number)), one.at)
    return _("The number is on the company's own list.")


async def _call(connection: Connection, one: Press) -> str:
    """His telephone rings first; what the guard refuses may be pressed again."""
    extension = one.identity.extension
    if extension is None:
        return _("You have no extension of your own.")
    if await connection.fetchval(SQL["press"], one.card, Action.CALL.value, one.at) is None:
        return _("Done before.")
    pbx = await connection.fetchval(DIALS["dialling_pbxs"])
    if pbx is None:
        await connection.execute(SQL["take_back_press"], one.card, Action.CALL.value)
        return _("No PBX lets Trunkline dial: an administrator has to allow it.")
    key = sha256(b"bot" + one.bot.id.bytes + str(one.card).encode()).hexdigest()
    person = one.identity.person
    found = await accept(connection, Wish(one.number, pbx, extension, person, person, key=key), one.at, one.box)
    if found.dial is None:
        assert found.verdict is not None
        await connection.execute(SQL["take_back_press"], one.card, Action.CALL.value)
        reason = found.verdict.trace[-1].used.get("reason")
        return refusal(found.verdict.rule, str(reason) if reason else None)
    if found.fresh:
        deed = Deed("call.dialled", "dial", str(found.dial), after={"agent": extension, "line": ""})
        await record(connection, one.actor, deed, one.at)
    return _("Your phone rings; when you answer, the number is dialled.")


DOES: Final[dict[Action, Callable[[Connection, Press], Awaitable[str]]]] = {
    Action.NOTE: _await_note,
    Action.SPAM: _spam,
    Action.CALL: _call,
}


async def keep_note(connection: Connection, bot: Bot, said: Said, identity: Identity, now: datetime) -> str | None:
    """What is said of the note; None where none was asked for."""
    call = await connection.fetchval(SQL["awaited_note"], bot.id, said.chat, now)
    if call is None:
        return None
    text = said.text.strip()
    if len(text) > LONGEST_NOTE:
        return _("The note is too long: at most %(number)s characters. Press Note again.") % {"number": LONGEST_NOTE}
    found = await find(connection, Asker.of(identity), now, call=call)
    if found is None or not identity.holds(Right.CARD_USE) or not found.number:
        return _(MAY_NOT)
    contact = found.contact_id if Right.CONTACTS_READ in Asker.of(identity).rights else None
    kept = await keeping.add_note(connection, identity, text, contact=contact, number=found.number, call=call)
    kind, of = ("contact", str(kept)) if kept else ("number", mask(found.number))
    actor = Actor(identity.person, identity.name, f"bot {bot.username}")
    await record(connection, actor, Deed("card.noted", kind, of, None, {"characters": len(text)}), now)
    return _("The note is kept.") if kept else _("The note is kept with the number.")
