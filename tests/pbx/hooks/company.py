"""Ten calls of one company, told once: whoever plays a provider tells each of them by its webhooks.

Seconds are counted from the call's beginning. What a provider does not tell stands in its row of `capabilities.py`, and
is then left out of the comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary

LINE = "+74951234567"
CLIENT = "+79160000004"
START = 1_786_006_800_000_000
"""2026-08-06 12:00:00 in Moscow, µs."""


@dataclass(frozen=True)
class Played:
    """One call. `rings` are extensions and when each rang, `answered` who took it and when, `ends` when it was over.

    `gave_up`: the caller hung up while it rang; `busy`: every extension was engaged.
    """

    name: str
    direction: Direction = Direction.IN
    agent: str = ""
    rings: Sequence[tuple[str, float]] = ()
    answered: tuple[str, float] | None = None
    ends: float = 0.0
    gave_up: bool = False
    busy: bool = False
    client: str = CLIENT

    @property
    def talk(self) -> int:
        """Seconds of talk."""
        return round(self.ends - self.answered[1]) if self.answered else 0

    @property
    def wanted(self) -> tuple[str, ...]:
        """Direction, from, to, outcome, answered by."""
        outgoing = self.direction is Direction.OUT
        outcome = Outcome.ANSWERED if self.answered else Outcome.MISSED
        parties = (self.agent, self.client) if outgoing else (self.client, LINE)
        return (self.direction.value, *parties, outcome.value, self.answered[0] if self.answered else "")


CALLS = (
    Played("the first extension answers", rings=[("101", 1)], answered=("101", 6), ends=66),
    Played("the second extension answers", rings=[("101", 1), ("102", 16)], answered=("102", 21), ends=141),
    Played("of a group one answers", rings=[("101", 1), ("102", 1.2), ("103", 1.4)], answered=("103", 4), ends=34),
    Played("nobody answers", rings=[("101", 1), ("102", 21)], ends=41),
    Played("the caller gives up", rings=[("101", 1)], ends=9, gave_up=True),
    Played("the caller gives up in the menu", ends=4, gave_up=True),
    Played("everybody is engaged", rings=[("101", 1)], ends=3, busy=True),
    Played("a talk of a second", rings=[("101", 1)], answered=("101", 2), ends=3),
    Played("an outgoing call is answered", Direction.OUT, "101", answered=(CLIENT, 12), ends=102),
    Played("an outgoing call is not answered", Direction.OUT, "101", ends=30),
)


def told(summary: Summary) -> tuple[str, ...]:
    """The same of a call's record."""
    answered_by = summary.answered_by
    return summary.direction.value, summary.caller, summary.dialled, summary.outcome.value, answered_by
