"""The eight attribution models. No I/O here.

A model is a kind and, for those by place, what the first visit, those between and the last are given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

WHOLE: Final = 1_000_000
"""The units a conversion is split into: integers, so that any sum of them is exact."""
HALF_LIFE: Final = timedelta(days=7)
WINDOW: Final = timedelta(days=90)
"""How far back a visit may lie, where nothing else is said: a campaign's usual life."""


@unique
class Kind(StrEnum):
    """How a model splits."""

    PLACES = "places"
    EVEN = "even"
    DECAY = "decay"
    LAST_KNOWN = "last known"


@dataclass(frozen=True, slots=True)
class Model:
    """One model; `first`, `middle` and `last` are units of WHOLE, for PLACES only.

    With two visits there is no middle: the first and the last share it in the proportion of their own parts.
    """

    name: str
    kind: Kind
    first: int = 0
    middle: int = 0
    last: int = 0


MODELS: Final = (
    Model("first", Kind.PLACES, first=WHOLE),
    Model("last", Kind.PLACES, last=WHOLE),
    Model("last_non_direct", Kind.LAST_KNOWN),
    Model("linear", Kind.EVEN),
    Model("time_decay", Kind.DECAY),
    Model("40-20-40", Kind.PLACES, 400_000, 200_000, 400_000),
    Model("20-60-20", Kind.PLACES, 200_000, 600_000, 200_000),
    Model("10-50-40", Kind.PLACES, 100_000, 500_000, 400_000),
)
BY_NAME: Final[Mapping[str, Model]] = {model.name: model for model in MODELS}
USUAL: Final = BY_NAME["last_non_direct"]
