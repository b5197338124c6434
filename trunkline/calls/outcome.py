"""What a call can be: its direction, what became of it, who ended it. No I/O here."""

from enum import StrEnum


class Direction(StrEnum):
    """Which way a call went, seen from the company."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """What became of a call; one that is answered may still go on."""

    RINGING = "ringing"
    ANSWERED = "answered"
    MISSED = "missed"
    SCREENED = "screened"
    """Kept out by the spam rules and never offered to a person: neither answered nor missed."""
    MERGED = "merged"
    """Nobody talked in it before it became a part of another call."""


class HungUpBy(StrEnum):
    """Whose side ended it."""

    CALLER = "caller"
    CALLEE = "callee"
    PBX = "pbx"
    """Neither: the dialplan, a time limit, a lost leg."""
