"""`trunkline test-call`: the whole of it in words, from the directory's file alone."""

import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from router.trial import read_moment
from tests.router.company import CLIENT, OFFICE, SPAMMER, THURSDAY_NOON, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_modes import head_in
from trunkline.directory.values import LineMode
from trunkline.errors import InvalidInput

MOSCOW = ZoneInfo("Europe/Moscow")


def trial(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as somebody types it; no server of any kind can be reached."""
    environment = os.environ | {
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "TRUNKLINE_SECRETS_KEY": "ab" * 32,
        "TRUNKLINE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    command = [sys.executable, "-m", "trunkline", "test-call", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=50, check=False)


def test_a_call_is_told_in_plain_lines(write_directory: WriteDirectory) -> None:
    data_dir = write_directory(head=head_in(LineMode.ROUTE, **{"trunk-7": OFFICE})).parent

    english = trial(data_dir, "trunk-7", "--from", CLIENT, "--at", "2026-08-06T12:00", "--language", "en")
    russian = trial(data_dir, OFFICE, "--from", SPAMMER, "--at", "2026-11-04 12:00", "--language", "ru")

    assert (english.returncode, english.stderr) == (0, "")
    for part in (
        f"The PBX office asks: from={CLIENT} to=trunk-7",
        f"The line is {OFFICE} · Офис · Москва",
        "The PBX may also call it: trunk-7",
        "Responsible: Анна (101)",
        "Time there: 2026-08-06 12:00 (Europe/Moscow), working hours, usual day",
        "Mode of the line: route",
        "1. Ring 101 for 20 s; then ask again",
        "   Responsible agent: Анна (101) looks after this contact",
        "2. If nobody answers there: Ring 102 for 20 s",
        "on a fault of ours: Wait in the queue Sales",
    ):
        assert part in english.stdout, part
    for part in ("АТС office спрашивает", "Время там: 2026-11-04 12:00", "Список спама", "нажать цифру"):
        assert part in russian.stdout, part


@pytest.mark.parametrize("mode", [LineMode.OBSERVE, LineMode.ADVISE])
def test_a_line_that_is_not_routed(write_directory: WriteDirectory, mode: LineMode) -> None:
    data_dir = write_directory(head=head_in(mode)).parent

    told = trial(data_dir, OFFICE, "--language", "en", "--at", "2026-08-06T12:00").stdout

    assert "1. Leave the call to the PBX's own default" in told
    assert ("Advised: Wait in the queue Sales" in told) is (mode is LineMode.ADVISE)
    assert "on a fault of ours: Leave the call to the PBX's own default" in told


def test_what_a_stranger_needs_to_hear(write_directory: WriteDirectory, tmp_path: Path) -> None:
    nothing = trial(tmp_path / "empty", OFFICE, "--language", "en")
    assert (nothing.returncode, "there is no directory in" in nothing.stderr) == (1, True)
    data_dir = write_directory(head=head_of(), fresh=False).parent
    late = trial(data_dir, OFFICE, "--at", "tomorrow", "--language", "en")
    assert (late.returncode, "write 2026-08-06T10:15" in late.stderr) == (1, True)
    assert "none of" in trial(data_dir, OFFICE, "--language", "de").stderr
    for wrong in ("0001", "0001-01-01"):
        no_year = trial(data_dir, OFFICE, "--at", wrong, "--language", "en")
        assert (no_year.returncode, no_year.stderr.count("\n")) == (1, 1)
        assert "write" in no_year.stderr
    unknown = trial(data_dir, "+74950000000", "--from", "x", "--language", "en")
    assert unknown.returncode == 0
    assert "! +74950000000 is no line of ours" in unknown.stdout
    assert "! 'x' is no phone number Trunkline can read (invalid)" in unknown.stdout
    assert "! the directory was not brought up to date" in unknown.stdout


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-08-06T12:00", THURSDAY_NOON),
        ("2026-08-06 12:00", THURSDAY_NOON),
        ("2026-08-06T09:00+00:00", THURSDAY_NOON),
        ("12:00", THURSDAY_NOON),
        (" 12:00:30", THURSDAY_NOON + 30),
    ],
)
def test_times_as_people_write_them(text: str, moment: float) -> None:
    assert read_moment(text, MOSCOW, THURSDAY_NOON + 3600) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "25:00",
        "2026-13-01",
        "0001",
        "2026",
        "0001-01-01",
        "1969-12-31",
        "3000-01-01",
        "9999-12-31T23:59",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="at"):
        read_moment(text, MOSCOW, THURSDAY_NOON)
