"""What a line in advise would have been told, beside what its PBX did. No I/O here.

Only the first place counts: what follows depends on whether somebody answers there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from trunkline.pbx.port import Action, Decision


class Verdict(StrEnum):
    """How advice and deed compare."""

    SAME = "same"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"
    """The call goes on, was not heard, or left no trace that could tell."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What the PBX did: the queues the caller waited in and whoever was rung, in order; None where nobody heard."""

    queues: Sequence[str]
    rang: Sequence[str]
    answered_by: str
    over: bool


@dataclass(frozen=True, slots=True)
class AdvisedCall:
    """One call of a line in advise."""

    call: UUID
    at: datetime
    caller: str
    advised: Decision
    happened: Happened | None

    @property
    def verdict(self) -> Verdict:
        return compare(self.advised, self.happened)


@dataclass(frozen=True, slots=True)
class Share:
    """Of `compared` calls `elsewhere` would have gone to another place."""

    elsewhere: int
    compared: int

    @property
    def part(self) -> float | None:
        """From 0 to 1; None while nothing can be compared."""
        return self.elsewhere / self.compared if self.compared else None


def compare(advised: Decision, happened: Happened | None) -> Verdict:
    """Whether the PBX led the call to the place we would have led it to first."""
    if advised.action is Action.DEFAULT:
        return Verdict.SAME
    if happened is None or not happened.over:
        return Verdict.UNKNOWN
    first = next(iter(happened.rang), happened.answered_by)
    led = bool(happened.queues or first)
    match advised.action:
        case Action.QUEUE:
            same = advised.target in happened.queues[:1]
        case Action.EXTENSION | Action.NUMBER:
            same = advised.target == first
        case Action.TARGETS:
            same = first in advised.targets
        case _:  # a challenge, a message, a refusal: of a call that reached nobody, which of them it was is not heard
            return Verdict.ELSEWHERE if led else Verdict.UNKNOWN
    return Verdict.SAME if same else Verdict.ELSEWHERE


def share_of(calls: Sequence[AdvisedCall]) -> Share:
    """How many of those that can be compared would have gone elsewhere."""
    verdicts = [call.verdict for call in calls]
    return Share(verdicts.count(Verdict.ELSEWHERE), len(verdicts) - verdicts.count(Verdict.UNKNOWN))
