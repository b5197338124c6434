"""Messages about leads and works: delivered as what they are about stands at that moment, before who reads them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from crm_sync.bots import work_text
from crm_sync.bots.buttons import NEEDS, Action, spelled
from crm_sync.bots.cards import NOT_HIS, Words
from crm_sync.bots.deliverer import REMOVED, Chats
from crm_sync.bots.lead_text import LeadNow, may_be_taken, text_of
from crm_sync.bots.limits import LIMITS, cut
from crm_sync.bots.port import Button, Message
from crm_sync.bots.saying import account_of, kind_of
from crm_sync.bots.showing import Statements, show, why_not
from crm_sync.bots.store import Bot
from crm_sync.bots.telling import SQL as CARDS
from crm_sync.bots.work_text import LABELS, NEXT, WorkNow
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.leads.reading import Asker, find_lead
from trunkline.outbox.event import Absent, Account, Delivered, Event, KindPolicy, NewEvent, Outcome, Verdict
from trunkline.people.credentials import person_identity
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext, reading

SQL: Final = load_queries("crm_sync.bots", "posts.sql")
POST: Final = "post"
LATEST: Final = timedelta(minutes=15)
"""After that nobody is told any more that a lead came."""
LATE: Final = "too late to be told"
_KEPT: Final = timedelta(days=90)
_ROWS: Final = Statements(SQL["ask_for_post"], SQL["post_not_asked"], SQL["post_is_there"])


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a message, of which bot, in which chat, when."""

    connection: Connection
    bot: Bot
    row: asyncpg.Record
    identity: Identity
    now: datetime
    chats: Chats
    words: Words

    def button(self, label: str, action: Action) -> Button:
        """One of this message's."""
        return Button(label, spelled(self.chats.box, self.bot.id, self.row["chat_id"], action, self.row["number"]))


async def _lead(one: Reading) -> Message | None:
    if not one.identity.holds(NEEDS[Action.TAKE]):
        return None
    try:
        lead = await find_lead(one.connection, Asker.of(one.identity, one.now), one.row["about"])
    except NotFound:
        return None
    take = (one.button(_("Take"), Action.TAKE),) if may_be_taken(lead) else ()
    opened = (Button(_("Open the lead"), url=f"{one.words.pages}/leads/{lead.id}"),) if one.words.pages else ()
    text = text_of(LeadNow(lead, one.identity.person, one.now, one.words.reader))
    return Message(text, tuple(row for row in (take, opened) if row))


async def _work(one: Reading) -> Message | None:
    row = await one.connection.fetchrow(SQL["work"], one.row["about"])
    if row is None:
        return None
    is_his, sees = row["responsible_id"] == one.identity.person, one.identity.holds(Right.CONTACTS_READ)
    today = one.now.astimezone(one.words.reader.timezone).date()
    actions = NEXT[row["status"]] if is_his else ()
    buttons = tuple(one.button(_(LABELS[action]), action) for action in actions)
    return Message(
        work_text.text_of(WorkNow(row, is_his, sees, today, one.words.reader)), (buttons,) if buttons else ()
    )


async def _works(one: Reading) -> Message | None:
    count = await one.connection.fetchval(SQL["count_works"], one.row["person_id"])
    words = ngettext(
        "%(num)s work is to be done outside: /works", "%(num)s works are to be done outside: /works", count
    )
    return Message(words % {"num": count} if count else _("You have nothing to do outside."), ())


TELLS: Final[Mapping[str, Callable[[Reading], Awaitable[Message | None]]]] = {
    "lead": _lead,
    "work": _work,
    "works": _works,
}
"""What a message of each kind says; None where its reader may not see it."""


def post_event(row: asyncpg.Record) -> NewEvent:
    """One message's, in a stream of its own."""
    stream = f"{row['kind']}:{row['bot_id']}:person:{row['person_id']}:{row['about_kind']}:{row['about']}"
    said = {"bot": str(row["bot_id"]), "post": row["number"]}
    return NewEvent(stream, kind_of(row["kind"], POST), f"{stream}:{row['tellings']}", said)


class PostDeliverer:
    """Delivers every bot's."""

    kinds: Mapping[str, KindPolicy] = {
        kind_of(messenger, POST): KindPolicy(max_attempts=30, time_limit=30.0, backoff_cap=60.0) for messenger in LIMITS
    }

    def __init__(self, chats: Chats, words: Words) -> None:
        self._chats = chats
        self._words = words

    def account(self, event: Event) -> Account:
        return account_of(event)

    async def verify(self, _event: Event) -> Verdict:
        """The message's own row knows: a first one that may be there is not sent again, a change may be repeated."""
        return Absent()

    async def deliver(self, event: Event) -> Outcome:
        bot = await self._chats.bot(event)
        row = await self._chats.pool.fetchrow(SQL["post"], event.payload["post"])
        if bot is None or row is None:
            return Delivered(warning=REMOVED)
        if found := why_not(row):
            return found
        if row["message_id"] is None and self._chats.clock() - row["begun_at"] > LATEST:
            return Delivered(LATE)
        message = await self._message(bot, row)
        if message is None:
            return Delivered(warning=NOT_HIS)
        outcome = await show(self._chats, _ROWS, bot, row, message)
        if row["message_id"] is None:
            await self._chats.pool.execute(SQL["prune_posts"], self._chats.clock() - _KEPT)
        return outcome

    async def _message(self, bot: Bot, row: asyncpg.Record) -> Message | None:
        now = self._chats.clock()
        async with self._chats.pool.acquire() as connection:
            person = await connection.fetchrow(CARDS["person"], row["person_id"])
            if person is None:
                return None
            with reading(self._words.reader, self._words.translations):
                one = Reading(connection, bot, row, person_identity(person), now, self._chats, self._words)
                message = await TELLS[row["kind"]](one)
        return message and Message(cut(message.text, LIMITS[bot.kind].longest), message.buttons)
