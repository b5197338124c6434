"""What keeps an account from being told of calls, and the remedy, in plain words: `trunkline crm check NAME`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from crm_sync.amocrm.account import SCAN, Accounts, Refused
from crm_sync.amocrm.people import User, read_people
from crm_sync.amocrm.subscribing import Found, subscribe
from crm_sync.checking import refusal, set_up, some, waiting
from crm_sync.connector import Connector
from crm_sync.mirror_check import mirror_findings
from crm_sync.mirrors import SQL as MIRRORS
from crm_sync.port import Finding
from crm_sync.store import SQL
from crm_sync.untold import SQL as RECORDS
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext

_SOON: Final = timedelta(days=30)


async def check(accounts: Accounts, known: Connector) -> list[Finding]:
    """Look at everything that can be looked at from here; only who works there is read anew."""
    findings = [*set_up(known)]
    try:
        told = await accounts.read(known, "account", lane=SCAN)
        findings += _account(known, told)
        findings += await _token(accounts, known)
        users = await read_people(accounts, known)
        findings += _administrator(users, told)
        findings += _default_user(users, known)
        findings += await _people(accounts, known)
        findings += await _webhook(accounts, known)
        findings += await _links(accounts, known)
    except Refused as refused:
        findings.append(refusal(refused.request, refused.bad.fault))
    pool = accounts.reach.pool
    return [*findings, *await mirror_findings(pool, known), *await waiting(pool, known)]


def _account(known: Connector, told: Any) -> Iterator[Finding]:
    told = told if isinstance(told, dict) else {}
    name = str(told.get("name") or "?")[:100]
    yield Finding(_("%(host)s answers, and takes our sign-in: %(name)s") % {"host": known.host, "name": name})
    if known.creates and told.get("is_unsorted_on") is False:
        yield Finding(
            _("the account has no unsorted leads: callers it does not know are told to nobody"),
            _("switch the incoming leads of a pipeline on in amoCRM, or let unknown callers be on our page"),
        )


async def _token(accounts: Accounts, known: Connector) -> list[Finding]:
    """One that nothing renews ends, and with it the telling."""
    found = await accounts.keys.tokens(known)
    row = await accounts.reach.pool.fetchrow(SQL["tokens"], known.id)
    if found.refresh or row is None or row["until"] - accounts.now > _SOON:
        return []
    text = _("the token ends on %(day)s") % {"day": row["until"].date().isoformat()}
    return [Finding(text, _("make another in amoCRM, and give it on the page of the CRM"))]


def _administrator(users: Sequence[User], told: Any) -> Iterator[Finding]:
    """Who signed in: others are told of neither people nor every client."""
    current = told.get("current_user_id") if isinstance(told, dict) else None
    if any(user.id == current and user.is_admin for user in users):
        yield Finding(_("who connected it administers the account"))
    else:
        yield Finding(
            _("who connected it does not administer the account"),
            _("let an administrator of the account connect it anew: others see fewer clients"),
        )


def _default_user(users: Sequence[User], known: Connector) -> Iterator[Finding]:
    if known.default_user is not None and known.default_user not in {user.id for user in users}:
        yield Finding(
            _("nobody who works there has the number %(number)s") % {"number": known.default_user},
            _("name another on its page: calls of people it does not know are his"),
        )


async def _people(accounts: Accounts, known: Connector) -> list[Finding]:
    """Which of our extensions are somebody's there."""
    pool = accounts.reach.pool
    theirs = {row["extension"] for row in await pool.fetch(SQL["users"], known.id)}
    ours = [row["extension"] for row in await pool.fetch(SQL["our_extensions"])]
    found = len([one for one in ours if one in theirs])
    words = ngettext("%(num)s extension of ours is known there", "%(num)s extensions of ours are known there", found)
    findings = [Finding(words % {"num": found})] if found else []
    if missing := [one for one in ours if one not in theirs]:
        remedy = _("choose who that is on the page of the CRM, or give both the same e-mail")
        findings.append(Finding(_("nobody there is %(extensions)s") % {"extensions": some(missing)}, remedy))
    return findings


async def _webhook(accounts: Accounts, known: Connector) -> list[Finding]:
    """Whether it posts to us what changes: where it does not, it is told to anew."""
    if not await accounts.reach.pool.fetchval(MIRRORS["fills"], known.id):
        return []
    handler = accounts.reach.handler(known.id)
    if handler is None:
        return [Finding(_("it does not tell us what changes, as server.sites_url is empty: that is read each minute"))]
    if await subscribe(accounts, known, handler) is Found.DISABLED:
        text = _("amoCRM had switched our webhook off, since it was not answered; it is on again")
        remedy = _("make sure that %(host)s is reached from outside: until then what changes is read each minute")
        return [Finding(text, remedy % {"host": urlsplit(handler).netloc})]
    return [Finding(_("it tells us what changes"))]


async def _links(accounts: Accounts, known: Connector) -> list[Finding]:
    """Whether links to recordings that are wanted can be given."""
    wanted = await accounts.reach.pool.fetchval(RECORDS["wanted"], known.id) != "none"
    if not wanted or accounts.reach.handler(known.id) is not None:
        return []
    text = _("notes are to have links to recordings, and server.sites_url is empty: nobody outside could open one")
    return [
        Finding(
            text, _("name the public listener's address in the settings file, or choose on the page to tell nothing")
        )
    ]
