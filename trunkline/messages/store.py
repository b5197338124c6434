"""What happened is put before the rules, in the transaction in which it happened.

Nothing is sent here: rows of the log are written, and the worker tells what is due (posting.py). A rule takes a
happening once, whoever puts it before the rules and however often.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.log import get_logger
from trunkline.messages.deciding import Decision, Draft, People, Recipient, decide
from trunkline.messages.happening import INSIDE, Happening, Kind
from trunkline.messages.rule import Channel, Rule
from trunkline.messages.rules_store import rooms, rules_of
from trunkline.people.roles import Role
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

SQL: Final = load_queries("trunkline.messages")
FACTS: Final = load_queries("trunkline.messages", "facts.sql")
_SAME: Final = ("subject", "at", "responsible", "contact", "phone", "email", "line", "brand", "stage", "client_class")
_Place: TypeAlias = tuple[frozenset[UUID], UUID | None]
"""The departments and the line something belongs to."""
_NUMBERS: Final = ("amount", "days", "seconds")
_OLD: Final = timedelta(days=1)
"""What is written so long after it happened, as after a gap, nobody is told of any more."""
_LONGEST_KEY: Final = 100
"""Of the column; an e-mail address may be longer."""


async def happened_to_leads(connection: Connection, kind: Kind, leads: Iterable[UUID], now: datetime) -> None:
    """Something of `kind` was just written about these leads. A fault of ours costs what is told, never the deed."""
    try:
        async with connection.transaction():
            rules = await rules_of(connection, kind)
            if rules:
                found = await connection.fetch(FACTS["leads"], sorted(set(leads)))
                rows = [row for row in found if row["at"] - now < _OLD]
                await keep(connection, rules, [_of_lead(kind, row, now) for row in rows], now)
    except DATABASE_TROUBLE:
        raise
    except Exception:
        log.exception("messages_not_decided", kind=kind.value)


async def overlaps_found(connection: Connection, overlaps: Sequence[UUID], now: datetime) -> None:
    """These were just proposed; the same."""
    await _of_dealers(
        connection, Kind.OVERLAP_FOUND, "overlaps", overlaps, now, lambda row: f"overlap:{row['subject']}"
    )


async def happened_to_reservations(
    connection: Connection, kind: Kind, reservations: Sequence[UUID], now: datetime
) -> None:
    """Something of `kind` was just written about these; the same. Prolonged it may be again."""

    def key(row: asyncpg.Record) -> str:
        again = f":{row['prolongations']}" if kind is Kind.RESERVATION_PROLONGED else ""
        return f"reservation:{row['subject']}:{kind.value.partition('.')[2]}{again}"

    await _of_dealers(connection, kind, "reservations", reservations, now, key)


async def _of_dealers(
    connection: Connection,
    kind: Kind,
    query: str,
    subjects: Sequence[UUID],
    now: datetime,
    key: Callable[[asyncpg.Record], str],
) -> None:
    if not subjects:
        return
    try:
        async with connection.transaction():
            rules = await rules_of(connection, kind)
            if rules:
                rows = await connection.fetch(FACTS[query], now, sorted(subjects))
                await keep(connection, rules, [happening(kind, key(row), row) for row in rows], now)
    except DATABASE_TROUBLE:
        raise
    except Exception:
        log.exception("messages_not_decided", kind=kind.value)


async def talks_ended(connection: Connection, calls: Iterable[UUID], now: datetime) -> None:
    """These calls are over; the same."""
    wanted = sorted(set(calls))
    if not wanted:
        return
    try:
        async with connection.transaction():
            rules = await rules_of(connection, Kind.CALL_ENDED)
            if rules:
                rows = await connection.fetch(FACTS["calls"], wanted)
                told = [happening(Kind.CALL_ENDED, f"call:{row['subject']}", row) for row in rows]
                await keep(connection, rules, told, now)
    except DATABASE_TROUBLE:
        raise
    except Exception:
        log.exception("messages_not_decided", kind=Kind.CALL_ENDED.value)


async def recording_commented(
    connection: Connection, moment: UUID, recording: UUID, agent: UUID, by: str, now: datetime
) -> None:
    """A reviewer was heard on `recording`, a call of `agent`; the same. `moment` is the comment's id."""
    try:
        async with connection.transaction():
            rules = await rules_of(connection, Kind.RECORDING_COMMENTED)
            row = await connection.fetchrow(FACTS["commented"], recording, agent, by) if rules else None
            if row is not None:
                told = msgspec.structs.replace(happening(Kind.RECORDING_COMMENTED, f"comment:{moment}", row), at=now)
                await keep(connection, rules, [told], now)
    except DATABASE_TROUBLE:
        raise
    except Exception:
        log.exception("messages_not_decided", kind=Kind.RECORDING_COMMENTED.value)


async def keep(connection: Connection, rules: Sequence[Rule], told: Sequence[Happening], now: datetime) -> int:
    """What these rules make of these happenings goes into the log; how many messages that were."""
    if not told:
        return 0
    staff = await connection.fetch(FACTS["staff"])
    named = _named(staff) | {room.id: _room(room.id, room.name) for room in await rooms(connection)}
    keys = [one.key for one in told]
    ids = [rule.id for rule in rules]
    known = {(row["rule_id"], row["key"]) for row in await connection.fetch(SQL["decided"], ids, keys)}
    count = 0
    departments = {row["id"]: row["department"] for row in staff}
    writes = set(await dialogs_of(connection, [(one.contact, one.phone) for one in told]))
    minding = await _heads(connection, told)
    for place, one in enumerate(told):
        if all((rule.id, one.key) in known for rule in rules):
            continue
        people = people_of(one, staff, named, minding[_place_of(one)], has_dialog=place in writes)
        decision = decide(rules, one, people)
        took = [rule.id for rule in rules if any(looked.rule == rule.id and looked.took for looked in decision.trace)]
        if not took:
            continue
        new = {row["rule_id"] for row in await connection.fetch(SQL["decide_once"], took, one.key, now)}
        fields = dict(one.fields) | {"department": departments.get(one.responsible)}
        drafts = [draft for draft in decision.drafts if draft.rule.id in new]
        await _write(connection, one, fields, decision, drafts)
        count += len(drafts)
    return count


