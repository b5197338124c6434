"""The proof on paper, as Chromium prints it: no means of finding things, nothing cut, tables whole."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_PAPER = {"width": 718, "height": 1047}
"""A4 at 96 pixels an inch, less a centimetre on each side."""
_MEANS = ".sidebar, .tabbar, .tabs, .filters, .button, .page-actions, .skip, .toasts, .preferences"
_FOUND = """(means) => {
  const shown = (node) => node.checkVisibility() && node.getClientRects().length > 0;
  const cut = (node) => {
    const style = getComputedStyle(node);
    const beside = style.overflowX != "visible" && node.scrollWidth > node.clientWidth + 1;
    const below = style.overflowY != "visible" && node.scrollHeight > node.clientHeight + 1;
    return node.clientWidth > 1 && (beside || below); // one pixel: for who hears the page
  };
  const name = (node) => `${node.nodeName} ${node.className} ${node.textContent.trim().slice(0, 60)}`;
  const all = [...document.querySelectorAll("main, main *")];
  const cells = [...document.querySelectorAll("main table.table-proof :is(th, td)")];
  return {
    means: [...document.querySelectorAll(means)].filter(shown).map(name),
    cut: all.filter((node) => shown(node) && cut(node)).map(name),
    hidden: cells.filter((node) => !shown(node)).map(name),
    outside: cells.filter((node) => node.getBoundingClientRect().right > innerWidth + 1).map(name),
    torn: cells.filter((node) => getComputedStyle(node.parentNode).breakInside != "avoid").map(name),
    cells: cells.length,
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""


def _printed(page: Page) -> dict[str, Any]:
    page.emulate_media(media="print")
    page.set_viewport_size(_PAPER)  # type: ignore[arg-type]  # width and height, as it wants them
    found: dict[str, Any] = page.evaluate(_FOUND, _MEANS)
    return found


_COLUMNS = {"Отвеченные": "num p2", "Пропущенные": "num", "Целевые": "num p2", "Источник неизвестен": "num p2"}
_COLUMNS = {"Линия": "wide", "Звонки": "num", **_COLUMNS, "Счёт": "num p3", "Метрика": "num p3"}
_WIDEST = (
    '<div class="card"><div class="table-wrap"><table class="table table-proof"><thead><tr>'
    + "".join(f'<th scope="col" class="{kind}">{name}</th>' for name, kind in _COLUMNS.items())
    + "</tr></thead><tbody>"
    + 40 * ("<tr>" + "".join(f'<td class="{kind}">1 234 567</td>' for kind in _COLUMNS.values()) + "</tr>")
    + "</tbody></table></div></div>"
)
"""Line by line, as figures.html makes it: no call of the demo is to a number of its sites."""


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_proof_is_whole_on_paper(visit: Visit, language: str, theme: str) -> None:
    page = visit("/reports/proof?days=30", language=language, theme=theme)
    page.locator(".table-proof").first.wait_for()
    page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", _WIDEST)
    assert page.locator(".sidebar").is_visible(), "on the screen it is there"

    found = _printed(page)

    assert found.pop("cells") > 300
    assert found == {"means": [], "cut": [], "hidden": [], "outside": [], "torn": [], "sideways": 0}
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_what_is_folded_on_the_screen_is_open_on_paper(visit: Visit) -> None:
    page = visit("/reports/proof?days=30")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<details><summary>s</summary>"
        '<table class="table table-proof"><tr><td id=folded>1</td></tr></table></details>\')'
    )
    assert not page.locator("#folded").is_visible()

    page.emulate_media(media="print")

    assert page.locator("#folded").is_visible()
