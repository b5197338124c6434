"""A view is sent to who may see it, once for one moment, through a real SMTP server; and the pages it is set up by."""

import email
import email.policy
import io
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import openpyxl
import pytest
from redis.asyncio import Redis

from calltracking.mailings.deliverer import MailingDeliverer
from calltracking.mailings.posting import post_due
from calltracking.mailings.store import File, find_mailing, save_mailing, stop
from calltracking.results.views import save_view
from calltracking.schedule import Every, Schedule
from tests.alarms.test_alarms import Mailbox
from tests.calltracking.conftest import Rows
from tests.calltracking.results.test_results import NOW, rows
from tests.people.company import ACTOR, AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.app.worker import TRANSLATED
from trunkline.db.types import Pool
from trunkline.outbox.worker import OutboxWorker
from trunkline.people.roles import Right, Role
from trunkline.settings import Mail, load
from trunkline.web.i18n import Translations

__all__ = ["rows"]

ZONE = ZoneInfo("Europe/Moscow")
DAILY = Schedule(Every.DAY, 0, 9)


def mail_of(port: int) -> Mail:
    return Mail("127.0.0.1", port, "", "", "trunkline@example.com", "none")


class Post:
    """A view of one owner, the server that takes its letters, and a clock a day after the figures."""

    def __init__(self, pool: Pool, redis: Redis, mailbox: Mailbox, owner: UUID, language: str = "ru") -> None:
        self.pool, self.redis, self.mailbox, self.owner = pool, redis, mailbox, owner
        self.mail = mail_of(mailbox.port)
        self.due = datetime.combine(NOW.astimezone(ZONE).date() + timedelta(days=1), time(9), ZONE).astimezone(UTC)
        settings = load(None, {"TRUNKLINE_WEB_LANGUAGE": language, "TRUNKLINE_WEB_TIMEZONE": ZONE.key})
        self.deliverer = MailingDeliverer(
            pool, self.mail, "https://calls.example.com", settings.web, Translations(TRANSLATED)
        )

    async def begin(self, *people: UUID, file: File = File.XLSX, **fields: str) -> UUID:
        """Send a view of the owner's to these from now on."""
        async with self.pool.acquire() as connection, connection.transaction():
            view = await save_view(connection, self.owner, "Каналы\r\nBcc: x@y", fields, ZONE, shared=False)
            before = self.due - timedelta(hours=1)
            await save_mailing(connection, view.id, (DAILY, file, False), people, ZONE, ACTOR, before)
        return view.id

    async def due_at(self, now: datetime) -> int:
        return await post_due(self.pool, self.redis, self.mail, ZONE, now)

    async def letters(self) -> list[EmailMessage]:
        """What the server has after the outbox was worked off."""
        await OutboxWorker(self.pool, self.redis, [self.deliverer]).drain()
        read = [email.message_from_bytes(each, policy=email.policy.default) for each in self.mailbox.letters]
        return [one for one in read if isinstance(one, EmailMessage)]


@pytest.fixture
async def post(pool: Pool, redis: Redis, mailbox: Mailbox, add_person: AddPerson, rows: Rows) -> Post:
    owner = await add_person(
        "olga", Role.MARKETER, every_department=True, email="olga@example.com", grants=frozenset({Right.MONEY_READ})
    )
    return Post(pool, redis, mailbox, owner)


def parts_of(letter: EmailMessage) -> tuple[str, str, bytes]:
    body, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert body is not None
    assert page is not None
    return body.get_content(), page.get_content(), next(iter(letter.iter_attachments())).get_content()


def day_of(due: datetime) -> str:
    return (due.astimezone(ZONE).date() - timedelta(days=1)).isoformat()


async def test_each_receiver_is_told_what_he_may_see_once(post: Post, add_person: AddPerson) -> None:
    narrow = await add_person("vera", Role.SUPERVISOR, email="vera@example.com")
    await post.begin(post.owner, narrow)
    assert await post.due_at(post.due - timedelta(seconds=1)) == 0
    assert await post.due_at(post.due) == 2
    assert await post.due_at(post.due + timedelta(seconds=30)) == 0
    whole, part = sorted(await post.letters(), key=lambda one: one["To"])
    assert (whole["To"], part["To"], whole["Bcc"]) == ("olga@example.com", "vera@example.com", None)
    assert whole["Subject"].startswith("Каналы Bcc: x@y: ")
    text, page, packed = parts_of(whole)
    assert "Визиты: 6" in text
    assert "Звонки: 4" in text
    assert "Выручка: 0" in text
    assert "Визиты: 0" in parts_of(part)[0]
    assert "Выручка" not in parts_of(part)[0] + parts_of(part)[1]
    assert f"https://calls.example.com/reports/channels?since={day_of(post.due)}" in text
    assert ">Реклама в поиске<" in page
    sheet = openpyxl.load_workbook(io.BytesIO(packed)).worksheets[0]
    assert [cell.value for cell in sheet[1]][:2] == ["Канал", "Визиты"]
    assert sheet.max_column > openpyxl.load_workbook(io.BytesIO(parts_of(part)[2])).worksheets[0].max_column


async def test_after_a_stop_the_latest_alone_is_sent(post: Post) -> None:
    await post.begin(post.owner, file=File.CSV, by="source")
    assert await post.due_at(post.due + timedelta(days=3, hours=2)) == 1
    assert await post.due_at(post.due + timedelta(days=3, hours=3)) == 0
    letter = (await post.letters())[0]
    name = f"source-{day_of(post.due + timedelta(days=3))}"
    assert next(iter(letter.iter_attachments())).get_filename() == f"{name}-{name[7:]}.csv"
    assert await post.due_at(post.due + timedelta(days=4)) == 1


