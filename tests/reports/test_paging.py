"""A list of more than one page goes on: its own link to the next page, and back to the first."""

import re

import pytest

from tests.people.web import Browser
from tests.spam.test_pages import add_call
from tests.web.composed import text_of
from trunkline.db.types import Pool

_NEXT = re.compile(r'<a[^>]*rel="next"[^>]*href="([^"]+)"|<a[^>]*href="([^"]+)"[^>]*rel="next"')


async def test_the_list_of_calls_goes_on(browser: Browser, pool: Pool) -> None:
    for _ in range(51):
        await add_call(pool)
    first = await text_of(browser, "/calls")
    found = _NEXT.search(first)
    assert found is not None

    second = await text_of(browser, (found[1] or found[2]).replace("&amp;", "&"))

    assert (first.count('class="row-link"'), second.count('class="row-link"')) == (50, 1)


@pytest.mark.parametrize("path", ["/settings/deliveries", "/lines", "/contacts", "/spam", "/settings/audit"])
async def test_a_cursor_that_is_none_of_ours_is_told(browser: Browser, path: str) -> None:
    answer = await browser.get(f"{path}?cursor=nonsense")

    assert answer.status in {200, 400}


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31", "since=9999-12-31"])
async def test_a_day_of_no_era_is_told(browser: Browser, query: str) -> None:
    assert (await browser.get(f"/calls?{query}")).status in {200, 400}
