"""The missed share: what is counted as what, and the sums of it. No I/O here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """Incoming calls of one line, queue or hour (`key`), or of all of them.

    `short` calls were given up by the caller sooner than the rule of /settings/missed says; `screened` ones met only
    the spam rules. Neither counts as a call here. `callers` are different numbers among the rest, `reached` those of
    them somebody talked with.
    """

    key: str
    answered: int
    missed: int
    short: int
    screened: int
    callers: int
    reached: int

    @property
    def calls(self) -> int:
        """Calls that should have been answered."""
        return self.answered + self.missed

    @property
    def share(self) -> float | None:
        """Missed of those, 0–1; None where there were none."""
        return self.missed / self.calls if self.calls else None

    @property
    def lost(self) -> int:
        """Callers nobody talked with in the whole time."""
        return self.callers - self.reached

    @property
    def lost_share(self) -> float | None:
        """Lost of all callers, 0–1; None where there were none."""
        return self.lost / self.callers if self.callers else None


@dataclass(frozen=True, slots=True)
class MissedShare:
    """The report: the sum, and the same by line, queue and hour of the day; reasons of the missed calls by number."""

    total: Count
    lines: tuple[Count, ...]
    queues: tuple[Count, ...]
    hours: tuple[Count, ...]
    reasons: tuple[tuple[str, int], ...]
