"""Where a caller's number stands with the company's spam rules, from the directory's small tables. No I/O here."""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from trunkline.directory.values import SpamBrief

_Value = TypeVar("_Value")

SHORTEST_PREFIX = 7
"""`+` and six digits: a shorter prefix would match far too many callers."""


class Standing(NamedTuple):
    """What the small tables say of one number."""

    allowed: bool = False
    spoken: bool = False
    personal: str = ""
    """How the company's own list treats it: challenge, voicemail, reject; empty where it is not there."""
    range_votes: int = 0
    range: str = ""
    """What the numbers of its block or prefix have in common."""


def standing_of(number: str, brief: SpamBrief, now: float) -> Standing:
    """How `number` (E.164) stands at `now` (Unix seconds): a handful of look-ups, whatever the tables hold."""
    allowed = brief.allowed.get(number)
    votes, prefix = _range(number, brief)
    return Standing(
        allowed is not None and (allowed == 0 or allowed > now),
        brief.spoken.get(number, 0) > now,
        brief.personal.get(number) or _longest(number, brief.patterns)[1] or "",
        votes,
        prefix,
    )


def _range(number: str, brief: SpamBrief) -> tuple[int, str]:
    """The narrowest that fits: a block of 10, one of 100, a prefix of a list."""
    for blocks, prefix in ((brief.tens, number[:-1]), (brief.hundreds, number[:-2])):
        if votes := blocks.get(prefix):
            return votes, prefix
    prefix, found = _longest(number, brief.prefixes)
    return found or 0, prefix


def _longest(number: str, prefixes: Mapping[str, _Value]) -> tuple[str, _Value | None]:
    if prefixes:
        for length in range(len(number), SHORTEST_PREFIX - 1, -1):
            prefix = number[:length]
            if prefix in prefixes:
                return prefix, prefixes[prefix]
    return "", None
