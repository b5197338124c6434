"""What is remembered of visits that go on, and of who shares an address without a cookie."""

from uuid import UUID

import pytest

from calltracking.leases.sittings import Seats, Sittings

NOON = 1_795_780_800.0
ADS = "https://www.example.ru/?utm_source=yandex&utm_medium=cpc&utm_campaign=zima"
VISIT, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("landing", "minutes", "page", "goes_on"),
    [
        (ADS, 5, "https://www.example.ru/price", True),
        (ADS, 5, ADS, True),
        (ADS, 5, ADS.replace("zima", "Zima&utm_content=2"), True),
        (ADS, 5, ADS.replace("zima", "leto"), False),
        (ADS, 40, "https://www.example.ru/price", True),
        (ADS, 40, ADS, False),
        ("https://www.example.ru/", 5, ADS, False),
        ("https://www.example.ru/", 5, "https://www.example.ru/?yclid=1", False),
        ("https://www.example.ru/", 5, "https://www.example.ru/?page=2", True),
    ],
)
def test_another_campaign_begins_another_visit(landing: str, minutes: int, page: str, goes_on: bool) -> None:
    sittings = Sittings()
    sittings.note(VISIT, landing, "", NOON)
    sittings.note(VISIT, "https://www.example.ru/?utm_source=later", "", NOON)

    assert sittings.goes_on(VISIT, page, "", NOON + 60 * minutes) is goes_on
    assert sittings.goes_on(OTHER, page, "", NOON)


def test_beats_keep_a_visit_going() -> None:
    sittings = Sittings()
    sittings.note(VISIT, ADS, "", NOON)

    assert sittings.beats(VISIT, 1, NOON + 1500)
    assert sittings.goes_on(VISIT, ADS, "", NOON + 3000)


def test_what_was_heard_of_longest_ago_is_forgotten_first() -> None:
    sittings, seats = Sittings(most=2), Seats(most=2)
    for visit in (VISIT, OTHER, VISIT, THIRD):
        sittings.note(visit, ADS, "", NOON)
        seats.keep(visit, NOON + 60)

    assert sittings.goes_on(OTHER, ADS.replace("zima", "leto"), "", NOON)
    assert not sittings.goes_on(VISIT, ADS.replace("zima", "leto"), "", NOON)
    assert seats.is_free(OTHER, NOON)
    assert not seats.is_free(VISIT, NOON)


def test_a_seat_is_free_when_its_page_is_gone_or_silent() -> None:
    seats = Seats()
    seats.keep(VISIT, NOON + 60)
    seats.keep(OTHER, NOON + 60)
    seats.beats(VISIT, NOON + 120)
    seats.beats(THIRD, NOON + 120)
    seats.leave(OTHER)

    assert [seats.is_free(one, NOON + 61) for one in (VISIT, OTHER, THIRD)] == [False, True, True]
    assert seats.is_free(VISIT, NOON + 120)
