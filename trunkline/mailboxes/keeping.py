"""A letter as rows, in the transaction that moves its mailbox on: what was read, its touch, its lead."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from trunkline.db.types import Connection
from trunkline.leads.rules import InForce
from trunkline.leads.writing import Message, keep_message
from trunkline.mailboxes.letter import Letter
from trunkline.mailboxes.mailbox import Mailbox
from trunkline.mailboxes.sorting import LETTER, Facts, sender_of, sort
from trunkline.mailboxes.store import SQL

SOURCE: Final = "email"


async def keep_letter(connection: Connection, mailbox: Mailbox, letter: Letter, at: datetime, rules: InForce) -> bool:
    """Keep it, unless it was kept; whether programs are to be told of something after the commit."""
    asked = [one for one in (letter.sender, letter.answer_to) if one]
    ours = frozenset(await connection.fetchval(SQL["ours"], asked) or ())
    sender = sender_of(letter, ours)
    rule = sort(Facts(letter, sender, sender in ours, mailbox.ignored))
    if not await _note(connection, mailbox, letter, at, sender, rule) or rule != LETTER:
        return False
    about = await connection.fetchval(SQL["thread"], letter.references) if letter.references else None
    kept = await keep_message(
        connection,
        Message(
            source=SOURCE,
            external_id=f"{mailbox.id}:{letter.digest.hex()}",
            kind="email",
            phones=letter.phones,
            email=sender,
            name=letter.name if sender == letter.sender else "",
            direction=mailbox.direction,
            departments=[mailbox.department_id] if mailbox.department_id else [],
            title=letter.subject or mailbox.name,
            text="\n".join(part for part in (letter.subject, letter.text) if part),
            at=at,
            about=about,
            place=mailbox.name,
            raw={"mailbox": str(mailbox.id), "from": sender, "name": letter.name},
        ),
        rules,
    )
    await connection.execute(SQL["sorted"], mailbox.id, letter.digest, kept.rule, kept.lead)
    return kept.told


async def keep_unreadable(connection: Connection, mailbox: Mailbox, raw: bytes, at: datetime) -> None:
    """It cannot be read, or the database would not take it: the journal tells that there was one."""
    bare = (mailbox.id, sha256(raw).digest(), "", at, "", "", "unreadable")
    await connection.execute(SQL["keep"], *bare)


async def _note(connection: Connection, mailbox: Mailbox, letter: Letter, at: datetime, sender: str, rule: str) -> bool:
    """Whether it is new."""
    values = (letter.digest, letter.message_id, at, sender or letter.sender, letter.subject, rule)
    return await connection.fetchval(SQL["keep"], mailbox.id, *values) is not None
