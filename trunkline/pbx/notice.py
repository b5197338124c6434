"""What a line plays to outside parties before a talk is recorded, and how a PBX names it to us. No I/O here."""

from enum import StrEnum
from typing import Final

import msgspec

LONGEST_SECONDS: Final = 3
"""Of a notice: a greeting of 14 s cost a company a tenth of its calls."""


class Way(StrEnum):
    """Which calls of a line hear it."""

    IN = "in"
    OUT = "out"


class NoticeWhen(StrEnum):
    """When an outside party hears it."""

    NONE = "none"
    BEFORE_RING = "before_ring"
    """The PBX answers the call and plays it; then it rings whom it was sent to."""
    AFTER_ANSWER = "after_answer"
    """Once somebody answered: a client we call before he is connected, a client who calls in the talk itself."""


class NoticeState(StrEnum):
    """What came of it in one call."""

    WAITS = "waits"
    """To be played when somebody answers; of a call that is over: nobody did."""
    PLAYS = "plays"
    PLAYED = "played"
    REFUSED = "refused"
    """The party pressed the digit: nothing of the call may be kept as sound."""
    HUNG_UP = "hung_up"
    """The call ended while it was played."""
    UNPLAYED = "unplayed"
    """The PBX has no such sound, or none it can play: who was to hear it was told nothing."""


UNRECORDED: Final = frozenset((NoticeState.REFUSED, NoticeState.UNPLAYED))
"""What came of the notices of calls of which no sound may be kept."""


class Notice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One version of what a line plays one way: `sound` is the PBX's file, `digit` refuses the recording (or is empty).

    `seconds` is how long the file is, at most LONGEST_SECONDS.
    """

    way: Way = Way.IN
    version: int = 0
    when: NoticeWhen = NoticeWhen.NONE
    sound: str = ""
    seconds: int = LONGEST_SECONDS
    digit: str = ""


class GivenNotice(msgspec.Struct, frozen=True, gc=False):
    """A notice of a line (E.164) as an answer gives it to the PBX."""

    line: str
    notice: Notice

    @property
    def token(self) -> str:
        """What the PBX says back to us of it; the other way round than `read_token`."""
        notice = self.notice
        return f"{notice.way}:{self.line}:{notice.version}:{notice.when}:{notice.seconds}"


def unplayed_keys(way: Way, line: str) -> str:
    """How the alarms begin while some PBX cannot play what a line (E.164) plays one way."""
    return f"notice.sound:{way}:{line}:"


def unplayed_key(way: Way, line: str, pbx: str) -> str:
    """That of one PBX, for its files are its own."""
    return f"{unplayed_keys(way, line)}{pbx}"


def long_keys(way: Way, line: str) -> str:
    """How the alarms begin while what a line (E.164) plays one way takes longer at some PBX than a notice may."""
    return f"notice.long:{way}:{line}:"


def long_key(way: Way, line: str, pbx: str) -> str:
    """That of one PBX, for its files are its own."""
    return f"{long_keys(way, line)}{pbx}"


def digit_key(way: Way, line: str) -> str:
    """The alarm of a notice that an upgrade took its digit from."""
    return f"notice.digit:{way}:{line}"


def read_token(text: str) -> GivenNotice | None:
    """The notice (without its sound and digit) that a PBX names; None for what is none of ours."""
    parts = text.split(":")
    if len(parts) != 5 or not all(part.isdecimal() and len(part) < 9 for part in (parts[2], parts[4])):
        return None
    if parts[0] not in set(Way) or parts[3] not in set(NoticeWhen) or len(parts[1]) > 40:
        return None
    seconds = min(int(parts[4]), LONGEST_SECONDS)
    return GivenNotice(parts[1], Notice(Way(parts[0]), int(parts[2]), NoticeWhen(parts[3]), seconds=seconds))
