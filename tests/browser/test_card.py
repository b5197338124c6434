"""The card as agents see it: a real Asterisk rings SIPp telephones; in Chromium and Firefox cards open and close."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from tests.browser.desks import OWN, SUPERVISOR, Desk, Desks, aside
from tests.browser.screens import Firefox, Screen, shown, tab_to
from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import STRANGER, Office, at_work, client, phone, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.scenarios import ALL
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from tests.e2e.test_dialing import _allow, _call_back, _channels, _until_callback
from trunkline.supervise import process_states

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

WISHER = "+79121234567"
"""Who wants to be called back."""
SHOWN = {STRANGER: "+7 916 123-45-67", OWN: "+7 916 000-00-31", WISHER: "+7 912 123-45-67"}


@pytest.fixture(scope="module")
def desks(chromium: Browser, firefox: Firefox) -> Iterator[Desks]:
    with ExitStack() as stack:
        product = stack.enter_context(Product())
        site = Site(asterisk_tree(VERSION), "card", Ports(router=product.question), member_timeout=60)
        office = aside(lambda: stack.enter_context(at_work(product, site=site)))
        _ring_all(office)
        aside(lambda: _allow(office, controls=True))
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
    bystander, live = floor.card("104"), floor.page(SUPERVISOR, "/live")
    first.waits()
    who = SHOWN[STRANGER]
    with talk(floor.office.pbx) as scene:
        scene.start(
            phone("phone_answers", 101, 15_000),
            phone("phone_rings", 102),
            phone("phone_rings", 103),
            client(pause=19_000),
        )
        for desk in (first, second, third):
            desk.shows("ringing", who)
        for page in live:
            shown(page, _says("#queue-sales-waiting", who), "who waits")
        first.shows("ringing", who, "+7 495 123-45-67", "sales")
        first.sees(lambda look: look.panels[0].buttons == [], "no button to press in a hurry")
        first.sees(lambda look: look.title == f"☎ {who} · Карточка звонка · Trunkline", "the number in the title")
        first.sees(lambda look: look.spoken == f"Звонит: {who}", "what a screen reader says")
        bystander.waits()
        second.is_fit_for_everybody()
        first.reload()
        first.shows("ringing", who)
        first.shows("talking", who)
        second.waits()
        third.waits()
        for page in live:
            shown(page, _says("[id^=call-][id$='-101']", who), "who talks with 101")
            shown(page, "!document.querySelector('#queue-sales-waiting')", "that nobody waits any more")
        first.shows("ended", who, within=20)
        scene.finish()
    first.reload()
    first.shows("ended", who)
    first.is_fit_for_everybody()
    first.press("Enter", ".ring-panel [data-part=close]")
    first.waits()


def _says(selector: str, text: str) -> str:
    """Whether something there says this, as JavaScript asks it."""
    return f'document.querySelector("{selector}")?.innerText.replace(/\\s+/g, " ").includes("{text}")'


def test_a_supervisor_sets_a_presence_on_the_floor(floor: Desks) -> None:
    """With keys, from each browser once; the card of whom it is about follows."""
    desk = floor.card("104")
    ways = ((True, ("Home", "ArrowDown")), (False, ("Home",)))
    for page, (is_away, keys) in zip(floor.page(SUPERVISOR, "/live"), ways, strict=True):
        shown(page, "!!document.querySelector('[data-now]')", "the floor")
        page.press("Enter", "[data-presence][data-name='Agent 104']")
        shown(page, "document.activeElement.id === 'state'", "the dialog")
        for key in keys:
            page.press(key)
        page.press("Enter", "#floor-presence #reason")
        shown(page, "!document.querySelector('#floor-presence').open", "that it is kept")
        for screen in desk.screens:
            away = _says("#own-presence summary", "перерыв")
            shown(screen, away if is_away else f"!({away})", f"whether he is away: {is_away}")


def test_the_server_is_killed_and_started_again_in_mid_ring(floor: Desks) -> None:
    desk, third = floor.card("104"), floor.card("103")
    who = SHOWN[STRANGER]
    with talk(floor.office.pbx) as scene:
        caller = replace(client(line=company.WIDE_LINE, pause=4000), name="<b>Boss</b>")
        scene.start(phone("phone_rings", 104), caller)
        desk.shows("ringing", who, "<b>Boss</b>")  # letters, and nothing of HTML
        floor.office.product.kill()
        desk.sees(lambda look: look.link == "Связь потеряна, пробуем снова…", "a lost link")
        floor.office.product.start()
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
    first.passed(f"talking {who}", f"ended {who}")
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
    # Asterisk tells the end of the one call before the other's: on a slow day a screen is painted between the two.
    first.passed(f"talking {who}", f"calling 102 + talking {who}", f"talking {who} + talking 102", f"ended {who}")
    second.saw_only("ringing 101", "talking 101", f"talking {who}", f"ended {who}")


def test_a_blonde_transfer_moves_the_card(floor: Desks) -> None:
    first, second = floor.card("101"), floor.card("102")
    who = SHOWN[OWN]
    with talk(floor.office.pbx) as scene:
        scene.start(*_but_the_client("blonde_transfer"), client(number=OWN, pause=5000))
        second.shows("talking", who)
        scene.finish()
    second.shows("ended", who)
    first.passed(f"talking {who}", f"calling 102 + talking {who}", f"ended {who}")
    second.saw_only("ringing 101", f"ringing {who}", f"talking {who}", f"ended {who}")


def _but_the_client(name: str) -> list[Party]:
    (scenario,) = (one for one in ALL if one.name == name)
    return [party for party in scenario.parties if party.at != "caller"]


def test_an_agent_passes_his_client_on(floor: Desks) -> None:
    """From each browser once, by the mouse and with keys; his word stands on the card of whose telephone rings."""
    first, second, who = floor.card("101"), floor.card("102"), SHOWN[OWN]
    for screen, hand in zip(first.screens, (_pass_by_mouse, _pass_by_keys), strict=True):
        word = f"Ждёт <b>счёт</b>, {screen.browser}"
        with talk(floor.office.pbx) as scene:
            scene.start(
                phone("phone_answers", 101, 500), phone("phone_answers", 102, 2500), client(number=OWN, pause=8000)
            )
            first.shows("talking", who)
            hand(screen, word)
            second.shows("ringing", who, "Agent 101 → Agent 102", word)
            second.shows("talking", who, word)
            first.shows("ended", who)
            shown(screen, "!!document.activeElement.closest('.ring-panel')", "the focus on the card")
            (linkedid,) = scene.finish()
            assert [event["TransfererChannel"][:9] for event in scene.watcher.events("BlindTransfer")] == ["PJSIP/101"]
        told = floor.office.product.call(linkedid)["call"]
        assert (told["agents"], told["hung_up_by"]) == (["101", "102"], "caller")
        for desk in (first, second):
            desk.shows("ended", who)
            desk.press("Enter", ".ring-panel [data-part=close]")
            desk.waits()


def _pass_by_mouse(screen: Screen, word: str) -> None:
    screen.choose(".caller-pass [name=to]", "extension:102")
    screen.click(".caller-pass [name=words]")
    screen.type(word)
    screen.click(".caller-pass button")


def _pass_by_keys(screen: Screen, word: str) -> None:
    tab_to(screen, ".caller-pass [name=to]")
    screen.type("Agent 102")
    screen.press("Tab")
    screen.type(word)
    screen.press("Tab")
    screen.press("Enter")


def test_a_supervisor_moves_who_waits(floor: Desks) -> None:
    """In each browser once, on a desk and on a telephone: by the mouse to a queue, from there with keys to a person."""
    desk, who = floor.card("104"), SHOWN[STRANGER]
    floor.write(f"update people set name = '{_LONG}' where extension = '104'")
    try:
        for page in floor.page(SUPERVISOR, "/live", (1440, 390)):
            with talk(floor.office.pbx) as scene:
                idle = (Party("phone_rings", each, lasting=True, calls=9) for each in ("101", "102", "103", "201"))
                scene.start(*idle, phone("phone_answers", 104, 1000), client(pause=10_000))
                _move_by_mouse(page, who)
                _move_by_keys(page, who)
                desk.shows("talking", who)
                shown(page, _says("[id^=call-][id$='-104']", who), "who talks with 104")
                (linkedid,) = scene.finish()
                waits = [event["Queue"] for event in scene.watcher.events("QueueCallerJoin")]
            told = floor.office.product.call(linkedid)["call"]
            assert (waits, told["queues"]) == (["sales", "production"], ["sales", "production"])
            assert (told["answered_by"], told["hung_up_by"]) == ("104", "caller")
            desk.shows("ended", who)
            desk.press("Enter", ".ring-panel [data-part=close]")
            desk.waits()
    finally:
        floor.write("update people set name = 'Agent 104' where extension = '104'")


_LONG = "Константинопольская-Преображенская Александра Владиславовна"
_MOVE = "[data-order=floor-move]"
_WIDER = """[document.documentElement, document.querySelector("#floor-move")].map(
  (one) => one.scrollWidth - one.clientWidth)"""


def _move_by_mouse(page: Screen, who: str) -> None:
    """To production; before, the dialog is closed by Escape, and the focus is where it was."""
    shown(page, _says("#queue-sales-waiting", who), "who waits")
    for go_on in (False, True):
        page.click(f"#queue-sales-waiting {_MOVE}")
        shown(page, "document.activeElement.matches('#floor-move [name=to]')", "the dialog")
        assert page.evaluate(_says("#floor-move [data-who]", who))
        if not go_on:
            Desk(SUPERVISOR, (page,)).is_fit_for_everybody()
            assert page.evaluate(_WIDER) == [0, 0], page.browser
            page.press("Escape")
            shown(page, f"document.activeElement.matches('{_MOVE}')", "the focus where it was")
    page.choose("#floor-move [name=to]", "queue:production")
    page.click("#floor-move [type=submit]")
    shown(page, _says("#queue-production-waiting", who), "that he waits there")
    shown(page, "!document.querySelector('#queue-sales-waiting')", "that he waits here no more")
    shown(page, "document.activeElement.id === 'main'", "the focus on the page, for the button is gone")


def _move_by_keys(page: Screen, who: str) -> None:
    """On to 104, from production."""
    tab_to(page, f"#queue-production-waiting {_MOVE}")
    page.press("Enter")
    shown(page, "document.activeElement.matches('#floor-move [name=to]')", "the dialog")
    page.press("End")
    assert page.evaluate("document.activeElement.value") == "extension:104", page.browser
    tab_to(page, "#floor-move [type=submit]")
    page.press("Enter")
    shown(page, "!document.querySelector('#queue-production-waiting')", "that nobody waits any more")


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


def test_click_to_call_rings_here_and_then_there(floor: Desks) -> None:
    """From each browser once, with keys: one's own telephone rings first, and the card says for whom."""
    desk, who = floor.card("101"), SHOWN[OWN]
    for page in floor.page("101", f"/card/number/{OWN}"):
        with talk(floor.office.pbx) as scene:
            scene.start(phone("phone_answers", 101, 2500), Party("phone_hangs_up", "outside", pause=2500))
            page.press("Enter", "form[action='/dials'] button")
            desk.shows("ringing", who, "Own client")
            desk.shows("talking", who)
            shown(page, _says("#dial-state", "поговорили"), "how it went", 30)
            scene.finish()
            assert len(_channels(scene)) == 1
        desk.shows("ended", who)
        desk.press("Enter", ".ring-panel [data-part=close]")
        desk.waits()


