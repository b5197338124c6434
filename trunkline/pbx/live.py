"""Queue lengths and agents' counts on their way from the PBX's link to the question. No I/O here.

They are fields of the same hash and channel as the device states (trunkline/pbx/devices.py): `queue:{name}` = callers
waiting in the queue of that name in the PBX, `agent:{extension}` = `taken answered_at ended_at`, Unix seconds. What is
not there is unknown: a length then overflows nothing, a count is 0.
"""

from collections.abc import Mapping
from typing import NamedTuple

QUEUE = "queue:"
AGENT = "agent:"
SHIFT_PAUSE = 6 * 3600.0
"""Who took no call for so long begins a new shift: his count starts anew."""


class AgentCount(NamedTuple):
    """What is known of the calls an extension answered; the count is that of the shift."""

    taken: int = 0
    answered_at: float = 0.0
    ended_at: float = 0.0

    def answered(self, at: float) -> "AgentCount":
        """One more, answered at `at`."""
        before = max(self.answered_at, self.ended_at)
        return AgentCount(1 if at - before > SHIFT_PAUSE else self.taken + 1, at, self.ended_at)

    def ended(self, at: float) -> "AgentCount":
        """The call he answered ended at `at`."""
        return AgentCount(self.taken, self.answered_at, at)

    def encode(self) -> str:
        """The field's value."""
        return f"{self.taken} {self.answered_at:.3f} {self.ended_at:.3f}"


NO_COUNT = AgentCount()


class Live(NamedTuple):
    """What a hash or a message tells besides device states."""

    lengths: dict[str, int]
    counts: dict[str, AgentCount]


def read_live(fields: Mapping[str, object]) -> Live:
    """The lengths by queue and counts by extension among `fields`; what cannot be read is left out."""
    lengths: dict[str, int] = {}
    counts: dict[str, AgentCount] = {}
    for name, value in fields.items():
        try:
            if name.startswith(QUEUE):
                lengths[name[len(QUEUE) :]] = int(str(value))
            elif name.startswith(AGENT):
                taken, answered_at, ended_at = str(value).split()
                counts[name[len(AGENT) :]] = AgentCount(int(taken), float(answered_at), float(ended_at))
        except ValueError:
            continue
    return Live(lengths, counts)
