"""What follows from what a messenger tells: each update once, all of it in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from crm_sync.bots.commands import obey, parted, what_there_is
from crm_sync.bots.port import Left, Pressed, Said, Update
from crm_sync.bots.pressing import STRANGER, keep_note, press, who_writes
from crm_sync.bots.saying import say, say_to_stranger
from crm_sync.bots.store import SQL, Bot, bind, block
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.log import get_logger
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, mark
from trunkline.web.i18n import gettext as _
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

TRANSLATED: Final = (
    "crm_sync",
    "trunkline.dialing",
    "trunkline.leads",
    "trunkline.presence",
    "trunkline.spam",
    "trunkline.web",
)
"""Parts whose words a bot says."""
START: Final = "/start"
USED: Final = mark("This link was used already, or is older than ten minutes. Take a new one in Trunkline.")
_REPEATED_FOR: Final = timedelta(days=2)
"""Telegram keeps what it could not post for 24 hours (core.telegram.org/bots/api#getting-updates), MAX for 8."""


@dataclass(frozen=True, slots=True)
class Ear:
    """`reader` is the company's language: what a chat speaks is not known."""

    box: SecretBox
    reader: Reader
    translations: Translations

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """In the company's language."""
        reader = Reader(settings.web.language, ZoneInfo(settings.web.timezone))
        return cls(settings.secret_box(), reader, Translations(TRANSLATED))

    async def hear(self, connection: Connection, bot: Bot, update: Update, now: datetime) -> frozenset[str]:
        """The topics to wake after the commit; a fault of ours costs what was asked for, never what comes behind it."""
        if not await _is_heard(connection, bot, update):
            return frozenset()
        if await connection.fetchval(SQL["add_update"], bot.id, update.update, now) is None:
            return frozenset()
        await connection.execute(SQL["prune_updates"], now - _REPEATED_FOR)
        try:
            async with connection.transaction():
                events = await self._done(connection, bot, update, now)
                await append_many(connection, events)
        except DATABASE_TROUBLE:
            raise  # it is posted again
        except Exception:
            log.exception("bot_update_not_done", bot=bot.username, kind=type(update).__name__)
            return frozenset()
        topics = {OUTBOX_WAKE, DIALS_WAKE} if isinstance(update, Pressed) else {OUTBOX_WAKE}
        return frozenset(topics) if events else frozenset()

    async def _done(self, connection: Connection, bot: Bot, update: Update, now: datetime) -> list[NewEvent]:
        match update:
            case Left():
                await block(connection, bot, update.chat, now)
                return []
            case Pressed():
                return await press(connection, self.box, bot, update, now)
            case Said():
                return [await self._reply(connection, bot, update, now)]

    async def _reply(self, connection: Connection, bot: Bot, said: Said, now: datetime) -> NewEvent:
        word, rest = parted(said.text)
        if word == START and rest:
            name = await bind(connection, bot, said.chat, rest[:100], now)
            if name is not None:
                return say(bot, said, _("%(name)s, from now on you see here who calls you.") % {"name": name})
        identity = await who_writes(connection, bot, said.chat)
        if identity is None:
            return say_to_stranger(bot, said, _(USED) if rest else _(STRANGER), now)
        if word == START and rest:
            return say(bot, said, _(USED))
        obeyed = await obey(connection, bot, identity, said.text, now)
        if obeyed is None and said.text.strip():
            obeyed = await keep_note(connection, bot, said, identity, now)
        return say(bot, said, obeyed or what_there_is(identity))


async def _is_heard(connection: Connection, bot: Bot, update: Update) -> bool:
    """Of who has no chat with the bot nothing is heard but that he begins one, and leaves a row."""
    if isinstance(update, Said) and parted(update.text)[0] != START:
        return await who_writes(connection, bot, update.chat) is not None
    return True
