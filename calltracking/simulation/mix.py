"""What the simulated visitors are like; each figure with where it comes from. No I/O here."""

from dataclasses import dataclass, field

REGIONS = {
    "moscow": 0.40,
    "petersburg": 0.15,
    "krasnodar": 0.12,
    "sverdlovsk": 0.10,
    "tatarstan": 0.08,
    "novosibirsk": 0.06,
    "samara": 0.05,
    "rostov": 0.04,
}
"""A site that sells to several regions, the first of them its own."""

CHANNELS = {"paid": 0.40, "organic": 0.30, "direct": 0.20, "referral": 0.10}


@dataclass(frozen=True, slots=True)
class Mix:
    """Visitors and callers; docs/accuracy.md gives each figure's source and what it is worth."""

    dwell_minutes: float = 3.0
    calls: float = 0.08
    """Calls a visit."""
    later: float = 0.2
    """Of the calls, those after the visit."""
    later_median: float = 20.0
    later_sigma: float = 1.5
    again: float = 0.5
    """Of the later calls, those by somebody who already called during that visit."""
    taps: float = 0.6
    """Of the calls during a visit, those by a tap on the number."""
    idle_taps: float = 0.02
    """Visits with a tap that becomes no call."""
    tap_seconds: float = 10.0
    returning: float = 0.3
    """Visits by somebody who was here before."""
    return_days: float = 1.5
    forgotten: float = 0.2
    """Of those, visits without the cookie: a new visitor to us."""
    other_phone: float = 0.1
    """Calls from another phone than the person's own."""
    hidden: float = 0.02
    region_true: float = 0.85
    """How often the visit's region, and that of the phone, is where the person lives; else one by chance."""
    region_unknown: float = 0.05
    regions: dict[str, float] = field(default_factory=lambda: dict(REGIONS))
    channels: dict[str, float] = field(default_factory=lambda: dict(CHANNELS))
    strangers: float = 0.0
    """Of all calls, those by people who never saw the number on a page."""
    beacons: float = 0.9
    """Visits whose leaving is told at once; the others fall silent."""
    beat_seconds: float = 25.0

    @property
    def hold_after_silence(self) -> float:
        """Seconds after the last beat until a silent visit's number is free."""
        return 2 * self.beat_seconds
