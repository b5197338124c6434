"""Visits to a mailbox over the real protocol: nothing twice, nothing lost, nothing changed there."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.certificates import make
from tests.fakes.imap_server import FakeImap, Folder, imap_server
from tests.fakes.waiting import eventually
from tests.faults.harness import kill_at_every_point
from tests.mailboxes.letters import letter
from tests.mailboxes.post import add_mailbox, leads, letters, trouble, visit
from trunkline.alarms.alarm import open_alarms
from trunkline.db.types import Pool
from trunkline.mailboxes.client import Patience
from trunkline.mailboxes.letter import Letter, read_letter
from trunkline.webhooks.address import AddressRules

HARMLESS = {"CAPABILITY", "LOGIN", "AUTHENTICATE", "EXAMINE", "UID SEARCH", "UID FETCH", "LOGOUT"}


def put(imap: FakeImap, *numbers: int, at: datetime | None = None) -> None:
    for number in numbers:
        imap.inbox.put(letter(f"Нужны окна, тел. 8 916 123-45-{number:02}", message_id=f"<{number}@c>"), at)


async def phones(pool: Pool) -> list[str]:
    """The last two digits of those of leads."""
    return sorted(one["phone"][-2:] for one in await leads(pool))


async def test_what_is_there_already_is_not_read(pool: Pool, imap: FakeImap) -> None:
    put(imap, 1, 2)
    await add_mailbox(pool, imap)
    await visit(pool)
    put(imap, 3)
    await visit(pool, times=2)

    assert (await phones(pool), imap.fetched) == (["03"], [3])
    assert set(imap.commands) <= HARMLESS


@pytest.mark.parametrize(
    ("fault", "problem"),
    [("cut", "closed"), ("huge", "protocol"), ("noise", "protocol"), ("no", "protocol"), ("stall", "silent")],
)
async def test_a_connection_that_fails_within_a_letter(pool: Pool, mailbox: FakeImap, fault: str, problem: str) -> None:
    """It is read from there; what was kept is not asked for again."""
    put(mailbox, 1)
    await visit(pool)
    put(mailbox, 2, 3)
    mailbox.faults.append(fault)
    await visit(pool, patience=Patience(answer=0.3))
    assert (await phones(pool), await trouble(pool)) == (["01"], problem)
    await visit(pool)

    assert (await phones(pool), await trouble(pool)) == (["01", "02", "03"], "")
    assert mailbox.fetched == [1, 2, 2, 3]


async def test_a_server_that_numbers_anew(pool: Pool, imap: FakeImap) -> None:
    """What came before it was entered stays unread, what was kept is kept once, what came meanwhile is read."""
    put(imap, 1, at=datetime.now(UTC) - timedelta(days=3))
    await add_mailbox(pool, imap)
    await visit(pool)
    put(imap, 2, 3)
    await visit(pool)
    put(imap, 4)
    imap.inbox.number_anew()
    put(imap, 5)
    await visit(pool, times=2)

    assert await phones(pool) == ["02", "03", "04", "05"]
    assert await letters(pool) == [("new", True)] * 4


async def test_an_old_letter_that_is_put_there_is_read(pool: Pool, mailbox: FakeImap) -> None:
    put(mailbox, 1, at=datetime.now(UTC) - timedelta(days=30))
    await visit(pool)

    assert await phones(pool) == ["01"]


async def test_a_letter_that_is_gone_meanwhile(pool: Pool, mailbox: FakeImap, monkeypatch: pytest.MonkeyPatch) -> None:
    put(mailbox, 1, 2)
    put(mailbox, 2)  # the same, told twice
    monkeypatch.setattr(Folder, "number_anew", lambda _: None)
    del mailbox.inbox.letters[1]
    await visit(pool)

    assert (await phones(pool), await letters(pool)) == (["02"], [("new", True)])


async def test_many_letters_take_several_visits(pool: Pool, mailbox: FakeImap) -> None:
    put(mailbox, 1, 2, 3)
    await visit(pool, at_once=2)
    assert len(await leads(pool)) == 2
    assert await pool.fetchval("select due_at <= now() from mailboxes"), "the rest comes at once"
    await visit(pool)

    assert len(await leads(pool)) == 3


async def test_a_password_that_is_refused(pool: Pool, imap: FakeImap) -> None:
    """It is told at once, tried seldom, and over with the next visit that succeeds; non-ASCII ones go by PLAIN."""
    imap.password = "пароль"
    await add_mailbox(pool, imap, secret="не тот")
    await visit(pool)
    assert await trouble(pool) == "sign_in"
    assert await pool.fetchval("select due_at > now() + interval '9 minutes' from mailboxes")
    async with pool.acquire() as connection:
        (alarm,) = await open_alarms(connection)
    assert alarm.facts == {"name": "Sales"}
    imap.password = "не тот"
    await visit(pool)

    async with pool.acquire() as connection:
        assert (await trouble(pool), await open_alarms(connection)) == ("", [])


@pytest.mark.parametrize(
    ("told", "rules", "problem"),
    [
        ({"folder": "Нет такой"}, ["127.0.0.0/8"], "folder"),
        ({}, [], "forbidden"),
        ({"port": 1}, ["127.0.0.0/8"], "unreachable"),
        ({"tls": True}, ["127.0.0.0/8"], "tls"),
    ],
)
async def test_what_is_wrong_is_told(
    pool: Pool, imap: FakeImap, told: dict[str, object], rules: list[str], problem: str
) -> None:
    await add_mailbox(pool, imap, **told)
    await visit(pool, rules=AddressRules(rules))

    assert await trouble(pool) == problem


async def test_a_folder_with_a_russian_name(pool: Pool, imap: FakeImap) -> None:
    """RFC 3501 §5.1.3."""
    imap.folders["&BCEEPwQwBDw- &- Co"] = folder = Folder()
    await add_mailbox(pool, imap, folder="Спам & Co")
    await visit(pool)
    folder.put(letter())
    await visit(pool)

    assert await letters(pool) == [("new", True)]


@pytest.mark.parametrize("believed", [True, False])
async def test_tls(pool: Pool, tmp_path: Path, believed: bool) -> None:
    shown = make(tmp_path / "imap.pem", "127.0.0.1", ca=True)
    context = ssl.create_default_context(cafile=str(shown.file) if believed else None)
    async with imap_server(shown.server_side()) as imap:
        await add_mailbox(pool, imap, tls=True)
        await visit(pool, context=context)

    assert await trouble(pool) == ("" if believed else "tls")


async def test_a_letter_that_cannot_be_read(pool: Pool, mailbox: FakeImap) -> None:
    """The journal tells of it, and those behind it are read."""

    def broken(raw: bytes) -> Letter:
        if b"<1@c>" in raw:
            raise ValueError("nobody can read this")
        return read_letter(raw)

    put(mailbox, 1, 2)
    await visit(pool, read=broken)

    assert (await phones(pool), sorted(await letters(pool))) == (["02"], [("new", True), ("unreadable", False)])


async def test_two_workers_at_once(pool: Pool, mailbox: FakeImap) -> None:
    """One is so slow that another takes its mailbox over: it finds that its letter was dealt with."""
    put(mailbox, 1, 2)
    mailbox.faults.append("stall")
    slow = asyncio.create_task(visit(pool))
    await eventually(lambda: mailbox.fetched == [1])
    await visit(pool)
    assert await phones(pool) == ["01", "02"]
    mailbox.go_on.set()
    await slow

    assert (mailbox.fetched, await letters(pool)) == ([1, 1, 2], [("new", True)] * 2)
    assert await pool.fetchval("select count(*) from touches") == 2


async def test_killed_anywhere(
    pool: Pool, mailbox: FakeImap, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Each of two letters is one touch of one lead, whenever the worker dies."""
    number = iter(range(10, 99))
    put_there: list[int] = []

    async def prepare() -> None:
        put_there[:] = [next(number), next(number)]
        put(mailbox, *put_there)
        await pool.execute("update mailboxes set due_at = '-infinity'")

    async def check() -> None:
        await visit(pool)
        ends = [f"{one:02}" for one in put_there]
        found = "select count(*) from touches where right(raw -> 'phones' ->> 0, 2) = any ($1) and lead_id is not null"
        assert await pool.fetchval(found, ends) == 2
        assert await pool.fetchval("select count(*) from leads where right(phone, 2) = any ($1)", ends) == 2

    tried = await kill_at_every_point(
        "sql",
        "tests.mailboxes.doomed:visit_all",
        [database_url],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=3,
    )

    assert tried.points >= 8
