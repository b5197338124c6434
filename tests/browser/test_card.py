"""The caller card as agents see it: a real Asterisk rings SIPp's telephones, and real browsers open and close."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import STRANGER, Office, at_work, client, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.scenarios import ALL
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.people.roles import Role
from trunkline.people.sessions import Lifetime, Origin, open_session
from trunkline.people.statements import QUERIES
from trunkline.supervise import process_states

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

T = TypeVar("T")
AGENTS = ("101", "102", "103", "104")
OWN = "+79160000031"
"""A client of 101's, whose calls ring there and nowhere else."""
SHOWN = {STRANGER: "+7 916 123-45-67", OWN: "+7 916 000-00-31"}
_WATCH = """
addEventListener("DOMContentLoaded", () => {
  window.seen = [];
  const panels = document.getElementById("caller-panels");
  if (!panels) return;
  const look = () => {
    const shown = [...document.querySelectorAll(".ring-panel")].map(
      (panel) => `${panel.dataset.state} ${panel.querySelector("[data-part=who]").textContent}`);
    const all = shown.sort().join(" + ");
    if (window.seen.at(-1) !== all) window.seen.push(all);
  };
  const what = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] };
  new MutationObserver(look).observe(panels, what);
});
"""
"""Notes every state of the screen, however short: what was open, and with whom."""


