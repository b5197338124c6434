"""The page that leads from nothing to one's own calls."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.ami_server import COMMANDS, AmiServer
from tests.fakes.certificates import make
from tests.lines.test_unknown import call
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.calls.names import NameStyle
from trunkline.crypto import SecretBox, load_or_create_key
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.pbx.store import find_pbx
from trunkline.status.setup_pages import observer


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


def pbx_at(server: AmiServer, **more: str) -> dict[str, str]:
    fields = {"id": "office", "host": "127.0.0.1", "port": str(server.port), "user": "trunkline", "secret": "s3cret"}
    return fields | more


async def test_a_pbx_is_kept_checked_and_told_in_words(browser: Browser, server: AmiServer, pool: Pool) -> None:
    assert "write = reporting,user" in await text_of(browser, "/setup")
    kept = await browser.send("/setup", pbx_at(server), page="/setup")
    assert (kept.status, kept.headers["Location"]) == (303, "/setup?check=office")

    text = await text_of(browser, "/setup?check=office")
    assert "lets trunkline in" in text
    assert "rights are exactly those needed" in text
    assert "s3cret" not in text
    row = await pool.fetchrow("select settings, secrets from pbxs where id = 'office'")
    assert row is not None
    assert row["settings"]["port"] == server.port
    assert b"s3cret" not in row["secrets"]
    assert await pool.fetchval("select action from audit where object_kind = 'pbx'") == "pbx.saved"

    server.commands = (*COMMANDS, "Originate")
    russian = await text_of(browser, "/setup?check=office", language="ru")
    assert "то, чего Trunkline никогда не делает: Originate" in russian


@pytest.mark.parametrize(("permit", "bound"), [("127.0.0.1", "127.0.0.1"), ("10.0.0.7", "0.0.0.0")])
def test_the_user_shown_may_what_the_shipped_one_may(permit: str, bound: str) -> None:
    """Which a real Asterisk is asked about (tests/e2e/test_ami_rights.py)."""
    shipped = (Path(__file__).parents[2] / "config/asterisk/manager.conf.example").read_text()
    shown = observer("trunkline", permit)

    def said(text: str) -> dict[str, str]:
        lines = (line.partition(";")[0].partition("=") for line in text.splitlines())
        return {name.strip(): value.strip() for name, sign, value in lines if sign}

    for name in ("enabled", "timestampevents", "deny", "read", "write", "writetimeout"):
        assert said(shown)[name] == said(shipped)[name], name
    assert (said(shown)["bindaddr"], said(shown)["permit"]) == (bound, f"{permit}/255.255.255.255")


async def test_the_first_pbx_needs_its_secret_and_a_known_one_keeps_it(browser: Browser, server: AmiServer) -> None:
    def is_required(text: str) -> bool:
        field = re.search(r'<input[^>]*name="secret"[^>]*>', text)
        assert field is not None
        return " required" in field[0]

    assert is_required(await text_of(browser, "/setup"))
    await browser.send("/setup", pbx_at(server), page="/setup")
    assert not is_required(await text_of(browser, "/setup?pbx=office"))


async def test_what_is_wrong_is_told(browser: Browser, server: AmiServer) -> None:
    await browser.send("/setup", pbx_at(server, secret="wrong"), page="/setup")
    assert "refuses the login" in await text_of(browser, "/setup?check=office")
    await browser.send("/setup", pbx_at(server, secret=""), page="/setup")
    assert "refuses the login" in await text_of(browser, "/setup?check=office"), "an empty secret keeps the one there"
    await server.stop()
    assert "cannot connect to 127.0.0.1" in await text_of(browser, "/setup?check=office")
    assert "нет связи с 127.0.0.1" in await text_of(browser, "/setup?check=office", language="ru")
    await server.start()


@pytest.mark.parametrize(
    ("settings", "secrets", "told"),
    [
        ('{"host": "pbx", "port": "x"}', b"", "настройки port у АТС office нет, либо она неверна"),
        ('{"host": "pbx"}', b"sealed elsewhere", "секрет АТС office не открыть: он запечатан другим ключом"),
        ('{"host": "pbx"}', None, "секрет AMI для АТС office не сохранён"),
    ],
)
async def test_a_row_that_cannot_be_used_is_told_in_words(
    browser: Browser, pool: Pool, settings: str, secrets: bytes | None, told: str
) -> None:
    statement = "insert into pbxs (id, name, kind, settings, secrets) values ('office', 'Office', 'asterisk', $1, $2)"
    await pool.execute(statement, json.loads(settings), secrets)

    text = await text_of(browser, "/setup?check=office", language="ru")

    assert told in text
    assert "Expected" not in text


async def test_tls_with_a_trusted_certificate(browser: Browser, pool: Pool, tmp_path: Path) -> None:
    shown = make(tmp_path / "asterisk.pem", "asterisk")
    async with AmiServer(tls=shown.server_side()) as server:
        await browser.send("/setup", pbx_at(server, tls="on"), page="/setup")
        assert "не подписан никем, кому мы доверяем" in await text_of(browser, "/setup?check=office", language="ru")
        await browser.send("/setup", pbx_at(server, tls="on", trust=shown.fingerprint), page="/setup")
        assert "the link is encrypted" in await text_of(browser, "/setup?check=office")
        await browser.send("/setup", pbx_at(server), page="/setup")
        assert "hangs up without a greeting" in await text_of(browser, "/setup?check=office")

    row = await find_pbx(pool, "office")
    assert row is not None
    assert (row.settings["tls"], row.settings["trust"]) == (False, "")


async def test_what_keeps_queue_members_stays(browser: Browser, server: AmiServer, pool: Pool, data_dir: Path) -> None:
    """A row that `trunkline pbx members` has written to is only changed in what the page shows."""
    box = SecretBox(load_or_create_key(data_dir / "secret.key"))
    await browser.send("/setup", pbx_at(server), page="/setup")
    await pool.execute(
        "update pbxs set settings = settings || $1, secrets = $2",
        {"members_username": "trunkline-members", "wrap_up_seconds": 30},
        box.seal(b'{"secret": "s3cret", "members_secret": "m3mbers"}'),
    )
    await browser.send("/setup", pbx_at(server, secret="changed"), page="/setup")

    row = await find_pbx(pool, "office")
    assert row is not None
    assert (row.settings["members_username"], row.settings["wrap_up_seconds"]) == ("trunkline-members", 30)
    assert row.opened(box) == {"secret": "changed", "members_secret": "m3mbers"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "Офис"}, "Short name"),
        ({"host": "a b"}, "Host"),
        ({"port": "0"}, "Port"),
        ({"tls": "on", "trust": "pbx.pem"}, "Trusted certificate"),
        ({"tls": "on", "trust": "ab" * 31}, "Trusted certificate"),
        ({"trust": "ab" * 32}, "Trusted certificate"),
        ({"port": "x"}, "Port"),
        ({"user": "a b"}, "AMI user"),
        ({"secret": ""}, "AMI secret"),
    ],
)
async def test_a_mistake_names_its_field(
    browser: Browser, server: AmiServer, pool: Pool, change: dict[str, str], field: str
) -> None:
    answer = await browser.send("/setup", pbx_at(server, **change), page="/setup")

    assert (answer.status, f"{field}: must be" in await answer.text()) == (422, True)
    assert await pool.fetchval("select count(*) from pbxs") == 0


async def test_called_numbers_appear_and_become_lines(browser: Browser, server: AmiServer, pool: Pool) -> None:
    await browser.send("/setup", pbx_at(server), page="/setup")
    assert "No call was heard yet" in await text_of(browser, "/setup")
    await call(pool, "+74957654321")
    polled = await browser.look("/setup", **{"HX-Request": "true", "HX-Target": "setup-numbers"})
    text = await polled.text()
    assert ("765-43-21" in text, "<html" in text, "See the calls" in text) == (True, False, True)

    line = {"as": "line", "dialled": "+74957654321", "pbx": "office", "back": "/setup"}
    answer = await browser.send("/lines/unknown", line, page="/setup")
    assert (answer.status, answer.headers["Location"]) == (303, "/setup")
    assert await pool.fetchval("select mode from lines") == "observe"


async def test_names_on_telephones_are_chosen(browser: Browser, server: AmiServer, pool: Pool) -> None:
    """Kept in the PBX's row, shown again, told where wrong, and known to the question by the directory."""
    await browser.send("/setup", pbx_at(server, caller_name="latin"), page="/setup")
    wrong = await browser.send("/setup", pbx_at(server, caller_name="runes"), page="/setup")
    async with pool.acquire() as connection:
        head = await read_head(connection)

    assert wrong.status == 422
    assert "must be one of those offered" in await wrong.text()
    assert head.pbxs["office"].names is NameStyle.LATIN
    assert '<option value="latin" selected>' in await text_of(browser, "/setup?pbx=office")
    await browser.send("/setup", pbx_at(server), page="/setup")
    row = await find_pbx(pool, "office")
    assert row is not None
    assert row.settings["caller_name"] == "latin", "who does not say keeps it"
