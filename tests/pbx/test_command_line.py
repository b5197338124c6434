"""`trunkline pbx`: the second user for queue members, beside the first."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from trunkline.app.command import application
from trunkline.crypto import SecretBox
from trunkline.db.pool import prepare_connection
from trunkline.pbx.asterisk.process import keeping_of, reach
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import HostedPbx, keep_heard, save_hosted
from trunkline.pbx.linked import KEPT_AS, LinkById, link_by_id
from trunkline.pbx.recorded import MONITOR, Folder, folder_of
from trunkline.pbx.store import PbxRow, find_pbx

KEY = "ab" * 32


@pytest.fixture
def trunkline(database_url: str, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, value in {"DATABASE_URL": database_url, "REDIS_URL": valkey_url, "SECRETS_KEY": KEY}.items():
        monkeypatch.setenv(f"TRUNKLINE_{name}", value)
    monkeypatch.setenv("TRUNKLINE_DATA_DIR", str(tmp_path / "data"))
    return CliRunner()


def say(runner: CliRunner, *arguments: str, secret: str = "", status: int = 0) -> str:
    result = runner.invoke(application, ["pbx", *arguments], input=secret)
    assert result.exit_code == status, result.output
    return result.output


def row_of(database_url: str) -> PbxRow:
    async def look() -> PbxRow:
        connection = await asyncpg.connect(database_url)
        try:
            await prepare_connection(connection)
            row = await find_pbx(connection, "office")
        finally:
            await connection.close()
        assert row is not None
        return row

    return asyncio.run(look())


def test_two_users_with_secrets_of_their_own(trunkline: CliRunner, database_url: str) -> None:
    box = SecretBox(bytes.fromhex(KEY))
    say(trunkline, "add", "office", "--secret-file", "-", secret="first")
    assert keeping_of(row_of(database_url), box) is None

    template = ("--interface", "Local/EXT@from-queue/n", "--state-interface", "hint:EXT@ext-local")
    say(trunkline, "members", "office", *template, "--wrap-up", "15", "--secret-file", "-", secret="second")
    say(trunkline, "add", "office", "--port", "5039", "--secret-file", "-", secret="changed")

    row = row_of(database_url)
    keeping = keeping_of(row, box)
    assert keeping is not None
    assert (keeping.address.username, keeping.address.secret) == ("trunkline-members", "second")
    assert keeping.ways.interface_of("101") == "Local/101@from-queue/n"
    assert keeping.ways.state_interface_of("101") == "hint:101@ext-local"
    assert (reach(row, box)[0].secret, keeping.address.port, row.settings["wrap_up_seconds"]) == ("changed", 5039, 15)

    say(trunkline, "members", "office", "--off")
    assert keeping_of(row_of(database_url), box) is None


def test_what_people_may_do_with_calls_is_off_until_it_is_said(trunkline: CliRunner, database_url: str) -> None:
    box, second = SecretBox(bytes.fromhex(KEY)), ("--secret-file", "-")

    def allowed(*options: str) -> tuple[bool, bool, bool]:
        say(trunkline, "members", "office", *options, *second, secret="second")
        keeping = keeping_of(row_of(database_url), box)
        assert keeping is not None
        return keeping.dials, keeping.controls, keeping.listens

    say(trunkline, "add", "office", *second, secret="first")
    assert allowed() == (False, False, False)
    assert allowed("--control") == (False, True, False)
    assert allowed("--dial", "--listen") == (True, False, True)
    say(trunkline, "members", "office", "--off")
    left = row_of(database_url).settings
    assert not any(left[name] for name in ("members_dials", "members_controls", "members_listens"))


def test_tls_has_its_own_port_and_a_trusted_certificate(
    trunkline: CliRunner, database_url: str, tmp_path: Path
) -> None:
    box = SecretBox(bytes.fromhex(KEY))
    secret = ("--secret-file", "-")
    pin = ":".join(["AB"] * 32)
    say(trunkline, "add", "office", "--tls", "--trust", pin, *secret, secret="first")
    address, _ = reach(row_of(database_url), box)
    assert (address.port, address.tls, address.trust) == (5039, True, "ab" * 32)
    assert "127.0.0.1:5039 TLS" in say(trunkline, "list")

    say(trunkline, "add", "office", "--tls", "--trust", str(tmp_path / "absent.pem"), *secret, secret="first")
    told = say(trunkline, "check", "office", status=1)
    assert f"BAD  the file of trusted certificates {tmp_path}/absent.pem cannot be used: No such file" in told
    assert "name a PEM file of the CA" in told

    say(trunkline, "add", "office", *secret, secret="first")
    address, _ = reach(row_of(database_url), box)
    assert (address.port, address.tls, address.trust) == (5038, False, "")


@pytest.mark.parametrize(
    ("options", "right"),
    [
        (("--tls", "--trust", "pbx.pem"), "the full path of a PEM file, or a SHA-256 fingerprint"),
        (("--trust", "ab" * 32), "--trust is for a link with --tls"),
    ],
)
def test_a_trust_that_would_do_nothing_is_refused(trunkline: CliRunner, options: tuple[str, ...], right: str) -> None:
    assert right in say(trunkline, "add", "office", *options, "--secret-file", "-", secret="first", status=1)


def test_a_cel_file_that_fills_no_gap_is_named_by_check_and_doctor(trunkline: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "trunkline.csv"
    say(trunkline, "add", "office", "--cel", str(file), "--secret-file", "-", secret="first")
    wrong, right = f"there is no CEL file {file}: Asterisk has not written one", "copy cel.conf and cel_custom.conf"

    checked = say(trunkline, "check", "office", status=1)
    assert (wrong in checked, right in checked) == (True, True)
    examined = trunkline.invoke(application, ["doctor"]).output
    assert ("LOOK  CEL of office" in examined, wrong in examined, f"→ {right}" in examined) == (True, True, True)

    file.touch()
    assert f"{file} can be read" in trunkline.invoke(application, ["doctor"]).output


@pytest.mark.parametrize("template", ["PJSIP/101", "EXT", "Local/EXT@a b/n/EXT", "PJSIP/EXT@a/b/c"])
def test_a_way_without_a_place_for_the_extension_is_refused(trunkline: CliRunner, template: str) -> None:
    say(trunkline, "add", "office", "--secret-file", "-", secret="first")

    told = say(trunkline, "members", "office", "--interface", template, "--secret-file", "-", secret="s", status=1)

    assert "PJSIP/EXT or Local/EXT@from-queue/n" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "office", "--secret-file"),
        ("members", "office", "--secret-file"),
        ("freepbx", "--print", "--token-file"),
    ],
)
@pytest.mark.parametrize(("content", "told"), [(None, "No such file or directory"), (b"\xff\xfe", "no text in UTF-8")])
def test_a_file_that_cannot_be_read_is_named(
    trunkline: CliRunner, tmp_path: Path, arguments: tuple[str, ...], content: bytes | None, told: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    said = say(trunkline, *arguments, str(file), status=1)

    assert f"trunkline: {arguments[-1]}: {file}" in said
    assert told in said


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/calls", "the database 127.0.0.1:1/calls does not let us in: Connection"),
        ("postgresql://me:s3cret@db.invalid/calls", "the database db.invalid:5432/calls does not let us in"),
    ],
)
def test_a_database_that_does_not_answer_is_named(
    trunkline: CliRunner, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("TRUNKLINE_DATABASE_URL", url)
    said = say(trunkline, "list", status=1)

    assert told in said
    assert "database.url" in said
    assert "s3cret" not in said


def test_a_row_that_cannot_be_used_is_told_in_words(trunkline: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    say(trunkline, "add", "office", "--secret-file", "-", secret="first")
    monkeypatch.setenv("TRUNKLINE_SECRETS_KEY", "cd" * 32)

    assert "BAD  the secret of the PBX office cannot be opened" in say(trunkline, "check", "office", status=1)
    assert "the secret of the PBX office cannot be opened" in say(
        trunkline, "freepbx", "--print", "--pbx", "office", status=1
    )


def test_names_on_telephones_stay_until_they_are_named(trunkline: CliRunner, database_url: str) -> None:
    secret = ("--secret-file", "-")
    say(trunkline, "add", "office", *secret, secret="first")
    assert "caller_name" not in row_of(database_url).settings
    say(trunkline, "add", "office", "--caller-name", "latin", *secret, secret="first")
    say(trunkline, "add", "office", "--port", "5039", *secret, secret="first")
    assert row_of(database_url).settings["caller_name"] == "latin"
    assert reach(row_of(database_url), SecretBox(bytes.fromhex(KEY)))[0].port == 5039

    assert "runes" in say(trunkline, "add", "office", "--caller-name", "runes", *secret, secret="first", status=2)


def test_where_its_recordings_are_is_said_and_taken_back(
    trunkline: CliRunner, database_url: str, tmp_path: Path
) -> None:
    say(trunkline, "add", "office", "--secret-file", "-", secret="first")
    secrets = row_of(database_url).secrets

    say(trunkline, "recordings", "office", "--seen", str(tmp_path))
    row = row_of(database_url)
    assert (folder_of(row.settings), row.secrets) == (Folder(MONITOR, tmp_path), secrets)
    assert reach(row, SecretBox(bytes.fromhex(KEY)))[0].secret == "first"  # its link goes on
    say(trunkline, "recordings", "office", "--seen", str(tmp_path), "--at", "/srv/monitor")
    assert folder_of(row_of(database_url).settings) == Folder("/srv/monitor", tmp_path)
    say(trunkline, "recordings", "office", "--off")
    assert folder_of(row_of(database_url).settings) is None


def test_how_its_provider_is_asked_is_said_and_taken_back(trunkline: CliRunner, database_url: str) -> None:
    """The secret is sealed beside that of its link, and stays where it is not given again."""
    box, way = SecretBox(bytes.fromhex(KEY)), ("--link", "https://p.example/r/{id}", "--link-at", "/data/url")
    say(trunkline, "add", "office", "--secret-file", "-", secret="first")
    told = say(
        trunkline, "recordings", "office", *way, "--link-header", "X-Key", "--link-secret-file", "-", secret="s3cret"
    )
    row = row_of(database_url)
    assert "s3cret" not in told + str(row.settings)
    assert link_by_id(row.settings) == LinkById("https://p.example/r/{id}", "/data/url", "X-Key")
    assert (row.opened(box)[KEPT_AS], reach(row, box)[0].secret) == ("s3cret", "first")

    assert "which --link-header carries" in say(
        trunkline, "recordings", "office", *way, "--link-secret-file", "-", secret="s3cret", status=1
    )
    say(trunkline, "recordings", "office", *way, "--link-header", "X-Other")
    say(trunkline, "add", "office", "--secret-file", "-", secret="second")
    row = row_of(database_url)
    assert (row.opened(box)[KEPT_AS], reach(row, box)[0].secret) == ("s3cret", "second")
    say(trunkline, "recordings", "office", "--off")
    assert link_by_id(row_of(database_url).settings) is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("office",), "say where its recordings are with --seen FOLDER or --link ADDRESS, or --off"),
        (
            ("office", "--off", "--seen", "/tmp"),
            "say where its recordings are with --seen FOLDER or --link ADDRESS, or --off",
        ),
        (("office", "--seen", "monitor"), "there is no such folder; give its full path"),
        (("office", "--seen", "/tmp", "--at", "monitor"), "give the full path the PBX has it under"),
        (("nobody", "--seen", "/tmp"), "there is no PBX named nobody"),
        (("nobody", "--link", "https://p.example/{id}"), "there is no PBX named nobody"),
        (("office", "--link", "https://p.example/{id}", "--seen", "/tmp"), "say where its recordings are"),
        (("office", "--link", "https://p.example/", "--link-at", "a"), "--link must be an https address with {id}"),
        (("office", "--seen", "/tmp", "--link-at", "/a"), "go with --link"),
    ],
)
def test_a_folder_that_cannot_be_is_told(trunkline: CliRunner, arguments: tuple[str, ...], told: str) -> None:
    assert told in say(trunkline, "recordings", *arguments, status=1)


def test_a_pbx_in_the_cloud_is_listed_checked_and_written_out(trunkline: CliRunner, database_url: str) -> None:
    async def add() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await prepare_connection(connection)
            pbx = HostedPbx(id="cloud", name="Cloud", kind="zadarma", settings={"zone": "Europe/Moscow"})
            await save_hosted(connection, SecretBox(bytes.fromhex(KEY)), pbx, {"secret": "s"})
            record = HookRecord("cloud", "zadarma", 1_786_006_800_000_000, "", "POST", "", "", b"event=NOTIFY_START")
            await keep_heard(connection, [(record, 0)])
        finally:
            await connection.close()

    asyncio.run(add())
    assert "zadarma" in say(trunkline, "list")
    assert "BAD  it has no address" in say(trunkline, "check", "cloud", status=1)
    assert '"body":"event=NOTIFY_START"' in say(trunkline, "hooks", "cloud")
    assert "no PBX in the cloud named office" in say(trunkline, "hooks", "office", status=1)
