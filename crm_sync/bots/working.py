"""Buttons below a work: its foreman says how it stands. In the caller's transaction.

No CRM of ours takes the status of a delivery yet: it goes out as the webhook `order.status`.
"""

from datetime import datetime
from uuid import UUID

from crm_sync.bots.buttons import Action
from crm_sync.bots.posts import SQL
from crm_sync.bots.store import Bot
from crm_sync.bots.work_text import NEXT, STATUSES
from trunkline.db.types import Connection
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.identity import Identity
from trunkline.web.i18n import gettext as _
from trunkline.webhooks.store import Announcement, announce


async def change_work(
    connection: Connection, bot: Bot, identity: Identity, work: UUID, action: Action, name: str, now: datetime
) -> str | None:
    """What is said of it; None where it is not his. `name` is the press's: a repeat of it tells nobody anything."""
    held = await connection.fetchrow(SQL["hold_work"], work)
    if held is None or held["responsible_id"] != identity.person:
        return None
    was, status = held["status"], action.value
    if was == status:
        return _("It stands so already.")
    if action not in NEXT[was]:
        return _("That cannot be any more: it is %(status)s.") % {"status": _(STATUSES[was])}
    await connection.execute(SQL["set_work"], work, status)
    actor = Actor(identity.person, identity.name, f"bot {bot.username}")
    await record(connection, actor, Deed("work.status", "work", str(work), {"status": was}, {"status": status}), now)
    row = await connection.fetchrow(SQL["work"], work)
    assert row is not None
    order = {"source": row["order_source"], "external_id": row["order_external_id"], "number": row["order_number"]}
    told = {
        "work": {"source": row["source"], "external_id": row["external_id"], "kind": row["kind"]},
        "order": order if row["order_id"] else None,
        "status": status,
        "was": was,
        "by": identity.name,
    }
    subject = f"order:{row['order_id'] or work}"
    await announce(connection, [Announcement("order.status", subject, f"order.status:{work}:{name}", now, told)])
    return _("Noted: %(status)s.") % {"status": _(STATUSES[status])}
