"""card.router_p99_busy_ratio: the question's p99 while cards are open, reports read and calls told, against idle."""

from collections.abc import Iterator

import uvloop

from bench.figures import Context, Figure, against
from bench.router import busy_and_idle

ROWS = ("card.router_p99_busy_ratio",)


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """At 300 questions a second: with 3,000 AMI events a second, 500 cards and a report running, and with none."""
    if "card.router_p99_busy_ratio" in wanted:
        busy, idle = uvloop.run(busy_and_idle(context.folder / "busy", "cards"))
        yield against("card.router_p99_busy_ratio", busy, idle, "ms", "<=", 3)
