"""The headers of an AMI frame as the tables of this folder read them. No I/O here."""

import re

from trunkline.calls.what import AnyWhat, Named, NoticeTold
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.notice import NoticeState, read_token

_HIDDEN = frozenset({"<unknown>", "<none>", "N/A"})
_MOST_DIGITS = 10
"""Of Unix seconds until 2286; a number in a header has fewer."""

Told = tuple[str, str, str, AnyWhat]
"""Linkedid, leg, channel and what happened."""


class Headers:
    """The headers of a frame as plain text; what Asterisk does not know is empty."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __getitem__(self, key: str) -> str:
        value = self._frame.get(key, "")
        if isinstance(value, list):
            value = value[-1]
        return "" if value in _HIDDEN else value

    def number(self, key: str) -> int:
        """The header as a number, 0 where it is none that Asterisk writes."""
        text = self[key]
        return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else 0

    def variable(self, name: str) -> str:
        """A channel variable that `channelvars` of manager.conf adds to the frame."""
        values = self._frame.get("ChanVariable", [])
        for value in [values] if isinstance(values, str) else values:
            key, _, text = value.partition("=")
            if key == name:
                return text
        return ""

    def told(self, what: AnyWhat, prefix: str = "") -> Told:
        """`what` as a happening of the channel whose headers start with `prefix`."""
        return self[prefix + "Linkedid"], self[prefix + "Uniqueid"], self[prefix + "Channel"], what


NOTICE = "TrunklineNotice"
"""The event by which the shipped dialplan tells of a notice: `played:in:+74951234567:3:before_ring:2`."""


def notice_told(text: str) -> NoticeTold | None:
    """What the dialplan says of a notice; None for what it never says."""
    state, _, token = text.partition(":")
    given = read_token(token)
    if given is None or state not in set(NoticeState):
        return None
    notice = given.notice
    return NoticeTold(NoticeState(state), notice.way, given.line, notice.version, notice.when, notice.seconds)


LINE = "TrunklineLine"
"""The event by which the front's dialplan tells which line a call to an account is about: `+74951234567`."""
_NUMBER = re.compile(r"\+?[0-9]{3,20}")


def told_by_dialplan(name: str, text: str) -> AnyWhat | None:
    """What an event of the dialplan's own tells; None for anybody else's, and for what ours never say."""
    if name == NOTICE:
        return notice_told(text)
    return Named(exten=text) if name == LINE and _NUMBER.fullmatch(text) else None


def age(linkedid: str) -> tuple[float, str]:
    """Orders linkedids as Asterisk does when calls meet: the oldest stays."""
    seconds, _, serial = linkedid.rpartition("-")[2].partition(".")
    return float(seconds) if seconds.isdecimal() else float("inf"), serial.rjust(12, "0")


def micros(stamp: str) -> int:
    """`1700000000.123456` in µs without the rounding of a float; 0 for what is no time."""
    seconds, _, fraction = stamp.partition(".")
    if not seconds.isdecimal() or len(seconds) > _MOST_DIGITS:
        return 0
    return int(seconds) * 1_000_000 + (int(fraction[:6].ljust(6, "0")) if fraction.isdecimal() else 0)
