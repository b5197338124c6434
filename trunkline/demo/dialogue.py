"""A recorded AMI dialogue as a template: the same call between other parties, at another time, lasting longer.

No I/O here beyond reading the recordings, which are copies of tests/scenarios.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

# The parties of every recording (tests/scenarios/README.md).
CALLER, LINE, QUEUE, AGENTS, CLIENT = "+79161234567", "+74951234567", "sales", ("101", "102", "103"), "79265550101"

_UNIQUEID = re.compile(r"(?<![\d.])(1\d{9})\.(\d{1,5})(?![\d.])")
_SUFFIX = re.compile(r"(?<=-)[0-9a-f]{8}(?![0-9a-f-])")
_BRIDGE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STAMP = re.compile(r"^Timestamp: (\d+\.\d+)\r?$", re.MULTILINE)
# A pause longer than this is somebody waiting or talking, and is drawn out.
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Parties:
    """Who takes which part, and what makes this call different from every other."""

    caller: str
    line: str
    queue: str
    agents: tuple[str, ...]
    serial: int
    token: str
    stretch: float


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The frames of one recording with the seconds since its first."""

    name: str
    epoch: int
    first: int
    frames: tuple[tuple[float, str], ...]

    def play(self, parties: Parties, start: float) -> list[tuple[float, bytes]]:
        """The frames between `parties` as (when, bytes), the first at `start`."""
        played, moment, before = [], start, 0.0
        for offset, text in self.frames:
            pause = offset - before
            moment += pause * (parties.stretch if pause > _PAUSE_SECONDS else 1.0)
            before = offset
            played.append((moment, self._recast(text, parties, start, moment).encode()))
        return played

    def first_leg_only(self) -> "Dialogue":
        """The same call with nobody but the caller in it: he comes, and is gone again."""
        own = _UNIQUEID.search(self.frames[0][1])
        assert own is not None
        kept = [
            (offset, text)
            for offset, text in self.frames
            if f"\r\nUniqueid: {own[0]}\r\n" in text and text.startswith(("Event: Newchannel", "Event: Hangup\r"))
        ]
        return Dialogue(self.name, self.epoch, self.first, tuple(kept))

    def _recast(self, text: str, parties: Parties, start: float, moment: float) -> str:
        # Times first: nothing else may take them for ids.
        text = _STAMP.sub("Timestamp: @", text)
        text = _UNIQUEID.sub(lambda match: self._uniqueid(match, parties, start), text)
        text = _SUFFIX.sub(lambda match: f"{(int(match.group(), 16) + parties.serial * 8) & 0xFFFFFFFF:08x}", text)
        text = _BRIDGE.sub(lambda match: f"{match.group()[:24]}{parties.token}", text)
        text = _roles().sub(lambda match: self._role(match.group(), parties), text)
        return text.replace("Timestamp: @", f"Timestamp: {moment:.6f}")

    def _uniqueid(self, match: re.Match[str], parties: Parties, start: float) -> str:
        return f"{int(start) + int(match[1]) - self.epoch}.{parties.serial * 100 + int(match[2]) - self.first}"

    def _role(self, found: str, parties: Parties) -> str:
        if found in AGENTS:
            return parties.agents[AGENTS.index(found) % len(parties.agents)]
        others = {CALLER: parties.caller, LINE: parties.line, QUEUE: parties.queue, CLIENT: parties.caller.lstrip("+")}
        return others[found]


@cache
def _roles() -> re.Pattern[str]:
    words = sorted((CALLER, LINE, QUEUE, CLIENT, *AGENTS), key=len, reverse=True)
    return re.compile(rf"(?<![\w.])(?:{'|'.join(re.escape(word) for word in words)})(?![\w.])")


@cache
def load_dialogue(name: str) -> Dialogue:
    """The recording `name` of trunkline/demo/dialogues."""
    data = resources.files("trunkline.demo").joinpath("dialogues", f"{name}.ami").read_bytes().decode()
    frames = [(float(stamp[1]), frame) for frame in _frames(data) if (stamp := _STAMP.search(frame))]
    began = frames[0][0]
    own = _UNIQUEID.search(frames[0][1].partition("\r\nUniqueid: ")[2])
    assert own is not None
    return Dialogue(name, int(began), int(own[2]), tuple((stamp - began, frame) for stamp, frame in frames))


def linkedid(serial: int, start: float) -> str:
    """The linkedid that `play` gives a call."""
    return f"{int(start)}.{serial * 100}"


def _frames(data: str) -> list[str]:
    return [f"{frame}\r\n\r\n" for frame in data.split("\r\n\r\n") if frame.startswith("Event: ")]
