"""The Card: all an agent is told of who calls, put together from one read of our mirror. No I/O here.

Where several contacts share the number it is a choice and never a guess: `contact` stays empty until somebody says who
it is. What they have in common (a company, a class) is told before that.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from trunkline.calls.money import MONEY_RULES
from trunkline.card import parts
from trunkline.card.blocks import NEEDS, Block, blocks_of
from trunkline.directory.values import ContactClass
from trunkline.people.roles import Right


class Who(StrEnum):
    """What is known of the other side before anybody is looked up."""

    NUMBER = "number"
    HIDDEN = "hidden"
    """He hides the number, or the PBX did not say it."""
    COLLEAGUE = "colleague"
    """The call is internal."""


class Found(msgspec.Struct, frozen=True):
    """The answer of the one read (queries.sql, `card`)."""

    number: str
    call: parts.CallFacts | None = None
    line: parts.LineFacts | None = None
    contacts: tuple[parts.ContactBrief, ...] | None = None
    contact_id: UUID | None = None
    picked_by: str | None = None
    company: parts.CompanyBrief | None = None
    gone: tuple[str, ...] | None = None
    colleagues: tuple[parts.PersonBrief, ...] | None = None
    passed: tuple[parts.Passed, ...] | None = None
    came: parts.Came | None = None
    wanted: parts.Wanted | None = None
    in_it: bool = False
    routed: parts.Routed | None = None
    calls: tuple[parts.PastCall, ...] | None = None
    leads: tuple[parts.Lead, ...] | None = None
    deals: tuple[parts.Deal, ...] | None = None
    tasks: tuple[parts.Task, ...] | None = None
    orders: tuple[parts.Order, ...] | None = None
    invoices: tuple[parts.Invoice, ...] | None = None
    debts: parts.Debts | None = None
    paid: parts.Paid | None = None
    spam: parts.SpamFacts | None = None
    notes: tuple[parts.Note, ...] | None = None
    hints: tuple[parts.Hint, ...] | None = None
    fields: dict[str, tuple[str, ...]] | None = None


class Place(msgspec.Struct, frozen=True):
    """Where the number comes from, in the reader's words, and the time there now.

    `local_time` is None where the place has several time zones, or none that is known.
    """

    region: str = ""
    zone: str = ""
    local_time: datetime | None = None


class Card(msgspec.Struct, frozen=True):
    """What is shown; parts that no block of the class names are empty."""

    who: Who
    number: str
    place: Place
    klass: ContactClass = msgspec.field(name="class")
    blocks: tuple[Block, ...]
    call: parts.CallFacts | None
    line: parts.LineFacts | None
    contact: parts.ContactBrief | None
    choices: tuple[parts.ContactBrief, ...]
    """Everybody who shares the number, where they are several; also once one was chosen."""
    picked_by: str
    company: parts.CompanyBrief | None
    responsible: parts.PersonBrief | None
    deputy: parts.PersonBrief | None
    gone: tuple[str, ...]
    """Contacts of this number that were deleted after the call began."""
    colleagues: tuple[parts.PersonBrief, ...]
    passed: tuple[parts.Passed, ...]
    """Who passed the call on or moved it, and with which words; the newest first."""
    came: parts.Came | None
    wanted: parts.Wanted | None
    in_it: bool
    """Whether the reader himself is in the call at this moment."""
    debt: parts.Debts | None
    """The flag: only where something is overdue."""
    hints: tuple[str, ...]
    routed: parts.Routed | None
    calls: tuple[parts.PastCall, ...]
    leads: tuple[parts.Lead, ...]
    deals: tuple[parts.Deal, ...]
    tasks: tuple[parts.Task, ...]
    orders: tuple[parts.Order, ...]
    invoices: tuple[parts.Invoice, ...]
    receivables: parts.Debts | None
    value: parts.Paid | None
    spam: parts.SpamFacts | None
    notes: tuple[parts.Note, ...]


_ORDER: Final = ("topic", "line", "class")
"""The narrower hint stands first."""


def compose(found: Found, region: str, zones: Sequence[ZoneInfo], now: datetime, rights: frozenset[Right]) -> Card:
    """The card as whoever holds `rights` sees it; `region` and `zones` are of the number."""
    klass, money = _class(found), Right.MONEY_READ in rights
    found = _permitted(found, rights)
    contacts, contact = found.contacts or (), _contact(found)
    blocks = _blocks(klass, found, rights)
    responsible, deputy = _looked_after(contact, contacts)
    return Card(
        who=_who(found),
        number=found.number,
        place=_place(region, zones, now),
        klass=_class(found),
        blocks=blocks,
        call=found.call,
        line=found.line,
        contact=contact,
        choices=contacts if len(contacts) > 1 else (),
        picked_by=(found.picked_by or "") if len(contacts) > 1 and contact else "",
        company=found.company,
        responsible=responsible,
        deputy=deputy,
        gone=found.gone or (),
        colleagues=found.colleagues or (),
        passed=found.passed or (),
        came=found.came,
        wanted=found.wanted,
        in_it=found.in_it,
        debt=_debt(found, contact) if money else None,
        spam=found.spam if Block.SPAM in blocks or _suspect(found.spam) else None,
        **_of_blocks(found, klass, blocks, money=money),
    )


def _of_blocks(found: Found, klass: ContactClass, blocks: Sequence[Block], *, money: bool) -> dict[str, Any]:
    """The parts that only their block shows."""
    told = {
        Block.HINTS: ("hints", _hints(found, klass)),
        Block.ROUTE: ("routed", _routed(found.routed, money=money)),
        Block.CALLS: ("calls", found.calls or ()),
        Block.LEADS: ("leads", found.leads or ()),
        Block.DEALS: ("deals", found.deals or ()),
        Block.TASKS: ("tasks", found.tasks or ()),
        Block.ORDERS: ("orders", found.orders or ()),
        Block.INVOICES: ("invoices", found.invoices or ()),
        Block.RECEIVABLES: ("receivables", found.debts),
        Block.VALUE: ("value", found.paid),
        Block.NOTES: ("notes", found.notes or ()),
    }
    empty = {name: () if isinstance(part, tuple) else None for name, part in told.values()}
    return empty | dict(part for block, part in told.items() if block in blocks)


def _permitted(found: Found, rights: frozenset[Right]) -> Found:
    """Without who the other side is, for who may not read contacts; neither the PBX's name nor a note tells it then."""
    if Right.CONTACTS_READ in rights:
        return found
    call = found.call and msgspec.structs.replace(found.call, caller_name="")
    wanted = found.wanted and msgspec.structs.replace(found.wanted, note="")
    nobody = dict.fromkeys(("contacts", "contact_id", "picked_by", "company", "gone"))
    return msgspec.structs.replace(found, call=call, wanted=wanted, **nobody)


