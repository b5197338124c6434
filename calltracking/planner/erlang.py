"""Erlang's loss formula: how often a visitor finds every number taken. No I/O here.

The offered load is in erlangs: arrivals a minute times the minutes a number is taken for. The distribution of the stay
does not matter, only its mean (Erlang-B is insensitive to it).
"""

from trunkline.errors import InvalidInput, Mistake

MOST_NUMBERS = 100_000
_MANY = 1000
_NO_MORE = 1e-17


def blocking(numbers: int, load: float) -> float:
    """The share of visitors who find all `numbers` taken at `load` erlangs, by the recurrence: it cannot overflow."""
    if numbers < 0:
        raise InvalidInput(Mistake("numbers", "0 or more numbers"))
    if not 0 <= load < float("inf"):
        raise InvalidInput(Mistake("load", "a load of 0 erlangs or more"))
    if numbers > _MANY:
        return _summed(numbers, load)
    share = 1.0
    for taken in range(1, numbers + 1):
        share = load * share / (taken + load * share)
    return share


def _summed(numbers: int, load: float) -> float:
    """The same as the reciprocal of a sum whose terms soon count no more: the recurrence takes a step a number."""
    if load == 0:
        return 0.0
    total = term = 1.0
    for free in range(numbers, 0, -1):
        term *= free / load
        total += term
        if (free < load and term < _NO_MORE * total) or total > 1 / _NO_MORE:
            break  # what follows changes nothing, or nobody finds them all taken
    return 1.0 / total


def coverage(numbers: int, load: float) -> float:
    """The share of visitors who get a number of their own."""
    return 1.0 - blocking(numbers, load)


def numbers_for(load: float, goal: float) -> int:
    """The fewest numbers that give `goal` of the visitors a number of their own."""
    if not 0 <= goal < 1:
        raise InvalidInput(Mistake("goal", "a coverage from 0 to below 1, as 0.99"))
    if not 0 <= load <= MOST_NUMBERS / 2:
        raise InvalidInput(Mistake("load", f"a load from 0 to {MOST_NUMBERS // 2} erlangs"))
    share, taken = 1.0, 0
    while 1.0 - share < goal:
        taken += 1
        share = load * share / (taken + load * share)
    return taken
