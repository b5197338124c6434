"""Where a visit ends: half an hour, or another campaign."""

from datetime import UTC, datetime, timedelta

import pytest

from calltracking.channels.reading import read_source
from calltracking.channels.source import Source
from calltracking.channels.visits import Previous, continues

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DIRECT = read_source("https://shop.ru/", "")
OWN = read_source("https://shop.ru/cart", "https://shop.ru/a")
YANDEX = read_source("https://shop.ru/", "https://yandex.ru/")
FORUM = read_source("https://shop.ru/", "https://forum.example/")
SPRING = read_source("https://shop.ru/?utm_source=vk&utm_medium=cpc&utm_campaign=Spring&yclid=1", "")
SPRING_AGAIN = read_source(
    "https://shop.ru/b?utm_source=VK&utm_medium=cpc&utm_campaign=spring&yclid=2", "https://vk.com/"
)
SUMMER = read_source("https://shop.ru/?utm_source=vk&utm_medium=cpc&utm_campaign=summer", "")
DIRECT_AD = read_source("https://shop.ru/?yclid=1", "https://yandex.ru/")
SHARED = read_source("https://shop.ru/?fbclid=1", "")


@pytest.mark.parametrize(
    ("before", "minutes", "source", "goes_on"),
    [
        (DIRECT, 29, DIRECT, True),
        (DIRECT, 30, DIRECT, False),
        (SPRING, 5, DIRECT, True),
        (SPRING, 5, OWN, True),
        (YANDEX, 5, FORUM, True),
        (YANDEX, 5, SHARED, True),
        (SPRING, 5, YANDEX, True),
        (SPRING, 5, SPRING_AGAIN, True),
        (SPRING, 5, SUMMER, False),
        (YANDEX, 5, DIRECT_AD, False),
        (DIRECT_AD, 5, DIRECT_AD, True),
        (SPRING, 31, SPRING, False),
        (SPRING, -5, SPRING, True),
    ],
)
def test_a_visit_goes_on(before: Source, minutes: int, source: Source, goes_on: bool) -> None:
    previous = Previous(before, NOW - timedelta(minutes=minutes))

    assert continues(previous, source, NOW) is goes_on


def test_the_first_page_begins_a_visit() -> None:
    assert not continues(None, DIRECT, NOW)
