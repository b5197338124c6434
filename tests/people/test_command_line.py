"""The commands about people, against a real database."""

import asyncio
import re
from datetime import UTC, datetime

import asyncpg
import pytest
from typer.testing import CliRunner

from trunkline.app.command import application
from trunkline.cli.people import tell_first_administrator
from trunkline.db.pool import open_pool, prepare_connection
from trunkline.people.demo import DEMO_PASSWORD, DEMO_USERS, ensure_demo_users
from trunkline.people.links import Purpose, bearer_of
from trunkline.people.passwords import open_passwords
from trunkline.people.tokens import find_token
from trunkline.settings import load


@pytest.fixture
def trunkline(database_url: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TRUNKLINE_DATABASE_URL", database_url)
    monkeypatch.setenv("TRUNKLINE_REDIS_URL", valkey_url)
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


def said(runner: CliRunner, *arguments: str, status: int = 0) -> str:
    """What a command prints."""
    result = runner.invoke(application, list(arguments))
    assert result.exit_code == status, result.output
    return result.output.strip()


async def _demo(url: str) -> None:
    connection = await asyncpg.connect(url)
    await prepare_connection(connection)
    await ensure_demo_users(connection)
    await ensure_demo_users(connection)
    await connection.close()


def test_from_the_first_link_to_a_revoked_token(trunkline: CliRunner, database_url: str) -> None:
    link = said(trunkline, "admin", "link")
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/welcome/[\w-]{43}", link)
    asyncio.run(_demo(database_url))

    assert trunkline.invoke(application, ["admin", "link"]).exit_code == 1
    listed = said(trunkline, "people", "list")
    assert all(login in listed for login in DEMO_USERS)
    assert "/password/" in said(trunkline, "people", "link", "Agent")
    said(trunkline, "people", "forget-second-factor", "agent")
    token = said(trunkline, "token", "create", "CRM", "--owner", "admin", "--right", "calls.read", "--days", "7")
    identifier = token.split("_")[1]
    assert identifier in said(trunkline, "token", "list")
    assert asyncio.run(_is_live(database_url, token))
    said(trunkline, "token", "revoke", identifier)
    assert not asyncio.run(_is_live(database_url, token))


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "create", "x", "--owner", "nobody", "--right", "calls.read"),
        ("token", "create", "x", "--owner", "nobody", "--right", "people.edit"),
        ("token", "revoke", "000000000000"),
        ("people", "link", "nobody"),
    ],
)
def test_a_mistake_is_told_in_words(trunkline: CliRunner, arguments: tuple[str, ...]) -> None:
    result = trunkline.invoke(application, list(arguments))

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


async def test_serve_tells_of_the_first_administrator_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(None, {"TRUNKLINE_DATABASE_URL": database_url})
    await tell_first_administrator(settings)
    secret = capsys.readouterr().out.strip().rsplit("/", 1)[1]
    async with open_pool(database_url) as pool, pool.acquire() as connection:
        assert await bearer_of(connection, Purpose.FIRST_ADMINISTRATOR, secret, datetime.now(UTC)) is not None

    await _demo(database_url)
    await tell_first_administrator(settings)
    assert capsys.readouterr().out == ""


async def test_demo_users_know_the_demo_password_and_differ_in_scope(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "insert into departments (id, slug, name) values (gen_random_uuid(), 'sales', 'Sales');"
        "insert into people (id, name, extension, department_id)"
        " select gen_random_uuid(), 'P' || n, '10' || n, departments.id from departments, generate_series(1, 3) n"
    )
    await _demo(database_url)
    rows = {row["login"]: row for row in await connection.fetch("select * from person_identities")}
    hashes = [row["password_hash"] for row in await connection.fetch("select password_hash from accounts")]
    await connection.close()

    assert set(rows) == set(DEMO_USERS)
    assert (rows["agent"]["name"], rows["supervisor"]["extension"]) == ("P1", "102")
    assert [rows[login]["departments"] is None for login in DEMO_USERS] == [False, False, True, True]
    async with open_passwords() as passwords:
        assert [(await passwords.check(kept, DEMO_PASSWORD)).right for kept in hashes] == [True] * 4


async def _is_live(url: str, token: str) -> bool:
    async with open_pool(url) as pool:
        return await find_token(pool, token, datetime.now(UTC)) is not None
