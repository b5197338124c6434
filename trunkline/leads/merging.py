"""Leads that may be one person's: proposed with reasons, and merged or kept apart by people alone.

A telephone by itself is no reason. The older of two stays: touches, deals and numbers of the other go there, and what
comes later of any of its numbers goes on with it.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.leads.hand import CloseLead, Hand, Reason, close_unsaid, may_act
from trunkline.leads.reading import Asker, LeadRow, find_lead, find_leads, reach_of
from trunkline.leads.tag_rules import SQL as TAGS
from trunkline.leads.touching import hold_leads
from trunkline.people.audit import Deed, record
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

SQL: Final = load_queries("trunkline.leads", "merging.sql")
MOST: Final = 30
_MOVES: Final = (
    *("note_merged", "move_numbers", "take_over", "move_touches", "move_deals", "move_letters", "move_chats"),
    "move_forms",
)
REASONS: Final[Mapping[str, str]] = {
    "email": mark("one e-mail address"),
    "contact": mark("one contact"),
}
"""Why two leads may be one person's."""


class Proposal(msgspec.Struct, frozen=True):
    """Two open leads of one direction, the older first, and why they may be one person's."""

    one: LeadRow
    other: LeadRow
    reasons: tuple[str, ...]


async def proposals(connection: Connection, asker: Asker) -> Sequence[Proposal]:
    """Those within the asker's reach, the newest first; without such as left it since they were looked for."""
    rows = await connection.fetch(SQL["proposals"], *reach_of(asker), MOST)
    leads = await find_leads(connection, asker, [row[name] for row in rows for name in ("one", "other")])
    found = []
    for row in rows:
        if row["one"] in leads and row["other"] in leads:
            one, other = sorted((leads[row["one"]], leads[row["other"]]), key=lambda lead: (lead.opened_at, lead.id))
            found.append(Proposal(one, other, tuple(row["reasons"])))
    return found


async def merge(connection: Connection, hand: Hand, one: UUID, other: UUID) -> LeadRow:
    """The younger becomes part of the older, and is closed. Raises NotFound, Forbidden, InvalidInput."""
    stays, goes = await _held(connection, hand, one, other)
    await _decide(connection, hand, one, other, merged=True)
    note = _("Merged with another lead of the same client")
    await close_unsaid(connection, hand, goes.id, CloseLead(Reason.OTHER, note))
    for name in _MOVES:
        await connection.execute(SQL[name], stays.id, goes.id)
    await connection.execute(TAGS["note_tags"], stays.id)
    deed = Deed("lead.merged", "lead", str(stays.id), None, {"with": str(goes.id)})
    await record(connection, hand.actor, deed, hand.now)
    return await find_lead(connection, hand.doer, stays.id)


async def keep_apart(connection: Connection, hand: Hand, one: UUID, other: UUID) -> None:
    """They are two wishes, and are not proposed again. Raises NotFound, Forbidden, InvalidInput; in a transaction."""
    stays, goes = await _held(connection, hand, one, other)
    await _decide(connection, hand, one, other, merged=False)
    deed = Deed("lead.kept_apart", "lead", str(stays.id), None, {"from": str(goes.id)})
    await record(connection, hand.actor, deed, hand.now)


async def _decide(connection: Connection, hand: Hand, one: UUID, other: UUID, *, merged: bool) -> None:
    first, second = sorted((one, other))
    await connection.execute(SQL["decide"], first, second, merged, hand.identity.person, hand.now)


async def _held(connection: Connection, hand: Hand, one: UUID, other: UUID) -> tuple[LeadRow, LeadRow]:
    """Both, the older first, held until the transaction is over; both open, of one direction, and his to act on."""
    if one == other:
        raise InvalidInput(Mistake("other", _("these are one lead")))
    seen = [await find_lead(connection, hand.asker, lead) for lead in (one, other)]
    await hold_leads(connection, [one, other])
    seen = [await find_lead(connection, hand.asker, lead) for lead in (one, other)]
    seen.sort(key=lambda lead: (lead.opened_at, lead.id))
    if any(lead.closed_at is not None for lead in seen) or seen[0].direction != seen[1].direction:
        raise InvalidInput(Mistake("other", _("both must be open and of one brand")))
    if not all(may_act(lead, hand.identity) for lead in seen):
        raise Forbidden(_("A colleague has one of these leads."))
    return seen[0], seen[1]
