"""The guard's settings as people change them: caps and lists, the kill switch with its alarm, the do-not-call list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.calls.phone import NamedKind, Number, mask, parse
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.dialing.guard import Limits, is_entry, is_prefix
from trunkline.dialing.store import SQL, read_limits
from trunkline.erasing.marks import allow_again
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_REASON = 300
CAPS = ("number_calls", "number_minutes", "ip_calls", "ip_minutes", "day_calls", "day_minutes")
_CALLBACKS = {
    "callback_attempts": (1, 20),
    "callback_pause_minutes": (1, 1440),
    "callback_short_seconds": (0, 300),
    "callback_opens": (0, 23),
    "callback_closes": (1, 24),
    "callback_keep_hours": (1, 720),
}
_CONTACTS = {"contact_most": (0, 1000), "contact_days": (1, 90)}
_RANGES = {
    **dict.fromkeys(CAPS, (0, 1_000_000)),
    "longest_minutes": (1, 600),
    "ring_seconds": (5, 120),
    **_CALLBACKS,
    **_CONTACTS,
}
_OFF = mark("Calling out is switched off by %(person)s: nothing is dialled, by nobody.")
_ALARM = "dialing.off"


class Blocked(msgspec.Struct, frozen=True):
    """A number that is not called, since when, why, and who wrote it down."""

    number: str
    reason: str
    added_at: datetime
    person: str


async def save_limits(connection: Connection, sent: dict[str, str], actor: Actor, now: datetime) -> None:
    """Put other caps and lists in force, told to the audit log; raises InvalidInput with every mistake."""
    limits = checked(sent)
    before, after = difference(_shown(await read_limits(connection)), _shown(limits))
    if not after:
        return
    numbers = (getattr(limits, name) for name in _RANGES)
    await connection.execute(SQL["save_rules"], list(limits.allowed), list(limits.denied), *numbers)
    await record(connection, actor, Deed("dialing.changed", "dialing", "rules", before, after), now)


async def switch(connection: Connection, active: bool, actor: Actor, now: datetime) -> None:
    """The kill switch. What was accepted and is not sent yet stops with it; what rings or talks goes on."""
    if await connection.fetchval(SQL["switch"], active) is None:
        return
    deed = Deed("dialing.switched", "dialing", "rules", {"active": not active}, {"active": active})
    await record(connection, actor, deed, now)
    if active:
        await clear_alarm(connection, _ALARM)
        return
    await connection.execute(SQL["stop_accepted"])
    await raise_alarm(connection, _ALARM, Severity.CRITICAL, _OFF, {"person": actor.name})


async def add_number(
    connection: Connection, text: str, reason: str, actor: Actor, now: datetime
) -> tuple[Number, bool]:
    """Put a number on the do-not-call list; whether it is new there. Raises InvalidInput."""
    number, reason = parse(text), " ".join(reason.split())
    mistakes = []
    if isinstance(number, NamedKind):
        mistakes.append(Mistake("number", _("must be a full phone number, e.g. +79161234567")))
    if not 1 <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        mistakes.append(Mistake("reason", _("must say why, in at most 300 characters")))
    if mistakes or isinstance(number, NamedKind):
        raise InvalidInput(*mistakes)
    added = await connection.fetchval(SQL["add_do_not_call"], number, reason, now, actor.person_id, actor.name)
    await record(connection, actor, Deed("do_not_call.added", "number", mask(number), after={"reason": reason}), now)
    return number, added


async def drop_number(connection: Connection, text: str, actor: Actor, now: datetime, box: SecretBox) -> bool:
    """Take a number off again, also one that was erased and is there by its mark; False where it is not there."""
    number = parse(text)
    if isinstance(number, NamedKind):
        return False
    reason = await connection.fetchval(SQL["drop_do_not_call"], number)
    marked = await allow_again(connection, box, number)
    reason = marked if reason is None else reason
    if reason is None:
        return False
    await record(connection, actor, Deed("do_not_call.removed", "number", mask(number), {"reason": reason}), now)
    return True


async def list_blocked(
    connection: Connection, *, prefix: str = "", after: tuple[datetime, str] | None = None, limit: int
) -> Sequence[Blocked]:
    """The list, the newest first, behind the entry `after`."""
    added_at, number = after or (None, "")
    rows = await connection.fetch(SQL["list_do_not_call"], prefix, added_at, number, limit)
    return [Blocked(**dict(row)) for row in rows]


def checked(sent: dict[str, str]) -> Limits:
    """The settings as a form sends them; raises InvalidInput with every mistake."""
    mistakes = []
    allowed, denied = (_entries(sent.get(name, "")) for name in ("allowed", "denied"))
    if wrong := [each for each in allowed if not is_entry(each)]:
        text = _("must be countries such as RU and prefixes such as +7800, with spaces between; not %(wrong)s")
        mistakes.append(Mistake("allowed", text % {"wrong": ", ".join(wrong)[:100]}))
    if wrong := [each for each in denied if not is_prefix(each)]:
        text = _("must be prefixes such as +7809, with spaces between; not %(wrong)s")
        mistakes.append(Mistake("denied", text % {"wrong": ", ".join(wrong)[:100]}))
    for name, entries in (("allowed", allowed), ("denied", denied)):
        if len(entries) > 100:
            mistakes.append(Mistake(name, _("must be at most 100")))
    numbers: dict[str, Any] = {}
    for name, (least, most) in _RANGES.items():
        text = sent.get(name, "").strip()
        if text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most:
            numbers[name] = int(text)
        else:
            message = _("must be a whole number from %(least)s to %(most)s")
            mistakes.append(Mistake(name, message % {"least": least, "most": most}))
    if numbers.get("callback_opens", 0) >= numbers.get("callback_closes", 24):
        mistakes.append(Mistake("callback_closes", _("must be later than the beginning")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return Limits(allowed=allowed, denied=denied, **numbers)


def _entries(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.upper().replace(",", " ").replace(";", " ").split()))


def _shown(limits: Limits) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(limits).items() if name != "active"}
