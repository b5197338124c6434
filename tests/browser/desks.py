"""The office with a desk for every agent: his card is open in Chromium and in Firefox at once, and both must agree."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from playwright.sync_api import Browser

from tests.browser.screens import ChromiumScreen, Firefox, Screen
from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.people.roles import Role
from trunkline.people.sessions import Lifetime, Origin, open_session
from trunkline.people.statements import QUERIES

T = TypeVar("T")
AGENTS = ("101", "102", "103", "104")
SUPERVISOR = "301"
"""Sees the floor and everybody's callbacks."""
OWN = "+79160000031"
"""A client of 101's, whose calls ring there and nowhere else."""
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
_LOOK = """(() => {
  const seen = (selector, root = document) =>
    [...root.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const said = (one) => one.innerText.replace(/\\s+/g, " ").trim();
  const text = (selector) => seen(selector).map(said).join(" ");
  return {
    path: location.pathname + location.search,
    title: document.title,
    link: text("#caller-link"),
    spoken: document.querySelector("#caller-spoken")?.textContent ?? "",
    goodbye: text("#caller-goodbye"),
    idle: text("#caller-idle"),
    panels: seen(".ring-panel").map((panel) => ({
      state: panel.dataset.state,
      text: said(panel),
      headings: seen("h2", panel).map(said),
      buttons: seen("button", panel).map(said),
    })),
  };
})()"""

_AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
_FAULTS = """axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact))
  .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""

ARRIVED = """document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .forEach((one) => one.finish())"""
"""What comes in slowly is there."""


class Panel(msgspec.Struct):
    """One call on a screen."""

    state: str
    text: str
    headings: list[str]
    buttons: list[str]


class Look(msgspec.Struct):
    """What can be seen of a card's page."""

    path: str
    title: str
    link: str
    spoken: str
    goodbye: str
    idle: str
    panels: list[Panel]

    def states(self) -> list[str]:
        return sorted(panel.state for panel in self.panels)

    def only(self, state: str) -> Panel | None:
        """The one panel in this state, when no other call goes on."""
        going_on = [panel for panel in self.panels if panel.state != "ended"]
        wanted = [panel for panel in self.panels if panel.state == state]
        return wanted[0] if len(wanted) == 1 and len(going_on) == (state != "ended") else None


class Desk:
    """One agent's card on two screens."""

    def __init__(self, extension: str, screens: tuple[Screen, ...]) -> None:
        self.extension, self.screens = extension, screens

    def sees(self, wanted: Callable[[Look], object], what: str, within: float = 30.0) -> None:
        """Wait until every screen looks as `wanted`."""
        for screen in self.screens:
            last: list[Look] = []

            def agrees(screen: Screen = screen, last: list[Look] = last) -> bool:
                last[:] = [msgspec.convert(screen.evaluate(_LOOK), Look)]
                return bool(wanted(last[0]))

            try:
                until(agrees, what, within)
            except AssertionError as late:
                raise AssertionError(f"{self.extension}, {screen.browser}: {late}; there is {last}") from None

    def connected(self) -> None:
        self.sees(lambda look: look.link == "Карточка подключена", "a connected card", 90)

    def shows(self, state: str, who: str = "", *words: str, within: float = 30.0) -> None:
        """Exactly one panel is open, in this state, and says these words."""

        def one(look: Look) -> bool:
            panel = look.only(state)
            if panel is None or len(panel.headings) != 1:
                return False
            return all(word in panel.text for word in (who, *words))

        self.sees(one, f"a panel {state} {who} {words}", within)

    def waits(self, within: float = 30.0) -> None:
        """No panel is open at all."""
        self.sees(lambda look: not look.panels and "Ждём звонка" in look.idle, "a card that waits", within)

    def passed(self, *states: str) -> None:
        """These were on every screen in this order, the last of them last; between them there may have been others."""
        for screen in self.screens:
            seen: list[str] = screen.evaluate("window.seen")
            left = iter(seen)
            told = f"{self.extension}, {screen.browser}: {seen}"
            assert all(state in left for state in states), told
            assert seen[-1] == states[-1], told

    def saw_only(self, *states: str) -> None:
        """Nothing but these was on any screen since its page was opened."""
        for screen in self.screens:
            seen: list[str] = screen.evaluate("window.seen")
            assert seen == [*states], f"{self.extension}, {screen.browser}: {seen}"

    def reload(self) -> None:
        for screen in self.screens:
            screen.reload()

    def press(self, key: str, selector: str = "") -> None:
        for screen in self.screens:
            screen.press(key, selector)

    def type(self, text: str) -> None:
        for screen in self.screens:
            screen.type(text)

    def writes(self, field: str, text: str) -> None:
        """The focus is in this field, and all that was typed."""
        for screen in self.screens:
            told = screen.evaluate("[document.activeElement.name, document.activeElement.value]")
            assert told == [field, text], f"{self.extension}, {screen.browser}: {told}"

    def is_fit_for_everybody(self) -> None:
        """axe-core finds nothing serious on any screen."""
        for screen in self.screens:
            screen.evaluate(_AXE.read_text())
            screen.evaluate(ARRIVED)
            assert screen.evaluate(_FAULTS) == [], f"{self.extension}, {screen.browser}"

    def holds(self, field: str, text: str) -> None:
        """One of the fields of this name holds this text."""
        values = f"[...document.querySelectorAll('.ring-panel [name={field}]')].map((one) => one.value)"
        for screen in self.screens:
            until(lambda screen=screen: text in screen.evaluate(values), f"{text!r} in {screen.browser}", 30)  # type: ignore[misc]  # bound


