"""What pages say of a number's region and of the registry it was read from."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from babel import Locale

from trunkline.numbering.region import YOUNG_DAYS, Region, RegionKind
from trunkline.numbering.subjects import names_of
from trunkline.web.i18n import current_reader, gettext, mark

_KINDS: Final = {
    RegionKind.NATIONWIDE: mark("all of Russia"),
    RegionKind.BAIKONUR: mark("Baikonur"),
    RegionKind.KAZAKHSTAN: mark("Kazakhstan"),
    RegionKind.NONE: mark("in no range of the numbering registry"),
}


def region_in_words(region: Region) -> str:
    """The region in the reader's language; empty where nothing is known."""
    language = current_reader().language
    if region.kind is RegionKind.COUNTRY:
        return str(Locale(language).territories.get(region.country, ""))
    if region.kind in _KINDS:
        return gettext(_KINDS[region.kind])
    return ", ".join(names_of(region, language))


def age_of(dated: Mapping[str, dt.date], today: dt.date) -> int | None:
    """Days since the oldest registry in use; None while there is none."""
    return (today - min(dated.values())).days if dated else None


def is_old(age: int | None) -> bool:
    """Whether a number in no range has stopped to count as suspicious."""
    return age is not None and age >= YOUNG_DAYS
