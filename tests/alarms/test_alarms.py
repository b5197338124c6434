"""Alarms: once told, counted, cleared; and the mail that tells of them, through a real SMTP server on loopback."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP
from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmBell, Severity, clear_alarm, count_open, open_alarms, past_alarms, raise_alarm
from trunkline.alarms.letter import in_one_line, told
from trunkline.alarms.mail import MailDeliverer
from trunkline.alarms.recipients import add_recipient, recipients, remove_recipient
from trunkline.errors import InvalidInput, NotFound
from trunkline.outbox.worker import OutboxWorker
from trunkline.settings import Mail

_TITLE = "The disk of %(node)s has only %(free_mb)s MB left"
_FACTS = {"node": "a", "free_mb": 12}
_RUSSIAN = {_TITLE: "На диске %(node)s осталось %(free_mb)s МБ", "Alarm": "Тревога", "Cleared": "Отбой"}


@dataclass
class Mailbox:
    """A mail server's other half; `answers` are used up one by one, then all mail is taken."""

    letters: list[bytes] = field(default_factory=list)
    at_recipient: list[str] = field(default_factory=list)
    at_data: list[Callable[[Any], str]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  (the name is aiosmtpd's)
        if self.at_recipient:
            return self.at_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (the name is aiosmtpd's)
        self.letters.append(envelope.content)
        return self.at_data.pop(0)(server) if self.at_data else "250 taken"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mailbox, hostname="mail"), "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    yield mailbox
    server.close()
    await server.wait_closed()


def _deliverer(mailbox: Mailbox | None) -> MailDeliverer:
    mail = Mail(
        "127.0.0.1" if mailbox else "", mailbox.port if mailbox else 25, "", "", "trunkline@example.com", "none"
    )
    say: dict[str, Callable[[str], str]] = {"ru": lambda text: _RUSSIAN.get(text, text), "en": lambda text: text}
    return MailDeliverer(mail, "https://calls.example.com/settings/alarms", say.__getitem__)


async def _again(pool: asyncpg.Pool, worker: OutboxWorker) -> None:
    await pool.execute("update outbox_streams set due = now(), waiting = null")
    await worker.drain()


async def _raise(pool: asyncpg.Pool, severity: Severity = Severity.WARNING) -> bool:
    async with pool.acquire() as connection:
        return await raise_alarm(connection, "disk:a", severity, _TITLE, _FACTS)


@pytest.fixture
async def told_people(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await add_recipient(connection, "duty@example.com", "ru", "warning")
        await add_recipient(connection, "boss@example.com", "en", "critical")


async def test_an_alarm_is_told_once_counted_and_cleared(pool: asyncpg.Pool, told_people: None) -> None:
    assert [await _raise(pool) for _ in range(3)] == [True, False, False]
    assert await pool.fetchval("select array_agg(payload ->> 'to') from outbox") == ["duty@example.com"]
    assert await _raise(pool, Severity.CRITICAL) is True
    assert await _raise(pool, Severity.WARNING) is False
    assert await pool.fetchval("select count(*) from outbox") == 3
    async with pool.acquire() as connection:
        [alarm] = await open_alarms(connection)
        assert (alarm.severity, alarm.count, alarm.facts) == (Severity.CRITICAL, 5, _FACTS)
        assert await clear_alarm(connection, "disk:a") is True
        assert await clear_alarm(connection, "disk:a") is False
        assert [alarm.key for alarm in await past_alarms(connection)] == ["disk:a"]
    assert await count_open(pool) == {"info": 0, "warning": 0, "critical": 0}
    assert await _raise(pool) is True


async def test_a_bell_follows_a_condition(pool: asyncpg.Pool, redis: Redis, told_people: None) -> None:
    bell = AlarmBell(pool, redis)
    for wrong in (False, True, True, False):
        await bell.set(wrong, "disk:a", Severity.WARNING, _TITLE, _FACTS)
    assert await pool.fetchval("select array_agg(payload ->> 'state' order by id) from outbox") == ["raised", "cleared"]


async def test_the_letter_is_in_the_recipients_language(
    pool: asyncpg.Pool, redis: Redis, mailbox: Mailbox, told_people: None
) -> None:
    await _raise(pool, Severity.CRITICAL)
    await OutboxWorker(pool, redis, [_deliverer(mailbox)]).drain()
    letters = [email.message_from_bytes(each, policy=email.policy.default) for each in mailbox.letters]
    subjects = {letter["To"]: letter["Subject"] for letter in letters}
    assert subjects == {
        "duty@example.com": "[Trunkline] Тревога: На диске a осталось 12 МБ",
        "boss@example.com": "[Trunkline] Alarm: The disk of a has only 12 MB left",
    }
    assert all(letter["Auto-Submitted"] == "auto-generated" for letter in letters)
    assert "https://calls.example.com/settings/alarms" in letters[0].get_content()


def _drop(server: Any) -> str:
    server.transport.abort()
    return "250 never read"


async def test_a_connection_dropped_after_data_is_repeated_under_the_same_message_id(
    pool: asyncpg.Pool, redis: Redis, mailbox: Mailbox, told_people: None
) -> None:
    mailbox.at_data = [_drop]
    await _raise(pool)
    worker = OutboxWorker(pool, redis, [_deliverer(mailbox)])
    await worker.drain()
    assert await pool.fetchval("select started_at is not null from outbox") is True
    await _again(pool, worker)
    first, second = (email.message_from_bytes(each)["Message-ID"] for each in mailbox.letters)
    assert first == second
    assert await pool.fetchval("select count(*) from outbox") == 0


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
async def test_4xx_is_tried_again_and_5xx_is_a_dead_letter(
    pool: asyncpg.Pool, redis: Redis, mailbox: Mailbox, told_people: None, where: str
) -> None:
    def answers(*texts: str) -> None:
        if where == "at_data":
            mailbox.at_data = [lambda _, text=text: text for text in texts]  # type: ignore[misc]  # bound on purpose
        else:
            mailbox.at_recipient = list(texts)

    answers("451 later", "550 5.1.1 never")
    await _raise(pool)
    worker = OutboxWorker(pool, redis, [_deliverer(mailbox)])
    await worker.drain()
    row = await pool.fetchrow("select last_error, started_at from outbox")
    assert row is not None
    assert (row["last_error"].split()[0], row["started_at"]) == ("451", None)
    await _again(pool, worker)
    assert (await pool.fetchval("select error from outbox_dead")).startswith("550")


async def test_no_server_or_none_set(pool: asyncpg.Pool, redis: Redis, told_people: None) -> None:
    await _raise(pool)
    closed = Mailbox(port=1)
    await OutboxWorker(pool, redis, [_deliverer(closed)]).drain()
    assert (await pool.fetchval("select last_error from outbox")).startswith("connection lost")
    await _again(pool, OutboxWorker(pool, redis, [_deliverer(None)]))
    assert "no mail server" in await pool.fetchval("select error from outbox_dead")


async def test_recipients_are_checked_and_forgotten(pool: asyncpg.Pool, told_people: None) -> None:
    async with pool.acquire() as connection:
        for bad in ("nobody", "a@b\nBcc: c@d", "a b@c.ru"):
            with pytest.raises(InvalidInput):
                await add_recipient(connection, bad, "ru", "warning")
        with pytest.raises(InvalidInput) as caught:
            await add_recipient(connection, "a@b.ru", "fr", "panic")
        assert [mistake.path for mistake in caught.value.mistakes] == ["language", "min_severity"]
        for person in await recipients(connection):
            await remove_recipient(connection, person.id)
            with pytest.raises(NotFound):
                await remove_recipient(connection, person.id)


def test_facts_that_do_not_fit_do_not_hide_the_alarm() -> None:
    assert told("100% of %(what)s", {}, lambda text: text) == "100% of %(what)s"


def test_several_sentences_are_translated_one_by_one_and_fit_one_line() -> None:
    spoken = {"%(a)s is wrong": "%(a)s не так", "do %(b)s": "сделайте %(b)s"}

    text = told("%(a)s is wrong\ndo %(b)s", {"a": "A", "b": "B"}, lambda line: spoken[line])

    assert text == "A не так\nсделайте B"
    assert in_one_line(text) == "A не так; сделайте B"
