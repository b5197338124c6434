"""What is looked at in every CRM's set-up, whichever it is."""

from collections.abc import Iterator, Sequence
from typing import Final

from crm_sync.connector import Connector
from crm_sync.port import Finding
from crm_sync.store import SQL
from trunkline.db.types import Pool
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import Fault
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext

_SHOWN: Final = 10


def set_up(known: Connector) -> Iterator[Finding]:
    """Of how it stands here."""
    if not known.is_connected:
        yield Finding(_("nobody has connected it yet"), _("connect it on its page, /settings/crm"))
    elif not known.active:
        yield Finding(_("it is switched off: no call is told to it"), _("switch it on on its page, /settings/crm"))
    if not known.portal.startswith("https://"):
        yield Finding(
            _("its address begins with http://: whoever listens on the way can read clients' numbers"),
            _("give the portal a certificate, and write https:// on its page"),
        )


async def waiting(pool: Pool, known: Connector) -> list[Finding]:
    """What the outbox holds for it."""
    return await waiting_of(pool, known.account, f"{known.kind}:{known.id}:%")


async def waiting_of(pool: Pool, account: str, streams: str) -> list[Finding]:
    """What the outbox holds for an account, in the streams that are like `streams`."""
    row = await pool.fetchrow(SQL["outbox_of"], account, streams)
    assert row is not None
    findings = []
    if row["reason"] is not None:
        text = _("nothing is told now: %(reason)s") % {"reason": row["reason"]}
        findings.append(Finding(text, _("mend it; then press «Try again now» on /settings/deliveries")))
    if row["dead"]:
        text = ngettext("%(num)s delivery was given up", "%(num)s deliveries were given up", row["dead"])
        remedy = _("look at why on /settings/deliveries, and send it again or drop it")
        findings.append(Finding(text % {"num": row["dead"]}, remedy))
    waits = ngettext("%(num)s delivery waits", "%(num)s deliveries wait", row["waiting"]) % {"num": row["waiting"]}
    return [*findings, Finding(waits)]


def refusal(request: str, fault: Fault) -> Finding:
    """Why it could not be looked at further."""
    match classify(fault):
        case ErrorClass.AUTH:
            remedy = _("connect it anew on its page, /settings/crm, as its administrator")
        case ErrorClass.BLOCKED:
            remedy = _("mend that there, with its administrator; nothing is lost meanwhile")
        case ErrorClass.THROTTLED:
            remedy = _("wait a minute, and check again")
        case _:
            remedy = _("is the address right, and does this machine reach it? Check again in a minute")
    return Finding(f"{request}: {fault.reason}", remedy)


def some(names: Sequence[str]) -> str:
    """The first of them."""
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
