"""Which deal and lead an order of 1C belongs to, by what it names and by the number of who ordered. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from crm_sync.onec.contract import Row
from trunkline.web.i18n import gettext as _

SALE: Final = "sale:"
"""How the ids of deals begin that a fast sale became."""


class Found(msgspec.Struct, frozen=True):
    """What may be meant: `joined` is the deal the order has here, `is_own` whether a sale became that.

    Of several of a number there are the first two.
    """

    id: str
    joined: UUID | None
    is_own: bool
    deal: UUID | None
    lead: UUID | None
    of_lead: Sequence[UUID]
    contacts: Sequence[UUID]
    deals: Sequence[UUID]
    leads: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Joint:
    """`own`: the sale becomes a deal of its own, of `lead`; `words` are what 1C is told of it."""

    deal: UUID | None = None
    lead: UUID | None = None
    contact: UUID | None = None
    own: bool = False
    words: str = ""


def joint_of(row: Row, found: Found) -> Joint:
    """What is named counts before what a number tells; of several nothing is chosen, and nothing is guessed."""
    contact = found.contacts[0] if len(found.contacts) == 1 else None
    wrong = _unknown(row, found)
    if found.deal is not None:
        return Joint(found.deal, contact=contact, words=wrong)
    if not row.sale:
        deal = found.of_lead[0] if len(found.of_lead) == 1 else None
        return Joint(deal, contact=contact, words=wrong)
    if found.joined is not None:  # as it was decided when the sale came
        return Joint(found.joined, found.lead, contact, own=found.is_own, words=wrong)
    if found.lead is not None:
        if len(found.of_lead) == 1:
            return Joint(found.of_lead[0], contact=contact, words=wrong or _("belongs to the open deal of the lead"))
        return Joint(None, found.lead, contact, own=True, words=wrong or _("became a deal of the lead"))
    return _by_number(found, contact, wrong)


def _by_number(found: Found, contact: UUID | None, wrong: str) -> Joint:
    if len(found.deals) == 1:
        return Joint(found.deals[0], contact=contact, words=wrong or _("belongs to the open deal of the number"))
    if found.deals:
        several = _("several open deals have this number: it belongs to none of them; name one in «deal»")
        return Joint(contact=contact, own=True, words=wrong or several)
    if len(found.leads) == 1:
        return Joint(
            None, found.leads[0], contact, own=True, words=wrong or _("became a deal of the lead of the number")
        )
    if found.leads:
        several = _("several open leads have this number: it belongs to none of them; name one in «lead»")
        return Joint(contact=contact, own=True, words=wrong or several)
    return Joint(contact=contact, own=True, words=wrong or _("became a deal"))


def _unknown(row: Row, found: Found) -> str:
    if row.values["deal"] and found.deal is None:
        return _("no deal %(name)s is known here") % {"name": row.values["deal"]}
    if row.values["lead"] and found.lead is None:
        return _("no lead %(name)s is known here") % {"name": row.values["lead"]}
    return ""
