"""The link in a client's letter: a GET does nothing, a POST ends the letters for good, nobody else can make one."""

import base64
import email
import email.policy
import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from tests.alarms.test_alarms import Mailbox
from tests.messages.conftest import Office, put, round_at, states
from tests.messages.test_clients import allow, review, talk
from tests.notices.test_mail import mail_of
from tests.web.composed import compose
from trunkline.app.public import build_public
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import settings_key
from trunkline.messages.letters import LetterDeliverer
from trunkline.messages.stopping import Stop, Stops, read_signed, signed, stop_of
from trunkline.outbox.worker import OutboxWorker

ADDRESS = "ivanov@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BOX = SecretBox(b"k" * 32)


@pytest.fixture
async def public(database_url: str, valkey_url: str, data_dir: Path) -> AsyncIterator[TestClient[Any, Any]]:
    private = compose(database_url, valkey_url, data_dir, TRUNKLINE_KEY=(b"k" * 32).hex())
    async with TestClient(TestServer(build_public(private[settings_key], web.Application()))) as client:
        yield client


@pytest.fixture(autouse=True)
async def rules(pool: Pool, office: Office) -> None:
    await put(pool, review(every_days=0))
    await allow(pool, office)
    await pool.execute("update message_settings set opens = 0, closes = 1440")
    await pool.execute("update missed_rules set country = 'ZZ'")  # no holidays


async def told(pool: Pool, redis: Redis) -> None:
    """A talk is over, and the worker looks at what follows."""
    now = datetime.now(UTC)
    await talk(pool, now)
    await round_at(pool, redis, now)


async def letters(pool: Pool, redis: Redis, mailbox: Mailbox, site: str) -> list[EmailMessage]:
    """What is delivered now."""
    mailbox.letters.clear()
    stops = Stops(BOX, site, "No more:")
    deliverer = LetterDeliverer(pool, mail_of(mailbox.port), "https://calls.example.com", stops)
    await OutboxWorker(pool, redis, [deliverer]).drain()
    return [email.message_from_bytes(one, policy=email.policy.default) for one in mailbox.letters]


async def test_one_press_ends_the_letters(
    pool: Pool, redis: Redis, office: Office, mailbox: Mailbox, public: TestClient[Any, Any]
) -> None:
    await told(pool, redis)
    (letter,) = await letters(pool, redis, mailbox, "https://site.example.com")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = letter["List-Unsubscribe"].strip("<>")
    assert f"No more: {link}" in letter.get_content()
    path = urlsplit(link).path

    page = await public.get(path)
    assert page.status == 200
    assert '<form method="post">' in await page.text()
    assert page.headers["Cache-Control"] == "no-store"
    style = (await page.text()).partition("<style>")[2].partition("</style>")[0]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in page.headers["Content-Security-Policy"]
    assert await pool.fetchval("select allowed from client_consents"), "a program that looks at links ends nothing"

    await told(pool, redis)  # on its way to the mail server
    for _ in range(2):
        assert (await public.post(path, data=ONE_CLICK)).status == 200
    assert await letters(pool, redis, mailbox, "https://site.example.com") == []
    await told(pool, redis)
    assert await states(pool) == [("Иванов", "sent", "")] * 2 + [("Иванов", "refused", "said_no")]
    deeds = await pool.fetch("select person, action from audit where object_kind = 'contact'")
    assert [tuple(deed) for deed in deeds] == [("the link in a message", "contact.messages_allowed")]


async def test_an_address_of_nobody_and_a_contact_that_is_made_anew(
    pool: Pool, redis: Redis, office: Office, public: TestClient[Any, Any]
) -> None:
    """The address says no, whoever has it; until somebody writes down that he allows it."""
    assert (await public.post(f"/unsubscribe/{signed(BOX, Stop(None, ADDRESS))}")).status == 200
    await told(pool, redis)
    assert await states(pool) == [("Иванов", "refused", "said_no")]


async def test_who_has_no_number_ends_it_by_his_contact(
    pool: Pool, redis: Redis, office: Office, public: TestClient[Any, Any]
) -> None:
    """Of a chat that tells none: a message to him has the link too."""
    one = stop_of({"client": str(office["client"]), "phone": ""})
    found = re.search(
        r"https://site.example.com(/unsubscribe/\S+)", Stops(BOX, "https://site.example.com", "").below("", one)
    )
    assert found is not None
    assert (await public.get(found[1])).status == 200
    assert (await public.post(found[1])).status == 200
    await told(pool, redis)
    assert await states(pool) == [("Иванов", "refused", "said_no")]


async def test_without_an_address_of_ours_there_is_no_link(pool: Pool, redis: Redis, mailbox: Mailbox) -> None:
    await told(pool, redis)
    (letter,) = await letters(pool, redis, mailbox, "")
    assert letter["List-Unsubscribe"] is None
    assert "No more" not in letter.get_content()


async def test_a_link_that_is_none(public: TestClient[Any, Any]) -> None:
    forged = signed(SecretBox(b"x" * 32), Stop(None, ADDRESS))
    for text in (forged, "x", "x" * 4000, "%D0%B9", signed(BOX, Stop(None, ADDRESS))[:-1]):
        assert (await public.get(f"/unsubscribe/{text}")).status == 404
        assert (await public.post(f"/unsubscribe/{text}", data=ONE_CLICK)).status == 404


@given(st.none() | st.builds(uuid4), st.emails().filter(lambda one: len(one) < 200), st.binary(max_size=60))
def test_a_link_says_what_it_was_made_of(contact: UUID | None, address: str, other: bytes) -> None:
    one = Stop(contact, address.lower())
    assert read_signed(BOX, signed(BOX, one)) == one
    assert read_signed(BOX, other.hex()) is None
