"""What the silence of a link says, by the clock alone: first a question, then a doubt, in the end that it is dead.

| silent for                       | then                                                                          |
|----------------------------------|-------------------------------------------------------------------------------|
| `ping_after`                     | a Ping is sent; until bytes come, this node takes no seat                     |
| `doubt` more                     | the link is in doubt: whoever hears the PBX may act, nothing else is done      |
| `pong` (counted from the Ping)   | the link is given up                                                          |

Any bytes end all of it, a Pong or not: a PBX that is too busy to answer but says something is alive. The Ping's moment
counts and not the last bytes', so that a standstill of our own process is not taken for the PBX's
(docs/decisions/0930).
"""

from dataclasses import dataclass
from enum import Enum

from trunkline.pbx.asterisk.terms import Limits


class Stage(Enum):
    """What is due next on a silent link."""

    PING = "ping"
    DOUBT = "doubt"
    END = "end"


@dataclass(slots=True)
class Silence:
    """Since when nothing came, and what was made of it; seconds of one clock."""

    limits: Limits
    heard_at: float
    pinged_at: float | None = None
    doubtful: bool = False

    def heard(self, now: float) -> bool:
        """Bytes came; says whether they ended a doubt."""
        ended = self.doubtful
        self.heard_at, self.pinged_at, self.doubtful = now, None, False
        return ended

    def due(self) -> tuple[Stage, float]:
        """What comes next where nothing is heard, and when. Where `pong` is not longer than `doubt`, there is none."""
        if self.pinged_at is None:
            return Stage.PING, self.heard_at + self.limits.ping_after
        if not self.doubtful and self.limits.doubt < self.limits.pong:
            return Stage.DOUBT, self.pinged_at + self.limits.doubt
        return Stage.END, self.pinged_at + self.limits.pong

    def reached(self, stage: Stage, now: float) -> None:
        """That is done."""
        if stage is Stage.PING:
            self.pinged_at = now
        elif stage is Stage.DOUBT:
            self.doubtful = True
