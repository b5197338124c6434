"""Cursors lead through a list without a gap or a repetition, and a foreign one is told."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from trunkline.errors import InvalidInput
from trunkline.web.paging import decode_cursor, encode_cursor, first_url, page_of, page_size


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=60), st.integers(1, 20))
def test_pages_are_the_whole_list(rows: list[int], size: int) -> None:
    rows.sort()
    seen: list[int] = []
    after: int | None = -1
    while after is not None:
        page = page_of([row for row in rows if row > after][: size + 1], size, lambda row: row)
        seen += page.rows
        after = decode_cursor(page.next_cursor, int)

    assert seen == rows


@given(
    st.tuples(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60), st.integers(-(2**60), 2**60))
)
def test_a_cursor_comes_back_as_it_went(key: tuple[str, int]) -> None:
    cursor = encode_cursor(key)

    assert decode_cursor(cursor, tuple[str, int]) == key
    assert URL("/").update_query(cursor=cursor).query["cursor"] == cursor


@pytest.mark.parametrize("text", ["!", "я", "AA AA", "x" * 600, encode_cursor("text"), encode_cursor([1, 2]), "AAA"])
def test_a_foreign_cursor_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="cursor: is not a cursor of ours: take `next` of"):
        decode_cursor(text, int)


def test_no_cursor_is_the_first_page() -> None:
    assert decode_cursor(None, int) is None
    assert decode_cursor("", int) is None


def test_addresses_keep_the_filters() -> None:
    page = page_of([1, 2, 3], 2, lambda row: row)
    url = URL("http://here/calls?queue=q%26a&cursor=old")

    following = URL(page.next_url(url) or "")
    assert (following.path, following.query["queue"], following.query["cursor"]) == ("/calls", "q&a", page.next_cursor)
    assert first_url(url) == "/calls?queue=q%26a"
    assert first_url(URL("http://here/calls")) is None
    assert page_of([1, 2], 2, lambda row: row).next_url(url) is None


@pytest.mark.parametrize(("text", "size"), [(None, 50), ("", 50), ("1", 1), ("1000", 1000)])
def test_sizes(text: str | None, size: int) -> None:
    assert page_size(text) == size


@pytest.mark.parametrize("text", ["0", "1001", "-1", "1.5", "ten", "٣", "9" * 5000])
def test_a_wrong_size_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 1000"):
        page_size(text)


@pytest.mark.parametrize(
    "key",
    [
        ["0001-01-01T00:00:00+14:00", 1],
        ["9999-12-31T23:59:59-23:59", 1],
        ["2026-11-27T12:00:00+03:00", 2**63],
    ],
)
def test_a_cursor_beyond_what_the_database_holds_is_none_of_ours(key: list[object]) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor(key), tuple[datetime, int])
