"""The colours of the pages (static/css/tokens.css of trunkline.web) as a style sheet of Qt, light and dark."""

from dataclasses import asdict, dataclass
from string import Template
from typing import Final


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme."""

    surface: str
    raised: str
    hover: str
    line: str
    control: str
    text: str
    muted: str
    info: str
    info_soft: str
    fill: str
    fill_hover: str
    ok: str
    ok_soft: str
    bad: str
    bad_soft: str
    warn: str
    warn_soft: str
    rare: str
    rare_soft: str
    plain_soft: str


LIGHT: Final = Colours(
    surface="#ffffff", raised="#f4f5f7", hover="#f0f4f9", line="#dde1e7", control="#868f9d",
    text="#1a1f28", muted="#565e6b",
    info="#1a5aa8", info_soft="#e5eefa", fill="#1a5aa8", fill_hover="#144887",
    ok="#146335", ok_soft="#e2f3e7", bad="#a8221b", bad_soft="#fce8e6",
    warn="#774d07", warn_soft="#fcf0d6", rare="#64399a", rare_soft="#f0e9fa", plain_soft="#eaecf0",
)  # fmt: skip
DARK: Final = Colours(
    surface="#1b1f26", raised="#13161b", hover="#222831", line="#2e343e", control="#707a89",
    text="#e3e7ed", muted="#9ea7b5",
    info="#84b6f4", info_soft="#1c2f49", fill="#2a67ba", fill_hover="#3474c9",
    ok="#74cf93", ok_soft="#17331f", bad="#ff9f96", bad_soft="#421f1d",
    warn="#ecbc64", warn_soft="#3a2d12", rare="#c5a7f3", rare_soft="#2e2343", plain_soft="#2b313b",
)  # fmt: skip

_SHEET: Final = Template("""
QWidget { background: $surface; color: $text; font-size: 14px; }
QLabel { background: transparent; }
#card { border: 1px solid $control; }
#head { border-bottom: 1px solid $line; }
#foot { border-top: 1px solid $line; }
#head[mark="bad"] { background: $bad_soft; }
#body { background: $surface; }
QScrollArea { border: none; }
[role="title"] { font-size: 20px; font-weight: 600; }
[role="clock"] { color: $muted; }
[role="muted"] { color: $muted; font-size: 13px; }
[role="heading"] { font-size: 13px; font-weight: 600; color: $muted; }
[role="strong"] { font-weight: 600; }
[role="debt"] { color: $bad; font-weight: 600; }
[role="badge"] { border-radius: 4px; padding: 1px 7px; font-size: 12px; font-weight: 600; }
[kind="plain"] { background: $plain_soft; color: $text; }
[kind="info"] { background: $info_soft; color: $info; }
[kind="ok"] { background: $ok_soft; color: $ok; }
[kind="warn"] { background: $warn_soft; color: $warn; }
[kind="bad"] { background: $bad_soft; color: $bad; }
[kind="rare"] { background: $rare_soft; color: $rare; }
#head[mark="bad"] [kind="bad"] { background: $surface; }
[role="note"] { border-radius: 6px; padding: 8px 10px; }
QPushButton { border: 1px solid $control; border-radius: 6px; padding: 6px 12px; background: $surface; }
QPushButton:hover { background: $hover; }
QPushButton:focus, QLineEdit:focus, QCheckBox:focus { border: 2px solid $info; padding: 5px 11px; }
QPushButton[role="primary"] { background: $fill; color: #ffffff; border-color: $fill; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $fill_hover; }
QPushButton[role="choice"] { text-align: left; padding: 7px 12px; }
QPushButton:checked { background: $info_soft; color: $info; border-color: $info; font-weight: 600; }
QPushButton:disabled { color: $muted; border-color: $line; }
QPushButton[role="quiet"] { border-color: transparent; background: transparent; color: $muted; padding: 2px 8px;
  font-size: 16px; }
QPushButton[role="quiet"]:hover { background: $hover; color: $text; }
QPushButton[role="quiet"]:focus { border: 1px solid $info; }
QLineEdit { border: 1px solid $control; border-radius: 6px; padding: 6px 11px; background: $surface; }
QCheckBox { padding: 6px 0; spacing: 8px; background: transparent; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $control; border-radius: 3px;
  background: $surface; }
QCheckBox::indicator:checked { width: 6px; height: 6px; border: 5px solid $fill; background: #ffffff; }
QCheckBox:focus { border: none; padding: 6px 0; color: $info; }
QMenu { border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $muted; }
QScrollBar:vertical { width: 10px; background: transparent; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; min-height: 30px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; height: 0; }
""")


def sheet(colours: Colours) -> str:
    """The style sheet of the whole helper."""
    return _SHEET.substitute(asdict(colours))