async def test_nothing_is_posted_without_the_word_that_it_is_handled(post: Post, monkeypatch: Any) -> None:
    """The process dies between the outbox's row and the mailing's: neither is there, and the moment is still due."""
    await post.begin(post.owner)

    async def die(*_given: Any) -> None:
        raise asyncpg.ConnectionDoesNotExistError

    with monkeypatch.context() as broken:
        broken.setattr("calltracking.mailings.posting.append_many", die)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await post.due_at(post.due)
    assert await post.pool.fetchval("select count(*) from outbox") == 0
    assert await post.due_at(post.due) == 1
    assert len(await post.letters()) == 1


CHANGES = [
    ("update accounts set role = 'agent' where person_id = $1", "rights", "update accounts set role = 'supervisor'"),
    ("update people set active = false where id = $1", "rights", "update people set active = true"),
    ("update people set email = '' where id = $1", "address", "update people set email = 'vera@example.com'"),
    ("update accounts set role = 'agent' where person_id <> $1", "owner", "update accounts set role = 'supervisor'"),
    ("update report_mailings set paused = $1 is not null", "paused", "update report_mailings set paused = false"),
    (
        "update report_mailing_people set stopped_at = now() where person_id = $1",
        "stopped",
        "update report_mailing_people set stopped_at = null",
    ),
    ("delete from report_views where $1 is not null", None, "select"),
]


async def test_who_may_not_any_more_gets_nothing(post: Post, add_person: AddPerson) -> None:
    """The letter already stands in the outbox; what is true when it goes counts."""
    vera = await add_person("vera", Role.SUPERVISOR, email="vera@example.com")
    view = await post.begin(vera)
    for day, (change, fault, undo) in enumerate(CHANGES):
        assert await post.due_at(post.due + timedelta(days=day)) == 1, change
        await post.pool.execute(change.replace("$1", "$1::uuid"), vera)
        assert await post.letters() == [], change
        said = await post.pool.fetchval("select fault from report_mailing_people where view_id = $1", view)
        assert said == fault, change
        await post.pool.execute(undo)
    assert await post.pool.fetchval("select count(*) from outbox") == 0


async def test_what_the_mail_server_said_is_shown_until_a_letter_goes(post: Post) -> None:
    view = await post.begin(post.owner)
    await post.due_at(post.due)
    post.mailbox.at_recipient.append("550 no such box")
    assert await post.letters() == []
    async with post.pool.acquire() as connection:
        mailing = await find_mailing(connection, view)
    assert mailing is not None
    assert "no such box" in mailing.receivers[0].fault
    await post.due_at(post.due + timedelta(days=1))
    assert len(await post.letters()) == 1
    async with post.pool.acquire() as connection:
        again = await find_mailing(connection, view)
    assert again is not None
    assert again.receivers[0].fault == ""
    assert again.receivers[0].sent_at is not None


async def test_it_is_set_up_and_stopped_on_its_pages(
    browser: Browser, pool: Pool, add_person: AddPerson, post: Post
) -> None:
    vera = await add_person("vera", Role.SUPERVISOR, email="vera@example.com")
    agent = await add_person("agent", Role.AGENT, email="agent@example.com")
    async with another(browser, await session_of(pool, browser.app, post.owner)) as olga:
        assert "Nothing is sent" in await text_of(olga, "/reports/mailings")
        await olga.send("/reports/views", {"name": "Каналы", "by": "channel"}, page="/reports/channels")
        view = await pool.fetchval("select id from report_views")
        here = f"/reports/views/{view}/mailing"
        assert here in await text_of(olga, "/reports/channels")
        sent = {"when": "week:1", "hour": "9", "file": "xlsx", "receivers": str(vera)}
        for wrong in ({"when": "week:8"}, {"hour": "24"}, {"file": "exe"}, {"receivers": "me@evil.example"},
                      {"receivers": str(agent)}):  # fmt: skip
            assert (await olga.send(here, {**sent, **wrong}, page=here)).status == 422, wrong
        nobody = {name: value for name, value in sent.items() if name != "receivers"}
        assert (await olga.send(here, nobody, page=here)).status == 422
        assert (await olga.send(here, sent, page=here)).status == 303
        assert "Weekly: Monday, 09:00" in await text_of(olga, "/reports/mailings")
        async with another(browser, await session_of(pool, browser.app, vera)) as other:
            assert (await other.look(here)).status == 404
            stopping = f"/reports/mailings/{view}/stop"
            assert "Receive no more" in await text_of(other, "/reports/mailings")
            assert (await other.send(stopping, {"wanted": "no"}, page="/reports/mailings")).status == 303
            assert (await other.send(here, sent, page="/reports/mailings")).status == 404
            assert (await other.send(f"{here}/remove", {}, page="/reports/mailings")).status == 404
        assert (await olga.send(here, sent, page=here)).status == 303, "the owner does not begin it again for her"
        assert await pool.fetchval("select stopped_at from report_mailing_people") is not None
        assert (await olga.send(stopping, {"wanted": "yes"}, page="/reports/mailings")).status == 404
        assert (await olga.send(f"{here}/remove", {}, page=here)).status == 303
        assert await pool.fetchval("select count(*) from report_mailings") == 0


async def test_what_was_stopped_is_not_posted(post: Post) -> None:
    view = await post.begin(post.owner)
    async with post.pool.acquire() as connection:
        await stop(connection, view, post.owner, datetime.now(UTC))
    assert await post.due_at(post.due) == 0
    assert await post_due(post.pool, None, replace(post.mail, host=""), ZONE, post.due + timedelta(days=1)) == 0
