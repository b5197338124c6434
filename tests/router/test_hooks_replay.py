"""`trunkline pbx replay`: recorded webhooks are decided again, and nothing is kept."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from router.hooks_replay import read_recording
from tests.fakes.zadarma import FORM, Sent
from tests.pbx.zadarma.test_told import ANSWERED, START
from tests.router.company import head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import ANYTIME, SPAM_CALL, cloud
from trunkline.app.command import application
from trunkline.errors import InvalidInput
from trunkline.settings import Settings


def recorded(after: float, sent: Sent, **headers: str) -> str:
    line = {"at": START / 1e6 + after, "content_type": FORM, "body": sent.body.decode(), "headers": headers}
    return msgspec.json.encode(line).decode() + "\n"


def replay(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, status: int = 0, pbx: str = "cloud") -> str:
    monkeypatch.setenv("TRUNKLINE_DATA_DIR", str(folder.parent))
    monkeypatch.setenv("TRUNKLINE_SECRETS_KEY", "ab" * 32)
    file = folder / "recorded.jsonl"
    file.write_text(text)
    result = CliRunner().invoke(application, ["pbx", "replay", str(file), "--pbx", pbx])
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture
def folder(write_directory: WriteDirectory, settings: Settings) -> Path:
    """The directory of a company whose PBX is an account at Zadarma."""
    return write_directory(head=head_of(ANYTIME, pbxs=(cloud(settings),)))


def test_each_request_and_each_call_in_a_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spammer = replace(SPAM_CALL, call="in_spam")
    spam = recorded(80, spammer.start_(), Signature="forged") + recorded(81, spammer.ivr("x"))
    told = replay(folder, "\n".join(recorded(*one) for one in ANSWERED) + spam, monkeypatch)

    assert (
        "2026-08-06 09:00:00 NOTIFY_START in_8b9c3a0000000001 [headers were not recorded]; class: queue q-sales" in told
    )
    assert 'answers {"redirect":"0-1","return_timeout":45}; steps: 1' in told
    assert "[forged]; spam: challenge" in told
    assert "challenge_failed: voicemail spam" in told
    assert "in, +79160000004 to +74951234567, answered, answered by 102, 60 s of talk" in told
    assert not (folder.parent / "spool").exists()


def test_what_is_no_recording_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "line 2" in replay(folder, '{"body":"event=x"}\n{"body":7}\n', monkeypatch, status=1)
    assert "no PBX in the cloud named office" in replay(folder, "{}", monkeypatch, status=1, pbx="office")
    for line in ("[]", '{"at": 1e300}', '{"at": -1}', '{"at": "0001-01-01T00:00:00"}'):
        with pytest.raises(InvalidInput, match="line 1"):
            read_recording(line)


def test_a_line_ends_where_it_ends_and_nowhere_else() -> None:
    (one,) = read_recording(msgspec.json.encode({"body": "name=a\u2028b\x85c"}).decode() + "\r\n")

    assert one.body == "name=a\u2028b\x85c"
