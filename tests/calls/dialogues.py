"""The recorded dialogues of tests/scenarios as events, and the calls they should become."""

import csv
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.events import Event
from trunkline.pbx.asterisk.backfill import cel_frame
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of

FOLDER = Path(__file__).parents[1] / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ami"))
PBX = "main"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One recording: the bytes of the AMI, the rows of the journal, what each call should become."""

    name: str
    ami: bytes
    cel: list[list[str]]
    calls: list[dict[str, Any]]

    @property
    def frames(self) -> list[bytes]:
        return split_frames(self.ami)[0]

    @property
    def live(self) -> list[Event]:
        """What the event stream tells; frames without a time were heard when the recording ended."""
        heard_at = int(float(self.cel[-1][1]) * 1e6)
        return [event for frame in self.frames for event in events_of(PBX, frame, heard_at)]

    @property
    def ledger(self) -> list[Event]:
        """What the journal tells."""
        frames, _ = split_frames(b"".join(cel_frame(row) for row in self.cel))
        return [event for frame in frames for event in events_of(PBX, frame, 0)]


def dialogue(name: str) -> Dialogue:
    rows = list(csv.reader((FOLDER / f"{name}.cel.csv").read_text().splitlines()))
    expected = tomllib.loads((FOLDER / f"{name}.toml").read_text())["call"]
    return Dialogue(name, (FOLDER / f"{name}.ami").read_bytes(), rows, expected)


def calls_of(events: Iterable[Event]) -> list[Call]:
    """The calls, in the order of their beginnings; one event at a time, as the stream brings them."""
    calls: dict[str, Call] = {}
    for event in events:
        known = calls.get(event.linkedid) or Call(event.pbx, event.linkedid)
        calls[event.linkedid] = advance(known, event)
    return sorted((call for call in calls.values() if call.legs), key=lambda call: call.since)
