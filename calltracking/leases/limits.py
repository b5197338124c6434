"""How often one address or visitor may ask: token buckets in memory, a bounded number of them. No I/O here."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MOST_BUCKETS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_second`."""

    per_second: float
    burst: float


REQUESTS: Final = Rate(20, 200)
"""Of one address, all together: an office or a mobile operator's gateway has many visitors behind it."""
NEWCOMERS: Final = Rate(1 / 3, 30)
"""Of one address, visitors nobody has seen: beyond it they are shown the site's number."""
TAPS: Final = Rate(0.2, 20)
"""Of one visit."""
STRANGERS: Final = Rate(0.5, 60)
"""Of one address, visits of newcomers over their limit that are kept at all."""
SWAPS: Final = Rate(0.5, 40)
"""Of one visitor."""


class Buckets:
    """One bucket a key; those not used for longest are forgotten first."""

    def __init__(self, rate: Rate, most: int = _MOST_BUCKETS) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def take(self, key: object, now: float) -> bool:
        """Whether there is a token for `key` at `now` (Unix seconds); it is gone then."""
        tokens, at = self._buckets.pop(key, (self._rate.burst, now))
        tokens = min(self._rate.burst, tokens + max(0.0, now - at) * self._rate.per_second)
        granted = tokens >= 1
        self._buckets[key] = (tokens - 1 if granted else tokens), max(now, at)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return granted
