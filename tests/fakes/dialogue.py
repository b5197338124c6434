"""Recorded calls said again: as many as wanted, each with ids of its own, now."""

import re
import time
from functools import cache
from pathlib import Path

from trunkline.pbx.asterisk.framing import split_frames

SCENARIOS = Path(__file__).parents[1] / "scenarios"

_STAMP = re.compile(rb"\r\nTimestamp: [0-9.]+")
_ID = re.compile(rb"\b(1\d{9})\.(\d{1,5})\b(?!\d)")
_BRIDGE = re.compile(rb"\b[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")


@cache
def recorded_events(name: str) -> tuple[bytes, ...]:
    """The events of tests/scenarios/NAME.ami that have a time: all that is no answer to the recording client."""
    frames, _ = split_frames((SCENARIOS / f"{name}.ami").read_bytes())
    return tuple(frame for frame in frames if frame.startswith(b"Event: ") and _STAMP.search(frame))


def call_again(name: str, copy: int, at: float) -> list[bytes]:
    """The frames of another call like NAME, the `copy`-th, begun at `at`; ids differ from those of any other copy."""
    begun = b"%d" % at

    def renumbered(match: re.Match[bytes]) -> bytes:
        return b"%s.%d" % (begun, int(match[2]) + 1000 * copy)

    bridge = rb"%08x\1" % copy
    return [
        _BRIDGE.sub(bridge, b"\r\n".join(_renumbered_line(line, renumbered) for line in frame.split(b"\r\n")))
        for frame in recorded_events(name)
    ]


def stamped(frame: bytes, at: float | None = None) -> bytes:
    """The frame as it would be said at `at`, or now."""
    return _STAMP.sub(b"\r\nTimestamp: %.6f" % (time.time() if at is None else at), frame, count=1)


def _renumbered_line(line: bytes, renumbered) -> bytes:  # type: ignore[no-untyped-def]
    return line if line.startswith(b"Timestamp: ") else _ID.sub(renumbered, line)
