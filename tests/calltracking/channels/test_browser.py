"""What browsers are told of channels decides as the server does: over the whole list, and over Google's grid."""

import itertools
import re

import pytest

from calltracking.channels.browser import Row, browser_lists
from calltracking.channels.grouping import Facts, grouped
from calltracking.channels.reading import USUAL, read_source
from calltracking.channels.referrers import Known, by_host, by_name, tables
from calltracking.channels.source import Source
from calltracking.channels.visits import CAMPAIGNS, Previous, continues
from tests.calltracking.channels.test_grouping import CAMPAIGNS as NAMES
from tests.calltracking.channels.test_grouping import CATEGORIES, MEDIUMS, SOURCES
from tests.calltracking.channels.test_visits import NOW

LISTS = browser_lists()
ASKED = {"search", "social", "video", "shopping"}


def found(rows: list[Row], *texts: str) -> Row:
    """As source.js looks."""
    return next((row[1:] for row in rows if re.search(row[0], "\n".join(texts))), ("", ""))


def told(known: Known | None) -> Row:
    if known is None:
        return "", ""
    category = known.category.value
    return category if category in ASKED else "", "" if known.medium in USUAL else known.medium


def test_every_host_of_the_list_is_known_to_browsers_as_to_us() -> None:
    listed = [*tables().alone, *tables().below]
    hosts = {
        before + host.replace("*", country)
        for host, country, before in itertools.product(
            listed, ("com", "ru", "co.uk", "com.tr"), ("", "a.", "m.", "l.", "a.b.", "x")
        )
    }

    assert {host: found(LISTS["sites"], host) for host in hosts} == {host: told(by_host(host)) for host in hosts}


def test_every_name_of_the_list_is_known_to_browsers_as_to_us() -> None:
    names = {*tables().names, "leaflet", "yandex.kz", "docs.google.com", "vk.com"}

    assert {name: found(LISTS["sites"], name) for name in names} == {name: told(by_name(name)) for name in names}


@pytest.mark.parametrize("source", ["(direct)", "blog.unheard-of.example", "okna.ru", "firma.com", "billboard"])
def test_what_no_list_knows_is_told_by_the_first_row(source: str) -> None:
    """A browser makes every expression ready that it comes to, and the first is a fifth of all."""
    assert found(LISTS["sites"], source) == ("", "")
    assert re.search(LISTS["sites"][0][0], source)


def test_every_combination_of_the_grid_is_grouped_as_we_do() -> None:
    grid = list(itertools.product(SOURCES, MEDIUMS, NAMES, CATEGORIES))

    assert [
        facts
        for facts in grid
        if found(LISTS["rules"], facts[3] or "", *facts[:3])[0] != grouped(Facts(*facts))[1]
        and not (facts[3] and facts[3] not in ASKED)
    ] == []


def campaign(page: str) -> str:
    """As source.js tells campaigns apart."""
    tags = re.sub("[?#]", "&", page).lower()
    return next(filter(None, (",".join(sorted(re.findall(one, tags))) for one in CAMPAIGNS)), "")


PAGES = (
    "", "a=1", "utm_source=vk&utm_medium=cpc&utm_campaign=Spring&yclid=1", "ysclid=1", "fbclid=2", "yclid=1", "yclid=2",
    "utm_medium=cpc&utm_campaign=spring&utm_source=VK", "utm_source=vk&utm_medium=cpc&utm_campaign=summer", "gclid=1",
    "utm_term=1", "erid=2", "rb_clickid=9", "utm_source=vk&utm_medium=cpc&utm_campaign=spring&erid=5", "yclid=",
)  # fmt: skip


@pytest.mark.parametrize("first", PAGES)
def test_browsers_begin_a_visit_where_we_do(first: str) -> None:
    def read(query: str) -> Source:
        return read_source(f"https://shop.ru/?{query}", "")

    before = Previous(read(first), NOW)

    assert {page: continues(before, read(page), NOW) for page in PAGES} == {
        page: campaign(f"?{page}") in {"", campaign(f"?{first}")} for page in PAGES
    }
