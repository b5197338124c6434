"""What people do to a lead: take it, pass it on, plan the next call, change and close it. Each is in the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.leads.reading import Asker, LeadRow, find_lead
from trunkline.leads.touching import SQL, hold_leads
from trunkline.messages.happening import Kind
from trunkline.messages.store import happened_to_leads
from trunkline.notices import store as notices
from trunkline.notices.notice import LEADS, Notice, NoticeKind
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.people.identity import Identity, Reach
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _

LONGEST_NOTE: Final = 500
LONGEST_TITLE: Final = 200
LONGEST_STAGE: Final = 60
FURTHEST: Final = timedelta(days=2 * 366)
_EVERYTHING: Final = Reach(UUID(int=0), None, None)


class Reason(StrEnum):
    """Why a lead is closed."""

    WON = "won"
    """It became a deal."""
    TALKED = "talked"
    NOT_NEEDED = "not_needed"
    WRONG_NUMBER = "wrong_number"
    SPAM = "spam"
    OTHER = "other"


class PassLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom."""

    person: UUID


class CloseLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; `other` needs a note."""

    reason: Reason
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)] = ""


class ChangeLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays; `next_call_at` null: no call is planned."""

    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)] | msgspec.UnsetType = msgspec.UNSET
    stage: Annotated[str, msgspec.Meta(max_length=LONGEST_STAGE)] | msgspec.UnsetType = msgspec.UNSET
    next_call_at: datetime | msgspec.UnsetType | None = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does it, and when."""

    identity: Identity
    actor: Actor
    now: datetime

    @property
    def asker(self) -> Asker:
        return Asker.of(self.identity, self.now)

    @property
    def doer(self) -> Asker:
        """He reads what he has just done, though it took the lead out of his reach."""
        return Asker(_EVERYTHING, self.asker.named, self.now)


async def take(connection: Connection, hand: Hand, lead: UUID) -> LeadRow:
    """Make it one's own. An untaken one stays with its client's manager, if he has one; a taken one is taken over."""
    seen = await _held(connection, hand, lead)
    me = hand.identity.person
    if seen.taken_at is not None:
        _refuse_others(seen, hand.identity)
        if seen.responsible_id == me:
            return seen
    await connection.execute(SQL["take"], lead, me, seen.taken_at is not None, hand.now)
    await notices.done(connection, LEADS, lead, hand.now)
    return await _told(connection, hand, seen, "lead.taken")


async def pass_on(connection: Connection, hand: Hand, lead: UUID, body: PassLead) -> tuple[LeadRow, list[Notice]]:
    """Give it to a colleague, who is told; spread the notices after the commit. Raises InvalidInput."""
    seen = await _held(connection, hand, lead)
    _refuse_others(seen, hand.identity)
    if body.person not in {row["id"] for row in await connection.fetch(SQL["colleagues"])}:
        raise InvalidInput(Mistake("person", _("must be somebody who works here and may sign in")))
    if seen.responsible_id == body.person and seen.taken_at is not None:
        return seen, []
    await connection.execute(SQL["pass_on"], lead, body.person, hand.now)
    became = await _told(connection, hand, seen, "lead.passed", reach_lost=True)
    await happened_to_leads(connection, Kind.LEAD_GIVEN, [lead], hand.now)
    facts = {"by": hand.identity.name, "lead": named(seen)}
    to = {body.person} - {hand.identity.person}
    await notices.done(connection, LEADS, lead, hand.now)
    told = await notices.tell(connection, to, NoticeKind.LEAD_PASSED, lead, facts, hand.now)
    return became, told


async def change(connection: Connection, hand: Hand, lead: UUID, body: ChangeLead) -> LeadRow:
    """Another title, stage or time of the next call. Raises InvalidInput."""
    seen = await _held(connection, hand, lead)
    _refuse_others(seen, hand.identity)
    wanted = _checked(body, seen, hand.now)
    if wanted == (seen.title, seen.stage, seen.next_call_at):
        return seen
    if await connection.fetchval(SQL["change"], lead, *wanted, hand.now):
        await notices.done(connection, (NoticeKind.LEAD_UNCALLED,), lead, hand.now)
    if wanted[1] != seen.stage:
        await happened_to_leads(connection, Kind.LEAD_CHANGED, [lead], hand.now)
    return await _told(connection, hand, seen, "lead.changed")


async def close(connection: Connection, hand: Hand, lead: UUID, body: CloseLead) -> LeadRow:
    """Nothing more is to be done. Raises InvalidInput."""
    became = await close_unsaid(connection, hand, lead, body)
    await happened_to_leads(connection, Kind.LEAD_CLOSED, [lead], hand.now)
    return became


async def close_unsaid(connection: Connection, hand: Hand, lead: UUID, body: CloseLead) -> LeadRow:
    """The same, where the wish itself goes on: no rule of messages is told. Raises InvalidInput."""
    note = " ".join(body.note.split())
    if body.reason is Reason.OTHER and not note:
        raise InvalidInput(Mistake("note", _("say why, in a few words")))
    seen = await _held(connection, hand, lead)
    _refuse_others(seen, hand.identity)
    await connection.execute(SQL["close"], lead, hand.identity.person, hand.now, body.reason.value, note)
    await notices.done(connection, LEADS, lead, hand.now)
    return await _told(connection, hand, seen, "lead.closed")


def named(lead: LeadRow) -> str:
    """A lead in a sentence: who wants it, else about what it is."""
    return lead.contact or lead.company or lead.title or lead.direction or lead.phone or lead.email


async def _held(connection: Connection, hand: Hand, lead: UUID) -> LeadRow:
    """The lead, held until the transaction is over; raises NotFound, and InvalidInput where it is closed."""
    seen = await find_lead(connection, hand.asker, lead)
    await hold_leads(connection, [lead])
    seen = await find_lead(connection, hand.asker, lead)
    if seen.closed_at is not None:
        raise InvalidInput(Mistake("id", _("this lead is closed already")))
    return seen


def may_act(lead: LeadRow, identity: Identity) -> bool:
    """Whether it is nobody's or his own; a supervisor acts on what is a colleague's."""
    whose = {lead.responsible_id, lead.taken_by_id} - {None}
    return not whose or identity.person in whose or identity.holds(Right.PRESENCE_OTHERS)


def _refuse_others(seen: LeadRow, identity: Identity) -> None:
    if not may_act(seen, identity):
        raise Forbidden(_("%(name)s has this lead.") % {"name": seen.responsible or seen.taken_by})


def _checked(body: ChangeLead, seen: LeadRow, now: datetime) -> tuple[str, str, datetime | None]:
    """Title, stage and time of the next call as they are to be."""
    title = seen.title if body.title is msgspec.UNSET else " ".join(body.title.split())
    stage = seen.stage if body.stage is msgspec.UNSET else " ".join(body.stage.split())
    next_call_at = seen.next_call_at if body.next_call_at is msgspec.UNSET else body.next_call_at
    mistakes = []
    if not stage or "\0" in stage:
        mistakes.append(Mistake("stage", _("must not be empty")))
    if next_call_at is not None and next_call_at != seen.next_call_at:
        if next_call_at.tzinfo is None:
            mistakes.append(Mistake("next_call_at", _("must name its zone, e.g. 2026-12-31T15:30:00+03:00")))
        elif not now < next_call_at < now + FURTHEST:
            mistakes.append(Mistake("next_call_at", _("must be in the future, within two years")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return title, stage, next_call_at


async def _told(connection: Connection, hand: Hand, was: LeadRow, action: str, *, reach_lost: bool = False) -> LeadRow:
    """The lead as it is now; what changed goes to the audit log. Who gave it away may see it no more."""
    became = await find_lead(connection, hand.doer if reach_lost else hand.asker, was.id)
    before, after = difference(_facts(was), _facts(became))
    await record(connection, hand.actor, Deed(action, "lead", str(was.id), before, after), hand.now)
    return became


def _facts(lead: LeadRow) -> Mapping[str, Any]:
    """What the audit log keeps: a note is told by its length."""
    told = ("title", "stage", "next_call_at", "taken_by", "responsible", "closed_at", "close_reason")
    return {name: _spelled(getattr(lead, name)) for name in told} | {"note_characters": len(lead.close_note)}


def _spelled(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
