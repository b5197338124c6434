"""Every fragment of the corpus in one page of a real Chromium: what is to be swapped is, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.calltracking.script.wire import Wire, serving, table

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

CORPUS = json.loads(
    (Path(__file__).parents[1] / "calltracking/script/corpus/fragments.json").read_text(encoding="utf-8")
)
_SELECTORS = {"+74951234567": [".named"], "+74852301020": [".local"]}


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving() as running:
        yield running


def test_every_fragment_becomes_what_it_should(chromium: Browser, wire: Wire) -> None:
    assert len(CORPUS) >= 200
    numbers = {case["old"]: case["new"] for case in CORPUS}
    names = {old: f"p{index}" for index, old in enumerate(numbers)}
    wire.table = table({name: old for old, name in names.items()}, dynamic=[])
    wire.table["static"] = [{"when": {}, "numbers": {names[old]: new for old, new in numbers.items()}}]
    for placement in wire.table["placements"]:
        placement["selectors"] = _SELECTORS.get(placement["number"], [])
    body = "".join(f'<div id="case{index}">{case["fragment"]}</div>' for index, case in enumerate(CORPUS))
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(wire.page(f'{body}<p id="last">8 (495) 123-45-67</p>'))
        page.wait_for_function("document.querySelector('#last').textContent.includes('499')")
        found = page.evaluate(
            "wanted => wanted.map((html, index) => {"
            "  const box = document.createElement('div'); box.innerHTML = html;"
            "  return [document.getElementById('case' + index).innerHTML, box.innerHTML];"
            "})",
            [case["expected"] for case in CORPUS],
        )
    wrong = [
        (case["why"], case["fragment"], got) for case, (got, wanted) in zip(CORPUS, found, strict=True) if got != wanted
    ]
    assert wrong == [], wrong
