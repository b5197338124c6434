"""The benchmark's table: our policy and attribution beside what vendors document, on the same traffic. No I/O here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from calltracking.attribution.parameters import Parameters
from calltracking.simulation.playing import Setup, play
from calltracking.simulation.policies import SAYS, PolicyName
from calltracking.simulation.score import Run, Score, score

COLUMNS = (
    ("coverage", "coverage"),
    ("match_rate", "matched"),
    ("session_precision", "session precision"),
    ("channel_precision", "channel precision"),
    ("risky_reuse", "risky reuse"),
    ("ece", "ECE"),
    ("brier", "Brier"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One policy with one rule to credit calls."""

    policy: PolicyName
    rule: str
    score: Score

    @property
    def name(self) -> str:
        """The policy and the rule in words."""
        return f"{self.policy}, {'attribution' if self.rule == 'ours' else 'last lease'}"


def lines(
    setup: Setup,
    policies: Iterable[PolicyName],
    seeds: Sequence[int],
    given: Parameters | None = None,
    played: Callable[[], None] = lambda: None,
) -> Iterator[Line]:
    """Ours by both rules, the others by the rule everybody uses; each over the same visits and calls."""
    for policy in policies:
        runs: list[Run] = []
        for seed in seeds:
            runs.append(play(replace(setup, policy=policy), seed, given))
            played()
        if policy == "trunkline":
            yield Line(policy, "ours", score(runs))
        yield Line(policy, "last", score(runs, "last"))


def markdown(found: Sequence[Line]) -> list[str]:
    """The lines as a table that a page can hold."""
    heads = [title for _, title in COLUMNS]
    rows = [f"| policy | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for line in found:
        values = [f"{getattr(line.score, field):.3f}" for field, _ in COLUMNS]
        rows.append(f"| {line.name} | {' | '.join(values)} |")
    return rows


def legend(found: Sequence[Line]) -> list[str]:
    """What each policy does."""
    return [f"{policy}: {SAYS[policy]}" for policy in dict.fromkeys(line.policy for line in found)]


def plain(found: Sequence[Line]) -> list[dict[str, object]]:
    """The lines for programs."""
    return [{"policy": line.policy, "rule": line.rule, **asdict(line.score)} for line in found]
