"""Where calls go while Trunkline is silent: what a PBX keeps of us for that day. Plain values; no I/O here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

OWN = "own"
"""Marks a line where everybody goes to the line's place, whoever calls."""

_SAFE = re.compile(r"[a-z]+:[A-Za-z0-9_.@/+-]{1,80}|reject").fullmatch


@dataclass(frozen=True, slots=True)
class Fallback:
    """Places by number (E.164), each spelled as a plan's target with the PBX's own name of a queue: `queue:sales`."""

    lines: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    """Lines where known callers are not looked for."""
    callers: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Lines whose place cannot stand in a dialplan, and that place."""


def is_safe(place: str) -> bool:
    """Whether a place can stand in a dialplan, where commas, brackets, semicolons and `$` mean something else."""
    return _SAFE(place) is not None