def aside(work: Callable[[], T]) -> T:
    """Do `work` in a thread: Playwright's loop runs in this one, and another cannot."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


class Desks:
    """The office, and a browser at every agent's desk."""

    def __init__(self, office: Office, chromium: Browser, secrets: dict[str, str]) -> None:
        self.office = office
        self._chromium = chromium
        self._secrets = secrets
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def card(self, extension: str) -> Page:
        """The open card of an agent, connected."""
        address = f"http://127.0.0.1:{self.office.product.web}"
        context = self._chromium.new_context(base_url=address, locale="ru", viewport={"width": 1440, "height": 900})
        self._contexts.append(context)
        context.add_cookies([{"name": "trunkline", "value": self._secrets[extension], "url": address}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(_WATCH)
        page.goto("/card")
        until_connected(page)
        return page

    def clear(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()


@pytest.fixture(scope="module")
def desks(chromium: Browser) -> Iterator[Desks]:
    with ExitStack() as stack:
        product = stack.enter_context(Product())
        site = Site(asterisk_tree(VERSION), "card", Ports(router=product.question), member_timeout=20)
        office = aside(lambda: stack.enter_context(at_work(product, site=site)))
        _ring_all(office)
        secrets = aside(lambda: company.in_database(product.settings, _sign_in))
        product.until_routed(site, OWN, "extension", "101")
        yield Desks(office, chromium, secrets)


@pytest.fixture
def floor(desks: Desks) -> Iterator[Desks]:
    yield desks
    desks.clear()
    assert desks.complaints == []


def _ring_all(office: Office) -> None:
    """The queue rings everybody at once."""
    queues = office.pbx.site.folder / "etc/queues_trunkline.conf"
    queues.write_text(queues.read_text().replace("strategy = linear", "strategy = ringall"))
    office.pbx.run_cli("queue reload all")


async def _sign_in(connection: Connection) -> dict[str, str]:
    """Every agent with an account and a session; one client of 101's; telephones that ring as long as a test needs."""
    await connection.execute(
        "insert into plans (body, note) select jsonb_set(jsonb_set(body, '{responsible,ring_seconds}', '60'), "
        "'{overflow,wait_seconds}', '60'), 'e2e' from plans"
    )
    now, lifetime = datetime.now(UTC), Lifetime(timedelta(hours=12), timedelta(hours=2))
    contact = uuid7(now.timestamp())
    await connection.execute(
        "insert into contacts (id, name, class, responsible_id) "
        "values ($1, 'Own client', 'client', (select id from people where extension = '101'))",
        contact,
    )
    await connection.execute("insert into contact_phones (number, contact_id) values ($1, $2)", OWN, contact)
    secrets = {}
    for extension in AGENTS:
        person = await connection.fetchval(
            "update people set login = 'a' || extension where extension = $1 returning id", extension
        )
        await connection.execute(QUERIES["save_account"], person, Role.AGENT.value, [], True, True)
        secrets[extension] = await open_session(connection, person, Origin(None, "e2e"), lifetime, now)
    return secrets


def until_connected(page: Page) -> None:
    expect(page.locator("#caller-link")).to_have_text("Карточка подключена", timeout=25_000)


def panel(page: Page, state: str) -> Locator:
    return page.locator(f".ring-panel[data-state={state}]")


def shows(page: Page, state: str, who: str = "", within: float = 8.0) -> None:
    """Exactly one panel is open, in this state."""
    expect(panel(page, state)).to_have_count(1, timeout=within * 1000)
    expect(page.locator(".ring-panel:not([data-state=ended])")).to_have_count(0 if state == "ended" else 1)
    if who:
        expect(panel(page, state).locator("h2:visible")).to_have_count(1)
        expect(panel(page, state)).to_contain_text(who, use_inner_text=True)


def waits(page: Page, within: float = 8.0) -> None:
    """No panel is open at all."""
    expect(page.locator(".ring-panel")).to_have_count(0, timeout=within * 1000)
    expect(page.get_by_text("Ждём звонка")).to_be_visible()


def seen(page: Page) -> list[str]:
    """What was on the screen, in its order."""
    states: list[str] = page.evaluate("window.seen")
    return states


def test_a_queue_of_three_rings_on_three_screens_and_closes_on_two(floor: Desks) -> None:
    first, second, third = (floor.card(extension) for extension in ("101", "102", "103"))
    bystander = floor.card("104")
    waits(first)
    with talk(floor.office.pbx) as scene:
        scene.start(
            phone("phone_answers", 101, 4000), phone("phone_rings", 102), phone("phone_rings", 103), client(pause=7000)
        )
        for page in (first, second, third):
            shows(page, "ringing", SHOWN[STRANGER])
        expect(panel(first, "ringing")).to_contain_text("+7 495 123-45-67")
        expect(panel(first, "ringing")).to_contain_text("sales")
        expect(panel(first, "ringing").get_by_role("button")).to_have_count(0)
        expect(first).to_have_title("☎ +7 916 123-45-67 · Карточка звонка · Trunkline")
        expect(first.locator("#caller-spoken")).to_have_text("Звонит: +7 916 123-45-67")
        waits(bystander)
        first.reload()
        shows(first, "ringing", SHOWN[STRANGER], within=2)
        shows(first, "talking", SHOWN[STRANGER])
        waits(second)
        waits(third)
        shows(first, "ended", SHOWN[STRANGER], within=15)
        scene.finish()
    first.reload()
    shows(first, "ended", SHOWN[STRANGER])
    first.get_by_role("button", name="Закрыть").press("Enter")
    waits(first)


def test_the_web_process_is_killed_in_mid_ring(floor: Desks) -> None:
    page, third = floor.card("104"), floor.card("103")
    who = SHOWN[STRANGER]
    with talk(floor.office.pbx) as scene:
        scene.start(phone("phone_rings", 104), client(line=company.WIDE_LINE, pause=4000))
        shows(page, "ringing", who)
        _kill_web(floor)
        expect(page.locator("#caller-link")).to_have_text("Связь потеряна, пробуем снова…")
        until_connected(page)
        until_connected(third)
        another = floor.card("104")
        shows(another, "ringing", who, within=2)
        scene.start(Party("caller_stays", "103", dials="*8"))
        shows(third, "talking", who)
        waits(page)
        waits(another)
        scene.finish()
    assert seen(page) == [f"ringing {who}", ""]


def _kill_web(floor: Desks) -> None:
    os.kill(process_states(floor.office.product.settings.data_dir)["web"].pid, signal.SIGKILL)


def test_a_blind_transfer_moves_the_card(floor: Desks) -> None:
    first, second = floor.card("101"), floor.card("102")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(
            phone("phone_transfers_blind", 101, 1500, to="102"),
            phone("phone_answers", 102, 1000),
            client(number=OWN, pause=5000),
        )
        shows(second, "talking", who, within=12)
        scene.finish()
    shows(second, "ended", who)
    assert seen(first)[-2:] == [f"talking {who}", f"ended {who}"]
    assert seen(second) == [f"ringing {who}", f"talking {who}", f"ended {who}"]


def test_an_attended_transfer_moves_the_card(floor: Desks) -> None:
    first, second = floor.card("101"), floor.card("102")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(*_but_the_client("attended_transfer"), client(number=OWN, pause=5000))
        shows(second, "talking", who, within=12)
        shows(first, "ended", who)
        scene.finish()
    shows(second, "ended", who)
    assert seen(first)[-4:] == [
        f"talking {who}",
        f"calling 102 + talking {who}",
        f"talking {who} + talking 102",
        f"ended {who}",
    ]
    assert seen(second) == ["ringing 101", "talking 101", f"talking {who}", f"ended {who}"]


def test_a_blonde_transfer_moves_the_card(floor: Desks) -> None:
    first, second = floor.card("101"), floor.card("102")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(*_but_the_client("blonde_transfer"), client(number=OWN, pause=5000))
        shows(second, "talking", who, within=12)
        scene.finish()
    shows(second, "ended", who)
    assert seen(first)[-3:] == [f"talking {who}", f"calling 102 + talking {who}", f"ended {who}"]
    assert seen(second) == ["ringing 101", f"ringing {who}", f"talking {who}", f"ended {who}"]


def _but_the_client(name: str) -> list[Party]:
    (scenario,) = (one for one in ALL if one.name == name)
    return [party for party in scenario.parties if party.at != "caller"]


def test_a_pick_up_moves_the_card(floor: Desks) -> None:
    first, third = floor.card("101"), floor.card("103")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(phone("phone_rings", 101), client(number=OWN, pause=4000))
        shows(first, "ringing", who)
        expect(panel(first, "ringing")).to_contain_text("Own client", use_inner_text=True)  # his card, in the panel
        waits(third)
        scene.start(Party("caller_stays", "103", dials="*8"))
        shows(third, "talking", who)
        waits(first)
        scene.finish()
    shows(third, "ended", who)
    assert seen(first) == [f"ringing {who}", ""]
    assert seen(third) == [f"talking {who}", f"ended {who}"]


def test_two_calls_of_one_agent_are_two_panels(floor: Desks) -> None:
    page = floor.card("104")
    numbers = ("+79161110001", "+79161110002")
    with talk(floor.office.pbx) as scene:
        scene.start(
            Party("phone_answers", "104", pause=3000, calls=2),
            client(number=numbers[0], line=company.WIDE_LINE, pause=7000),
            client(number=numbers[1], line=company.WIDE_LINE, pause=7000, at="caller2"),
        )
        expect(panel(page, "ringing")).to_have_count(2, timeout=10_000)
        assert len(set(panel(page, "ringing").locator("h2").all_text_contents())) == 2
        expect(panel(page, "talking")).to_have_count(2, timeout=10_000)
        scene.finish()
    expect(panel(page, "ended")).to_have_count(2)


def test_a_card_ends_with_its_session_and_with_its_extension(floor: Desks) -> None:
    """The last test: it spoils the desks of 103 and 104."""
    third, fourth = floor.card("103"), floor.card("104")
    _write(floor, "update people set extension = '119' where extension = '104'")
    expect(fourth.get_by_text("Ваш внутренний номер теперь 119: обновите страницу.")).to_be_visible()
    expect(fourth.locator("#caller-link")).to_have_text("Карточка отключена")
    _write(floor, "delete from sessions where person_id = (select id from people where extension = '103')")
    third.wait_for_url("**/login?next=/card")


def test_a_card_that_comes_back_after_its_session_asks_to_sign_in(floor: Desks) -> None:
    page = floor.card("102")
    _write(
        floor,
        "update sessions set secret_hash = secret_hash || '\\x00' where person_id = "
        "(select id from people where extension = '102')",
    )
    _kill_web(floor)
    page.wait_for_url("**/login?next=/card", timeout=30_000)


def _write(floor: Desks, statement: str) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute(statement)

    aside(lambda: company.in_database(floor.office.product.settings, work))
