"""Servers and letters that mean ill: a visit ends, its mailbox says why, and the others come to their turn."""

import asyncio
import threading

import pytest

from tests.fakes.imap_server import FakeImap
from tests.mailboxes.letters import letter
from tests.mailboxes.post import add_mailbox, letters, trouble, visit
from trunkline.db.types import Pool
from trunkline.mailboxes import client as session
from trunkline.mailboxes.client import Patience
from trunkline.mailboxes.letter import Letter, read_letter


@pytest.mark.parametrize("patience", [Patience(visit=0.3), Patience(command=0.3)], ids=["visit", "command"])
async def test_a_greeting_without_end(pool: Pool, imap: FakeImap, patience: Patience) -> None:
    """Each byte comes in time; the visit's time, and the command's own, end it all the same."""
    await add_mailbox(pool, imap)
    imap.drips = "greeting"
    async with asyncio.timeout(10):
        await visit(pool, patience=patience)

    assert await trouble(pool) == "silent"


async def test_a_goodbye_without_end(pool: Pool, mailbox: FakeImap) -> None:
    """What was read is read; no thread is left behind."""
    hurried = Patience(leaving=0.3)
    mailbox.inbox.put(letter())
    mailbox.drips = "LOGOUT"
    async with asyncio.timeout(10):
        await visit(pool, patience=hurried)
        before = threading.active_count()
        await visit(pool, times=3, patience=hurried)

    assert (await letters(pool), await trouble(pool)) == ([("new", True)], "")
    assert threading.active_count() <= before + 1


LIES = [
    {"UIDVALIDITY 1": f"UIDVALIDITY {'9' * 5000}"},
    {"UIDVALIDITY 1": f"UIDVALIDITY {2**63}"},
    {"UIDVALIDITY 1": f"UIDVALIDITY {2**32}"},
    {"UIDVALIDITY 1": "UIDVALIDITY 0"},
]


@pytest.mark.parametrize("lie", LIES, ids=["digits", "bigint", "uint", "zero"])
async def test_a_server_that_lies_of_its_folder(pool: Pool, imap: FakeImap, lie: dict[str, str]) -> None:
    await add_mailbox(pool, imap)
    imap.lies = lie
    await visit(pool)

    assert await trouble(pool) == "protocol"


async def test_an_answer_of_lines_without_end(pool: Pool, imap: FakeImap) -> None:
    """The library keeps each of them until the answer ends."""
    await add_mailbox(pool, imap)
    imap.lies = {"* CAPABILITY": "* 7 EXISTS\r\n" * 300_000 + "* CAPABILITY"}
    await visit(pool)

    assert (await trouble(pool), await pool.fetchval("select said from mailboxes")) == (
        "protocol",
        "an answer without end",
    )


@pytest.mark.parametrize("number", [2**63, 2**32, "9" * 5000])
async def test_a_letter_of_a_number_that_is_none(pool: Pool, mailbox: FakeImap, number: object) -> None:
    """It is no letter; the one beside it is read."""
    mailbox.inbox.put(letter())
    mailbox.lies = {"* SEARCH": f"* SEARCH {number}"}
    await visit(pool)

    assert (await letters(pool), await trouble(pool)) == ([("new", True)], "")


async def test_a_letter_from_before_time(pool: Pool, mailbox: FakeImap) -> None:
    mailbox.inbox.put(letter())
    (at, _raw), *_rest = mailbox.inbox.letters.values()
    mailbox.lies = {f"{at:%d-%b-%Y %H:%M:%S} +0000": "01-Jan-0001 00:00:00 +1400"}
    await visit(pool)

    assert (await letters(pool), await trouble(pool)) == ([("new", True)], "")


async def test_what_nobody_thought_of(pool: Pool, imap: FakeImap, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told of its mailbox, and stops no other."""

    def stumble(*_said: object) -> None:
        raise RuntimeError("as nobody thought")

    await add_mailbox(pool, imap)
    monkeypatch.setattr(session.Client, "sign_in", stumble)
    await visit(pool)

    assert await trouble(pool) == "protocol"


async def test_a_letter_that_takes_for_ever(pool: Pool, mailbox: FakeImap) -> None:
    """The journal tells of it, and the one behind it is read."""
    done = threading.Event()

    def slow(raw: bytes) -> Letter:
        if b"<slow@c>" in raw:
            done.wait(20)
        return read_letter(raw)

    mailbox.inbox.put(letter(message_id="<slow@c>"))
    mailbox.inbox.put(letter())
    await visit(pool, read=slow, patience=Patience(letter=0.3))
    done.set()

    assert sorted(await letters(pool)) == [("new", True), ("unreadable", False)]
    assert await trouble(pool) == ""


async def test_a_letter_the_database_refuses(pool: Pool, mailbox: FakeImap) -> None:
    await pool.execute("alter table mailbox_letters add constraint tests_none check (subject <> 'Запрос цены')")
    mailbox.inbox.put(letter())
    mailbox.inbox.put(letter(message_id="<two@c>", subject="Окна"))
    try:
        await visit(pool)
    finally:
        await pool.execute("alter table mailbox_letters drop constraint tests_none")

    assert sorted(await letters(pool)) == [("new", True), ("unreadable", False)]
