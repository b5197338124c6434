"""What an employee may tell his bot to do, with his rights of that moment: each command a row of one table.

All of it in the caller's transaction; the audit log has it as deeds of his by the bot.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Final, NamedTuple

import asyncpg

from crm_sync.bots.posts import SQL as POSTS
from crm_sync.bots.pressing import MAY_NOT
from crm_sync.bots.store import Bot
from crm_sync.bots.work_text import head_of, standing_of
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput
from trunkline.floor.store import queues_of, waiting_now
from trunkline.missed.reading import Asker, MissedClient, Wanted, count_open, list_open
from trunkline.people.audit import Actor
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.presence.change import PresenceChange, checked
from trunkline.presence.state import ManualState
from trunkline.presence.store import change_presence
from trunkline.web.human import clock, day, moment, phone
from trunkline.web.i18n import current_reader, mark
from trunkline.web.i18n import gettext as _

_MOST_MISSED: Final = 10
_MOST_QUEUES: Final = 30
_MOST_WORKS: Final = 10
_LONGEST_NAME: Final = 60
"""Characters of a queue's: so many lines fit into one message of 4,096 then."""


class Asked(NamedTuple):
    """Who wrote which bot, what came after the command, and when."""

    bot: Bot
    identity: Identity
    rest: str
    at: datetime


class Command(NamedTuple):
    """What it needs, what it does, and what it is for, in the list of commands."""

    needs: Right
    does: Callable[[Connection, Asked], Awaitable[str]]
    words: str


async def obey(connection: Connection, bot: Bot, identity: Identity, text: str, now: datetime) -> str | None:
    """What is answered; None where it is no command. One that there is not is told those that there are."""
    word, rest = parted(text)
    command = COMMANDS.get(word)
    if command is None:
        return what_there_is(identity) if word.startswith("/") else None
    if not identity.holds(command.needs):
        return _(MAY_NOT)
    return await command.does(connection, Asked(bot, identity, rest, now))


def parted(text: str) -> tuple[str, str]:
    """A command without the bot's name (`/break@our_bot`), and what comes after it, be it on a line of its own."""
    word, rest = (*text.split(maxsplit=1), "", "")[:2]
    return word.partition("@")[0].lower(), rest.strip()


def what_there_is(identity: Identity) -> str:
    """The commands this person may give, a line each."""
    lines = [f"{word} — {_(one.words)}" for word, one in COMMANDS.items() if identity.holds(one.needs)]
    return "\n".join([_("Here you see who calls you, while your telephone rings."), *lines])


def _says(state: ManualState, said: str) -> Callable[[Connection, Asked], Awaitable[str]]:
    """His own word, as on the page of presence; what follows a break or offline is its reason."""

    async def do(connection: Connection, asked: Asked) -> str:
        reason = "" if state is ManualState.ONLINE else asked.rest
        try:
            change = checked(PresenceChange(state=state, reason=reason), asked.at)
        except InvalidInput as error:
            return "\n".join(f"{_('Reason')}: {mistake.message}" for mistake in error.mistakes)
        actor = Actor(asked.identity.person, asked.identity.name, f"bot {asked.bot.username}")
        await change_presence(connection, asked.identity.person, change, actor, asked.at)
        return _(said)

    return do


async def _queue(connection: Connection, asked: Asked) -> str:
    """Who waits in the queues within his reach: how many, and the first for how long."""
    reach = asked.identity.reach()
    waiting = await waiting_now(connection, reach, ())
    names = {one.target: one.name for one in await queues_of(connection, reach)}
    lines = [
        _("%(queue)s: %(count)s, the first for %(time)s")
        % {
            "queue": names.get(queue, queue)[:_LONGEST_NAME],
            "count": len(found),
            "time": clock(max(0.0, (asked.at - found[0].since).total_seconds())),
        }
        for queue, found in waiting.items()
    ]
    return "\n".join(lines[:_MOST_QUEUES]) or _("Nobody waits in a queue.")


async def _missed(connection: Connection, asked: Asked) -> str:
    """Who is to be called back, the nearest promise first."""
    asker = Asker.of(asked.identity, asked.at)
    waiting, overdue = await count_open(connection, asker)
    if not waiting:
        return _("Nobody is to be called back.")
    found = await list_open(connection, asker, Wanted(), size=_MOST_MISSED)
    head = _("To call back: %(count)s, late: %(late)s") % {"count": waiting, "late": overdue}
    return "\n".join([head, *(_client(one, asked.at) for one in found.rows)])


def _client(one: MissedClient, now: datetime) -> str:
    promised = _("by %(time)s") % {"time": moment(one.promised_at, now, current_reader())}
    parts = (", ".join(one.names), phone(one.number), one.line_name or one.line, promised, one.owner or "")
    return " · ".join(part[:100] for part in parts if part)


async def _works(connection: Connection, asked: Asked) -> str:
    """His deliveries and installations, the nearest day first; the messages they have buttons below are further up."""
    today = asked.at.astimezone(current_reader().timezone).date()
    rows = await connection.fetch(POSTS["works_of"], asked.identity.person, _MOST_WORKS)
    return "\n".join(_work(row, today) for row in rows) or _("You have nothing to do outside.")


def _work(row: asyncpg.Record, today: date) -> str:
    due = day(row["due_on"], today, current_reader()) if row["due_on"] else ""
    parts = (head_of(row), standing_of(row), due, row["title"], row["address"])
    return " · ".join(part[:100] for part in parts if part)


COMMANDS: Final = {
    "/on": Command(Right.PRESENCE_OWN, _says(ManualState.ONLINE, mark("You are online.")), mark("take calls")),
    "/break": Command(
        Right.PRESENCE_OWN, _says(ManualState.BREAK, mark("You have a break.")), mark("a break; its reason may follow")
    ),
    "/off": Command(
        Right.PRESENCE_OWN,
        _says(ManualState.OFFLINE, mark("You are offline.")),
        mark("take no calls; a reason may follow"),
    ),
    "/queue": Command(Right.LIVE_READ, _queue, mark("who waits in queues")),
    "/works": Command(Right.CARD_USE, _works, mark("your deliveries and installations")),
    "/missed": Command(Right.CALLS_READ, _missed, mark("who is to be called back")),
}
