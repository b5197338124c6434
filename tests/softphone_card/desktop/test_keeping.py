"""What the helper keeps on the computer, and starts with it."""

import configparser
import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from softphone_card.desktop import __main__ as program
from softphone_card.desktop import autostart, keeping
from softphone_card.desktop.client import Server
from softphone_card.desktop.keeping import Kept, Unusable
from softphone_card.desktop.words import language_of, speaking
from tests.web.sentences import sentences
from tests.web.test_sentences import catalog
from trunkline.web.i18n import gettext

TOKEN = "tl_0123456789ab_" + "x" * 43


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own files."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def test_it_is_kept_for_its_owner_alone(home: Path) -> None:
    place = keeping.folder()
    assert keeping.load(place) == Kept()
    kept = Kept("https://calls.example.com", TOKEN, "ru")
    keeping.keep(place, kept)
    path = place / "settings.json"
    assert (path.stat().st_mode & 0o777, place.stat().st_mode & 0o077) == (0o600, 0)
    path.chmod(0o644)
    assert keeping.load(place) == kept
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in place.iterdir()] == ["settings.json"]
    keeping.forget(place)
    keeping.forget(place)
    assert keeping.load(place) == Kept()


def test_the_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(Kept("https://a", TOKEN)) + repr(Server("https://a", TOKEN))


@pytest.mark.parametrize("content", [b"{", b'{"token": 5}', b'{"token": "\xd0\xb9"}', b'{"token": "5"}', b"\xff"])
def test_a_file_that_is_none_is_named(home: Path, content: bytes) -> None:
    place = keeping.folder()
    place.mkdir()
    (place / "settings.json").write_bytes(content)
    with pytest.raises(Unusable, match=r"settings\.json"):
        keeping.load(place)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://calls.example.com", "https://calls.example.com"),
        (" calls.example.com ", "https://calls.example.com"),
        ("http://127.0.0.1:8080/card?x=1#y", "http://127.0.0.1:8080"),
        ("https://calls.example.com/settings/desktop", "https://calls.example.com"),
    ],
)
def test_an_address_as_people_copy_it(typed: str, meant: str) -> None:
    assert keeping.address_of(typed) == meant


@pytest.mark.parametrize("typed", ["", "file:///etc/passwd", "https://", "https://a:b@c", "http://[::1", "x:99999999"])
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(Unusable):
        keeping.address_of(typed)


@pytest.mark.parametrize("typed", ["", "xx", f"tl_{'я' * 20}", f"{TOKEN}\nX: y", f"{TOKEN}{'x' * 200}"])
def test_what_is_no_token(typed: str) -> None:
    with pytest.raises(Unusable):
        keeping.token_of(typed)
    assert keeping.token_of(f" {TOKEN}\n") == TOKEN


def test_the_command_line_keeps_what_it_is_told_and_shows_no_token(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    asked = program._parser().parse_args(["--address", "calls.example.com", "--token-file", str(file)])
    assert program._kept(keeping.folder(), asked) == Kept("https://calls.example.com", TOKEN)
    moved = program._parser().parse_args(["--address", "https://evil.example"])
    assert program._kept(keeping.folder(), moved) == Kept("https://evil.example")

    file.write_text("no token")
    assert program.main(["--token-file", str(file)]) == 2
    assert program.main(["--forget"]) == 0
    said = capsys.readouterr()
    assert "begins with tl_" in said.err
    assert TOKEN not in said.out + said.err


def test_it_starts_with_the_session_and_no_more(home: Path) -> None:
    assert not autostart.is_on()
    assert program.main(["--autostart", "on"]) == 0
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[method-assign,assignment]  # keys are told apart by case here
    entry.read(home / "autostart" / "trunkline-card.desktop", encoding="utf-8")
    assert autostart.is_on()
    assert entry["Desktop Entry"]["Exec"] == f'"{sys.executable}" "-m" "softphone_card.desktop"'
    assert program.main(["--autostart", "off"]) == 0
    assert program.main(["--autostart", "off"]) == 0
    assert not autostart.is_on()


def test_a_command_is_quoted_as_desktop_entries_ask() -> None:
    exec_line = autostart.desktop_entry(['/a b/"q"$x%', "-m"]).splitlines()[3]
    assert exec_line == r'Exec="/a b/\\"q\\"\\$x%%" "-m"'
    agent = plistlib.loads(autostart.launch_agent(["/a b", "-m"]))
    assert (agent["ProgramArguments"], agent["RunAtLoad"]) == (["/a b", "-m"], True)


def test_its_language() -> None:
    assert [language_of("", "ru_RU"), language_of("en", "ru_RU"), language_of("", "de_DE"), language_of("xx", "")] == [
        "ru", "en", "en", "en",
    ]  # fmt: skip
    with speaking("ru"):
        assert gettext("Quit") == "Выйти"


def test_it_finds_all_its_sentences_without_the_server() -> None:
    own = {
        (one.context, one.id if isinstance(one.id, str) else one.id[0]) for one in catalog("softphone_card") if one.id
    }
    folder = Path(keeping.__file__).parent
    assert {(one.context, one.text) for one in sentences(folder)} - own == set()


def test_it_runs_without_the_server_and_says_what_qt_lacks(home: Path) -> None:
    """As on a computer where nothing of the server is installed."""
    script = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"asyncpg", "redis", "PySide6", "uvloop", "pgqueuer", "structlog", "jinja2"}:
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, Absent())
from softphone_card.desktop.__main__ import main
import softphone_card.desktop.client
ours = {name for name in sys.modules if name.partition(".")[0] == "trunkline"}
assert ours == {"trunkline", "trunkline.web", "trunkline.web.i18n"}, ours
sys.exit(main([]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HOME": str(home)},
    )
    assert done.returncode == 2, done.stderr
    assert "pip install 'trunkline[desktop]'" in done.stderr
