"""When a whole block of numbers counts as spam. No I/O here.

The rules are PhoneBlock's (reference pbx.md §3): call centres rent blocks, and a block shows itself by its density.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

NUMBERS_OF_A_TEN = 4
TENS_OF_A_HUNDRED = 3
NUMBERS_OF_A_HUNDRED = 8
SPREAD_OF_A_HUNDRED = 4


@dataclass(frozen=True, slots=True)
class Ten:
    """The spam numbers among the ten that begin with `prefix` and have one digit more: how many, their votes."""

    prefix: str
    numbers: int
    votes: int

    @property
    def is_block(self) -> bool:
        """Whether all ten count as spam."""
        return self.numbers >= NUMBERS_OF_A_TEN


@dataclass(frozen=True, slots=True)
class Block:
    """All numbers that begin with `prefix` and have one digit more (kind `ten`) or two (`hundred`)."""

    prefix: str
    kind: str
    numbers: int
    votes: int


def blocks(tens: Iterable[Ten], own: Iterable[str] = ()) -> list[Block]:
    """The blocks these tens make, by prefix; tens inside a block of 100 are merged into it.

    A block one of our own numbers (`own`) lies in is none: somebody has forged our neighbours.
    """
    ours = {number[:-digits] for number in own for digits in (1, 2)}
    hundreds: defaultdict[str, list[Ten]] = defaultdict(list)
    for ten in tens:
        hundreds[ten.prefix[:-1]].append(ten)
    found: list[Block] = []
    for prefix, inside in hundreds.items():
        numbers, votes = sum(ten.numbers for ten in inside), sum(ten.votes for ten in inside)
        if _is_hundred(inside, numbers) and prefix not in ours:
            found.append(Block(prefix, "hundred", numbers, votes))
            continue
        found += [
            Block(ten.prefix, "ten", ten.numbers, ten.votes)
            for ten in inside
            if ten.is_block and ten.prefix not in ours
        ]
    return sorted(found, key=lambda block: block.prefix)


def _is_hundred(inside: list[Ten], numbers: int) -> bool:
    return (
        sum(ten.is_block for ten in inside) >= TENS_OF_A_HUNDRED
        and numbers >= NUMBERS_OF_A_HUNDRED
        and len(inside) >= SPREAD_OF_A_HUNDRED
    )
