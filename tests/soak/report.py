"""What a soak says: a line a minute, and a summary with its verdict. No I/O here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.auditor import DARK_SECONDS, Evidence
from tests.soak.faults import Fault
from tests.soak.sampler import OURS, Sample

MOST_GROWTH_PERCENT = 5.0
MOST_MEGABYTES = 1024.0
"""What a company's whole machine is promised without speech, PostgreSQL and Valkey included: ours stay far below."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What is seen at a moment: frames said, deliveries taken, how late the wire is, queues, faults since the last."""

    sample: Sample
    said: int
    delivered: int
    late: float
    waiting: dict[str, float]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended; `grown` in percent, `peak` in megabytes, `rest` in seconds from the load's end to the audit's."""

    evidence: Evidence
    findings: Sequence[str]
    faults: Sequence[tuple[float, Fault]]
    grown: float | None
    peak: float
    rest: float
    is_long: bool

    @property
    def mistakes(self) -> list[str]:
        """All that makes it a failure."""
        found = list(self.findings)
        if self.is_long and (self.grown is None or self.grown > MOST_GROWTH_PERCENT):
            found.append(f"our memory grew by {_percent(self.grown)}, {MOST_GROWTH_PERCENT:.0f} % at most is right")
        if self.peak > MOST_MEGABYTES:
            found.append(f"our processes held {self.peak:.0f} MB, {MOST_MEGABYTES:.0f} at most is right")
        return found


def line_of(minute: Minute) -> str:
    """One line of the log."""
    held = minute.sample.megabytes
    sizes = " ".join(f"{name} {held[name]:.0f}" for name in (*OURS, "postgres", "valkey") if name in held)
    waits = ", ".join(f"{value:.0f} {name}" for name, value in minute.waiting.items() if value) or "nothing"
    if not minute.waiting:
        waits = "unknown"
    return (
        f"{minute.sample.at / 60:6.1f} min  frames {minute.said}  delivered {minute.delivered}  wire late "
        f"{minute.late:.2f} s  MB: {sizes}  waits: {waits}  faults: {', '.join(minute.faults) or 'none'}"
    )


def summary(outcome: Outcome) -> list[str]:
    """The end of the log."""
    evidence = outcome.evidence
    asked = [one.ms for one in evidence.questions if one.status == 200]
    silent = sum(one.status == 0 for one in evidence.questions)
    kinds = Counter(one.kind for one in evidence.visits)
    repeats = len(evidence.delivered) - len(set(evidence.delivered))
    return [
        f"calls: {len(evidence.sent)} made, {len(evidence.seen)} told, "
        f"{sum(one.gap for one in evidence.seen)} with a gap",
        f"questions: {len(asked)} answered, {silent} within {DARK_SECONDS:.0f} s of a kill not; "
        f"p50 {_at(asked, 0.5):.1f} ms, p99 {_at(asked, 0.99):.1f} ms, longest {_at(asked, 1.0):.1f} ms",
        f"visits: {len(evidence.visits)} answered, {len(evidence.kept_visits)} kept; numbers shown: "
        + (", ".join(f"{kind} {times}" for kind, times in kinds.most_common()) or "none"),
        f"script's answers: {', '.join(f'{status} ×{times}' for status, times in sorted(evidence.statuses.items()))}",
        f"leases: {len(evidence.leases)} in the ledger",
        f"deliveries: {len(set(evidence.delivered))}, and {repeats} repeats under a key that had come",
        f"recordings: {len(evidence.recordings)}",
        f"faults: {len(outcome.faults)}; all queues read and the audit over {outcome.rest:.0f} s after the load",
        f"memory of ours: {outcome.peak:.0f} MB at most, grown by {_percent(outcome.grown)}",
        *(f"WRONG: {mistake}" for mistake in outcome.mistakes),
        "verdict: " + ("as it should be" if not outcome.mistakes else "NOT as it should be"),
    ]


def _percent(grown: float | None) -> str:
    return "an unknown part" if grown is None else f"{grown:.1f} %"


def _at(sizes: Sequence[float], share: float) -> float:
    """The quantile."""
    return sorted(sizes)[min(len(sizes) - 1, int(share * len(sizes)))] if sizes else 0.0
