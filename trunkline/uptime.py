"""The clock orders expire by."""

import time


def uptime() -> float:
    """Seconds that nobody sets and that go on while this machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
