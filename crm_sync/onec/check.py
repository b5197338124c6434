"""What keeps a base from being heard and read, and the remedy, in plain words: `trunkline crm check NAME`."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from crm_sync.connector import Connector
from crm_sync.onec.asking import Bases, Refused
from crm_sync.onec.base import Base, base_of
from crm_sync.onec.contract import Answer
from crm_sync.onec.history import query_of as history_of
from crm_sync.onec.mapping import layout_of
from crm_sync.onec.odata import Strange, query_of, records_of, rows_of
from crm_sync.onec.places import NAMES, Place
from crm_sync.onec.saving import SQL
from crm_sync.port import Finding, Reach
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import ngettext

_SILENT: Final = timedelta(days=1)
_AHEAD: Final = 120.0
"""Seconds; versions of what is read are moments of 1C's clock."""
_SAMPLE: Final = 3


async def check(reach: Reach, known: Connector) -> list[Finding]:
    """Look at everything that can be looked at from here; nothing is changed."""
    async with reach.pool.acquire() as connection:
        base = await base_of(connection, known)
        places = [Place(**dict(row)) for row in await connection.fetch(SQL["places"], known.id)]
    now = datetime.fromtimestamp(reach.clock(), UTC)
    return [*_set_up(known), *_heard(base, now), *await _asked(Bases(reach), known, base), *_read(places, now)]


def _set_up(known: Connector) -> Iterator[Finding]:
    if not known.active:
        yield Finding(
            _("it is switched off: nothing it sends is taken, and nothing is read"), _("switch it on on its page")
        )
    if not known.portal.startswith("https://"):
        yield Finding(
            _("its address begins with http://: whoever listens on the way can read the password"),
            _("publish the base with a certificate, and write https:// on its page"),
        )


def _heard(base: Base, now: datetime) -> Iterator[Finding]:
    """Of what it sends by itself."""
    if base.heard_at is None:
        if base.layout == "none" and not base.history:
            yield Finding(
                _("it has sent nothing yet, and nothing is read of it"),
                _("give its programmer the address and the secret of its page, or choose a configuration there"),
            )
        return
    words = ngettext("it has sent %(num)s row that was taken", "it has sent %(num)s rows that were taken", base.saved)
    if now - base.heard_at > _SILENT:
        yield Finding(
            _("it has sent nothing for a day; the last came %(when)s")
            % {"when": f"{base.heard_at:%Y-%m-%d %H:%M} UTC"},
            _("look in 1C whether its scheduled job still runs, and at what it is answered"),
        )
    else:
        yield Finding(words % {"num": base.saved})
    if base.refused:
        said = ngettext("%(num)s row was refused", "%(num)s rows were refused", base.refused) % {"num": base.refused}
        yield Finding(f"{said}: {base.refusal}", _("mend it in 1C, and send it again with a greater version"))


async def _asked(bases: Bases, known: Connector, base: Base) -> list[Finding]:
    """A few records of each set that is to be read, and of the history; after a wrong password nothing more."""
    findings: list[Finding] = []
    skews: list[float] = []
    asked = [
        (name, part, published, query_of(name, part, published, top=_SAMPLE, skip=0, since=base.since))
        for name, part in layout_of(base.layout, base.mapping).items()
        for published in part.sets
    ]
    for name, part, published, query in asked:
        try:
            told = await bases.get(known, query)
            skews.append(told.skew)
            records = records_of(told.body)
            wrong = [] if name == "debts" else rows_of(name, part, records, 1)[1]
        except (Refused, Strange) as error:
            findings.append(_refused(published, error))
            if isinstance(error, Refused) and error.status in {None, 401}:
                return findings
            continue
        findings.append(_sample(name, published, len(records), wrong))
    if base.history:
        try:
            skews.append((await bases.get(known, history_of(base, "", base.since))).skew)
            findings.append(Finding(_("its HTTP service answers history")))
        except Refused as error:
            findings.append(_refused(f"{base.history}/history", error))
    return [*findings, *_skewed(max(skews, key=abs, default=0.0))]


def _sample(name: str, published: str, count: int, wrong: Sequence[Answer]) -> Finding:
    if wrong:
        text = _("%(set)s: a record could not be read, %(field)s: %(why)s")
        told = {"set": published, "field": wrong[0].field, "why": wrong[0].words}
        return Finding(text % told, _("name the right field on its page, or mend the record in 1C"))
    if not count:
        text = _("%(set)s is published, and shows nothing") % {"set": published}
        if name in {"states", "debts"}:
            return Finding(text)
        return Finding(text, _("is there anything since the day on its page? Else give the user the right to read it"))
    return Finding(_("%(set)s is read as %(entity)s") % {"set": published, "entity": _(NAMES[name])})


def _refused(what: str, error: Refused | Strange) -> Finding:
    status = error.status if isinstance(error, Refused) else 200
    match status:
        case None:
            remedy = _("is the address right, is the web server on, and does this machine reach it?")
        case 401:
            remedy = _(
                "write the user and his password down anew on its page; in 1C he needs «1C:Enterprise authentication»"
            )
        case 403:
            remedy = _("give the user a role that may read it, and «Remote OData access»")
        case 404:
            remedy = _(
                "publish it: in 1C, «Synchronisation», «Standard OData interface», tick the set; or name another one"
            )
        case 200:
            remedy = _("does the address lead to the base itself, and not to a page before it?")
        case _:
            remedy = _("name the right set and field on its page; where 1C itself failed, look into its event log")
    return Finding(f"{what}: {error}", remedy)


def _skewed(skew: float) -> Iterator[Finding]:
    if abs(skew) > _AHEAD:
        text = _("its clock is %(seconds)s s away from ours") % {"seconds": round(skew)}
        yield Finding(text, _("set both clocks by the network's time: of two changes the later counts"))


def _read(places: Sequence[Place], now: datetime) -> Iterator[Finding]:
    """As the last reading of each part left it."""
    for one in places:
        if one.trouble:
            text = _("%(entity)s are not read: %(why)s") % {"entity": _(NAMES[one.part]), "why": one.trouble}
            yield Finding(text, _("mend that in 1C; it is tried again by itself, each minute"))
        elif one.read_at is not None and now - one.read_at > _SILENT:
            text = _("%(entity)s were last read %(when)s")
            told = {"entity": _(NAMES[one.part]), "when": f"{one.read_at:%Y-%m-%d %H:%M} UTC"}
            yield Finding(text % told, _("does trunkline serve worker run?"))
