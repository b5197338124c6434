"""What is wrong with a PBX's link, in plain words, each with its remedy: `trunkline pbx check` and the page `/setup`.

Sentences are said in the reader's language; the Russian is in trunkline/status/locale.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.journal import look
from trunkline.pbx.asterisk.link import Link, open_link
from trunkline.pbx.asterisk.resync import number_of
from trunkline.pbx.asterisk.session import PROOF
from trunkline.pbx.asterisk.terms import Address, Fault, Limits, LinkDown, LinkError, LoginRefused
from trunkline.web.i18n import gettext as _

_NEEDED = ("CoreShowChannels", "Status", "DeviceStateList", "UserEvent", "QueueStatus", "Ping")
DIALS = ("Originate", "Redirect", "Hangup", "Bridge", "Park", "Atxfer", "BlindTransfer", "SendText", "AGI")
_CHANGES = (
    "Command",
    "Setvar",
    "UpdateConfig",
    "DBPut",
    "QueueAdd",
    "QueuePause",
    "MixMonitor",
    "Reload",
    "ModuleLoad",
)
_TOO_MUCH = (*DIALS, *_CHANGES)
_SKEW_SECONDS = 2.0
_ECHO_SECONDS = 5.0
_BOOT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` is empty when it is as it should be."""

    text: str
    remedy: str = ""

    @property
    def good(self) -> bool:
        return not self.remedy


async def check(address: Address, cel_file: Path | None) -> list[Finding]:
    """Look at everything that can be looked at from here; changes nothing."""
    where = address.where
    wanted = frozenset({"FullyBooted", "UserEvent"})
    limits = replace(Limits(), ping_after=60.0)
    try:
        async with open_link(address, received=lambda _: None, wanted=wanted, limits=limits) as link:
            findings = [
                Finding(_("%(where)s lets %(user)s in") % {"where": where, "user": address.username}),
                *_tls_findings(address),
                *await _look(link),
            ]
    except LoginRefused as error:
        text = _("%(where)s refuses the login: %(error)s") % {"where": where, "error": error}
        remedy = _('user, secret and permit in manager.conf, then "manager reload"; trunkline pbx add changes ours')
        findings = [Finding(text, remedy)]
    except LinkError as error:
        findings = [_down_finding(error)]
    return [*findings, *_look_at_cel(cel_file)]


def _down_finding(error: LinkError) -> Finding:
    if isinstance(error, LinkDown) and error.fault is not None:
        return finding_of(error.fault)
    remedy = _("is Asterisk up, does manager.conf say enabled = yes and bind that address, is a firewall between?")
    return Finding(str(error), remedy)


def finding_of(fault: Fault) -> Finding:
    """A fault in the reader's language."""
    return Finding(_(fault.wrong) % fault.facts, _(fault.right) % fault.facts)


def _tls_findings(address: Address) -> Iterator[Finding]:
    if address.tls:
        yield Finding(_("the link is encrypted, and the PBX's certificate is the one trusted"))


async def _look(link: Link) -> list[Finding]:
    booted = await _event(link, "FullyBooted", _BOOT_SECONDS)
    findings = [_boot_finding(booted), *_rights_findings((await link.ask({"Action": "ListCommands"}))[0])]
    nonce = secrets.token_hex(8)
    sent = await link.ask({"Action": "UserEvent", "UserEvent": PROOF, "Nonce": nonce})
    if sent[0].get("Response") == "Success":
        findings += _echo_findings(await _event(link, "UserEvent", _ECHO_SECONDS, Nonce=nonce))
    return findings


def _boot_finding(booted: Frame | None) -> Finding:
    if booted is None:
        remedy = _("add system to read: else a restart is not noticed")
        return Finding(_("it does not say that it is booted"), remedy)
    return Finding(_("Asterisk runs for %(seconds)s s") % {"seconds": booted.get("Uptime", "?")})


def _rights_findings(commands: Frame) -> Iterator[Finding]:
    if missing := [name for name in _NEEDED if name not in commands]:
        text = _("the user may not do %(actions)s") % {"actions": ", ".join(missing)}
        yield Finding(text, _("write = reporting,user in manager.conf"))
    if too_much := [name for name in _TOO_MUCH if name in commands]:
        yield Finding(
            _("the user may do what Trunkline never does: %(actions)s") % {"actions": ", ".join(too_much)},
            _("write = reporting,user in manager.conf and nothing else: then a stolen secret cannot dial"),
        )
    if not missing and not too_much:
        yield Finding(_("the user's write rights are exactly those needed"))


def _echo_findings(echo: Frame | None) -> Iterator[Finding]:
    if echo is None:
        remedy = _("add user to read: else no device state is ever trusted")
        yield Finding(_("our own event does not come back"), remedy)
        return
    yield Finding(_("our own event comes back: the stream of events is alive"))
    stamp = number_of(echo.get("Timestamp"))
    if stamp is None:
        remedy = _("timestampevents = yes in manager.conf [general]: else two nodes tell one event twice")
        yield Finding(_("events carry no time"), remedy)
        return
    skew = stamp - time.time()
    remedy = _("run NTP (chrony, systemd-timesyncd) on both machines") if abs(skew) > _SKEW_SECONDS else ""
    text = _("its clock is %(seconds)s s ahead of ours") if skew > 0 else _("its clock is %(seconds)s s behind ours")
    yield Finding(text % {"seconds": f"{abs(skew):.1f}"}, remedy)


def _look_at_cel(file: Path | None) -> Iterator[Finding]:
    if file is None:
        remedy = _("cel.conf and cel_custom.conf of config/asterisk, then trunkline pbx add … --cel FILE")
        yield Finding(_("no CEL file is set: what happens while the link is down stays unknown"), remedy)
        return
    seen = look(file)
    if seen.fault is not None:
        yield finding_of(seen.fault)
    elif seen.newest is None:
        yield Finding(_("%(file)s has no row yet") % {"file": file}, _("make a call, then look again"))
    else:
        age = f"{time.time() - seen.newest:.0f}"
        yield Finding(_("the CEL file can be read; its newest row is %(seconds)s s old") % {"seconds": age})


async def _event(link: Link, name: str, limit: float, **headers: str) -> Frame | None:
    try:
        async with asyncio.timeout(limit):
            while True:
                frame = await link.next_event()
                if frame["Event"] == name and all(frame.get(key) == value for key, value in headers.items()):
                    return frame
    except TimeoutError:
        return None
