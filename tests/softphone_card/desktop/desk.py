"""A screen nobody looks at, with a window manager, another program's window in the way, and hands."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

_OTHER = """
import sys
from PySide6.QtWidgets import QApplication, QPlainTextEdit
app = QApplication(sys.argv)
edit = QPlainTextEdit()
edit.setWindowTitle("other program")
edit.showMaximized()
app.exec()
"""
_PHOTO = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication(sys.argv)
assert app.primaryScreen().grabWindow(0).save(sys.argv[1])
"""
_XDG_OPEN = '#!/bin/sh\nprintf %s "$1" > "$OPENED"\n'


class Desk:
    """Commands run on it; ids are those of X."""

    def __init__(self, home: Path, display: str) -> None:
        self.home = home
        tools = home / "bin"
        tools.mkdir()
        (tools / "xdg-open").write_text(_XDG_OPEN)
        (tools / "xdg-open").chmod(0o755)
        self.opened = home / "opened"
        self.environment = os.environ | {
            "DISPLAY": display,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_RUNTIME_DIR": str(home),
            "PATH": f"{tools}:{os.environ['PATH']}",
            "OPENED": str(self.opened),
            "QT_QPA_PLATFORM": "xcb",
            "LANG": "C.UTF-8",
        }

    async def run(self, *words: str) -> str:
        """What a command says; nothing where it fails, as xdotool does when it finds no window."""
        process = await asyncio.create_subprocess_exec(
            *words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        out, _ = await process.communicate()
        return out.decode().strip()

    async def window(self, title: str) -> str:
        """The id of the visible window whose title has this in it; empty for none."""
        found = (await self.run("xdotool", "search", "--onlyvisible", "--name", title)).split()
        return found[-1] if found else ""

    async def upmost(self) -> int:
        """The id of the window that covers all others."""
        told = await self.run("xprop", "-root", "_NET_CLIENT_LIST_STACKING")
        return int(told.rpartition("#")[2].split(",")[-1].strip() or "0", 16)

    async def photograph(self, path: Path) -> None:
        """The whole screen as a PNG."""
        await self.run(sys.executable, "-c", _PHOTO, str(path))

    @asynccontextmanager
    async def running(self, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A program that is ended afterwards, and has to end when it is asked to."""
        process = await asyncio.create_subprocess_exec(
            *words, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            _, complaints = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode in {0, -signal.SIGTERM}, complaints.decode()
        assert re.search("Traceback|Error|malformed", complaints.decode()) is None, complaints.decode()

    def other_program(self) -> list[str]:
        """A window over the whole screen that takes the keyboard."""
        return [sys.executable, "-c", _OTHER]

    def helper(self, *words: str) -> list[str]:
        """The helper, as its autostart runs it."""
        return [sys.executable, "-m", "softphone_card.desktop", *words]


@contextmanager
def desk(home: Path) -> Iterator[Desk]:
    """An X server of one's own with openbox in it."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with open(reading, encoding="ascii") as told:  # noqa: PTH123 - a descriptor
            made = Desk(home, f":{told.readline().strip()}")
        manager = subprocess.Popen(["openbox"], env=made.environment, stderr=subprocess.DEVNULL)
        try:
            yield made
        finally:
            manager.terminate()
            manager.wait(30)
    finally:
        server.terminate()
        server.wait(30)
