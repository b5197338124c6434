"""What is said of each part, by what was seen of it. No I/O here."""

import datetime as dt
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunkline.diskguard import Bounds, Usage
from trunkline.numbering.words import age_of, is_old
from trunkline.pbx.devices import STALE_SECONDS
from trunkline.processwatch import is_unsteady
from trunkline.supervise import ProcessState
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

PROCESS_WORK: Final[Mapping[str, str]] = {
    "question": mark("Answers PBXs"),
    "web": mark("Pages and the API"),
    "pbx": mark("Listens to PBXs"),
    "worker": mark("Stores calls, delivers, runs jobs"),
}
_HEALTH_NAMES: Final[Mapping[str, str]] = {
    "database": mark("PostgreSQL"),
    "valkey": mark("Valkey"),
    "directory": mark("Directory"),
}
_HEALTH_REMEDIES: Final[Mapping[str, str]] = {
    "database": mark("Look at the database server. Calls are answered meanwhile, and nothing of them is lost."),
    "valkey": mark("Look at Valkey. Until it is back nobody knows whose phone is busy; calls are still answered."),
    "directory": mark("Look whether the process worker runs: it builds the directory. Calls get the last one."),
}


class Mood(StrEnum):
    """How a part is doing; the value is the kind of a state in templates."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what is seen, and what to do where it is not well."""

    name: str
    mood: Mood
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ProcessSeen:
    """A process of this node as its supervisor and the system know it."""

    name: str
    state: ProcessState
    runs: bool


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """A PBX we listen to; `proved` seconds ago an event of ours came back, None for never."""

    name: str
    proved: float | None


def process_part(seen: ProcessSeen, now: float) -> Part:
    """One process."""
    state = seen.state
    if not seen.runs:
        text = _("does not run; it ended with %(end)s") % {"end": _end(state.last_exit)}
        return Part(seen.name, Mood.BAD, text, _("It is started again by itself; if it stays so, read its log."))
    if is_unsteady(state, now):
        text = _("runs again since a moment; restarted %(number)s times, the last time after %(end)s") % {
            "number": state.restarts,
            "end": _end(state.last_exit),
        }
        return Part(seen.name, Mood.WARN, text, _("Read its log around the time it ended."))
    return Part(seen.name, Mood.OK, _(PROCESS_WORK.get(seen.name, "")))


def _end(code: int | None) -> str:
    """How a process ended, as a reader of logs knows it: `code 1`, `SIGKILL`."""
    if code is None or code >= 0:
        return _("code %(code)s") % {"code": code}
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def health_part(name: str, message: str | None) -> Part:
    """One server or file this process needs; `message` is what is wrong with it."""
    shown = _(_HEALTH_NAMES[name]) if name in _HEALTH_NAMES else name
    if message is None:
        return Part(shown, Mood.OK, _("answers"))
    mood = Mood.BAD if name == "database" else Mood.WARN
    return Part(shown, mood, message, _(_HEALTH_REMEDIES[name]) if name in _HEALTH_REMEDIES else "")


def link_part(seen: LinkSeen) -> Part:
    """One link."""
    if seen.proved is None:
        text, remedy = _("never heard"), _("Look whether its AMI address and secret are right: trunkline pbx check.")
        return Part(seen.name, Mood.BAD, text, remedy)
    if seen.proved > STALE_SECONDS:
        text = _("not heard for %(seconds)s s") % {"seconds": round(seen.proved)}
        remedy = _("Look at the PBX and the network between. What it says meanwhile is read later from its journal.")
        return Part(seen.name, Mood.BAD, text, remedy)
    return Part(seen.name, Mood.OK, _("heard %(seconds)s s ago") % {"seconds": max(0, round(seen.proved))})


def disk_part(usage: Usage, bounds: Bounds) -> Part:
    """The disk of the data directory."""
    text = _("%(number)s MB free") % {"number": usage.free_mb}
    if usage.free_mb >= bounds.free_mb:
        return Part(_("Disk"), Mood.OK, text)
    mood = Mood.BAD if usage.free_mb < bounds.free_mb / 4 else Mood.WARN
    remedy = _("Free space, or move the data directory to a larger disk: when it is full nothing new is accepted.")
    return Part(_("Disk"), mood, text, remedy)


def spool_part(waiting: int, bounds: Bounds) -> Part:
    """What was accepted and is not stored yet, in bytes."""
    share = waiting / (bounds.spool_mb << 20)
    text = _("%(number)s kB wait to be stored") % {"number": waiting // 1000}
    if share < 0.5:
        return Part(_("Spool"), Mood.OK, text)
    mood = Mood.BAD if share >= 0.9 else Mood.WARN
    remedy = _("Look whether the worker runs and the database answers: when the spool is full nothing is accepted.")
    return Part(_("Spool"), mood, text, remedy)


def numbering_part(dated: Mapping[str, dt.date], today: dt.date) -> Part:
    """The numbering registry, by the day of each first digit's file."""
    name, age = _("Numbering registry"), age_of(dated, today)
    if age is None:
        text, remedy = _("none was imported: the region of Russian numbers is unknown"), "trunkline import numbering"
        return Part(name, Mood.OK, text, remedy)
    codes = ", ".join(f"{digit}xx" for digit in sorted(dated))
    text = _("%(number)s days old; codes %(codes)s") % {"number": age, "codes": codes}
    if is_old(age):
        remedy = _(
            "Import the newest files with trunkline import numbering. A number in no range of an old registry may just "
            "be new, so it no longer counts as suspicious."
        )
        return Part(name, Mood.WARN, text, remedy)
    return Part(name, Mood.OK, text)


def worst(parts: Sequence[Part]) -> Mood:
    """The worst mood among `parts`."""
    moods = {part.mood for part in parts}
    return next((mood for mood in (Mood.BAD, Mood.WARN) if mood in moods), Mood.OK)
