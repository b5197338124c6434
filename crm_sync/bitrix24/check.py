"""What keeps a portal from being told of calls, and the remedy, in plain words: `trunkline crm check NAME`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from crm_sync.bitrix24.binding import bind
from crm_sync.bitrix24.people import read_people
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.connector import Connector
from crm_sync.heard import SQL as EVENTS
from crm_sync.store import SQL
from trunkline.db.types import Pool
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext

NEEDED: Final = ("telephony", "crm", "user")
_SHOWN: Final = 10
_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` is empty when it is as it should be."""

    text: str
    remedy: str = ""

    @property
    def good(self) -> bool:
        return not self.remedy


async def check(pool: Pool, portals: Portals, known: Connector, handler: str | None) -> list[Finding]:
    """Look at everything that can be looked at from here; who is who there is read anew, missing events are bound.

    `handler` is where the portal is to post them, None while that is not known.
    """
    findings = [*_set_up(known)]
    try:
        told = (await portals.ask(known, "app.info", {})).result
        findings += _application(known, told)
        findings += _scopes((await portals.ask(known, "scope", {})).result)
        findings += _administrator((await portals.ask(known, "profile", {})).result)
        findings += await _default_user(portals, known)
        findings += await _people(pool, portals, known)
        findings.append(await _events(portals, known, handler))
    except Refused as refused:
        findings.append(_refused(refused))
    return findings + await _waiting(pool, known)


def _set_up(known: Connector) -> Iterator[Finding]:
    if not known.is_connected:
        yield Finding(_("nobody has connected the portal yet"), _("connect it on its page, /settings/crm"))
    elif not known.active:
        yield Finding(_("it is switched off: no call is told to it"), _("switch it on on its page, /settings/crm"))
    if not known.portal.startswith("https://"):
        yield Finding(
            _("its address begins with http://: whoever listens on the way can read clients' numbers"),
            _("give the portal a certificate, and write https:// on its page"),
        )


def _application(known: Connector, told: Any) -> Iterator[Finding]:
    if not isinstance(told, dict):
        told = {}
    plan = str(told.get("LICENSE") or "?")[:50]
    yield Finding(
        _("%(host)s answers, and takes our sign-in; its plan is %(plan)s") % {"host": known.host, "plan": plan}
    )
    if told.get("PAYMENT_EXPIRED") == "Y":
        yield Finding(_("the portal's plan is not paid for"), _("pay for it: without that no application works there"))
    if told.get("INSTALLED") is False:
        yield Finding(
            _("the application is not installed whole"),
            _("open the application in the portal and finish its installation, or make it one that uses the API only"),
        )


def _scopes(told: Any) -> Iterator[Finding]:
    has = {str(one) for one in told} if isinstance(told, list) else set()
    if missing := [one for one in NEEDED if one not in has]:
        yield Finding(
            _("the application lacks permissions: %(names)s") % {"names": ", ".join(missing)},
            _("tick them at the application in the portal, then connect it anew on its page"),
        )
    else:
        yield Finding(_("the application has the permissions it needs"))


def _administrator(told: Any) -> Iterator[Finding]:
    if not isinstance(told, dict):
        told = {}
    if told.get("ADMIN"):
        yield Finding(_("who connected it administers the portal"))
        return
    name = f"{told.get('NAME') or ''} {told.get('LAST_NAME') or ''}".strip()[:100]
    yield Finding(
        _("who connected it, %(name)s, does not administer the portal") % {"name": name},
        _("let an administrator of the portal connect it anew: others see fewer people and lines"),
    )


async def _default_user(portals: Portals, known: Connector) -> list[Finding]:
    if known.default_user is None:
        return []
    said = {"FILTER": {"ID": known.default_user, "ACTIVE": True}}
    if (await portals.ask(known, "user.get", said)).result:
        return [Finding(_("whose calls are whom the portal does not know, is there"))]
    text = _("nobody who works there has the number %(number)s") % {"number": known.default_user}
    return [Finding(text, _("name another on its page: calls of people it does not know are his"))]


async def _people(pool: Pool, portals: Portals, known: Connector) -> list[Finding]:
    told = await read_people(pool, portals, known)
    theirs = Counter(extension for extension, _user, _name in told)
    ours = [row["extension"] for row in await pool.fetch(SQL["our_extensions"])]
    found = len([one for one in ours if one in theirs])
    findings = []
    if told:
        words = ngettext(
            "%(num)s extension of ours is known there", "%(num)s extensions of ours are known there", found
        )
        findings.append(Finding(words % {"num": found}))
    remedy = _("write it into the person's profile in the portal, as the internal telephone number")
    if missing := [one for one in ours if one not in theirs]:
        findings.append(Finding(_("nobody there has %(extensions)s") % {"extensions": _some(missing)}, remedy))
    elif not told:
        findings.append(Finding(_("nobody there has an extension"), remedy))
    if doubled := sorted(one for one, times in theirs.items() if times > 1):
        text = _("several people there have the same extension: %(extensions)s") % {"extensions": _some(doubled)}
        findings.append(Finding(text, _("leave it to one of them: calls are told as those of whoever comes first")))
    return findings


async def _events(portals: Portals, known: Connector, handler: str | None) -> Finding:
    if handler is None:
        return Finding(
            _("clicks on numbers and forms in the portal reach nobody here: our address in the world is not known"),
            _("write it into the settings as server.sites_url, let the proxy pass /crm/hooks/, and look again"),
        )
    if await bind(portals, known, handler):
        return Finding(_("clicks on numbers and forms in the portal come to us from now on"))
    return Finding(_("clicks on numbers and forms in the portal come to us"))


async def _waiting(pool: Pool, known: Connector) -> list[Finding]:
    lost = await pool.fetchval(EVENTS["lost_callbacks"], known.id, timedelta(days=_DAYS))
    row = await pool.fetchrow(SQL["outbox_of"], known.account, f"bitrix24:{known.id}:%")
    assert row is not None
    findings = []
    if lost:
        text = ngettext(
            "%(num)s client who asked for a callback on a form was not called back",
            "%(num)s clients who asked for a callback on a form were not called back",
            lost,
        )
        findings.append(Finding(text % {"num": lost}, _("choose a queue for callbacks on the page of the CRM")))
    if row["reason"] is not None:
        text = _("nothing is told now: %(reason)s") % {"reason": row["reason"]}
        findings.append(Finding(text, _("mend it; then press «Try again now» on /settings/deliveries")))
    if row["dead"]:
        text = ngettext("%(num)s delivery was given up", "%(num)s deliveries were given up", row["dead"])
        remedy = _("look at why on /settings/deliveries, and send it again or drop it")
        findings.append(Finding(text % {"num": row["dead"]}, remedy))
    waiting = ngettext("%(num)s delivery waits", "%(num)s deliveries wait", row["waiting"]) % {"num": row["waiting"]}
    return [*findings, Finding(waiting)]


def _refused(refused: Refused) -> Finding:
    fault = refused.bad.fault
    match classify(fault):
        case ErrorClass.AUTH:
            remedy = _("connect it anew on its page, /settings/crm, as an administrator of the portal")
        case ErrorClass.BLOCKED:
            remedy = _("mend that in the portal, with its administrator; nothing is lost meanwhile")
        case ErrorClass.THROTTLED:
            remedy = _("wait a minute, and check again")
        case _:
            remedy = _("is the address right, and does this machine reach it? Check again in a minute")
    return Finding(f"{refused.method}: {fault.reason}", remedy)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
