"""The button below a lead: who presses it first has the lead. In the caller's transaction, with the rights of now."""

from datetime import datetime
from uuid import UUID

from crm_sync.bots.buttons import NEEDS, Action
from crm_sync.bots.store import Bot
from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.leads.hand import Hand, take
from trunkline.leads.reading import LeadRow, find_lead
from trunkline.leads.touching import hold_leads
from trunkline.people.audit import Actor
from trunkline.people.identity import Identity
from trunkline.web.i18n import gettext as _


async def take_lead(connection: Connection, bot: Bot, identity: Identity, lead: UUID, now: datetime) -> str | None:
    """What is said of it; None where he may not. Nobody takes over here what a colleague has, whatever his role."""
    if not identity.holds(NEEDS[Action.TAKE]):
        return None
    hand = Hand(identity, Actor(identity.person, identity.name, f"bot {bot.username}"), now)
    try:
        await hold_leads(connection, [lead])
        seen = await find_lead(connection, hand.asker, lead)
        if (said := _too_late(seen, identity)) is not None:
            return said
        await take(connection, hand, lead)
    except NotFound:
        return None
    except Forbidden as error:
        return str(error)
    except InvalidInput as error:
        return "\n".join(mistake.message for mistake in error.mistakes)
    return _("It is yours.")


def _too_late(seen: LeadRow, identity: Identity) -> str | None:
    if seen.closed_at is not None:
        return _("The lead is closed")
    if seen.taken_at is None:
        return None
    if identity.person in (seen.taken_by_id, seen.responsible_id):
        return _("It is yours.")
    return _("Taken by %(name)s") % {"name": seen.taken_by or seen.responsible or "—"}
