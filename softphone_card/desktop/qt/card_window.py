"""The window of one call: over all others, never taking the keyboard away from what its owner is doing."""

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from softphone_card.desktop.qt.card_body import body_of, has_body
from softphone_card.desktop.qt.pieces import badge, button, column, text
from softphone_card.desktop.screen import ENDED, Panel
from softphone_card.desktop.told import Badge, Card
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import pgettext

WIDTH: Final = 420
_KINDS: Final = {"ringing": "info", "calling": "plain", "talking": "ok", ENDED: "plain"}
_ON_TOP: Final = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint


class CardWindow(QWidget):
    """Shows a Panel; what is done in it is told by its signals with the id of the call."""

    put_away = Signal(str)
    opened = Signal(str)
    chosen = Signal(str, str)

    def __init__(self, panel: Panel) -> None:
        super().__init__(None, _ON_TOP)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("card")
        self.setFixedWidth(WIDTH)
        self._call_id = panel.call.call_id
        self._panel: Panel | None = None
        self._held: QPoint | None = None
        self.moved_by_hand = False
        frame = column(self, gap=0, margin=1)
        self._head = QWidget()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        frame.addWidget(self._head)
        frame.addWidget(self._scroll, 1)
        self._foot = self._make_foot()
        frame.addWidget(self._foot)

    def show_panel(self, panel: Panel, now: float, most: int) -> None:
        """Paint what is new; the window is at most `most` high."""
        before, self._panel = self._panel, panel
        if before is None or _looks(before) != _looks(panel):
            self._put_head(self._make_head(panel))
        if before is None or before.card is not panel.card:
            card = panel.card or Card("")
            body = body_of(card, lambda who: self.chosen.emit(self._call_id, who))
            _polish(body)  # before anybody asks for its size, which is remembered
            self._scroll.setWidget(body)
            self._scroll.setVisible(has_body(card))
        self.tick(now)
        self._fit(most)

    def tick(self, now: float) -> None:
        """The clock of the state."""
        if self._panel is not None:
            self._clock.setText(clock(self._panel.seconds(now)))

    def _put_head(self, head: QWidget) -> None:
        """A whole new one: what is added to a part that is seen already counts for nothing until it was painted."""
        _polish(head)
        frame = self.layout()
        assert frame is not None, "made in __init__"
        frame.replaceWidget(self._head, head)
        self._head.hide()
        self._head.deleteLater()
        self._head = head
        head.show()

    def _make_head(self, panel: Panel) -> QWidget:
        card, call = panel.card, panel.call
        head = QWidget()
        head.setObjectName("head")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head.setProperty("mark", "bad" if card and card.debt else "")
        laid = column(head, gap=4)
        laid.setContentsMargins(16, 12, 12, 12)
        laid.addLayout(self._make_top(panel))
        title = card.title if card else call.other_shown or _("Hidden number")
        self.setWindowTitle(title)
        laid.addWidget(text(title, "title"))
        if card and card.company:
            laid.addWidget(text(card.company, "strong"))
        # By the card, or by the PBX until it has come.
        origin = card.origin if card else tuple(part for part in (call.other_name, call.line_shown) if part)
        if origin:
            laid.addWidget(text(" · ".join(origin), "muted"))
        if card and card.badges:
            laid.addLayout(_badges(card.badges))
        if card and card.debt:
            laid.addWidget(text(card.debt, "debt"))
        return head

    def _make_top(self, panel: Panel) -> QHBoxLayout:
        states = {
            "ringing": pgettext("card", "Rings"),
            "calling": pgettext("card", "You call"),
            "talking": pgettext("card", "Talking"),
            ENDED: pgettext("card", "Call ended"),
        }
        self._clock = text("", "clock", wraps=False)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(badge(states.get(panel.state, panel.state), _KINDS.get(panel.state, "plain")))
        top.addWidget(self._clock)
        top.addWidget(text(panel.call.queue_shown or panel.call.queue, "muted"), 1)
        close = button("×", "quiet")
        close.setAccessibleName(_("Close"))
        close.clicked.connect(lambda: self.put_away.emit(self._call_id))
        top.addWidget(close)
        return top

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("foot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        laid = QHBoxLayout(foot)
        laid.setContentsMargins(16, 10, 16, 10)
        whole = button(_("Open the whole card"), "primary")
        whole.clicked.connect(lambda: self.opened.emit(self._call_id))
        laid.addWidget(whole, 1)
        return foot

    def _fit(self, most: int) -> None:
        """As high as what it shows."""
        _polish(self)
        parts = [self._head, self._foot]
        if not self._scroll.isHidden() and (body := self._scroll.widget()) is not None:
            parts.append(body)
        self.setFixedHeight(min(most, sum(_height(part) for part in parts) + 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's
        """Escape puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away.emit(self._call_id)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """It has no frame to be dragged by: all of it is one."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """Follow the pointer."""
        if self._held is not None:
            self.move(event.globalPosition().toPoint() - self._held)
            self.moved_by_hand = True

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """Stay."""
        self._held = None


def clock(seconds: float) -> str:
    """`0:42`, `12:05`, `1:02:05`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _polish(widget: QWidget) -> None:
    """Give all in it the fonts of the style sheet, from which heights follow."""
    for one in widget.findChildren(QWidget):
        one.ensurePolished()


def _height(part: QWidget) -> int:
    """What a part needs at our width."""
    if (laid := part.layout()) is not None:
        laid.invalidate()
        laid.activate()
    inner = WIDTH - 2
    return part.heightForWidth(inner) if part.hasHeightForWidth() else part.sizeHint().height()


def _looks(panel: Panel) -> tuple[object, ...]:
    return (
        panel.state,
        panel.call.queue_shown or panel.call.queue,
        panel.call.other_shown,
        panel.call.other_name,
        panel.card,
    )


def _badges(badges: tuple[Badge, ...]) -> QHBoxLayout:
    laid = QHBoxLayout()
    laid.setSpacing(6)
    for one in badges:
        laid.addWidget(badge(one.text, one.kind))
    laid.addStretch(1)
    return laid
