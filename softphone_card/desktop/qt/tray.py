"""The icon beside the clock: connected, away, or coming back; its menu switches the presence and quits."""

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from softphone_card.desktop.told import Presence
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import pgettext


class Mood(StrEnum):
    """What the icon's dot says."""

    CONNECTED = "connected"
    AWAY = "away"
    LOST = "lost"
    STOPPED = "stopped"


_DOTS: Final = {Mood.CONNECTED: "#2fa862", Mood.AWAY: "#e0a020", Mood.LOST: "#98a5ba", Mood.STOPPED: "#d8453c"}
_SIZE: Final = 64


def icon(mood: Mood) -> QIcon:
    """Our sign with a dot in a colour; the dot's shape tells the moods apart too."""
    pixmap = QPixmap(_SIZE, _SIZE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#1d4f91"))
    painter.drawRoundedRect(QRectF(0, 0, _SIZE, _SIZE), 14, 14)
    painter.setPen(QPen(QColor("#ffffff"), 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(12, 32, 52, 32)
    painter.drawLine(28, 32, 46, 16)
    painter.setPen(QPen(QColor("#ffffff"), 4))
    painter.setBrush(QColor(_DOTS[mood]))
    dot = QRectF(34, 34, 26, 26)
    painter.drawRect(dot) if mood is Mood.STOPPED else painter.drawEllipse(dot)
    if mood is Mood.AWAY:
        painter.drawLine(42, 47, 52, 47)
    painter.end()
    return QIcon(pixmap)


def presence_names() -> dict[Presence, str]:
    """The switch in words."""
    return {
        Presence.ONLINE: pgettext("presence", "Online"),
        Presence.BREAK: pgettext("presence", "On a break"),
        Presence.OFFLINE: pgettext("presence", "Offline"),
    }


class Tray(QObject):
    """The icon and its menu."""

    presence_chosen = Signal(object)
    cards_wanted = Signal()
    window_wanted = Signal()
    page_wanted = Signal(str)
    quit_wanted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._icon = QSystemTrayIcon(icon(Mood.LOST), self)
        self._menu = QMenu()
        self._told = self._menu.addAction("")
        self._told.setEnabled(False)
        self._menu.addSeparator()
        self._presences = {state: self._presence(state, name) for state, name in presence_names().items()}
        self._menu.addSeparator()
        self._menu.addAction(_("Show the cards again")).triggered.connect(self.cards_wanted)
        self._menu.addAction(_("Settings")).triggered.connect(self.window_wanted)
        self._menu.addAction(_("Quit")).triggered.connect(self.quit_wanted)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._notified = ""
        self._icon.messageClicked.connect(lambda: self.page_wanted.emit(self._notified))

    def show(self) -> None:
        """From now on."""
        self._icon.show()

    def close(self) -> None:
        """No more."""
        self._icon.hide()
        self._icon.deleteLater()
        self._menu.deleteLater()

    def tell(self, mood: Mood, words: str, presence: Presence | None) -> None:
        """How things stand."""
        self._icon.setIcon(icon(mood))
        self._icon.setToolTip(f"Trunkline: {words}")
        self._told.setText(words)
        for state, action in self._presences.items():
            action.setEnabled(presence is not None)
            action.setChecked(state is presence)

    def notify(self, words: str, href: str) -> None:
        """Show `words` beside the icon; a click on them wants the page `href`."""
        self._notified = href
        self._icon.showMessage("Trunkline", words)

    def _presence(self, state: Presence, name: str) -> QAction:
        action = self._menu.addAction(name)
        action.setCheckable(True)
        action.triggered.connect(lambda: self.presence_chosen.emit(state))
        return action

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}:
            self.window_wanted.emit()
