"""What breaks while a soak goes on: a fixed table, in an order that the seed decides. No I/O here.

Everything in the table is what `trunkline serve` is meant to survive by itself (docs/architecture.md).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One; it is over `lasts` seconds later. `of_ours`: a process whose memory is measured begins anew."""

    name: str
    lasts: float = 0.0
    of_ours: bool = False


QUESTION_KILLED = Fault("question killed", of_ours=True)
TABLE = (
    QUESTION_KILLED,
    Fault("web killed", of_ours=True),
    Fault("pbx killed", of_ours=True),
    Fault("worker killed", of_ours=True),
    Fault("AMI link cut", 5.0),
    Fault("Valkey killed"),
    Fault("PostgreSQL killed"),
    Fault("PostgreSQL stopped", 10.0),
    Fault("CRM answers 503", 10.0),
    Fault("CRM's answers lost", 5.0),
)


@dataclass(frozen=True, slots=True)
class Due:
    """A fault at a moment, in seconds from the load's begin."""

    at: float
    fault: Fault


def schedule(seconds: float, every: float, seed: int, quiet_from: float | None = None) -> list[Due]:
    """A fault `every` so many seconds, each of the table before any comes again; the last is over before the end.

    From `quiet_from` on our own processes are left alive, so that memory can be measured.
    """
    chance = random.Random(seed)
    whole, outside = _shuffled(TABLE, chance), _shuffled(tuple(one for one in TABLE if not one.of_ours), chance)
    due, at = [], every
    while at + every / 2 <= seconds:
        due.append(Due(at, next(whole if quiet_from is None or at < quiet_from else outside)))
        at += every
    return due


def _shuffled(table: tuple[Fault, ...], chance: random.Random) -> Iterator[Fault]:
    while True:
        yield from chance.sample(table, len(table))
