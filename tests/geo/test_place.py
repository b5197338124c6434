"""What a record of a MaxMind DB file tells, whatever is in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.mmdb import KAZAN, MOSCOW, MUNICH
from trunkline.geo.place import NOWHERE, Place, read_place, subject_of
from trunkline.numbering import subjects as registry


def russia(**part: Any) -> dict[str, Any]:
    return {"country": {"iso_code": "RU"}, "subdivisions": [part]}


@pytest.mark.parametrize(
    ("record", "language", "told"),
    [
        (MOSCOW, "ru", Place("RU", "77", "Москва")),
        (KAZAN, "en", Place("RU", "16", "Kazan")),
        (MUNICH, "ru", Place("DE", "DE-BY", "Munich")),
        (russia(iso_code="MOS"), "ru", Place("RU", "50")),
        (russia(iso_code="XXX"), "ru", Place("RU")),
        (russia(names={"en": "Moscow"}), "ru", Place("RU", "77")),
        (russia(names={"en": "Moscow Oblast"}), "ru", Place("RU", "50")),
        (russia(names={"en": "St.-Petersburg"}), "ru", Place("RU", "78")),
        (russia(names={"en": "Altai"}), "ru", Place("RU", "04")),
        (russia(names={"en": "Krasnodarskiy Kray"}), "ru", Place("RU", "23")),
        (russia(names={"en": "Novaya Zemlya"}), "ru", Place("RU")),
        (russia(names={"en": "Altai Krai"}), "ru", Place("RU", "22")),
        ({"country": {"iso_code": "KZ"}}, "ru", Place("KZ")),
        ({"country": {"iso_code": "Russia"}}, "ru", NOWHERE),
        ({"country": "RU"}, "ru", NOWHERE),
        ({}, "ru", NOWHERE),
        (None, "ru", NOWHERE),
    ],
)
def test_records(record: object, language: str, told: Place) -> None:
    assert read_place(record, language) == told


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["RU", "DE", "MOW"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["country", "iso_code", "subdivisions", "city", "names", "en", "ru"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(anything)
def test_no_record_is_an_error_and_what_is_told_fits_a_row(record: object) -> None:
    place = read_place(record, "ru")

    assert len(place.country) in {0, 2}
    assert len(place.region) <= 6
    assert len(place.city) <= 100
    assert "\0" not in place.city


def test_every_subject_with_a_code_of_iso_is_found_by_it_and_by_its_name() -> None:
    known = registry.subjects().values()

    assert len({one.iso for one in known if one.iso}) == 83
    assert [one.code for one in known if one.iso and subject_of(one.iso) != one.code] == []
    assert [one.code for one in known if subject_of("", one.en) != one.code] == []
    assert [one.code for one in known if one.en_alias and subject_of("", one.en_alias.upper()) != one.code] == []