def _who(found: Found) -> Who:
    if found.call is not None and found.call.direction == "internal":
        return Who.COLLEAGUE
    return Who.NUMBER if found.number else Who.HIDDEN


def _blocks(klass: ContactClass, found: Found, rights: frozenset[Right]) -> tuple[Block, ...]:
    """Those of his class, which counts also where the reader is not told it."""
    shown = blocks_of(klass, found.fields or {})
    return tuple(block for block in shown if block not in NEEDS or NEEDS[block] in rights)


def _contact(found: Found) -> parts.ContactBrief | None:
    """Who it is, where that is known."""
    return next((one for one in found.contacts or () if one.id == found.contact_id), None)


def _class(found: Found) -> ContactClass:
    """Of the contact; else what all who share the number are."""
    if _who(found) is Who.COLLEAGUE:
        return ContactClass.STAFF
    if (contact := _contact(found)) is not None:
        return contact.klass
    classes = {one.klass for one in found.contacts or ()}
    return classes.pop() if len(classes) == 1 else ContactClass.UNKNOWN


def _looked_after(
    contact: parts.ContactBrief | None, contacts: Sequence[parts.ContactBrief]
) -> tuple[parts.PersonBrief | None, parts.PersonBrief | None]:
    """Responsible and deputy: of the contact, else those that all who share the number have."""
    if contact is not None:
        return contact.responsible, contact.deputy
    pairs = {(one.responsible, one.deputy) for one in contacts}
    return pairs.pop() if len(pairs) == 1 else (None, None)


def _debt(found: Found, contact: parts.ContactBrief | None) -> parts.Debts | None:
    """What the company and he owe overdue; days are known where the debts themselves are."""
    told = contact.overdue if contact is not None else found.company.overdue if found.company is not None else None
    listed = found.debts or parts.Debts(Decimal(0), Decimal(0))
    overdue = max(told or Decimal(0), listed.overdue)
    if overdue <= 0:
        return None
    return parts.Debts(max(listed.amount, overdue), overdue, listed.overdue_days)


def _hints(found: Found, klass: ContactClass) -> tuple[str, ...]:
    fitting = [one for one in found.hints or () if one.kind != "class" or one.key == klass]
    return tuple(one.text for one in sorted(fitting, key=lambda one: _ORDER.index(one.kind)))


def _routed(routed: parts.Routed | None, *, money: bool) -> parts.Routed | None:
    """The decision with the one row of its trace that decided; a rule that tells sums is not named to everybody."""
    if routed is None:
        return None
    hidden = not money and routed.rule in MONEY_RULES
    decided = () if hidden else tuple(row for row in routed.trace if row.matched and row.rule == routed.rule)[-1:]
    return msgspec.structs.replace(routed, rule="" if hidden else routed.rule, trace=decided)


def _suspect(spam: parts.SpamFacts | None) -> bool:
    return spam is not None and bool(spam.personal or spam.votes)


def _place(region: str, zones: Sequence[ZoneInfo], now: datetime) -> Place:
    if len(zones) != 1:
        return Place(region)
    return Place(region, zones[0].key, now.astimezone(zones[0]))
