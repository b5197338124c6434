"""Whose voice is on which track of a recording with two sides. No I/O here."""

from enum import StrEnum


class End(StrEnum):
    """Who speaks on a track."""

    AGENT = "agent"
    CLIENT = "client"


Ends = tuple[End, End]
"""Of the first track and of the second."""


def ends_of(direction: str, linkedid: str, leg: str) -> Ends | None:
    """Who speaks on the tracks of what was recorded on `leg`; None where that is not known.

    The first track is what its channel said, the second what it heard (MixMonitor, options r, t and D). Sure is who
    that is only for the channel that began the call: a client's of an incoming one, an agent's of an outgoing one.
    """
    if leg != linkedid:
        return None
    return {"in": (End.CLIENT, End.AGENT), "out": (End.AGENT, End.CLIENT)}.get(direction)
