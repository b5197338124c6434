"""What a browser is told: that a call rings, or what became of the ring. The least that helps. No I/O here."""

import hashlib
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from trunkline.calls.agents import AgentEvent
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _

RING_SECONDS: Final = 30
"""A ring that is told later is no news: the push service forgets it."""
OVER_SECONDS: Final = 600
_LONGEST: Final = 120


class Letter(NamedTuple):
    """A message, how long it may wait for the browser, and whether it replaces one that waits still."""

    body: bytes
    seconds: int
    urgency: str
    topic: str


def ring(row: AgentEvent, contact: str) -> Letter:
    """It rings; `contact` is who the number belongs to, where one may be named."""
    number = phone(row.other) if row.other else _("Hidden number")
    name = (contact or row.other_name)[:_LONGEST]
    told = [number] if name else []
    if row.line:
        told.append(_("to %(line)s") % {"line": phone(row.line)})
    return _letter("ring", row.call_id, _("Rings: %(who)s") % {"who": name or number}, " · ".join(told), RING_SECONDS)


def over(row: AgentEvent, contact: str, *, own: bool, answered: bool) -> Letter:
    """It rings no more: he talks himself, a colleague answered, or nobody did so here."""
    who = (contact or row.other_name)[:_LONGEST] or (phone(row.other) if row.other else _("Hidden number"))
    if own:
        told = _("You are talking")
    else:
        told = _("A colleague answered") if answered else _("It rang and was not answered here")
    return _letter("over", row.call_id, who, told, OVER_SECONDS)


def is_news(row: AgentEvent, now: datetime) -> bool:
    """Whether the ring began so lately that it may still be told."""
    return row.since is not None and (now - row.since).total_seconds() < RING_SECONDS


def _letter(kind: str, call: UUID, title: str, body: str, seconds: int) -> Letter:
    plain = {"kind": kind, "call": str(call), "title": title, "body": body, "url": "/card"}
    topic = hashlib.sha256(call.bytes).hexdigest()[:32]
    return Letter(msgspec.json.encode(plain), seconds, "high" if kind == "ring" else "normal", topic)
