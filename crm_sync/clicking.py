"""Somebody clicked a number in a CRM: his telephone is rung and the number dialled, or the CRM is told why not.

The call that follows is the CRM's own: it is noted under the id it has there before it begins, so that what the story
tells of it goes on from there. What the story tells nothing of ends by the row of its dial.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from crm_sync.bitrix24.clicks import EXPIRED, NO_EXTENSION, NO_PBX, NO_RIGHT, ended_dial, in_words, is_late, not_made
from crm_sync.bitrix24.events import Click, click_of
from crm_sync.bitrix24.news import FINISHED, account_of, event_of
from crm_sync.heard import SQL
from trunkline.calls.phone import NamedKind, parse, short_digits
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.dialing.dial import call_of
from trunkline.dialing.store import SQL as DIALS
from trunkline.dialing.store import Wish, accept
from trunkline.log import get_logger
from trunkline.outbox.append import append, append_many
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.credentials import held
from trunkline.people.roles import Right
from trunkline.web.metrics import DIALS_REFUSED

log = get_logger(__name__)

DECLINED: Final = "bitrix24.declined"
"""An end of a call that we never made."""


class Became(NamedTuple):
    """What came of an event: the columns of its row."""

    state: str
    why: str = ""
    dial: UUID | None = None


async def click(connection: Connection, row: asyncpg.Record, now: datetime, box: SecretBox) -> Became:
    """Put it before the guard, in the caller's transaction: what follows from its word is one commit with it."""
    asked = click_of(row["said"])
    if asked is None:
        return Became("over", "no_call")
    late = is_late((now - row["heard_at"]).total_seconds())
    wish = EXPIRED if late else await _wish(connection, row, asked)
    if not isinstance(wish, Wish):
        return await _refused(connection, row, asked, wish)
    found = await accept(connection, wish, now, box)
    if found.dial is None:
        assert found.verdict is not None
        reason = found.verdict.trace[-1].used.get("reason")
        return await _refused(connection, row, asked, found.verdict.rule, str(reason) if reason else None)
    if found.fresh:
        await _begun(connection, row, asked, wish, found.dial, now)
    return Became("dialling", dial=found.dial)


async def decline(
    connection: Connection, row: asyncpg.Record, asked: Click, why: str, reason: str | None = None
) -> None:
    """The CRM's user sees at once that nothing comes of it, and why."""
    stream = f"{row['crm']}:{row['connector_id']}:click:{asked.remote}"
    ended = msgspec.to_builtins(not_made(why, in_words(why, reason)))
    said = {**account_of(dict(row)), "remote": asked.remote, "user": asked.user, "ended": ended}
    await append(connection, stream, DECLINED, f"{stream}:finish", said)


async def end_clicks(connection: Connection) -> int:
    """Tell the end of dials that are over, unless the story has; how many were looked at."""
    rows = await connection.fetch(SQL["ended_clicks"])
    await append_many(
        connection,
        [event_of(row, FINISHED, "finish", ended=msgspec.to_builtins(ended_dial(row))) for row in map(dict, rows)],
    )
    for row in rows:
        await connection.execute(SQL["end_event"], row["connector_id"], row["key"], row["outcome"])
    return len(rows)


async def _refused(
    connection: Connection, row: asyncpg.Record, asked: Click, why: str, reason: str | None = None
) -> Became:
    DIALS_REFUSED.labels(why).inc()
    log.info("dial_refused", rule=why, connector=row["name"])
    await decline(connection, row, asked, why, reason)
    return Became("over", why)


async def _wish(connection: Connection, row: asyncpg.Record, asked: Click) -> Wish | str:
    """What is asked for: the extension is that of the user's profile, as last read. Else why nobody is rung."""
    caller = await connection.fetchrow(SQL["caller"], row["connector_id"], asked.user)
    if caller is None or short_digits(caller["extension"]) != caller["extension"]:
        return NO_EXTENSION
    rights = await connection.fetchrow(SQL["rights"], caller["person_id"])
    if rights is not None and Right.CALLS_DIAL not in held(rights):
        return NO_RIGHT
    lines = None if rights is None else rights["lines"]
    pbx = await connection.fetchval(DIALS["dialling_pbxs"])
    if pbx is None:
        return NO_PBX
    line = await line_of(connection, asked.line, lines)
    key = sha256(b"crm" + row["connector_id"].bytes + asked.remote.encode()).hexdigest()
    person = caller["person_id"]
    return Wish(asked.phone, pbx, caller["extension"], person, person, line=line, key=key)


async def line_of(connection: Connection, text: str, lines: Sequence[UUID] | None = None) -> str:
    """The line of ours that a CRM names, if it is one of `lines`; empty leaves it to the rule of outgoing calls."""
    number = parse(text)
    if isinstance(number, NamedKind):
        return ""
    return await connection.fetchval(SQL["line"], number, lines) or ""


async def _begun(
    connection: Connection, row: asyncpg.Record, asked: Click, wish: Wish, dial: UUID, now: datetime
) -> None:
    """Its call has its id before it begins: by that the story finds it known, and registers it no more."""
    said = {"agent": wish.agent, "line": wish.line}
    actor = Actor(wish.person, f"{row['crm']} {row['name']}", f"crm {row['name']}")
    await record(connection, actor, Deed("call.dialled", "dial", str(dial), after=said), now)
    call, number = call_of(dial, wish.pbx), parse(wish.to)
    values = (number, wish.line, now, asked.user, asked.remote, asked.entity)
    await connection.execute(SQL["add_clicked"], row["connector_id"], call, *values)
