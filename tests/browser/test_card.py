"""The card as agents see it: a real Asterisk rings SIPp telephones; in Chromium and Firefox cards open and close."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from tests.browser.desks import OWN, Desk, Desks, aside
from tests.browser.screens import Firefox, Screen, shown, tab_to
from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import STRANGER, Office, at_work, client, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.scenarios import ALL
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from trunkline.supervise import process_states

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SHOWN = {STRANGER: "+7 916 123-45-67", OWN: "+7 916 000-00-31"}


@pytest.fixture(scope="module")
def desks(chromium: Browser, firefox: Firefox) -> Iterator[Desks]:
    with ExitStack() as stack:
        product = stack.enter_context(Product())
        site = Site(asterisk_tree(VERSION), "card", Ports(router=product.question), member_timeout=20)
        office = aside(lambda: stack.enter_context(at_work(product, site=site)))
        _ring_all(office)
        desks = Desks(office, chromium, firefox)
        product.until_routed(site, OWN, "extension", "101")
        yield desks


@pytest.fixture
def floor(desks: Desks) -> Iterator[Desks]:
    yield desks
    desks.clear()


def _ring_all(office: Office) -> None:
    """The queue rings everybody at once."""
    queues = office.pbx.site.folder / "etc/queues_trunkline.conf"
    queues.write_text(queues.read_text().replace("strategy = linear", "strategy = ringall"))
    office.pbx.run_cli("queue reload all")


def test_a_queue_of_three_rings_on_three_screens_and_closes_on_two(floor: Desks) -> None:
    first, second, third = (floor.card(extension) for extension in ("101", "102", "103"))
    bystander = floor.card("104")
    first.waits()
    who = SHOWN[STRANGER]
    with talk(floor.office.pbx) as scene:
        scene.start(
            phone("phone_answers", 101, 8000),
            phone("phone_rings", 102),
            phone("phone_rings", 103),
            client(pause=12_000),
        )
        for desk in (first, second, third):
            desk.shows("ringing", who)
        first.shows("ringing", who, "+7 495 123-45-67", "sales")
        first.sees(lambda look: look.panels[0].buttons == [], "no button to press in a hurry")
        first.sees(lambda look: look.title == f"☎ {who} · Карточка звонка · Trunkline", "the number in the title")
        first.sees(lambda look: look.spoken == f"Звонит: {who}", "what a screen reader says")
        bystander.waits()
        first.reload()
        first.shows("ringing", who)
        first.shows("talking", who)
        second.waits()
        third.waits()
        first.shows("ended", who, within=20)
        scene.finish()
    first.reload()
    first.shows("ended", who)
    first.press("Enter", ".ring-panel [data-part=close]")
    first.waits()


def test_the_web_process_is_killed_in_mid_ring(floor: Desks) -> None:
    desk, third = floor.card("104"), floor.card("103")
    who = SHOWN[STRANGER]
    with talk(floor.office.pbx) as scene:
        caller = replace(client(line=company.WIDE_LINE, pause=4000), name="<b>Boss</b>")
        scene.start(phone("phone_rings", 104), caller)
        desk.shows("ringing", who, "<b>Boss</b>")  # letters, and nothing of HTML
        _kill_web(floor)
        desk.sees(lambda look: look.link == "Связь потеряна, пробуем снова…", "a lost link")
        desk.connected()
        third.connected()
        another = floor.card("104")
        another.shows("ringing", who)
        scene.start(Party("caller_stays", "103", dials="*8"))
        third.shows("talking", who)
        desk.waits()
        another.waits()
        scene.finish()
    desk.saw_only(f"ringing {who}", "")


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
        second.shows("talking", who)
        scene.finish()
    second.shows("ended", who)
    first.saw(f"talking {who}", f"ended {who}")
    second.saw_only(f"ringing {who}", f"talking {who}", f"ended {who}")


def test_an_attended_transfer_moves_the_card(floor: Desks) -> None:
    first, second = floor.card("101"), floor.card("102")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(*_but_the_client("attended_transfer"), client(number=OWN, pause=5000))
        second.shows("talking", who)
        first.shows("ended", who)
        scene.finish()
    second.shows("ended", who)
    first.saw(f"talking {who}", f"calling 102 + talking {who}", f"talking {who} + talking 102", f"ended {who}")
    second.saw_only("ringing 101", "talking 101", f"talking {who}", f"ended {who}")


def test_a_blonde_transfer_moves_the_card(floor: Desks) -> None:
    first, second = floor.card("101"), floor.card("102")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(*_but_the_client("blonde_transfer"), client(number=OWN, pause=5000))
        second.shows("talking", who)
        scene.finish()
    second.shows("ended", who)
    first.saw(f"talking {who}", f"calling 102 + talking {who}", f"ended {who}")
    second.saw_only("ringing 101", f"ringing {who}", f"talking {who}", f"ended {who}")


def _but_the_client(name: str) -> list[Party]:
    (scenario,) = (one for one in ALL if one.name == name)
    return [party for party in scenario.parties if party.at != "caller"]


def test_a_pick_up_moves_the_card(floor: Desks) -> None:
    first, third = floor.card("101"), floor.card("103")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(phone("phone_rings", 101), client(number=OWN, pause=4000))
        first.shows("ringing", who, "Own client")  # his card, in the panel
        third.waits()
        scene.start(Party("caller_stays", "103", dials="*8"))
        third.shows("talking", who)
        first.waits()
        scene.finish()
    third.shows("ended", who)
    first.saw_only(f"ringing {who}", "")
    third.saw_only(f"talking {who}", f"ended {who}")


def test_two_calls_of_one_agent_are_two_panels(floor: Desks) -> None:
    desk = floor.card("104")
    numbers = {"+79161110001": "+7 916 111-00-01", "+79161110002": "+7 916 111-00-02"}
    with talk(floor.office.pbx) as scene:
        scene.start(
            Party("phone_answers", "104", pause=4000, calls=2),
            *(
                client(number=number, line=company.WIDE_LINE, pause=8000, at=at)
                for number, at in zip(numbers, ("caller", "caller2"), strict=True)
            ),
        )
        for state in ("ringing", "talking"):
            _two(desk, state, set(numbers.values()))
        scene.finish()
    _two(desk, "ended", set(numbers.values()))


def _two(desk: Desk, state: str, who: set[str]) -> None:
    """One panel each."""
    desk.sees(
        lambda look: (
            look.states() == [state] * 2 and {panel.headings[0] for panel in look.panels if panel.headings} == who
        ),
        f"two panels {state}",
    )


def test_what_is_being_written_stays_whatever_rings(floor: Desks) -> None:
    """Nothing takes the focus or a letter away: another call that rings, is talked and ends, or a reload."""
    desk = floor.card("104")
    one, two = client(line=company.WIDE_LINE, pause=14_000), client(line=company.WIDE_LINE, pause=2000, at="caller2")
    with talk(floor.office.pbx) as scene:
        scene.start(Party("phone_answers", "104", pause=2000, calls=2), one)
        desk.shows("talking", SHOWN[STRANGER])
        desk.sees(lambda look: "Сохранить заметку" in look.panels[0].buttons, "a form")
        desk.press("End", "textarea[name=result]")
        desk.type("Ждёт ")
        scene.start(replace(two, number=OWN))
        for states in (["ringing", "talking"], ["talking", "talking"], ["ended", "talking"]):
            desk.sees(lambda look, states=states: look.states() == states, f"{states}")  # type: ignore[misc]  # bound
            desk.writes("result", "Ждёт ")
        desk.type("счёт")
        scene.finish()
    desk.sees(lambda look: look.states() == ["ended", "ended"], "two ended calls")
    desk.writes("result", "Ждёт счёт")
    desk.reload()
    desk.sees(lambda look: look.states() == ["ended", "ended"], "two ended calls")
    desk.holds("result", "Ждёт счёт")
    for screen in desk.screens:
        _work_with_keys_alone(screen)
        desk.holds("result", "Ждёт счёт")


def _work_with_keys_alone(screen: Screen) -> None:
    """A break is said, a note and a wrap-up are kept, the card is closed; the focus is never lost on the way."""
    tab_to(screen, ".own-presence summary")
    screen.press("Enter")
    tab_to(screen, ".own-presence [name=state]")
    screen.press("Home")  # the other browser's break is told here too
    screen.press("ArrowDown")
    tab_to(screen, ".own-presence [name=reason]")
    screen.press("Enter")
    summary = ".own-presence summary:focus"
    shown(screen, f"document.querySelector('{summary}')?.innerText.includes('перерыв')", "a break")

    tab_to(screen, ".ring-panel [name=text]")
    screen.type(f"Позвонит сам, {screen.browser}")
    screen.press("Tab")
    screen.press("Enter")
    notes = "document.querySelector('.caller-block-notes')?.innerText"
    shown(screen, f"{notes}?.includes('Позвонит сам, {screen.browser}')", "the note")
    shown(screen, "document.activeElement.innerText === 'Сохранить заметку'", "the focus where it was")

    tab_to(screen, ".ring-panel [name=topic]")
    screen.press("End")
    tab_to(screen, ".ring-panel [name=other]")
    screen.type("ошибка")
    tab_to(screen, ".caller-wrap-up button")
    screen.press("Enter")
    shown(screen, "!!document.querySelector('.caller-wrap-up .badge')", "a wrap-up that is kept")
    shown(screen, "!!document.activeElement.closest('.caller-wrap-up')", "the focus where it was")

    before = screen.evaluate("document.querySelectorAll('.ring-panel').length")
    tab_to(screen, "[data-part=close]", "Shift+Tab")
    screen.press("Enter")
    shown(screen, f"document.querySelectorAll('.ring-panel').length === {before - 1}", "a closed card")
    shown(screen, "document.activeElement.id === 'main'", "the focus on the page")


def test_a_card_ends_with_its_session_and_with_its_extension(floor: Desks) -> None:
    """The last test but one: it spoils the desks of 103 and 104."""
    third, fourth = floor.card("103"), floor.card("104")
    floor.write("update people set extension = '119' where extension = '104'")
    fourth.sees(lambda look: "Ваш внутренний номер теперь 119: обновите страницу." in look.goodbye, "why it ended")
    fourth.sees(lambda look: look.link == "Карточка отключена", "that it ended")
    floor.write("delete from sessions where person_id = (select id from people where extension = '103')")
    third.sees(lambda look: look.path == "/login?next=/card", "the way back in", 30)


def test_a_card_that_comes_back_after_its_session_asks_to_sign_in(floor: Desks) -> None:
    desk = floor.card("102")
    floor.write(
        "update sessions set secret_hash = secret_hash || '\\x00' where person_id = "
        "(select id from people where extension = '102')"
    )
    _kill_web(floor)
    desk.sees(lambda look: look.path == "/login?next=/card", "the way back in", 90)
