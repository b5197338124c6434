"""Starting with the user's session: the Run key of Windows, `~/.config/autostart` of Linux, a LaunchAgent of macOS."""

import os
import plistlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAME: Final = "trunkline-card"
_LABEL: Final = "org.trunkline.card"
_RUN: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"
_RESERVED = re.compile(r'(["`$\\])')


def command() -> list[str]:
    """How this helper is started again, without a console."""
    python = Path(sys.executable)
    windowed = python.with_name("pythonw.exe")
    return [str(windowed if sys.platform == "win32" and windowed.exists() else python), "-m", "softphone_card.desktop"]


def switch(*, on: bool) -> None:
    """Start with the session from now on, or no more."""
    if sys.platform == "win32":
        _switch_windows(on=on)
        return
    path = _file()
    if not on:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "darwin":
        path.write_bytes(launch_agent(command()))
    else:
        path.write_text(desktop_entry(command()), encoding="utf-8")


def is_on() -> bool:
    """Whether it starts with the session."""
    if sys.platform == "win32":
        return _is_on_windows()
    return _file().exists()


def desktop_entry(words: Sequence[str]) -> str:
    """A file of `~/.config/autostart`, its command quoted as the specification of desktop entries asks."""
    quoted = " ".join(f'"{_RESERVED.sub(_ESCAPED, word)}"' for word in words).replace("%", "%%")
    # The value of a key is unescaped once more before its quotes are read.
    run = quoted.replace("\\", "\\\\")
    lines = ("[Desktop Entry]", "Type=Application", "Name=Trunkline", f"Exec={run}", "Terminal=false")
    return "\n".join((*lines, "X-GNOME-Autostart-enabled=true", ""))


_ESCAPED: Final = r"\\\1"


def launch_agent(words: Sequence[str]) -> bytes:
    """A property list of `~/Library/LaunchAgents`."""
    return plistlib.dumps({"Label": _LABEL, "ProgramArguments": list(words), "RunAtLoad": True})


def _file() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "autostart" / f"{NAME}.desktop"


if sys.platform == "win32":
    import subprocess
    import winreg

    def _switch_windows(*, on: bool) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
            if on:
                winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, subprocess.list2cmdline(command()))
                return
            try:
                winreg.DeleteValue(key, NAME)
            except FileNotFoundError:
                return

    def _is_on_windows() -> bool:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                winreg.QueryValueEx(key, NAME)
        except FileNotFoundError:
            return False
        return True
