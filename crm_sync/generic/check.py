"""What keeps a home-made CRM from being told of calls, and the remedy: `trunkline crm check NAME`."""

from crm_sync.checking import refusal, set_up, waiting
from crm_sync.connector import Connector
from crm_sync.generic.receiver import Receivers, Refused
from crm_sync.generic.store import SQL, mapping_of
from crm_sync.generic.words import NAMES
from crm_sync.port import Finding
from trunkline.errors import InvalidInput
from trunkline.web.i18n import gettext as _


async def check(receivers: Receivers, known: Connector) -> list[Finding]:
    """Look at everything that can be looked at from here; the receiver gets a test message."""
    findings = [*set_up(known), await _mapping(receivers, known)]
    if known.is_connected:
        try:
            await receivers.ping(known, await receivers.secret(known.id))
            findings.append(Finding(_("%(host)s takes a signed test message") % {"host": known.host}))
        except Refused as refused:
            findings.append(refusal("POST", refused.failed.fault))
    findings += await _pulls(receivers, known)
    return findings + await waiting(receivers.reach.pool, known)


async def _mapping(receivers: Receivers, known: Connector) -> Finding:
    async with receivers.reach.pool.acquire() as connection:
        try:
            shape = await mapping_of(connection, known.id)
        except InvalidInput as error:
            first = error.mistakes[0]
            text = _("the mapping cannot be read: %(line)s, %(why)s") % {"line": first.path, "why": first.message}
            return Finding(text, _("mend it and give it again on the page of the CRM"))
    if not shape.events:
        return Finding(_("the mapping asks for no event"), _("name events in it, as call.ended"))
    return Finding(_("the mapping tells of %(events)s") % {"events": ", ".join(shape.events)})


async def _pulls(receivers: Receivers, known: Connector) -> list[Finding]:
    """How far each entity was fetched, as the last reading left it."""
    findings = []
    for row in await receivers.reach.pool.fetch(SQL["pulls"], known.id):
        word = NAMES[row["entity"]]
        name = _(word)
        if row["trouble"]:
            text = _("%(entity)s are not read: %(why)s") % {"entity": name, "why": row["trouble"]}
            findings.append(Finding(text, _("mend that in the CRM or in the mapping; it is tried again by itself")))
        elif row["refused"]:
            text = _("%(entity)s: %(count)s could not be read") % {"entity": name, "count": row["refused"]}
            findings.append(Finding(text, _("give one of them by hand: the answer says what is wrong with it")))
        else:
            findings.append(Finding(_("%(entity)s: %(count)s read") % {"entity": name, "count": row["read"]}))
    return findings
