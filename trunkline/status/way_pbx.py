"""Whether one PBX is heard, and what keeps it from being. No I/O here."""

from datetime import datetime

from trunkline.pbx.devices import STALE_SECONDS
from trunkline.pbx.hooks.port import Verdict
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.words import VERDICTS
from trunkline.status.way_facts import PbxFact
from trunkline.status.way_seen import Onward, Seen, State
from trunkline.web import human
from trunkline.web.i18n import current_reader
from trunkline.web.i18n import gettext as _


def of_pbx(pbx: PbxFact, now: datetime, *, known: bool) -> Seen:
    """One PBX; `known` is whether the proofs of links could be read at all."""
    return _hosted(pbx, now) if pbx.kind in PROVIDERS else _linked(pbx, now, known=known)


def _linked(pbx: PbxFact, now: datetime, *, known: bool) -> Seen:
    name, age = {"pbx": pbx.name}, _age(pbx, now)
    onward = (Onward(_("Check %(name)s") % {"name": pbx.name}, f"/setup?check={pbx.id}", "/setup"),)
    if age is not None and age <= STALE_SECONDS:
        return Seen(State.DONE, _("%(pbx)s is heard.") % name, onward=onward)
    todo = _("Check it: the page looks at the PBX now and says what is wrong.")
    if not known:
        told = _("Whether %(pbx)s is heard is not known while Valkey is away.") % name
    elif pbx.trouble:
        told = pbx.trouble
    elif age is None:
        told = _("%(pbx)s is not heard yet. A new one takes up to half a minute.") % name
    else:
        told = _("%(pbx)s has not been heard for %(lasting)s.") % {**name, "lasting": _lasting(age)}
    return Seen(State.UNDER_WAY, told, todo, onward)


def _hosted(pbx: PbxFact, now: datetime) -> Seen:
    name, age = {"pbx": pbx.name}, _age(pbx, now)
    onward = (Onward(_("Open %(pbx)s") % name, f"/settings/pbxs/{pbx.id}", "/settings/pbxs"),)
    if pbx.trouble:
        todo = _("Give it a key that its provider takes.")
        return Seen(State.UNDER_WAY, pbx.trouble, todo, onward)
    if pbx.verdict == Verdict.FITS and age is not None:
        told = _("%(pbx)s is heard; its last request %(ago)s ago.") % {**name, "ago": _lasting(age)}
        return Seen(State.DONE, told, onward=onward)
    if pbx.verdict == Verdict.GREETING:
        told, todo = _("The provider of %(pbx)s reaches us.") % name, _("Call one of your numbers.")
    elif pbx.verdict:
        said = _(VERDICTS[pbx.verdict][0]) if pbx.verdict in VERDICTS else pbx.verdict
        told = _("The last request of %(pbx)s: %(verdict)s.") % {**name, "verdict": said}
        todo = _("Its page shows the request as it came, and what would be right.")
    else:
        told = _("No request of %(pbx)s has come yet.") % name
        todo = _("Write the address into the provider's cabinet, and call one of your numbers.")
    return Seen(State.UNDER_WAY, told, todo, onward)


def _age(pbx: PbxFact, now: datetime) -> float | None:
    return None if pbx.heard_at is None else max(0.0, (now - pbx.heard_at).total_seconds())


def _lasting(seconds: float) -> str:
    return human.lasting(seconds, current_reader())
