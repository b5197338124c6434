"""The blocks a card is made of, and which a class of contact shows where nobody has set it. No I/O here."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from trunkline.directory.values import ContactClass
from trunkline.people.roles import Right


class Block(StrEnum):
    """One block; who calls, and his debt, stand above them always."""

    HINTS = "hints"
    ROUTE = "route"
    CALLS = "calls"
    LEADS = "leads"
    DEALS = "deals"
    TASKS = "tasks"
    ORDERS = "orders"
    RECEIVABLES = "receivables"
    INVOICES = "invoices"
    VALUE = "value"
    NOTES = "notes"
    SPAM = "spam"


MONEY: Final = frozenset((Block.ORDERS, Block.RECEIVABLES, Block.INVOICES, Block.VALUE))
"""Shown to those who may see money only."""

NEEDS: Final[Mapping[Block, Right]] = MappingProxyType(
    {
        **dict.fromkeys(MONEY, Right.MONEY_READ),
        Block.ROUTE: Right.CALLS_READ,
        Block.CALLS: Right.CALLS_READ,
        Block.LEADS: Right.LEADS_READ,
        Block.DEALS: Right.LEADS_READ,
        Block.TASKS: Right.LEADS_READ,
        Block.NOTES: Right.CONTACTS_READ,
        Block.SPAM: Right.SPAM_READ,
    }
)
"""The right of the page on which the same is read; hints are written for whoever sees a card."""

_BUYER: Final = (
    Block.HINTS,
    Block.ROUTE,
    Block.RECEIVABLES,
    Block.CALLS,
    Block.ORDERS,
    Block.DEALS,
    Block.TASKS,
    Block.NOTES,
    Block.LEADS,
    Block.INVOICES,
    Block.VALUE,
)
_SELLER: Final = (
    Block.HINTS,
    Block.ROUTE,
    Block.CALLS,
    Block.TASKS,
    Block.NOTES,
    Block.INVOICES,
    Block.RECEIVABLES,
)

DEFAULTS: Final[Mapping[ContactClass, tuple[Block, ...]]] = MappingProxyType(
    {
        ContactClass.UNKNOWN: (Block.HINTS, Block.ROUTE, Block.SPAM, Block.CALLS, Block.LEADS, Block.NOTES),
        ContactClass.CLIENT: _BUYER,
        ContactClass.SUPPLIER: _SELLER,
        ContactClass.CONTRACTOR: _SELLER,
        ContactClass.PARTNER: _BUYER,
        ContactClass.STAFF: (Block.HINTS, Block.ROUTE, Block.CALLS, Block.NOTES),
    }
)


def blocks_of(klass: ContactClass, fields: Mapping[str, Iterable[str]]) -> tuple[Block, ...]:
    """What a card of this class shows, in its order; a name this version does not know is passed over."""
    if klass not in fields:
        return DEFAULTS[klass]
    known = set(Block)
    return tuple(Block(name) for name in fields[klass] if name in known)
