"""What keeps a CRM from being read into the mirror, and the remedy, in plain words."""

from crm_sync.connector import Connector
from crm_sync.mirror import Mirror
from crm_sync.mirrors import SQL
from crm_sync.port import Finding
from trunkline.db.types import Pool
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

NAMES = {
    "companies": mark("companies"),
    "contacts": mark("contacts"),
    "leads": mark("leads"),
    "deals": mark("deals"),
}


async def mirror_findings(pool: Pool, known: Connector) -> list[Finding]:
    """As the last reading of each entity left it; nothing of a CRM that is not read."""
    if not known.active or not await pool.fetchval(SQL["fills"], known.id):
        return []
    found = [Mirror(**dict(row)) for row in await pool.fetch(SQL["mirrors"], known.id)]
    bad = [_troubled(one) for one in found if one.trouble or one.doubt]
    if bad:
        return bad
    if not found or any(one.swept_at is None for one in found):
        return [Finding(_("its contacts, companies, leads and deals are being read"))]
    return [Finding(_("its contacts, companies, leads and deals are here"))]


def _troubled(one: Mirror) -> Finding:
    name = _(NAMES[one.entity])
    if one.trouble:
        text = _("%(entity)s are not read: %(why)s") % {"entity": name, "why": one.trouble}
        return Finding(text, _("mend that in the portal; it is tried again by itself, within a quarter of an hour"))
    text = _("%(entity)s: nothing is taken out, %(why)s") % {"entity": name, "why": one.doubt}
    remedy = _("let an administrator connect it anew; where they were deleted, switch reading off and on on its page")
    return Finding(text, remedy)
