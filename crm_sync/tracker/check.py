"""What keeps issues from the company's Yandex Tracker, and the remedy: its page and `trunkline crm tracker`."""

from typing import Final

from crm_sync.answer import Refused
from crm_sync.port import Finding
from crm_sync.tracker.client import Tracker, Way
from crm_sync.tracker.store import TrackerRow
from crm_sync.tracker.wire import WORDS
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.outbox.said import Said
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext

_OUTBOX: Final = load_queries("crm_sync")
_NEEDED: Final = ("create", "read", "write")
_SAID: Final = Said([*WORDS.values()])


async def check(pool: Pool, box: SecretBox, tracker: Tracker, known: TrackerRow) -> list[Finding]:
    """The token, the queue, the rights in it, and what waits; no connection is held while the tracker is asked."""
    try:
        way = known.way(box)
    except WrongKey:
        text = _("the token cannot be opened with this installation's key")
        return [Finding(text, _("connect it again on /settings/tracker")), *await _waiting(pool, known)]
    return [*await _asked(tracker, way, known.queue), *await _waiting(pool, known)]


async def _asked(tracker: Tracker, way: Way, queue: str) -> list[Finding]:
    """One behind the other: what refuses one would refuse the rest."""
    try:
        me = await tracker.myself(way)
    except Refused as refused:
        known = refused.fault.status in {401, 403}
        remedy = (
            _("connect it again on /settings/tracker")
            if known
            else _("look at its address, and at what stands between it and us; then look again")
        )
        return [Finding(_why(refused, way), remedy)]
    findings = [Finding(_("Yandex Tracker takes the token: it is %(login)s's") % {"login": me.login})]
    try:
        await tracker.queue(way, queue)
    except Refused as refused:
        remedy = _("name another queue on /settings/tracker, or give its token's person rights in it")
        return [*findings, Finding(_why(refused, way), remedy)]
    findings.append(Finding(_("the queue %(queue)s is there, and may be seen") % {"queue": queue}))
    return [*findings, await _rights(tracker, way, queue, me.login)]


async def _rights(tracker: Tracker, way: Way, queue: str, login: str) -> Finding:
    """Who may not look at rights may have them all the same."""
    try:
        held = await tracker.rights(way, queue, login)
    except Refused:
        held = None
    if held is None:
        return Finding(
            _(
                "Yandex Tracker does not say what rights it has in the queue: a refusal would be told on "
                "/settings/deliveries"
            )
        )
    lacking = [one for one in _NEEDED if one not in held]
    if not lacking:
        return Finding(_("in the queue %(queue)s it may create issues, write to them and read them") % {"queue": queue})
    told = {"queue": queue, "rights": ", ".join(lacking)}
    remedy = _("give them to %(login)s in the queue's settings, Access") % {"login": login}
    return Finding(_("in the queue %(queue)s it lacks rights: %(rights)s") % told, remedy)


async def _waiting(pool: Pool, known: TrackerRow) -> list[Finding]:
    row = await pool.fetchrow(_OUTBOX["outbox_of"], f"tracker:{known.id}", f"tracker:{known.id}:%")
    assert row is not None
    findings = []
    if row["reason"] is not None:
        text = _("nothing is told now: %(reason)s") % {"reason": _SAID.spoken(row["reason"])}
        findings.append(Finding(text, _("mend it; then press «Try again now» on /settings/deliveries")))
    if row["dead"]:
        text = ngettext("%(num)s delivery was given up", "%(num)s deliveries were given up", row["dead"])
        remedy = _("look at why on /settings/deliveries, and send it again or drop it")
        findings.append(Finding(text % {"num": row["dead"]}, remedy))
    waits = ngettext("%(num)s delivery waits", "%(num)s deliveries wait", row["waiting"]) % {"num": row["waiting"]}
    return [*findings, Finding(waits)]


def _why(refused: Refused, way: Way) -> str:
    """As the reader has it, and never the token."""
    return _SAID.spoken(refused.fault.reason.replace(way.token, "…"))
