"""What keeps a portal from being told of calls, and the remedy, in plain words: `trunkline crm check NAME`."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

from crm_sync.bitrix24.binding import bind
from crm_sync.bitrix24.people import read_people
from crm_sync.bitrix24.placing import FORBIDDEN, bind_card
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.calling_back import HOURLY
from crm_sync.checking import refusal, set_up, some, waiting
from crm_sync.connector import Connector
from crm_sync.heard import SQL as EVENTS
from crm_sync.mirror_check import mirror_findings
from crm_sync.port import Finding
from crm_sync.store import SQL
from trunkline.db.types import Pool
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext

NEEDED: Final = ("telephony", "crm", "user")
BY_WEBHOOK: Final = ("crm", "user")
_DAYS: Final = 7


class Addresses(NamedTuple):
    """Where a portal is to post its events and to open our card; None while that is not known."""

    events: str | None
    card: str | None


async def check(pool: Pool, portals: Portals, known: Connector, addresses: Addresses) -> list[Finding]:
    """Look at everything that can be looked at from here; who is who there is read anew, what is missing is bound."""
    findings = [*set_up(known)]
    try:
        if known.by_webhook:
            findings += _webhook(known)
        else:
            findings += _application(known, (await portals.ask(known, "app.info", {})).result)
        findings += _scopes(known, (await portals.ask(known, "scope", {})).result)
        findings += _administrator((await portals.ask(known, "profile", {})).result)
        findings += await _default_user(portals, known)
        findings += await _people(pool, portals, known)
        if not known.by_webhook:
            findings.append(await _events(portals, known, addresses.events))
            findings.append(await _queue(portals, known))
            findings += await _card(portals, known, addresses.card)
    except Refused as refused:
        findings.append(refusal(refused.request, refused.bad.fault))
    return [*findings, *await mirror_findings(pool, known), *await _lost(pool, known), *await waiting(pool, known)]


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


def _webhook(known: Connector) -> Iterator[Finding]:
    """What it is, and what is lost by it."""
    yield Finding(_("%(host)s is reached by an incoming webhook") % {"host": known.host})
    yield Finding(
        _(
            "by a webhook no card opens, clicks and forms do not come to us, recordings are not attached,"
            " lines are not told, and calls are neither in the portal's statistics nor compared:"
            " a local application has all of that"
        )
    )


def _scopes(known: Connector, told: Any) -> Iterator[Finding]:
    has = {str(one) for one in told} if isinstance(told, list) else set()
    if known.by_webhook:
        missing = [one for one in BY_WEBHOOK if one not in has]
        words, remedy = _("the webhook lacks permissions: %(names)s"), _("tick them at the webhook in the portal")
        yield (
            Finding(words % {"names": ", ".join(missing)}, remedy)
            if missing
            else Finding(_("the webhook has the permissions it needs"))
        )
    elif missing := [one for one in NEEDED if one not in has]:
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
    told = await read_people(pool, portals.ask, known, portals.clock)
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
        findings.append(Finding(_("nobody there has %(extensions)s") % {"extensions": some(missing)}, remedy))
    elif not told:
        findings.append(Finding(_("nobody there has an extension"), remedy))
    if doubled := sorted(one for one, times in theirs.items() if times > 1):
        text = _("several people there have the same extension: %(extensions)s") % {"extensions": some(doubled)}
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


async def _card(portals: Portals, known: Connector, address: str | None) -> list[Finding]:
    """Whether ours opens in the portal's; that our address is not known is said of events."""
    if address is None:
        return []
    try:
        is_news = await bind_card(portals, known, address)
    except Refused as refused:
        if refused.bad.fault.code not in FORBIDDEN:
            raise
        remedy = _("tick the permission placement at the application, and let an administrator connect it anew")
        return [Finding(_("the portal does not let our caller card into its card of a call"), remedy)]
    if is_news:
        return [Finding(_("our caller card is a tab of the portal's card of a call from now on"))]
    return [Finding(_("our caller card is a tab of the portal's card of a call"))]


async def _queue(portals: Portals, known: Connector) -> Finding:
    """How soon what is deleted there is gone here; a plan without a queue is no fault."""
    told = (await portals.ask(known, "feature.get", {"CODE": "rest_offline_extended"})).result
    if isinstance(told, dict) and told.get("value") == "Y":
        return Finding(_("the portal has a queue of what changed: what is deleted there is gone here within minutes"))
    return Finding(_("the plan has no queue of what changed: what is deleted there is found once a week"))


async def _lost(pool: Pool, known: Connector) -> list[Finding]:
    """Callbacks that nobody was there for, or that were more in an hour than are taken."""
    row = await pool.fetchrow(EVENTS["lost_callbacks"], known.id, timedelta(days=_DAYS))
    assert row is not None, "counts are one row"
    remedies = {
        "no_queue": _("choose a queue for callbacks on the page of the CRM"),
        "too_many": _("more than %(most)s asked within an hour: protect the form in the portal from robots")
        % {"most": HOURLY},
    }
    return [Finding(_not_called(row[why]), remedy) for why, remedy in remedies.items() if row[why]]


def _not_called(many: int) -> str:
    text = ngettext(
        "%(num)s client who asked for a callback on a form was not called back",
        "%(num)s clients who asked for a callback on a form were not called back",
        many,
    )
    return text % {"num": many}