def test_a_callback_whose_client_does_not_answer(floor: Desks) -> None:
    desk, lists = floor.card("101"), floor.page(SUPERVISOR, "/callbacks")
    with talk(floor.office.pbx) as scene:
        scene.start(phone("phone_answers", 101, 2500), Party("phone_busy", "outside", pause=500))
        callback = _call_back(floor.office, source="site", note="Про <b>ремонт</b>")
        desk.shows("ringing", SHOWN[WISHER], "Просил перезвонить", "site", "Про <b>ремонт</b>")
        _until_callback(floor.office, callback, "no_answer")
        scene.finish()
    for page in lists:
        page.reload()
        shown(page, _says("#callbacks-list", "не ответил · 1 попытка"), "what came of it")
    _forget(floor, callback)


def test_a_callback_whose_agent_does_not_answer(floor: Desks) -> None:
    desk, lists = floor.card("101"), floor.page(SUPERVISOR, "/callbacks")
    with talk(floor.office.pbx) as scene:
        scene.start(phone("phone_rings", 101))
        callback = _call_back(floor.office)
        desk.shows("ringing", SHOWN[WISHER], "Просил перезвонить")
        over = _until_callback(floor.office, callback, "agent")
        for page in lists:
            page.reload()
            shown(page, _says("#callbacks-list", "не ответил сотрудник"), "what came of it")
        _forget(floor, callback)
        desk.waits()
        scene.finish()
        assert not [event for event in scene.watcher.events("Newchannel") if "provider" in event["Channel"]]
    assert (over["state"], over["attempts"]) == ("waiting", 0)


def test_a_client_who_rings_while_he_is_called_back(floor: Desks) -> None:
    """The telephone that rings for him goes on; he talks with another, and is called no more."""
    first, second = floor.card("101"), floor.card("102")
    who, lists = SHOWN[WISHER], floor.page(SUPERVISOR, "/callbacks?ended=yes")
    with talk(floor.office.pbx) as scene:
        scene.start(
            phone("phone_rings", 101),
            phone("phone_answers", 102, 1000),
            Party("phone_rings", "103", lasting=True),
        )
        callback = _call_back(floor.office)
        first.shows("ringing", who, "Просил перезвонить")
        scene.start(client(number=WISHER, pause=4000))
        second.shows("talking", who)
        over = _until_callback(floor.office, callback, "got_through")
        scene.finish()
        assert len(_channels(scene)) == 1
    assert over["state"] == "cancelled"
    for page in lists:
        page.reload()
        shown(page, _says("#callbacks-list", "дозвонился сам"), "what came of it")


def _forget(floor: Desks, callback: str) -> None:
    """Nobody calls this one back in the next test."""
    floor.write(f"update callbacks set state = 'cancelled', ended_at = now() where id = '{callback}'")


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
