"""People at a demo site: a Chromium with a visitor for each way there, and the page they all open.

Playwright's synchronous driver keeps an event loop running in its thread: it has one of its own here.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, TypeVar
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

T = TypeVar("T")

_PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
_PATIENCE, _TRIES = 8_000, 6
_OTHER = "document.querySelector('{0}').getAttribute('href') != 'tel:{1}'"


class Way(NamedTuple):
    """How somebody comes: what the address says besides, the page before it, and which of the page's phones he sees."""

    query: str = ""
    referrer: str = ""
    phone: str = "main"


@contextmanager
def website(script: str, key: str, phones: Mapping[str, str]) -> Iterator[str]:
    """A site of one page with these phones, served as `localhost`: another origin than the script's."""
    links = "".join(f'<p><a id="{name}" href="tel:{number}">{number}</a></p>' for name, number in phones.items())
    head = f'<script async src="{script}/t.js" data-site="{key}" data-robots="on"></script>'
    text = f'<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Окна</title>{head}</head>{links}</html>'

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join(10)


class Visitors:
    """They stay on the page, each in a browser of his own, until the context ends."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "chromium")
        self._contexts: list[BrowserContext] = []
        self._pages: list[Page] = []

    def __enter__(self) -> "Visitors":
        self._do(self._start)
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end)
        self._thread.shutdown()

    def see(self, address: str, ways: Sequence[Way], phones: Mapping[str, str]) -> list[str]:
        """The number that each of them sees in place of the page's own, all looking at once."""
        return self._do(lambda: self._see(address, ways, phones))

    def follow(self, visitor: int, link: str, phone: str, number: str) -> str:
        """The number that one who was seen finds behind a link he clicks on, in place of the page's own."""
        return self._do(lambda: self._follow(self._pages[visitor], link, phone, number))

    def links(self, address: str, *selectors: str) -> list[dict[str, str]]:
        """The links of a page by their text, a mapping for each selector, as they are without any script."""
        return self._do(lambda: self._links(address, selectors))

    def read(self, address: str, cookie: tuple[str, str]) -> str:
        """The text of a page for who has this cookie."""
        return self._do(lambda: self._read(address, cookie))

    def _do(self, work: Callable[[], T]) -> T:
        return self._thread.submit(work).result(180)

    def _start(self) -> None:
        self._playwright = sync_playwright().start()
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._browser: Browser = self._playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)

    def _end(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def _see(self, address: str, ways: Sequence[Way], phones: Mapping[str, str]) -> list[str]:
        pages = [self._open(address, way) for way in ways]
        self._pages += pages
        return [_await_other(page, way.phone, phones[way.phone]) for page, way in zip(pages, ways, strict=True)]

    def _follow(self, page: Page, link: str, phone: str, number: str) -> str:
        before = page.url
        page.get_by_role("link", name=link, exact=True).click()
        page.wait_for_url(lambda url: url != before)
        return _await_other(page, phone, number)

    def _links(self, address: str, selectors: Sequence[str]) -> list[dict[str, str]]:
        context = self._browser.new_context(locale="en", java_script_enabled=False)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(address)
        found = [page.locator(selector).all() for selector in selectors]
        return [{one.inner_text(): urljoin(page.url, one.get_attribute("href")) for one in ones} for ones in found]

    def _open(self, address: str, way: Way) -> Page:
        context = self._browser.new_context(user_agent=_PERSON)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(address + way.query, referer=way.referrer or None)
        return page

    def _read(self, address: str, cookie: tuple[str, str]) -> str:
        context = self._browser.new_context(locale="en")
        self._contexts.append(context)
        context.add_cookies([{"name": cookie[0], "value": cookie[1], "domain": "127.0.0.1", "path": "/"}])
        page = context.new_page()
        page.goto(address)
        return page.inner_text("main")


def _await_other(page: Page, phone: str, number: str) -> str:
    """What stands there once it is another: a busy server may be too late for a page, which then keeps its own."""
    for _ in range(_TRIES):
        try:
            page.wait_for_function(_OTHER.format(f"#{phone}", number), timeout=_PATIENCE)
        except TooLate:
            page.reload()
        else:
            return (page.get_attribute(f"#{phone}", "href") or "").removeprefix("tel:")
    raise AssertionError(f"{page.url} still shows {number} at {phone}")
