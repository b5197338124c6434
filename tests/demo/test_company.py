"""The demo company is as large as it is said to be, and the same on every machine."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from trunkline.demo.company import Company
from trunkline.demo.tables import Row
from trunkline.demo.words import load_words

NOW = datetime(2026, 6, 1, tzinfo=UTC)
README_LINE = "+74953197519"


def rows() -> dict[str, list[Row]]:
    return {table.name: list(table.rows) for table in Company(load_words()).tables(NOW)}


@pytest.fixture(scope="module")
def company() -> dict[str, list[Row]]:
    return rows()


def test_its_size(company: dict[str, list[Row]]) -> None:
    sizes = Counter({name: len(table) for name, table in company.items()})

    assert (sizes["departments"], sizes["people"], sizes["lines"]) == (8, 75, 130)
    assert (sizes["contacts"], sizes["spam_numbers"]) == (14_500, 75_000)
    assert len({line[3] for line in company["lines"]}) == 20, "cities"
    assert README_LINE in {line[1] for line in company["lines"]}


def test_dealers_ask_for_the_same_end_customers(company: dict[str, list[Row]]) -> None:
    """`find_overlaps` looks at the orders of 30 days."""
    asked = [(order[-2], order[-1], order[3]) for order in company["orders"] if order[-2]]
    days = [NOW.date() - order[-4] for order in company["orders"] if order[-2]]  # type: ignore[operator]  # of objects
    dealers = Counter((customer, article) for customer, article, _ in set(asked))

    assert sorted(dealers.values()) == [2, 2, 3]
    assert max(one.days for one in days) < 30


def test_it_is_the_same_everywhere(company: dict[str, list[Row]]) -> None:
    assert rows() == company
