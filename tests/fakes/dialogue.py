"""Recorded calls said again: as many as wanted, each with ids of its own, now."""

import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from trunkline.pbx.asterisk.framing import split_frames

SCENARIOS = Path(__file__).parents[1] / "scenarios"

_STAMP = re.compile(rb"\r\nTimestamp: [0-9.]+")
_ID = re.compile(rb"\b(1\d{9})\.(\d{1,5})\b(?!\d)")
_ROW_TIME = re.compile(rb'","(\d{10}\.\d{6})","')
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


def _renumbered_line(line: bytes, renumbered: Callable[[re.Match[bytes]], bytes]) -> bytes:
    return line if line.startswith(b"Timestamp: ") else _ID.sub(renumbered, line)


def cel_again(name: str, copy: int, at: float) -> list[tuple[float, bytes]]:
    """The CEL rows of `call_again(name, copy, at)`, each with the time it is written."""
    begun = b"%d" % at
    first = _first_stamp(name)
    rows = []
    for line in (SCENARIOS / f"{name}.cel.csv").read_bytes().splitlines(keepends=True):
        found = _ROW_TIME.search(line)
        assert found is not None
        written = at + float(found[1]) - first
        renumbered = _ID.sub(lambda match: b"%s.%d" % (begun, int(match[2]) + 1000 * copy), line)
        rows.append((written, _ROW_TIME.sub(b'","%.6f","' % written, renumbered, count=1)))
    return rows


def paced(name: str, copy: int, at: float) -> list[tuple[float, bytes]]:
    """The frames of `call_again`, each with the time it is said when the call takes as long as it did."""
    first = _first_stamp(name)
    times = [at + stamp_of(frame) - first for frame in recorded_events(name)]
    return [(moment, stamped(frame, moment)) for moment, frame in zip(times, call_again(name, copy, at), strict=True)]


def stamp_of(frame: bytes) -> float:
    """The frame's `Timestamp`."""
    found = _STAMP.search(frame)
    assert found is not None
    return float(found[0].partition(b": ")[2])


def _first_stamp(name: str) -> float:
    return stamp_of(recorded_events(name)[0])
