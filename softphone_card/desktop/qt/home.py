"""The helper's own window: how it stands with the server, the presence switch, the server and the token, autostart."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from softphone_card.desktop.keeping import Kept, Unusable, address_of, token_of
from softphone_card.desktop.qt.pieces import badge, button, column, note, text
from softphone_card.desktop.qt.tray import Mood, presence_names
from softphone_card.desktop.told import Presence
from trunkline.web.i18n import gettext as _

_WIDTH = 400
_KINDS = {Mood.CONNECTED: "ok", Mood.AWAY: "warn", Mood.LOST: "plain", Mood.STOPPED: "bad"}


class Home(QWidget):
    """Small; where the desktop has no tray it is the whole of what can be done."""

    presence_chosen = Signal(object)
    connect_wanted = Signal(str, str)
    autostart_wanted = Signal(bool)
    quit_wanted = Signal()

    def __init__(self, kept: Kept, *, autostart: bool) -> None:
        super().__init__()
        self.setWindowTitle("Trunkline")
        self.setFixedWidth(_WIDTH)
        self._laid = column(self, gap=10, margin=20)
        self._state = badge("", "plain")
        self._laid.addWidget(self._state)
        self._said = note("", "bad")
        self._said.setWordWrap(True)
        self._laid.addWidget(self._said)
        self._said.hide()
        self._switch = self._add_switch()
        self._add_server(kept)
        self._add_rest(autostart)

    def tell(self, mood: Mood, words: str, presence: Presence | None) -> None:
        """How things stand."""
        self._state.setText(words)
        self._state.setProperty("kind", _KINDS[mood])
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)
        self._state.adjustSize()
        for state, choice in self._switch.items():
            choice.setEnabled(presence is not None)
            choice.setChecked(state is presence)

    def complain(self, words: str) -> None:
        """What is wrong, until something else is tried; nothing for an empty text."""
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self.adjustSize()

    def _add_switch(self) -> dict[Presence, QPushButton]:
        row = QHBoxLayout()
        row.setSpacing(6)
        made = {}
        for state, name in presence_names().items():
            choice = made[state] = button(name)
            choice.setCheckable(True)
            choice.setEnabled(False)
            choice.clicked.connect(lambda _checked=False, state=state: self.presence_chosen.emit(state))
            row.addWidget(choice)
        self._laid.addLayout(row)
        return made

    def _add_server(self, kept: Kept) -> None:
        self._address = QLineEdit(kept.address)
        self._address.setPlaceholderText("https://calls.example.com")
        self._token = QLineEdit()
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.setPlaceholderText(_("kept on this computer") if kept.token else "tl_…")
        for name, field in ((_("Address of Trunkline"), self._address), (_("Token of this computer"), self._token)):
            label = text(name, "muted", wraps=False)
            label.setBuddy(field)
            field.setAccessibleName(name)
            pair = QVBoxLayout()
            pair.setSpacing(3)
            pair.addWidget(label)
            pair.addWidget(field)
            self._laid.addLayout(pair)
            field.returnPressed.connect(self._connect)
        self._laid.addWidget(text(_("The token is made in the browser: Settings, Desktop helper."), "muted"))
        connect = button(_("Connect"), "primary")
        connect.clicked.connect(self._connect)
        self._laid.addWidget(connect)
        self._has_token = bool(kept.token)

    def _add_rest(self, autostart: bool) -> None:
        own = QCheckBox(_("Start with the computer"))
        own.setChecked(autostart)
        own.toggled.connect(self.autostart_wanted)
        leave = button(_("Quit"))
        leave.clicked.connect(self.quit_wanted)
        row = QHBoxLayout()
        row.addWidget(own, 1)
        row.addWidget(leave, 0, Qt.AlignmentFlag.AlignRight)
        self._laid.addLayout(row)

    def _connect(self) -> None:
        typed = self._token.text()
        try:
            address = address_of(self._address.text())
            token = token_of(typed) if typed.strip() or not self._has_token else ""
        except Unusable as error:
            self.complain(str(error))
            return
        self.complain("")
        self._token.clear()
        self._token.setPlaceholderText(_("kept on this computer"))
        self._has_token = True
        self.connect_wanted.emit(address, token)
