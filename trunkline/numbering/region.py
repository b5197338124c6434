"""Where a number comes from: the value, and what the numbering plan itself says before any registry. No I/O here.

Three answers of the code +7 are never "Russia, unknown": 8-800 is nationwide, 336 is Baikonur, 6xx and 7xx are
Kazakhstan. The region of a ported number stays that of its range; its operator may be another by now.
"""

import datetime as dt
from enum import StrEnum
from functools import lru_cache

import msgspec
import phonenumbers

YOUNG_DAYS = 90
"""From this age on a number the registry does not name may just be new: 2 % of the space is given out each year."""


class RegionKind(StrEnum):
    """What is known of a number's origin; the order is that of the packed file and only grows at its end."""

    UNKNOWN = "unknown"
    """Nothing: no number, no registry imported, or a range whose region cannot be read."""
    SUBJECT = "subject"
    """One or several subjects of the Russian Federation."""
    NATIONWIDE = "nationwide"
    BAIKONUR = "baikonur"
    KAZAKHSTAN = "kazakhstan"
    COUNTRY = "country"
    """Another country."""
    NONE = "none"
    """Inside Russia, but in no range of the registry."""


KINDS = tuple(RegionKind)


class Region(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A number's origin."""

    kind: RegionKind = RegionKind.UNKNOWN
    subjects: tuple[str, ...] = ()
    """Codes of the subjects (trunkline/numbering/subjects.csv), rising."""
    operator: str = ""
    """Whom the range was given to, as the registry spells it."""
    country: str = ""
    """ISO 3166 code of another country; `001` is a number of no country."""
    dated: dt.date | None = None
    """Of NONE: the day of the registry that does not name the number."""

    def is_unallocated(self, today: dt.date) -> bool:
        """Whether nobody was given the number, as far as a registry of less than 90 days knows."""
        return self.dated is not None and (today - self.dated).days < YOUNG_DAYS


PLAN = {"800": RegionKind.NATIONWIDE, "336": RegionKind.BAIKONUR}
UNKNOWN = Region()
KAZAKHSTAN = Region(RegionKind.KAZAKHSTAN)


def plan_kind(national: str) -> RegionKind | None:
    """What the numbering plan says of the ten digits after +7; None leaves it to the registry."""
    return RegionKind.KAZAKHSTAN if national[0] in "67" else PLAN.get(national[:3])


def country_of(number: str) -> Region:
    """The country of a number outside +7, by its calling code; shared codes (+1, +44) are told by phonenumbers."""
    digits = number[1:]
    if number[:1] != "+" or not (digits.isascii() and digits.isdigit()):
        return UNKNOWN
    for length in (1, 2, 3):
        code = int(digits[:length])
        if regions := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code):
            country = regions[0] if len(regions) == 1 else _shared(code, digits[length:])
            return Region(RegionKind.COUNTRY, country=country or regions[0])
    return UNKNOWN


@lru_cache(4096)
def _shared(code: int, national: str) -> str | None:
    if not national:
        return None
    return phonenumbers.region_code_for_number(
        phonenumbers.PhoneNumber(
            country_code=code, national_number=int(national), italian_leading_zero=national.startswith("0") or None
        )
    )
