"""The card between the head and the foot of its window: facts, hints, who of several it is, and the blocks."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from softphone_card.desktop.qt.pieces import badge, button, column, note, row, text
from softphone_card.desktop.told import Card, Choice, Entry, Fact, Section
from trunkline.web.i18n import gettext as _

_NAME_WIDTH = 110


def body_of(card: Card, choose: Callable[[str], None]) -> QWidget:
    """`card` as a widget; `choose` is told which contact was chosen."""
    body = QWidget()
    body.setObjectName("body")
    laid = column(body, gap=12, margin=16)
    for warning in card.warnings:
        laid.addWidget(note(warning, "warn"))
    if card.choices:
        _add_choices(laid, card.choices, choose)
    for hint in card.hints:
        laid.addWidget(note(hint, "info"))
    for fact in card.facts:
        laid.addLayout(_fact(fact))
    for section in card.sections:
        _add_section(laid, section)
    laid.addStretch(1)
    return body


def has_body(card: Card) -> bool:
    """Whether there is anything to show between head and foot."""
    return any((card.warnings, card.choices, card.hints, card.facts, card.sections))


def _add_choices(laid: QVBoxLayout, choices: tuple[Choice, ...], choose: Callable[[str], None]) -> None:
    laid.addWidget(text(_("Who is it?"), "strong"))
    group = QVBoxLayout()
    group.setSpacing(6)
    for one in choices:
        told = " · ".join(part for part in (one.name, one.company, one.overdue) if part)
        option = button(told, "choice")
        option.setCheckable(True)
        option.setChecked(one.chosen)
        option.setProperty("contact", one.contact)
        option.clicked.connect(lambda _checked=False, contact=one.contact: choose(contact))
        group.addWidget(option)
    laid.addLayout(group)


def _fact(fact: Fact) -> QHBoxLayout:
    name = text(fact.name, "muted", wraps=False)
    name.setFixedWidth(_NAME_WIDTH)
    value = QWidget()
    value.setSizePolicy(text("").sizePolicy())
    told = column(value, gap=1)
    told.addWidget(text(fact.value))
    if fact.detail:
        told.addWidget(text(fact.detail, "muted"))
    return row(name, value, gap=10)


def _add_section(laid: QVBoxLayout, section: Section) -> None:
    group = QVBoxLayout()
    group.setSpacing(5)
    group.addWidget(text(section.name, "heading"))
    for entry in section.entries:
        group.addLayout(_entry(entry))
    laid.addLayout(group)


def _entry(entry: Entry) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setSpacing(1)
    line: list[QWidget] = [text(entry.text)]
    if entry.badge and entry.badge.text:
        line.append(badge(entry.badge.text, entry.badge.kind))
    if entry.amount:
        line.append(text(entry.amount, "strong", wraps=False))
    made.addLayout(row(*line))
    if entry.detail:
        made.addWidget(text(entry.detail, "muted"))
    return made
