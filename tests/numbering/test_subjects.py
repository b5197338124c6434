"""The 89 subjects: each with its names and zones, and every spelling the registry has used."""

from datetime import UTC, datetime

import pytest

from trunkline.numbering.region import Region, RegionKind
from trunkline.numbering.subjects import Place, names_of, place_of, subjects, zones_of

DISTRICTS = {"central", "northwestern", "southern", "north_caucasian", "volga", "ural", "siberian", "far_eastern"}


def subject(*codes: str) -> Place:
    return Place(RegionKind.SUBJECT, codes)


def test_there_are_89_and_each_is_known_by_its_own_names() -> None:
    assert len(subjects()) == 89
    assert {each.district for each in subjects().values()} == DISTRICTS
    assert len({each.ru for each in subjects().values()} | {each.en for each in subjects().values()}) == 178
    for code, each in subjects().items():
        assert place_of(each.ru) == subject(code)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        # as measured in the files of 2023 and 2026
        ("г. Москва * Московская область", subject("50", "77")),
        ("Москва и Московская область", subject("50", "77")),
        ("Город Москва, Московская область", subject("50", "77")),
        ("Московская область * Москва|Московская область * Москва", subject("50", "77")),
        ("г. Москва", subject("77")),
        ("Московская обл.", subject("50")),
        ("г. Санкт-Петербург и Ленинградская область", subject("47", "78")),
        ("Республика Крым * г. Севастополь", subject("91", "92")),
        ("Архангельская область * Ненецкий автономный округ", subject("29", "83")),
        ("Ненецкий АО", subject("83")),
        ("Ямало-Ненецкий АО", subject("89")),
        ("Ханты - Мансийский - Югра АО", subject("86")),
        ("Ханты-Мансийский Автономный округ - Югра АО", subject("86")),
        ("Кемеровская область - Кузбасс область", subject("42")),
        ("Кемеровская обл.", subject("42")),
        ("Республика Саха /Якутия/", subject("14")),
        ("Республика Саха (Якутия)", subject("14")),
        ("Республика Карачаево-Черкесская", subject("09")),
        ("Чувашская Республика - Чувашия", subject("21")),
        ("Республика Донецкая Народная", subject("93")),
        ("Еврейская автономная обл.", subject("79")),
        ("г. Норильск|г.о. город Норильск|Красноярский край", subject("24")),
        ("Корякский округ|Камчатский край", subject("41")),
        ("р-ны Абзелиловский и Белорецкий|Абзелиловский район * Белорецкий район", subject("02")),
        ("Сургутский район * г. Сургут", subject("86")),
        ("Алтайский край", subject("22")),
        ("Республика Алтай", subject("04")),
        # before the mergers of 2005–2008, which the layout of 2020 still names
        ("Читинская обл.", subject("75")),
        ("Агинский Бурятский АО", subject("75")),
        ("Коми-Пермяцкий АО", subject("59")),
        ("Таймырский (Долгано-Ненецкий) АО", subject("24")),
        ("Усть-Ордынский Бурятский АО", subject("38")),
        ("Российская Федерация", Place(RegionKind.NATIONWIDE)),
        ("г. Байконур", Place(RegionKind.BAIKONUR)),
        ("-", Place(RegionKind.UNKNOWN)),
        ("", Place(RegionKind.UNKNOWN)),
        ("Атлантида", Place(RegionKind.UNKNOWN)),
        ("Кировский район", Place(RegionKind.UNKNOWN)),
        ("*|и|,", Place(RegionKind.UNKNOWN)),
    ],
)
def test_a_spelling_names_its_subjects(text: str, place: Place) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    ("codes", "hours"),
    [(("39",), {2}), (("77",), {3}), (("63",), {4}), (("66",), {5}), (("55",), {6}), (("54",), {7}), (("38",), {8}),
     (("75",), {9}), (("14",), {9, 10, 11}), (("25",), {10}), (("49",), {11}), (("41",), {12}), (("50", "77"), {3}),
     ((), set())],
)  # fmt: skip
def test_local_time_of_a_number(codes: tuple[str, ...], hours: set[int]) -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    offsets = [noon.astimezone(zone).utcoffset() for zone in zones_of(Region(RegionKind.SUBJECT, codes))]

    assert {offset.total_seconds() / 3600 for offset in offsets if offset is not None} == hours


def test_names_in_both_languages() -> None:
    moscow = Region(RegionKind.SUBJECT, ("50", "77"))

    assert names_of(moscow, "ru") == ("Московская область", "Москва")
    assert names_of(moscow, "en") == ("Moscow Oblast", "Moscow")
    assert names_of(Region(), "ru") == ()
