"""What is wrong with a hosted PBX, in plain words, each with its remedy: `trunkline pbx check`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import asyncpg

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection
from trunkline.pbx.asterisk.check import Finding
from trunkline.pbx.hooks.grouped import GROUPS
from trunkline.pbx.hooks.groups import groups_of
from trunkline.pbx.hooks.groups_store import GroupSeen, groups_seen
from trunkline.pbx.hooks.groups_words import found_of
from trunkline.pbx.hooks.histories import HISTORIES
from trunkline.pbx.hooks.history_store import HistoryState, history_of
from trunkline.pbx.hooks.history_words import FAR
from trunkline.pbx.hooks.phones import PHONES
from trunkline.pbx.hooks.port import Account, SettingKind, Verdict
from trunkline.pbx.hooks.providers import PROVIDERS, told_by
from trunkline.pbx.hooks.reach import Reached, reach
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import SQL, HostedPbx, heard_since, last_records
from trunkline.pbx.hooks.subscription import Subscribing
from trunkline.pbx.hooks.subscription_store import Standing, standing_of
from trunkline.pbx.hooks.subscription_words import LEFT, TROUBLES
from trunkline.pbx.hooks.words import VERDICTS
from trunkline.web.i18n import gettext as _

LOOKED_BACK: Final = timedelta(days=7)
_SKEW_MICROS: Final = 15 * 60 * 1_000_000
_RECENT: Final = 200
_LATE_HISTORY: Final = timedelta(hours=1)

WANTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "zadarma": (
            "NOTIFY_START",
            "NOTIFY_INTERNAL",
            "NOTIFY_ANSWER",
            "NOTIFY_END",
            "NOTIFY_OUT_START",
            "NOTIFY_OUT_END",
        ),
        "uis": ("interactive", "in", "out", "ring", "talk", "end"),
        "sipuni": ("1", "2", "3"),
        "telphin": ("call_interactive", "dial-in", "dial-out", "answer", "hangup"),
        "megafon": ("contact", "event INCOMING", "event ACCEPTED", "event COMPLETED", "event OUTGOING", "history"),
        "exolve": ("getControlCallFollowMe", "s", "e"),
        "beeline": ("CallReceivedEvent", "CallAnsweredEvent", "CallReleasedEvent", "CallOriginatedEvent"),
        "mts": ("CallAccepted", "CallAnswered", "EndCall"),
        "mango": ("call Appeared", "call Connected", "call Disconnected", "summary"),
        "onlinepbx": ("call_start", "call_answered", "call_end", "call_missed"),
    }
)
"""Events that have to be switched on in the provider's cabinet, as it calls them."""
_WANTED_WITH: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"mango": {"dials": "result/callback", "history": "record/added"}}
)
"""The same where a tick of the settings needs them."""


async def check_hosted(
    connection: Connection, pbx: HostedPbx, box: SecretBox, base: str, now: datetime
) -> list[Finding]:
    """Look at everything that can be looked at from here; changes nothing. `base` is our public address."""
    counted = await heard_since(connection, pbx.id, now - LOOKED_BACK)
    lines = await connection.fetchval(SQL["lines_of"], pbx.id)
    groups = await groups_seen(connection, pbx.id)
    return [
        *_row(pbx, box, lines),
        _address(base, await reach(base, pbx.kind, box, now)),
        *_subscription(pbx, await standing_of(connection, pbx.id), now),
        *_heard(pbx, counted),
        *_clock(pbx, await last_records(connection, pbx, _RECENT)),
        *_history(pbx, box, await history_of(connection, pbx.id), now),
        *_groups(pbx, box, groups),
        *_phones(pbx, box),
    ]


