"""Calls as touches of leads, in the transaction of the steps that tell them.

A call becomes a touch when it is over; that somebody talks with the client counts from the answer on. What is told
again, or otherwise, is looked at anew and only mended: the touch is the call's.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.leads.deciding import Does, Facts, Rule, decide, is_touch
from trunkline.leads.rules import InForce, LeadRulesOf
from trunkline.leads.tag_rules import SQL as TAGS
from trunkline.leads.touching import (
    SQL,
    Known,
    NewLead,
    NewTouch,
    add_lead,
    add_touch,
    hold_people,
    known_of,
    open_lead,
    tags_of,
)
from trunkline.notices import store as notices
from trunkline.notices.notice import LEADS, NoticeKind
from trunkline.webhooks import store as webhooks

SOURCE: Final = "call"
_COUNTED: Final = frozenset((News.ANSWERED, News.ENDED, News.CORRECTED))


async def keep_leads(
    connection: Connection, news: Sequence[Announcement], rules_of: LeadRulesOf
) -> list[webhooks.Announcement]:
    """What follows from these news; returns what is to be told of leads that were opened."""
    counted = [one for one in news if one.news in _COUNTED]
    if not counted:
        return []
    phones = {one.payload["client"] for one in counted} | {one.client_before for one in counted}
    return await _keep(connection, {one.call_id for one in counted}, phones, await rules_of(connection))


async def keep_late(connection: Connection, calls: Sequence[UUID], rules: InForce) -> None:
    """The same of calls that turned out, after they were over, to be no calls of clients: they open nothing."""
    rows = await connection.fetch(SQL["clients_of"], calls)
    await _keep(connection, {row["id"] for row in rows}, {row["client"] for row in rows}, rules)


async def _keep(
    connection: Connection, calls: Iterable[UUID], phones: set[str], rules: InForce
) -> list[webhooks.Announcement]:
    await hold_people(connection, phones - {""})
    rows = [row for row in await connection.fetch(SQL["calls_told"], list(calls)) if not _goes_on_unawaited(row)]
    known = await known_of(connection, [row["client"] for row in rows]) if rows else {}
    told: list[webhooks.Announcement] = []
    for row in rows:
        touched = row["touch_id"] is not None
        if touched and row["touch_phone"] == row["client"] and is_touch(_facts(row)):
            await _correct(connection, row, known.get(row["client"], Known()), rules)
            continue
        if touched:
            await _drop(connection, row)
        if is_touch(_facts(row)):
            told += await _touch(connection, row, known.get(row["client"], Known()), rules)
    return told


def _goes_on_unawaited(call: asyncpg.Record) -> bool:
    """A talk that goes on is of interest where an open lead waits for it: nobody is to be told meanwhile it is late."""
    return call["ended_at"] is None and not call["awaited"]


async def _touch(
    connection: Connection, call: asyncpg.Record, known: Known, rules: InForce
) -> list[webhooks.Announcement]:
    """The call as the table says."""
    # A call of ours shows no line of its own that would tell what it is about.
    about = call["brand"] if call["direction"] == "in" else None
    found = await open_lead(connection, call["client"], about)
    rule = decide(_facts(call, known, found), rules.rules.opens)
    lead = found if rule.does is Does.JOIN else None
    told = []
    if call["ended_at"] is not None and rule.does is not Does.NOTHING:
        if rule.does is Does.OPEN:
            new = _new_lead(call, known)
            await add_lead(connection, new, rules)
            lead, told = new.id, [_opened(call, new)]
        await add_touch(connection, _new_touch(call, known, lead, rule), rules)
    await _note_talk(connection, call, lead)
    return told


async def _correct(connection: Connection, call: asyncpg.Record, known: Known, rules: InForce) -> None:
    if (call["touch_kind"], call["touch_outcome"]) == (_kind(call), call["outcome"]):
        return
    touch = _new_touch(call, known, call["lead_id"], None)
    tagged = await tags_of(connection, touch, rules)
    raw = {**touch.raw, "tagged": tagged.rules} if tagged.rules else touch.raw
    values = (touch.kind, raw, tagged.tags, tagged.category)
    await connection.execute(SQL["correct_touch"], call["touch_id"], *values)
    if call["lead_id"] is not None:
        await connection.execute(TAGS["note_tags"], call["lead_id"])
    if call["outcome"] != "answered":
        await _forget_talk(connection, call)
    await _note_talk(connection, call, call["lead_id"])


async def _drop(connection: Connection, call: asyncpg.Record) -> None:
    """It was no touch of whom it was taken for; a lead that nothing else told of never was one."""
    await connection.execute(SQL["drop_touch"], call["touch_id"])
    if call["outcome"] != "merged":  # else the talk is that of the call it became part of
        await _forget_talk(connection, call)
    if call["lead_id"] is None:
        return
    await connection.execute(TAGS["note_tags"], call["lead_id"])
    if await connection.fetchval(SQL["drop_lead"], call["lead_id"]):
        await notices.forget(connection, LEADS, call["lead_id"])


async def _forget_talk(connection: Connection, call: asyncpg.Record) -> None:
    """What the touch told before, of whom it told it."""
    if call["touch_answered_at"] is not None:
        await connection.execute(SQL["forget_talk"], call["touch_phone"], call["touch_answered_at"])


async def _note_talk(connection: Connection, call: asyncpg.Record, lead: UUID | None) -> None:
    if call["outcome"] != "answered" or call["answered_at"] is None:
        return
    at = call["answered_at"]
    for row in await connection.fetch(SQL["note_talk"], call["client"], at):
        await notices.done(connection, (NoticeKind.LEAD_UNCALLED,), row["lead_id"], at)
    # Told again, the talk has taken it again: what its taker has not read stays his to read.
    if lead is not None and await connection.fetchval(SQL["take_by_talk"], lead, at, call["first_id"], call["last_id"]):
        await notices.done(connection, (NoticeKind.LEAD_UNTAKEN,), lead, at)


def _facts(call: asyncpg.Record, known: Known | None = None, lead: UUID | None = None) -> Facts:
    known = known or Known()
    return Facts(
        direction=call["direction"],
        outcome=call["outcome"],
        client=call["client"],
        missed_why=call["missed_why"],
        colleague=call["colleague"],
        classes=known.classes,
        open_lead=lead,
        open_deal=known.open_deal,
    )


def _kind(call: asyncpg.Record) -> str:
    return "missed" if call["direction"] == "in" and call["outcome"] == "missed" else "call"


def _raw(call: asyncpg.Record) -> dict[str, Any]:
    return {
        "phone": call["client"],
        "direction": call["direction"],
        "outcome": call["outcome"],
        "answered_at": call["answered_at"].isoformat()
        if call["outcome"] == "answered" and call["answered_at"]
        else None,
        "line": call["dialled"] if call["direction"] == "in" else "",
    }


def _new_touch(call: asyncpg.Record, known: Known, lead: UUID | None, rule: Rule | None) -> NewTouch:
    return NewTouch(
        source=SOURCE,
        external_id=str(call["id"]),
        lead_id=lead,
        contact_id=known.contact_id,
        call_id=call["id"],
        kind=_kind(call),
        at=call["started_at"],
        raw=_raw(call) | ({"rule": rule.name} if rule else {}),
        places=(call["line_name"], call["dialled"]) if call["direction"] == "in" else (),
        direction=call["brand"],
        channel=call["channel"],
        campaign=call["campaign"],
        classes=known.classes,
    )


def _new_lead(call: asyncpg.Record, known: Known) -> NewLead:
    """Its clocks run from the end of a missed call, and of a talk from its answer."""
    identifier = uuid7(call["started_at"].timestamp())
    return NewLead(
        id=identifier,
        source=SOURCE,
        external_id=str(identifier),
        phone=call["client"],
        direction=call["brand"],
        title=call["line_name"] or call["dialled"],
        opened_at=call["started_at"],
        since=call["answered_at"] or call["ended_at"],
        raw=_raw(call),
        known=known,
        line_id=call["line_id"],
        departments=call["departments"],
    )


def _opened(call: asyncpg.Record, lead: NewLead) -> webhooks.Announcement:
    data = {
        "id": str(lead.id),
        "call_id": str(call["id"]),
        "phone": lead.phone,
        "direction": lead.direction,
        "line": call["dialled"],
        "missed": _kind(call) == "missed",
    }
    return webhooks.Announcement("lead.added", f"lead:{lead.id}", f"lead.added:{lead.id}", lead.since, data)