def happening(kind: Kind, key: str, row: asyncpg.Record) -> Happening:
    """A row of facts.sql."""
    given: dict[str, Any] = {name: row[name] for name in (*_SAME, *_NUMBERS)}
    departments = frozenset(row["departments"] or ())
    return Happening(kind=kind, key=key, departments=departments, fields=row["fields"], **given)


def _of_lead(kind: Kind, row: asyncpg.Record, now: datetime) -> Happening:
    # Opened and late it is once; the rest may be said of it again, of another edition.
    once = kind in {Kind.LEAD_OPENED, Kind.LEAD_LATE}
    key = f"lead:{row['subject']}:{kind.value.partition('.')[2]}" + ("" if once else f":{row['version']}")
    return msgspec.structs.replace(happening(kind, key, row), at=now)


async def dialogs_of(connection: Connection, clients: Sequence[tuple[UUID | None, str]]) -> dict[int, str]:
    """In which dialogue of Chat2Desk each of these contacts and numbers writes, by its place; not all do."""
    columns = [contact for contact, _ in clients], [phone for _, phone in clients]
    return {row["place"]: row["client"] for row in await connection.fetch(SQL["dialogs"], *columns)}


async def _heads(connection: Connection, told: Sequence[Happening]) -> Mapping[_Place, AbstractSet[UUID]]:
    """Who heads what each belongs to: asked once of each departments and line."""
    places = list(dict.fromkeys(_place_of(one) for one in told))
    found: dict[_Place, set[UUID]] = {place: set() for place in places}
    pairs = [[sorted(map(str, departments)), line and str(line)] for departments, line in places]
    for row in await connection.fetch(FACTS["heads"], pairs):
        found[places[row["place"] - 1]].add(row["person_id"])
    return found


def _place_of(told: Happening) -> _Place:
    return told.departments, told.line


def people_of(
    told: Happening,
    staff: Sequence[asyncpg.Record],
    named: Mapping[UUID, Recipient],
    minding: AbstractSet[UUID],
    *,
    has_dialog: bool = False,
) -> People:
    """Everybody a rule may mean by it; `minding` head what it belongs to."""
    heads = [named[row["id"]] for row in staff if row["id"] in minding]
    directors = [named[row["id"]] for row in staff if row["role"] == Role.ADMINISTRATOR]
    client = None
    if told.contact is not None or told.phone or told.email:
        name = str(told.fields.get("client") or "")
        client = Recipient(_client_key(told), name, email=told.email, phone=told.phone, has_dialog=has_dialog)
    # What is said of one's own work is for nobody who stands in for him.
    own = named.get(told.responsible) if told.responsible is not None and told.kind in INSIDE else None
    responsible = own or _responsible(told.responsible, staff, named)
    return People(responsible, heads, directors, client, named)


def _client_key(told: Happening) -> str:
    key = f"client:{told.contact or told.phone or told.email.lower()}"
    return key if len(key) <= _LONGEST_KEY else f"client:{sha256(key.encode()).hexdigest()}"


def _responsible(
    person: UUID | None, staff: Sequence[asyncpg.Record], named: Mapping[UUID, Recipient]
) -> Recipient | None:
    """Him, or who stands in while he is away; nobody where that one is away too, or is nobody."""
    rows = {row["id"]: row for row in staff}
    row = rows.get(person) if person is not None else None
    if row is not None and row["away"]:
        deputy = rows.get(row["deputy"])
        row = None if deputy is None or deputy["away"] else deputy
    return None if row is None else named[row["id"]]


def _named(staff: Sequence[asyncpg.Record]) -> dict[UUID, Recipient]:
    return {
        row["id"]: Recipient(
            f"person:{row['id']}",
            row["name"],
            person=row["id"],
            email=row["email"],
            phone=row["mobile"],
            has_chat=row["has_chat"],
        )
        for row in staff
    }


def _room(identifier: UUID, name: str) -> Recipient:
    return Recipient(f"room:{identifier}", name, room=identifier)


async def _write(
    connection: Connection, told: Happening, fields: dict[str, Any], decision: Decision, drafts: Sequence[Draft]
) -> None:
    trace = [{"name": looked.name, "took": looked.took, "why": looked.why} for looked in decision.trace]
    for draft in drafts:
        who, rule = draft.recipient, draft.rule
        address = who.email if draft.channel in {Channel.EMAIL, Channel.WEBHOOK} else ""
        plan = {"digest": rule.digest.value, "at_minute": rule.at_minute, "working": rule.working}
        await connection.execute(
            SQL["add_message"],
            *(
                uuid7(told.at.timestamp()),
                rule.id,
                rule.name,
                told.kind.value,
                told.key,
                told.subject,
                draft.step,
                trace,
            ),
            *(who.key, who.name, who.person, told.contact, told.phone, who.room, draft.client, draft.channel.value),
            *(address, rule.template, fields, plan, rule.every_days, told.at, draft.not_before),
        )
