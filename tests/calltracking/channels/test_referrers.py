"""The list of sites is whole: no host twice, no name twice, categories with their mediums."""

import csv
from collections import Counter
from importlib.resources import files

from calltracking.channels.referrers import Category, by_host, by_name

ROWS = list(
    csv.DictReader(files("calltracking.channels").joinpath("referrers.csv").read_text(encoding="utf-8").splitlines())
)


def test_nothing_stands_twice() -> None:
    sources = Counter(row["source"] for row in ROWS)
    hosts = Counter(host for row in ROWS for host in row["hosts"].split())
    names = Counter(name for row in ROWS for name in {row["source"], *filter(None, row["names"].split("|"))})

    assert [text for counter in (sources, hosts, names) for text, times in counter.items() if times > 1] == []


def test_each_host_leads_to_its_own_source() -> None:
    wrong = [
        host
        for row in ROWS
        for host in row["hosts"].split()
        if (found := by_host(host.removeprefix("=").replace("*", "co.uk"))) is None or found.source != row["source"]
    ]

    assert wrong == []


def test_each_name_leads_to_its_own_source() -> None:
    wrong = [
        name
        for row in ROWS
        for name in filter(None, row["names"].split("|"))
        if (found := by_name(name)) is None or found.source != row["source"]
    ]

    assert wrong == []


def test_texts_are_as_they_are_compared() -> None:
    texts = [text for row in ROWS for text in row.values()]

    assert [text for text in texts if text != text.lower().strip()] == []
    assert {row["category"] for row in ROWS} == set(Category)
    assert {row["medium"] for row in ROWS if row["category"] == "ai"} == {"ai-assistant"}
    assert {row["medium"] for row in ROWS if row["category"] == "email"} == {"email"}
