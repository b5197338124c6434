"""What is left is sent by e-mail, once, through a real SMTP server; what was done, or has no address, is not."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.alarms.test_alarms import Mailbox, mailbox
from tests.people.company import AddPerson, add_person, hasher, passwords
from trunkline.db.types import Pool
from trunkline.notices.mail import NoticeMail, post_notices
from trunkline.notices.notice import NoticeKind
from trunkline.notices.store import count_open, done, prune_notices, tell
from trunkline.outbox.worker import OutboxWorker
from trunkline.settings import Mail, load
from trunkline.web.i18n import Translations

__all__ = ["add_person", "hasher", "mailbox", "passwords"]

NOW = datetime(2026, 11, 5, 9, tzinfo=UTC)
ASKED = NoticeKind.QUESTION_ASKED
SPOKEN = ("trunkline.web", "trunkline.notices")


def mail_of(port: int) -> Mail:
    return Mail("127.0.0.1" if port else "", port, "", "", "trunkline@example.com", "none")


@pytest.fixture
async def anna(add_person: AddPerson) -> UUID:
    return await add_person("anna", email="anna@example.com")


async def asked(pool: Pool, *people: UUID, about: UUID, text: str = "Какой?", kind: NoticeKind = ASKED) -> None:
    facts = {"by": "Борис", "text": text, "when": NOW.isoformat(), "client": CLIENT}
    async with pool.acquire() as connection, connection.transaction():
        await tell(connection, people, kind, about, facts, NOW, timedelta(minutes=15))


CLIENT = "+79161234567"


async def test_what_is_left_is_sent_once(
    pool: Pool, redis: Redis, mailbox: Mailbox, anna: UUID, add_person: AddPerson
) -> None:
    question, visit = uuid4(), uuid4()
    nameless = await add_person("nobody")
    await asked(pool, anna, nameless, about=question, text="Какой?\r\nBcc: thief@example.com")
    await asked(pool, anna, about=visit, kind=NoticeKind.VISIT_BOOKED)
    mail = mail_of(mailbox.port)

    assert await post_notices(pool, redis, mail_of(0), NOW + timedelta(hours=1)) == 0, "there is no mail server"
    assert await post_notices(pool, redis, mail, NOW + timedelta(minutes=14)) == 0
    assert await post_notices(pool, redis, mail, NOW + timedelta(minutes=15)) == 2
    assert await post_notices(pool, redis, mail, NOW + timedelta(minutes=16)) == 0
    settings = load(None, {"TRUNKLINE_WEB_LANGUAGE": "ru"})
    deliverer = NoticeMail(mail, "https://calls.example.com", settings.web, Translations(SPOKEN))
    await OutboxWorker(pool, redis, [deliverer]).drain()

    letters = [email.message_from_bytes(each, policy=email.policy.default) for each in mailbox.letters]
    first, second = sorted(letters, key=lambda one: "bookings" in one.get_content())
    assert (first["To"], first["Bcc"]) == ("anna@example.com", None)
    assert first["Subject"] == "[Trunkline] Борис спрашивает вас: Какой? Bcc: thief@example.com"
    assert f"https://calls.example.com/questions/{question}" in first.get_content()
    assert "12:00" in second["Subject"], "by the company's clock"
    assert f"/bookings/{visit}" in second.get_content()


async def test_what_was_done_or_is_old_is_not_sent(pool: Pool, redis: Redis, mailbox: Mailbox, anna: UUID) -> None:
    question = uuid4()
    await asked(pool, anna, about=question)
    async with pool.acquire() as connection:
        await done(connection, [ASKED], question, NOW)
        assert await count_open(connection, [ASKED], anna) == 0
    await asked(pool, anna, about=uuid4())
    mail = mail_of(mailbox.port)
    assert await post_notices(pool, redis, mail, NOW + timedelta(days=3)) == 0
    await prune_notices(pool, NOW + timedelta(days=91))
    assert await pool.fetchval("select count(*) from notices") == 0


async def test_who_left_is_told_nothing(pool: Pool, anna: UUID) -> None:
    await pool.execute("update people set active = false")
    await asked(pool, anna, about=uuid4())
    assert await pool.fetchval("select count(*) from notices") == 0
