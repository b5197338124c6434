"""The program's life: one process a user, the system's look, quit by signal or by hand."""

import signal
import sys
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QLocale, QLockFile, Qt, QTimer
from PySide6.QtWidgets import QApplication

from softphone_card.desktop.keeping import Kept
from softphone_card.desktop.qt.helper import Helper
from softphone_card.desktop.qt.look import DARK, LIGHT, sheet
from softphone_card.desktop.qt.tray import Mood, icon
from softphone_card.desktop.words import language_of, speaking

_WAKE_MS = 300
"""Python looks at its signals only between two steps of its own."""


def run(place: Path, kept: Kept, theme: str) -> int:
    """Until it is told to quit; 1 where it runs already."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("trunkline-card")
    app.setQuitOnLastWindowClosed(False)
    app.setStyle("Fusion")
    app.setWindowIcon(icon(Mood.CONNECTED))
    language = language_of(kept.language, QLocale.system().name())
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = QLockFile(str(place / "running.lock"))
    if not lock.tryLock(100):
        return 1
    _dress(app, theme)
    _obey_signals(app)
    with speaking(language):
        helper = Helper(place, kept, language)
        helper.start()
        try:
            return app.exec()
        finally:
            helper.close()
            lock.unlock()


def _dress(app: QApplication, theme: str) -> None:
    hints = app.styleHints()

    def dress() -> None:
        dark = theme == "dark" or (theme != "light" and hints.colorScheme() is Qt.ColorScheme.Dark)
        app.setStyleSheet(sheet(DARK if dark else LIGHT))

    hints.colorSchemeChanged.connect(dress)
    dress()


def _obey_signals(app: QApplication) -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        app.quit()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    timer = QTimer(app)
    timer.timeout.connect(lambda: None)
    timer.start(_WAKE_MS)
