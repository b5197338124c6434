"""Decisions in plain words: what was done, and for each rule why it did or did not apply.

`gettext` speaks the reader's language (trunkline.web.i18n); the Russian of these sentences is in locale/ru.po.
`names` tells what people call a queue (trunkline.calls.places).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from babel.dates import format_datetime

from trunkline.calls.explain_words import ACTIONS, MISSING, RULES, VALUES, WHY_AWAY
from trunkline.calls.places import Names
from trunkline.pbx.port import Action, Next, TraceRow, Used
from trunkline.web.human import phone
from trunkline.web.i18n import current_reader, gettext, mark


class Done(Protocol):
    """A decision, as answered or as stored."""

    @property
    def action(self) -> Action: ...
    @property
    def target(self) -> str: ...
    @property
    def targets(self) -> tuple[str, ...]: ...
    @property
    def ring_seconds(self) -> int: ...
    @property
    def wait_seconds(self) -> int: ...
    @property
    def priority(self) -> int: ...
    @property
    def sound(self) -> str: ...
    @property
    def next(self) -> Next: ...


class _Spoken(dict[str, str]):
    """Values of a sentence in words; one the rule did not look at is a dash."""

    def __missing__(self, _name: str) -> str:
        return "—"


def title(rule: str) -> str:
    """A rule's name for people."""
    return gettext(RULES[rule].title) if rule in RULES else rule


def because(row: TraceRow, names: Names = str) -> str:
    """Why this rule did or did not apply."""
    words = RULES.get(row.rule)
    spoken = _Spoken({name: _spoken(name, value, names) for name, value in row.used.items()})
    if words is None:
        return ", ".join(f"{name}: {value}" for name, value in spoken.items())
    return "; ".join((gettext(words.fits if row.matched else words.fits_not) % spoken, *_besides(row.used, spoken)))


def _besides(used: Used, spoken: Mapping[str, str]) -> Iterator[str]:
    """What any rule may say besides: why an agent is away, what is left of a team."""
    if (why := str(used.get("why", ""))) in WHY_AWAY:
        yield gettext(WHY_AWAY[why])
    if used.get("reserved"):
        yield gettext("the telephone rings for another call")
    if "team" in used:
        yield gettext("of the team %(team)s can be rung now: %(free)s of %(members)s") % spoken


def trace_in_words(trace: tuple[TraceRow, ...], names: Names = str) -> list[tuple[str, bool, str]]:
    """(name, matched, why) of each rule looked at, for the macro `ui.trace`."""
    return [(title(row.rule), row.matched, because(row, names)) for row in trace]


def done(decision: Done, names: Names = str) -> str:
    """What the PBX was told to do."""
    values = {
        "target": _place(decision.action, decision.target, names),
        "targets": ", ".join(decision.targets),
        "ring": decision.ring_seconds,
        "sound": decision.sound,
    }
    text = gettext(ACTIONS[decision.action]) % values
    if decision.wait_seconds:
        text += gettext(", at most %(wait)s s") % {"wait": decision.wait_seconds}
    if decision.priority:
        text += gettext(", with priority %(priority)s") % {"priority": decision.priority}
    return text + (gettext("; then ask again") if decision.next is Next.ASK else "")


def missing(degraded: tuple[str, ...]) -> list[str]:
    """What was missing, each in words."""
    return [gettext(MISSING[part]) if part in MISSING else part for part in degraded]


def _spoken(name: str, value: str | float | bool | None, names: Names) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext(mark("yes")) if value else gettext(mark("no"))
    text = str(value)
    match name:
        case "queue" | "team":
            return names(text)
        case "local":
            return _local(text)
        case "target":
            return place_in_words(text, names)
    return gettext(VALUES[text]) if text in VALUES else text


def place_in_words(target: str, names: Names = str) -> str:
    """A place as a plan spells it, `queue:sales`; the sentence around it tells of what kind it is."""
    kind, colon, place = target.partition(":")
    if colon:
        return _place(kind, place, names)
    return gettext(VALUES[target]) if target in VALUES else target


def _place(kind: str, place: str, names: Names) -> str:
    match kind:
        case Action.QUEUE | "team":
            return names(place)
        case Action.NUMBER:
            return phone(place)
        case Action.TARGETS:
            return ", ".join(place.split("-"))
    return place


def _local(text: str) -> str:
    """The clock where the rules look at it, in the reader's spelling of a moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return format_datetime(moment, "d MMM, HH:mm", locale=current_reader().language)
