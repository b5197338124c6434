"""Labels and buttons. What comes from outside is plain text here, whatever is in it: nothing else makes a label."""

import re
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

_LONGEST: Final = 600
_UNBROKEN: Final = re.compile(r"(\S{22})(?=\S{4})")
_ZERO_WIDTH_SPACE: Final = "\u200b"


def plain(content: str) -> str:
    """`content` as a label can show it: not endless, and with places to break a word that has none."""
    short = content if len(content) <= _LONGEST else f"{content[:_LONGEST]}…"
    return _UNBROKEN.sub(rf"\1{_ZERO_WIDTH_SPACE}", short)


def text(content: str, role: str = "", *, kind: str = "", wraps: bool = True) -> QLabel:
    """A label; a Qt label left to itself would take `<b>` or `<img>` in a caller's name for markup."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    label.setText(plain(content))
    if wraps:
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setWordWrap(wraps)  # after the policy, in which it notes that the height follows from the width
    if role:
        label.setProperty("role", role)
    if kind:
        label.setProperty("kind", kind)
    return label


def badge(content: str, kind: str) -> QLabel:
    """A word in a colour."""
    label = text(content, "badge", kind=kind, wraps=False)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def note(content: str, kind: str) -> QLabel:
    """A sentence on a coloured ground."""
    return text(content, "note", kind=kind)


def button(content: str, role: str = "") -> QPushButton:
    """A button; an ampersand in its words is an ampersand."""
    made = QPushButton(plain(content).replace("&", "&&"))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if role:
        made.setProperty("role", role)
    return made


def column(parent: QWidget, gap: int = 8, margin: int = 0) -> QVBoxLayout:
    """What stands below one another in `parent`."""
    made = QVBoxLayout(parent)
    made.setSpacing(gap)
    made.setContentsMargins(margin, margin, margin, margin)
    return made


def row(*widgets: QWidget, gap: int = 6) -> QHBoxLayout:
    """Side by side; those whose size is fixed keep to the left of the rest."""
    made = QHBoxLayout()
    made.setSpacing(gap)
    made.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        stretches = widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored
        made.addWidget(widget, 1 if stretches else 0, Qt.AlignmentFlag.AlignTop)
    return made