class Desks:
    """The office, and who sits in it."""

    def __init__(self, office: Office, chromium: Browser, firefox: Firefox) -> None:
        self.office = office
        self._chromium, self._firefox = chromium, firefox
        self._secrets = aside(lambda: company.in_database(office.product.settings, settle))
        self._open: list[Screen] = []

    def card(self, extension: str) -> Desk:
        """The open card of an agent, connected on both screens."""
        desk = Desk(extension, self.page(extension, "/card"))
        desk.connected()
        return desk

    def page(self, extension: str, path: str, widths: tuple[int, int] = (1440, 1440)) -> tuple[Screen, Screen]:
        """A page as whoever has the extension sees it, in Chromium and in Firefox."""
        cookies = [{"name": "trunkline", "value": self._secrets[extension]}]
        address = f"http://127.0.0.1:{self.office.product.web}{path}"
        screens = (
            ChromiumScreen(self._chromium, address, cookies, _WATCH, widths[0]),
            self._firefox.open(address, cookies, _WATCH, widths[1]),
        )
        self._open += screens
        return screens

    def clear(self) -> None:
        """Everybody leaves; nothing was complained of."""
        screens, self._open = self._open, []
        complaints = [f"{screen.browser}: {complaint}" for screen in screens for complaint in screen.close()]
        assert not complaints, complaints

    def write(self, statement: str) -> None:
        """Change the database as an administrator's page would."""

        async def work(connection: Connection) -> None:
            await connection.execute(statement)

        aside(lambda: company.in_database(self.office.product.settings, work))


def aside(work: Callable[[], T]) -> T:
    """Do `work` in a thread: Playwright's loop runs in this one, and another cannot."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


async def settle(connection: Connection) -> dict[str, str]:
    """Every agent with an account and a session; one client of 101's; telephones that ring as long as a test needs."""
    await connection.execute(
        "insert into plans (body, note) select jsonb_set(jsonb_set(body, '{responsible,ring_seconds}', '120'), "
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
    for extension in (*AGENTS, SUPERVISOR):
        person = await connection.fetchval(
            "update people set login = 'a' || extension where extension = $1 returning id", extension
        )
        role = Role.ADMINISTRATOR if extension == SUPERVISOR else Role.AGENT
        await connection.execute(QUERIES["save_account"], person, role.value, [], True, True)
        secrets[extension] = await open_session(connection, person, Origin(None, "e2e"), lifetime, now)
    return secrets
