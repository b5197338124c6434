"""The zip for Windows: its structure, from a stand-in for python.org's Python. Nobody has started it on Windows."""

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EMBEDDABLE = {
    "python.exe": b"MZ", "pythonw.exe": b"MZ", "python313.dll": b"MZ", "python313.zip": b"PK", "LICENSE.txt": b"PSF",
    "python313._pth": b"python313.zip\r\n.\r\n\r\n#import site\r\n",
}  # fmt: skip


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def wheel(folder: Path, name: str, tag: str, files: Mapping[str, bytes]) -> str:
    """A stand-in for a wheel, and the line that pins it."""
    info = f"{name}-1.0.dist-info"
    about = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        f"{info}/RECORD": b"",
    }
    made = packed(folder / f"{name}-1.0-{tag}.whl", {**files, **about})
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(made.read_bytes()).hexdigest()}\n"


def build(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "build-desktop-zip"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def pinned(tmp_path: Path) -> list[str | Path]:
    """Options that take two stand-in wheels."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    qt = {
        "PySide6/QtCore.pyd": b"MZ", "PySide6/QtCore.pyi": b"x", "PySide6/designer.exe": b"MZ",
        "PySide6/qml/QtQml/qmldir": b"x", "PySide6/plugins/platforms/qwindows.dll": b"MZ",
        "qt-1.0.data/platlib/beside.py": b"x", "qt-1.0.data/scripts/tool.exe": b"MZ", "../evil.py": b"x",
    }  # fmt: skip
    lines = wheel(wheels, "qt", "cp310-abi3-win_amd64", qt) + wheel(wheels, "pure", "py3-none-any", {"pure.py": b"x"})
    (tmp_path / "pins.txt").write_text(lines)
    return ["--requirements", tmp_path / "pins.txt", "--wheels", wheels]


def test_it_holds_a_python_the_wheels_and_the_helper(tmp_path: Path, pinned: list[str | Path]) -> None:
    python = packed(tmp_path / "embed.zip", EMBEDDABLE)
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    for target in (first, second):
        done = build(python, "-o", target, *pinned)
        assert done.returncode == 0, done.stderr
    assert first.read_bytes() == second.read_bytes()

    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert {name.partition("/")[0] for name in names} == {"trunkline-card"}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        inside = {name.partition("/")[2]: archive.read(name) for name in names}
        archive.extractall(tmp_path / "unpacked")
    assert inside["python313._pth"] == b"python313.zip\r\n.\r\nlib\r\n"
    assert b"pythonw.exe" in inside["trunkline-card.cmd"]
    assert (inside["LICENSE-python.txt"], b"AFFERO" in inside["LICENSE.txt"]) == (b"PSF", True)
    assert {
        "lib/pure.py",
        "lib/beside.py",
        "lib/PySide6/QtCore.pyd",
        "lib/PySide6/plugins/platforms/qwindows.dll",
    } <= set(inside)
    assert not {name for name in inside if re.search(r"\.pyi|designer|qml/|tool\.exe|evil|__pycache__", name)}
    assert {name for name in inside if name.startswith("lib/trunkline")} == {
        "lib/trunkline/__init__.py", "lib/trunkline/web/__init__.py", "lib/trunkline/web/i18n.py",
    }  # fmt: skip

    lib = tmp_path / "unpacked" / "trunkline-card" / "lib"
    script = f"""
import sys
sys.path.insert(0, {str(lib)!r})
import softphone_card.desktop.__main__, softphone_card.desktop.client
from softphone_card.desktop.words import speaking
from trunkline.web.i18n import gettext
with speaking("ru"):
    assert gettext("Quit") == "Выйти"
assert all(module.__file__.startswith({str(lib)!r}) for name, module in sys.modules.items()
           if name.partition(".")[0] in {{"softphone_card", "trunkline"}})
"""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"python313._pth": None}, "no embeddable Python"),
        ({"pythonw.exe": None}, "no embeddable Python"),
        ({"python313._pth": None, "python310._pth": b""}, "3.11 or newer"),
        ({"../../evil.dll": b"x"}, "unpacked elsewhere"),
        ({"C:\\evil.dll": b"x"}, "unpacked elsewhere"),
    ],
)
def test_what_is_no_python_of_ours_is_named(tmp_path: Path, change: dict[str, bytes | None], said: str) -> None:
    files = {name: content for name, content in {**EMBEDDABLE, **change}.items() if content is not None}
    done = build(packed(tmp_path / "embed.zip", files), "-o", tmp_path / "out.zip")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "out.zip").exists()


def test_a_file_that_is_no_zip_and_a_wheel_that_was_changed(tmp_path: Path, pinned: list[str | Path]) -> None:
    (tmp_path / "text").write_text("hello")
    assert "no zip" in build(tmp_path / "text").stderr
    changed = next((tmp_path / "wheels").glob("pure*"))
    packed(changed, {"pure.py": b"evil"})
    done = build(packed(tmp_path / "embed.zip", EMBEDDABLE), "-o", tmp_path / "out.zip", *pinned)
    assert done.returncode != 0
    assert not (tmp_path / "out.zip").exists()


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_the_pinned_wheels_are_there_for_windows(tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    done = build(packed(tmp_path / "embed.zip", EMBEDDABLE), "-o", target)
    assert done.returncode == 0, done.stderr
    names = [name.lower() for name in zipfile.ZipFile(target).namelist()]
    for needed in (
        "qt6widgets.dll",
        "plugins/platforms/qwindows.dll",
        "qtwidgets.pyd",
        "babel/__init__.py",
        "tzdata/__init__.py",
    ):
        assert [name for name in names if name.endswith(needed)], needed
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "requirements-desktop.txt").read_text(), re.MULTILINE)
    there = {name.split("/")[2].partition("-")[0] for name in names if ".dist-info/" in name}
    assert {pin.lower().replace("-", "_") for pin in pins} == there