def _row(pbx: HostedPbx, box: SecretBox, lines: int) -> Iterator[Finding]:
    page = f"/settings/pbxs/{pbx.id}"
    if not pbx.active:
        yield Finding(_("it is switched off"), _("switch it on: %(page)s") % {"page": page})
    try:
        secrets = pbx.opened(box)
    except WrongKey:
        yield Finding(_("its secrets were sealed with another key"), _("give them again: %(page)s") % {"page": page})
    else:
        needed = [one for one in PROVIDERS[pbx.kind].settings if one.kind is SettingKind.SEALED and one.required]
        missing = [one.label for one in needed if not secrets.get(one.name)]
        if missing:
            told = _("it lacks: %(names)s") % {"names": ", ".join(_(label) for label in missing)}
            yield Finding(told, _("give them again: %(page)s") % {"page": page})
    if not pbx.addresses and not isinstance(PROVIDERS[pbx.kind], Subscribing):
        yield Finding(_("it has no address"), _("make one: %(page)s") % {"page": page})
    told = _("%(number)s lines are of this PBX") % {"number": lines}
    yield Finding(told, "" if lines else _("choose it on the page of each of its numbers: /lines"))


def _address(base: str, reached: Reached) -> Finding:
    if not base.startswith("https://"):
        remedy = _("set server.public_url to the https address the world knows, and publish /router/v1/hooks/ there")
        return Finding(_("%(address)s is no address for a PBX in the cloud") % {"address": base}, remedy)
    if reached.fault:
        told = _("%(address)s is not reached: %(reason)s") % {"address": base, "reason": reached.fault}
        usual = _("let the proxy pass /router/v1/hooks/ to listen.question, as config/proxy/ shows")
        return Finding(told, reached.remedy or usual)
    return Finding(_("%(address)s is reached, and its certificate is valid") % {"address": base})


def _heard(pbx: HostedPbx, counted: Sequence[asyncpg.Record]) -> Iterator[Finding]:
    fits = {row["name"] for row in counted if row["verdict"] == Verdict.FITS.value}
    last = max((row["last"] for row in counted if row["verdict"] == Verdict.FITS.value), default=None)
    if last is None:
        told = _("nothing of it was taken within %(days)s days") % {"days": LOOKED_BACK.days}
        subscribes = isinstance(PROVIDERS[pbx.kind], Subscribing)
        given = _("give its address to the provider's cabinet and call one of your numbers")
        yield Finding(told, _("call one of your numbers") if subscribes else given)
    else:
        yield Finding(_("the last request was taken %(moment)s") % {"moment": f"{last:%Y-%m-%d %H:%M:%S} UTC"})
    for row in counted:
        # What was refused before anything was taken is history: the secret was given meanwhile.
        if VERDICTS[row["verdict"]][1] == "bad" and (last is None or row["last"] > last):
            told = f"{_(VERDICTS[row['verdict']][0])}: {row['number']} × {row['name'] or '?'}"
            yield Finding(told, _("look at the last requests: %(page)s") % {"page": f"/settings/pbxs/{pbx.id}"})
    missing = [one for one in _wanted(pbx) if not any(name == one or name.startswith(f"{one} ") for name in fits)]
    if fits and missing:
        told = _("these events did not come: %(names)s") % {"names": ", ".join(missing)}
        yield Finding(told, _("switch them on in the cabinet; of what nobody did meanwhile none comes"))


def _wanted(pbx: HostedPbx) -> Iterator[str]:
    """Events it has to send. What they are called may be followed by a code: `result/callback 1000`."""
    yield from WANTED.get(pbx.kind, ())
    ticked = _WANTED_WITH.get(pbx.kind, {})
    yield from (event for name, event in ticked.items() if pbx.settings.get(name) is True)


def _subscription(pbx: HostedPbx, standing: Standing | None, now: datetime) -> Iterator[Finding]:
    """Of a provider that sends only to whom has subscribed."""
    page = f"/settings/pbxs/{pbx.id}"
    if standing is not None and standing.is_left(now):
        yield Finding(f"{_(LEFT)} {standing.left_said}".strip())
    if not pbx.active or not isinstance(PROVIDERS[pbx.kind], Subscribing):
        return
    if standing is not None and standing.trouble:
        told = f"{_(TROUBLES.get(standing.trouble, ''))} {standing.said}".strip()
        yield Finding(told, _("look at its token and at the address of its API: %(page)s") % {"page": page})
    if standing is not None and standing.id and standing.until is not None and standing.until > now:
        moment = f"{standing.until:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(_("its events are subscribed to until %(moment)s, and are again before") % {"moment": moment})
    elif standing is None or not standing.trouble:
        remedy = _("the process worker does it within a minute: look whether it runs")
        yield Finding(_("its events are not subscribed to"), remedy)


