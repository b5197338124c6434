"""How soon missed clients are called back. No I/O here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Clients missed on one line, in one queue, on one day (`key`), or all of them.

    `aged` left the list because nobody reached him for days, called in vain or not at all.
    Times in seconds, from the end of the first missed call to our first call. `kept` of `due`: we called, or he got
    through or was closed, before the promised moment; who still may be called in time is not due.
    """

    key: str
    clients: int
    called_back: int
    got_through: int
    by_hand: int
    aged: int
    waiting: int
    median: float | None
    p90: float | None
    kept: int
    due: int

    @property
    def share(self) -> float | None:
        """Promises kept, 0–1; None where none was due."""
        return self.kept / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class CallbackReport:
    """The sum, and the same by line, queue and day."""

    total: Callbacks
    lines: tuple[Callbacks, ...]
    queues: tuple[Callbacks, ...]
    days: tuple[Callbacks, ...]
