"""story.parse_ratio: our framing and decoding of recorded AMI bytes against panoramisk alone, in the same segments."""

import time
from collections.abc import Callable, Iterator

from panoramisk.ami_protocol import AMIProtocol

from bench.figures import Context, Figure, against, interleaved
from tests.fakes.dialogue import SCENARIOS, call_again, recorded_events
from trunkline.pbx.asterisk.framing import TERMINATOR, decode, split_frames

ROWS = ("story.parse_ratio",)
_SEGMENT = 1448  # a TCP segment's payload
_CALLS = 60


def measure(_context: Context, _wanted: frozenset[str]) -> Iterator[Figure]:
    """Events a second of both, each decoded whole."""
    stream = _stream()
    segments = [stream[start : start + _SEGMENT] for start in range(0, len(stream), _SEGMENT)]
    events = stream.count(b"Event: ")
    ours, theirs = interleaved(lambda: events / _timed(_ours, segments), lambda: events / _timed(_panoramisk, segments))
    yield against("story.parse_ratio", ours, theirs, "events/s", ">=", 0.9)


def _stream() -> bytes:
    names = [path.stem for path in sorted(SCENARIOS.glob("*.ami")) if recorded_events(path.stem)]
    calls = [call_again(names[copy % len(names)], copy, time.time()) for copy in range(_CALLS)]
    return b"".join(frame + TERMINATOR for call in calls for frame in call)


def _timed(read: Callable[[list[bytes]], int], segments: list[bytes]) -> float:
    start = time.perf_counter()
    read(segments)
    return time.perf_counter() - start


def _ours(segments: list[bytes]) -> int:
    rest, read = b"", 0
    for segment in segments:
        frames, rest = split_frames(rest + segment)
        for frame in frames:
            decode(frame)
            read += 1
    return read


class _Counter:
    """What panoramisk hands its events to."""

    save_stream = None

    def __init__(self) -> None:
        self.read = 0

    def dispatch(self, _event: object) -> None:
        self.read += 1


def _panoramisk(segments: list[bytes]) -> int:
    protocol, counter = AMIProtocol(), _Counter()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = counter, "utf8"
    for segment in segments:
        protocol.data_received(segment)
    return counter.read