def _clock(pbx: HostedPbx, recent: Sequence[HookRecord]) -> Iterator[Finding]:
    """A time of the provider's that is hours off is one of another zone."""
    for record in recent:
        told = told_by(record)
        if told and abs(off := max(step.at for step in told) - record.received) > _SKEW_MICROS:
            hours = round(off / 3_600_000_000, 1)
            said = _("its times are %(hours)s h off ours") % {"hours": f"{hours:+}"}
            yield Finding(said, _("set its time zone: %(page)s") % {"page": f"/settings/pbxs/{pbx.id}"})
            return


def _history(pbx: HostedPbx, box: SecretBox, state: HistoryState | None, now: datetime) -> Iterator[Finding]:
    """When its history was read last, and what was wrong; nothing of a provider that has none we read."""
    history, page = HISTORIES.get(pbx.kind), f"/settings/pbxs/{pbx.id}"
    if history is None:
        return
    try:
        lacking = history.lacks(Account(pbx.id, pbx.settings, pbx.opened(box)))
    except WrongKey:
        return  # said above
    if lacking:
        names = ", ".join(_(label) for label in lacking)
        told = _("its history is not read, and no recordings are fetched: it lacks %(names)s") % {"names": names}
        yield Finding(told)
        return
    if state is not None and state.fault:
        told = _("its history cannot be read since %(times)s tries: %(reason)s")
        remedy = _("look at its address and its key: %(page)s") % {"page": page}
        yield Finding(told % {"times": state.faults, "reason": state.fault}, remedy)
    if state is None or state.read_at is None:
        if state is None or not state.fault:
            yield Finding(_("its history was not read yet"), _("the worker reads it: look whether it runs"))
        return
    if now - state.read_until > FAR:
        told = _("its history is being caught up with: calls are told that began before %(moment)s")
        yield Finding(told % {"moment": f"{state.read_until:%Y-%m-%d %H:%M:%S} UTC"})
    late = now - state.read_at > _LATE_HISTORY and not state.fault
    told = _("its history was read last %(moment)s: %(number)s calls")
    facts = {"moment": f"{state.read_at:%Y-%m-%d %H:%M:%S} UTC", "number": state.told}
    yield Finding(told % facts, _("the worker reads it: look whether it runs") if late else "")


def _groups(pbx: HostedPbx, box: SecretBox, seen: Sequence[GroupSeen]) -> Iterator[Finding]:
    """Of a provider whose groups we can keep; a wrong key is told by `_row`."""
    if (groups := GROUPS.get(pbx.kind)) is None:
        return
    try:
        account = Account(pbx.id, pbx.settings, pbx.opened(box))
    except WrongKey:
        return
    labels = {one.name: _(one.label) for one in PROVIDERS[pbx.kind].settings}
    missing = [labels[name] for name in groups.missing(account)]
    yield from found_of(seen, sorted(groups_of(account)), missing, f"/settings/pbxs/{pbx.id}")


def _phones(pbx: HostedPbx, box: SecretBox) -> Iterator[Finding]:
    """Of a provider that tells of telephones."""
    if (phones := PHONES.get(pbx.kind)) is None:
        return
    try:
        account = Account(pbx.id, pbx.settings, pbx.opened(box))
    except WrongKey:
        return
    named = phones.extensions(account)
    labels = {one.name: _(one.label) for one in PROVIDERS[pbx.kind].settings}
    missing = [labels[name] for name in phones.missing(account)]
    if named and missing:
        told = _("telephones are not looked at; it lacks: %(names)s") % {"names": ", ".join(missing)}
        yield Finding(told, _("give them: %(page)s") % {"page": f"/settings/pbxs/{pbx.id}"})
    else:
        yield Finding(_("%(number)s telephones are looked at") % {"number": len(named)})
