"""What is read of a batch of lists, and what is not believed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crm_sync.answer import Strange
from crm_sync.bitrix24.items import PAGE, told

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def page(first: int, count: int) -> dict[str, Any]:
    rows = range(first, first + count)
    return {"items": [{"id": one, "updatedTime": "2026-11-28T10:00:00+03:00", "colour": "red"} for one in rows]}


STRANGE: dict[str, Any] = {
    "no object": [],
    "no results": {"result": []},
    "no page": {"result": {"p0": True}},
    "no items": {"result": {"p0": {"items": [1]}}},
    "an id that is none": {"result": {"p0": {"items": [{"id": "x"}]}}},
    "an id that no row has room for": {"result": {"p0": {"items": [{"id": 2**63}]}}},
    "ids that fall": {"result": {"p0": {"items": [{"id": 3}, {"id": 2}]}}},
    "the first page again": {"result": {"p0": page(1, PAGE), "p1": page(1, PAGE)}},
    "more than a page": {"result": {"p0": page(1, PAGE + 1)}},
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=list(STRANGE))
def test_an_answer_that_is_no_list_behind_the_last_id_is_not_believed(answer: object) -> None:
    with pytest.raises(Strange):
        told("contacts", 0, 2, answer, NOW)


def test_pages_behind_one_that_was_not_full_mean_nothing() -> None:
    read, bad = told("contacts", 0, 3, {"result": {"p0": page(1, PAGE), "p1": page(90, 7), "p2": page(1, PAGE)}}, NOW)
    assert read is not None
    assert (len(read.records), read.last, bad) == (PAGE + 7, None, None)


def test_what_stands_before_a_refusal_is_read() -> None:
    error = {"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked"}
    answer = {"result": {"p0": page(1, PAGE)}, "result_error": {"p1": error}}
    read, bad = told("contacts", 0, 2, answer, NOW)
    assert read is not None
    assert bad is not None
    assert (len(read.records), read.last, bad.fault.code) == (PAGE, PAGE, "OPERATION_TIME_LIMIT")
    read, bad = told("contacts", 0, 2, {"result": [], "result_error": {"p0": error}}, NOW)
    assert (read, bad is not None) == (None, True)


@pytest.mark.parametrize("beyond", [{"assignedById": 2**63}, {"companyId": "99999999999999999999"}])
def test_a_number_beyond_its_room_is_counted_and_stops_nobody_else(beyond: dict[str, Any]) -> None:
    items = page(1, 2)["items"]
    read, _bad = told("contacts", 0, 1, {"result": {"p0": {"items": [items[0] | beyond, items[1]]}}}, NOW)
    assert read is not None
    assert ([one["external_id"] for one in read.records], read.unread, read.ids) == (["2"], 1, ["1", "2"])
