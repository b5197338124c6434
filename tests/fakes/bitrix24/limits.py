"""The portal's limits (crm.md §2.7). The clock is an argument. No I/O here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Clock = Callable[[], float]
_BUCKETS: Final = 10
_BUCKET_SECONDS: Final = 60


@dataclass(frozen=True)
class Limits:
    """Of one plan; `enterprise` is the other row of the table."""

    drain: float = 2.0
    """Requests a second that leave the bucket."""
    brim: int = 50
    operating: float = 480.0
    """Seconds a method may work within ten minutes for one application; 0 for no limit (a box, as installed)."""


ENTERPRISE: Final = Limits(drain=5.0, brim=250)
BOX: Final = Limits(operating=0.0)


@dataclass
class LeakyBucket:
    """One per source address: two applications on one server share it."""

    limits: Limits
    now: Clock
    filled: float = 0.0
    at: float = 0.0
    highest: float = 0.0
    """How full it ever was."""
    spilled: int = 0
    """Requests that were refused."""

    def admits(self) -> bool:
        """Whether one more request goes in; what is refused does not fill it."""
        moment = self.now()
        self.filled = max(0.0, self.filled - (moment - self.at) * self.limits.drain)
        self.at = moment
        if self.filled >= self.limits.brim:
            self.spilled += 1
            return False
        self.filled += 1
        self.highest = max(self.highest, self.filled)
        return True


@dataclass
class OperatingTime:
    """Seconds of work by method and application, in ten buckets of a minute."""

    limits: Limits
    now: Clock
    costs: dict[str, float] = field(default_factory=dict)
    """What a call of a method takes; nothing for what is not named."""
    _spent: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)

    def _live(self, method: str, app: str) -> dict[int, float]:
        oldest = int(self.now() // _BUCKET_SECONDS) - _BUCKETS + 1
        live = {at: spent for at, spent in self._spent.get((method, app), {}).items() if at >= oldest}
        self._spent[method, app] = live
        return live

    def spent(self, method: str, app: str) -> float:
        """Of the last ten minutes: the `operating` of an answer."""
        return sum(self._live(method, app).values())

    def blocks(self, method: str, app: str) -> bool:
        """Whether this method, and only this one, is to wait."""
        return 0 < self.limits.operating <= self.spent(method, app)

    def charge(self, method: str, app: str) -> None:
        """One more call; all methods within a batch count (crm.md §2.7)."""
        at, live = int(self.now() // _BUCKET_SECONDS), self._live(method, app)
        live[at] = live.get(at, 0.0) + self.costs.get(method, 0.0)

    def resets_at(self, method: str, app: str) -> float:
        """When the oldest of what it spent is forgotten: `operating_reset_at`."""
        live = self._live(method, app)
        oldest = min((at for at, spent in live.items() if spent), default=int(self.now() // _BUCKET_SECONDS))
        return float((oldest + _BUCKETS) * _BUCKET_SECONDS)
