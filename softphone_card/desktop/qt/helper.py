"""The helper put together: what the server says becomes windows, what is done in them becomes requests."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QObject, QRect, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from softphone_card.desktop import autostart, keeping
from softphone_card.desktop.client import CardRead, Link, PresenceTold, Said, Server, Stopped, Why
from softphone_card.desktop.keeping import Kept
from softphone_card.desktop.qt.card_window import WIDTH, CardWindow
from softphone_card.desktop.qt.home import Home
from softphone_card.desktop.qt.network import Network
from softphone_card.desktop.qt.tray import Mood, Tray
from softphone_card.desktop.screen import Screen
from softphone_card.desktop.told import Changed, Elsewhere, Notice, Presence, State
from trunkline.web.i18n import gettext as _

_MARGIN = 16
_STEP = 44
"""Two windows leave each other's head to be seen."""
_SHARE = 0.7
"""Of the screen's height, at most."""


class Helper(QObject):
    """One for a process; `language` is what the server is asked to speak."""

    def __init__(self, place: Path, kept: Kept, language: str) -> None:
        super().__init__()
        self._place, self._kept, self._language = place, kept, language
        self._screen = Screen()
        self._windows: dict[str, CardWindow] = {}
        self._link: Link | Stopped = Link.CONNECTING
        self._presence: Presence | None = None
        self._extension = ""
        self._network = Network()
        self._network.said.connect(self.hear)
        self._tray = Tray(self)
        self._home = Home(kept, autostart=autostart.is_on())
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self._wire()

    def start(self) -> None:
        """Connect where a server is known; else ask for one."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._tray.show()
        if self._kept.address and self._kept.token:
            self._connect()
            if not QSystemTrayIcon.isSystemTrayAvailable():
                self._home.showMinimized()
        else:
            self._link = Stopped(Why.TOLD)
            self._home.show()
        self._tell()

    def close(self) -> None:
        """Nothing is left behind."""
        self._clock.stop()
        self._network.close()
        self._tray.close()
        for window in (self._home, *self._windows.values()):
            window.close()
            window.deleteLater()
        # Now: Python lets go of them in an order of its own, perhaps after the application they need.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def hear(self, said: Said) -> None:
        """One saying of the client."""
        match said:
            case State() | Changed():
                if isinstance(said, State):
                    self._extension = said.extension
                    self._network.ask(lambda client: client.read_presence())
                self._read(self._screen.hear(said, time.monotonic()))
            case Elsewhere():
                self._network.ask(lambda client: client.read_presence())
            case Notice(text, href):
                self._tray.notify(text, href)
            case CardRead(call_id, other, card):
                self._screen.read(call_id, card, other)
            case PresenceTold(state):
                self._presence = state
            case Stopped():
                self._stopped(said)
            case Link():
                self._link = said
        self._paint()
        self._tell()

    def _read(self, call_ids: list[str]) -> None:
        for call_id in call_ids:
            other = self._screen.other_of(call_id) or ""
            self._network.ask(lambda client, call_id=call_id, other=other: client.read_card(call_id, other))  # type: ignore[misc]

    def _choose(self, call_id: str, contact: str) -> None:
        other = self._screen.other_of(call_id) or ""
        self._network.ask(lambda client: client.choose(call_id, contact, other))

    def _paint(self) -> None:
        """The windows follow the screen."""
        now, area = time.monotonic(), QGuiApplication.primaryScreen().availableGeometry()
        shown = {panel.call.call_id: panel for panel in self._screen if not panel.hidden}
        for call_id in [one for one in self._windows if one not in shown]:
            window = self._windows.pop(call_id)
            window.close()
            window.deleteLater()
        for place, (call_id, panel) in enumerate(shown.items()):
            window = self._windows.get(call_id) or self._open(call_id, CardWindow(panel))
            window.show_panel(panel, now, int(area.height() * _SHARE))
            if not window.moved_by_hand:
                window.move(*_corner(area, place))
            if not window.isVisible():
                window.show()
        self._clock.start() if self._windows else self._clock.stop()

    def _open(self, call_id: str, window: CardWindow) -> CardWindow:
        self._windows[call_id] = window
        window.put_away.connect(self._put_away)
        window.opened.connect(self._open_whole)
        window.chosen.connect(self._choose)
        return window

    def _put_away(self, call_id: str) -> None:
        self._screen.hide(call_id)
        self._paint()

    def _open_whole(self, call_id: str) -> None:
        QDesktopServices.openUrl(QUrl(f"{self._kept.address}/card/calls/{call_id}"))

    def _open_page(self, href: str) -> None:
        """A page of our server, and of no other."""
        if href.startswith("/"):
            QDesktopServices.openUrl(QUrl(f"{self._kept.address}{href}"))

    def _show_hidden(self) -> None:
        self._screen.show_hidden()
        self._paint()

    def _tick(self) -> None:
        for window in self._windows.values():
            window.tick(time.monotonic())

    def _stopped(self, said: Stopped) -> None:
        self._link, self._presence = said, None
        self._screen.clear()
        self._home.complain(why_stopped(said))
        self._home.showNormal()  # it may be minimized

    def _tell(self) -> None:
        mood, words = self._standing()
        for shown in (self._tray, self._home):
            shown.tell(mood, words, self._presence)

    def _standing(self) -> tuple[Mood, str]:
        if isinstance(self._link, Stopped):
            return Mood.STOPPED, _("The card is disconnected")
        if self._link is not Link.CONNECTED:
            lost = self._link is Link.LOST
            return Mood.LOST, _("Connection lost, trying again…") if lost else _("Connecting…")
        words = _("Extension %(extension)s") % {"extension": self._extension}
        away = self._presence in {Presence.BREAK, Presence.OFFLINE}
        return (Mood.AWAY if away else Mood.CONNECTED), words

    def _connect(self) -> None:
        self._link = Link.CONNECTING
        self._network.connect_to(Server(self._kept.address, self._kept.token, self._language))

    def _connect_to(self, address: str, token: str) -> None:
        if not token and address != self._kept.address:
            # A token is shown to the server it is of, and to no other that was typed.
            self._home.complain(_("Another server needs a token of its own."))
            return
        self._kept = msgspec.structs.replace(self._kept, address=address, token=token or self._kept.token)
        try:
            keeping.keep(self._place, self._kept)
        except OSError as error:
            self._home.complain(str(error))
        self._screen.clear()
        self._paint()
        self._connect()
        self._tell()

    def _switch_autostart(self, on: bool) -> None:
        try:
            autostart.switch(on=on)
        except OSError as error:
            self._home.complain(str(error))

    def _show_home(self) -> None:
        self._home.showNormal()
        self._home.raise_()
        self._home.activateWindow()

    def _set_presence(self, state: Presence) -> None:
        self._network.ask(lambda client: client.set_presence(state))

    def _wire(self) -> None:
        leave: Callable[[], None] = QApplication.quit
        self._tray.presence_chosen.connect(self._set_presence)
        self._tray.cards_wanted.connect(self._show_hidden)
        self._tray.window_wanted.connect(self._show_home)
        self._tray.page_wanted.connect(self._open_page)
        self._tray.quit_wanted.connect(leave)
        self._home.presence_chosen.connect(self._set_presence)
        self._home.connect_wanted.connect(self._connect_to)
        self._home.autostart_wanted.connect(self._switch_autostart)
        self._home.quit_wanted.connect(leave)


def why_stopped(said: Stopped) -> str:
    """The end in words."""
    match said.why:
        case Why.TOKEN:
            return _("The token is not valid any more, or was mistyped: make another in the browser.")
        case Why.RIGHT:
            return _("The server lets this token see no card: its owner needs an extension and the right to the card.")
        case Why.TOLD:
            return said.text


def _corner(area: QRect, place: int) -> tuple[int, int]:
    """Of the `place`-th window: down from the upper right corner."""
    return area.right() - WIDTH - _MARGIN + 1, area.top() + _MARGIN + place * _STEP
