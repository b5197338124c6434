"""A region in the reader's language, and how old a registry is."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from trunkline.numbering.region import Region, RegionKind
from trunkline.numbering.words import age_of, is_old, region_in_words
from trunkline.web.i18n import Reader, Translations, reading

DAY = date(2026, 8, 6)


@pytest.mark.parametrize(
    ("region", "russian", "english"),
    [
        (Region(RegionKind.SUBJECT, ("50", "77")), "Московская область, Москва", "Moscow Oblast, Moscow"),
        (Region(RegionKind.NATIONWIDE), "вся Россия", "all of Russia"),
        (Region(RegionKind.BAIKONUR), "Байконур", "Baikonur"),
        (Region(RegionKind.KAZAKHSTAN), "Казахстан", "Kazakhstan"),
        (Region(RegionKind.COUNTRY, country="BY"), "Беларусь", "Belarus"),
        (
            Region(RegionKind.NONE, dated=DAY),
            "нет ни в одном диапазоне реестра нумерации",
            "in no range of the numbering registry",
        ),
        (Region(), "", ""),
    ],
)
def test_in_words(region: Region, russian: str, english: str) -> None:
    translations = Translations(["trunkline.numbering"])
    for language, words in (("ru", russian), ("en", english)):
        with reading(Reader(language=language, timezone=ZoneInfo("UTC")), translations):
            assert region_in_words(region) == words


@pytest.mark.parametrize(
    ("dated", "age", "old"),
    [({}, None, False), ({"9": DAY}, 0, False), ({"9": DAY, "8": date(2026, 5, 9)}, 89, False),
     ({"9": DAY, "8": date(2026, 5, 8)}, 90, True)],
)  # fmt: skip
def test_age_of_the_oldest(dated: dict[str, date], age: int | None, old: bool) -> None:
    assert (age_of(dated, DAY), is_old(age_of(dated, DAY))) == (age, old)
