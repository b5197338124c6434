"""The pictures of docs/images: `python -m tests.browser.pictures FOLDER [NAME…]` takes them of the demo company.

Look at every one before it goes to docs/images: nothing here can tell a good page from a bad one. There
`python -m tests.browser.packing FILE…` makes them small.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.places import LOOKS
from tests.browser.scenes import STRANGER, Scenes
from tests.browser.served import Served, demo_company
from trunkline.calls.agents_now import AgentState
from trunkline.people.demo import DEMO_PASSWORD

_CALLS_SECONDS = 45
"""The demo's calls need a while before the floor is a floor."""

Lay = Callable[[Scenes], None]


def _rings(number: Callable[[Scenes], str], state: AgentState = AgentState.RINGING) -> Lay:
    return lambda scenes: scenes.ring(number(scenes), state)


SHOTS: tuple[tuple[str, str, Lay | None], ...] = (
    ("card-ringing", "/card", _rings(lambda scenes: scenes.rich)),
    ("card-talking", "/card", _rings(lambda scenes: scenes.rich, AgentState.TALKING)),
    ("card-choice", "/card", _rings(lambda scenes: scenes.shared)),
    ("card-unknown", "/card", _rings(lambda _: STRANGER)),
    ("card-callback", "/card", lambda scenes: scenes.call_back(scenes.rich)),
    ("card-waiting", "/card", None),
    ("live", "/live", None),
    ("wall", "/live/wall", None),
    ("missed", "/missed", None),
    ("callbacks", "/callbacks", None),
    ("settings-card", "/settings/card", None),
    ("agents", "/reports/agents", None),
)
"""Name, page, what is laid out before."""


def _pages(browser: Browser, served: Served) -> Iterator[tuple[int, str, Page]]:
    """A signed-in administrator in every width and theme."""
    with browser.new_context(base_url=served.address, locale="ru") as first:
        page = first.new_page()
        page.goto("/login")
        page.fill("#login", "admin")
        page.fill("#password", DEMO_PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_selector(".sidebar")
        cookies = first.cookies()
    for width in sorted({width for width, _, _ in LOOKS}, reverse=True):
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=served.address,
                locale="ru",
                viewport={"width": width, "height": 900 if width > 1000 else 844},
                color_scheme="dark" if theme == "dark" else "light",
            )
            context.add_cookies(cookies)  # type: ignore[arg-type]  # its own cookies, as it gave them
            yield width, theme, context.new_page()


def _take(page: Page, path: str, *, rings: bool) -> bytes:
    page.goto(path)
    if path == "/card":
        page.evaluate("sessionStorage.clear()")  # the calls of the picture before
        page.reload()
        page.wait_for_selector("#caller-link.state-ok", timeout=30_000)
    if rings:
        page.wait_for_selector(".ring-panel[data-known]", timeout=30_000)
    page.evaluate("document.fonts.ready")
    return page.screenshot(animations="disabled", caret="hide")


def main(folder: Path, names: set[str]) -> None:
    """Take every picture, or those of `names`."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo_company() as served, sync_playwright() as playwright, Scenes(served) as scenes:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        time.sleep(_CALLS_SECONDS)
        looks = list(_pages(browser, served))
        for name, path, lay in SHOTS:
            if names and name not in names:
                continue
            if lay:
                lay(scenes)
            for width, theme, page in looks:
                (folder / f"{name}-{width}-{theme}.png").write_bytes(_take(page, path, rings=lay is not None))
            scenes.quiet()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
