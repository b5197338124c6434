"""A company's first calls: the administrator's link, `/setup` in Chromium, a real Asterisk that is only listened to."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desks import aside
from tests.e2e.asterisk.office import client, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from tests.e2e.asterisk.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/welcome/\S+")


@pytest.fixture
def product() -> Iterator[Product]:
    with Product() as product:
        yield product


@pytest.fixture
def pbx(product: Product) -> Iterator[Asterisk]:
    """The office's Asterisk; its dialplan is refused by Trunkline, which knows no PBX yet, and goes its own way."""
    with ExitStack() as stack:
        site = Site(asterisk_tree(VERSION), "setup", Ports(router=product.question), member_timeout=60)
        yield aside(lambda: stack.enter_context(Asterisk(site)))


def test_from_nothing_to_my_own_calls(chromium: Browser, product: Product, pbx: Asterisk) -> None:
    link = until(lambda: _LINK.search(product.log.read_text()), "the first administrator's link")[0]
    with chromium.new_context(locale="en") as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        _begin(page, link)
        page.goto(f"{link.partition('/welcome')[0]}/setup")
        _keep(page, pbx.site, "not the secret")
        expect(page.locator("#check")).to_contain_text("refuses the login")
        _keep(page, pbx.site, pbx.site.ami_secret)
        expect(page.locator("#check .findings")).to_contain_text("rights are exactly those needed")
        with talk(pbx) as scene:
            until(lambda: "trunkline" in pbx.run_cli("manager show connected"), "the link", 30)
            scene.start(phone("phone_answers", 101), client())
            scene.finish()
        numbers = page.locator("#setup-numbers")
        expect(numbers).to_contain_text("+7 495 123-45-67")
        numbers.get_by_role("button", name="Make it a line (observe)").click()
        page.goto(f"{link.partition('/welcome')[0]}/calls")
        expect(page.locator("main")).to_contain_text("+7 916 123-45-67")


def _begin(page: Page, link: str) -> None:
    """Become the first administrator."""
    page.goto(link)
    page.fill("[name=name]", "Anna")
    page.fill("[name=login]", "anna")
    page.fill("[name=password]", "three words and one more")
    page.click("main button[type=submit]")
    page.wait_for_selector(".sidebar")


def _keep(page: Page, site: Site, secret: str) -> None:
    """Say where the PBX is."""
    page.fill("[name=port]", str(site.ports.ami))
    page.fill("[name=secret]", secret)
    page.get_by_role("button", name="Keep and check").click()
