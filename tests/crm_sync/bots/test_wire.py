"""What the Bot API answers means one thing each; what it posts is read or refused, never more."""

import asyncio
import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.answer import Refused
from crm_sync.asking import Asking
from crm_sync.bots.port import Access, GoneMessage, Message, Unreachable
from crm_sync.bots.telegram.messenger import Telegram
from crm_sync.bots.telegram.wire import read, read_update
from tests.crm_sync.scene import LOOPBACK
from tests.fakes.telegram import FakeTelegram
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.webhooks.deliverer import webhook_session


@pytest.mark.parametrize(
    ("status", "body", "kind", "found"),
    [
        (429, {"error_code": 429, "parameters": {"retry_after": 5}}, Refused, ErrorClass.THROTTLED),
        (401, {"error_code": 401, "description": "Unauthorized"}, Refused, ErrorClass.AUTH),
        (404, {"error_code": 404, "description": "Not Found"}, Refused, ErrorClass.AUTH),
        (403, {"description": "Forbidden: bot was blocked by the user"}, Unreachable, ErrorClass.BLOCKED),
        (403, {"description": "Forbidden: user is deactivated"}, Unreachable, ErrorClass.BLOCKED),
        (403, {"description": "Forbidden: whatever they tell next year"}, Unreachable, ErrorClass.BLOCKED),
        (400, {"description": "Bad Request: chat not found"}, Unreachable, ErrorClass.PERMANENT),
        (400, {"description": "Bad Request: message to edit not found"}, GoneMessage, ErrorClass.PERMANENT),
        (400, {"description": "Bad Request: message text is empty"}, Refused, ErrorClass.PERMANENT),
        (500, {"error_code": 500, "description": "Internal Server Error"}, Refused, ErrorClass.UNKNOWN),
        (502, b"<html>", Refused, ErrorClass.UNKNOWN),
        (403, b"<html>", Refused, ErrorClass.BLOCKED),
        (200, b"<html>", Refused, ErrorClass.UNKNOWN),
    ],
)
def test_each_answer_has_its_class(status: int, body: object, kind: type[Refused], found: ErrorClass) -> None:
    raw = body if isinstance(body, bytes) else msgspec.json.encode({"ok": False, **body})  # type: ignore[dict-item]
    with pytest.raises(Refused) as refused:
        read("sendMessage", status, raw)
    assert (type(refused.value), classify(refused.value.fault)) == (kind, found)
    assert refused.value.fault.retry_after == (5 if status == 429 else None)


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["update_id", "message", "chat", "id", "type", "text", "callback_query", "data"]), inner
            )
        ),
    ).map(msgspec.json.encode)
)
def test_whatever_is_posted_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_update(body)


@pytest.mark.parametrize("how", ["flood", "lost", "reset", "html", "broken", "noise"])
async def test_no_fault_tells_the_token(fake: FakeTelegram, how: str) -> None:
    async with webhook_session(LOOPBACK) as session:
        fake.fails("sendMessage", how)
        with pytest.raises(Refused) as refused:
            await Telegram(Asking(session, LOOPBACK)).send(Access(fake.url, fake.token), "1", Message("hello"))
        await asyncio.sleep(0)
    told = repr(refused.value.failed) + str(refused.value)
    assert fake.token.partition(":")[2] not in told


async def test_what_is_so_already_is_no_fault(fake: FakeTelegram) -> None:
    """400 "message is not modified"; 400 "query is too old" of a press that nobody waits for."""
    async with webhook_session(LOOPBACK) as session:
        bot, access = Telegram(Asking(session, LOOPBACK)), Access(fake.url, fake.token)
        known = await bot.send(access, "1", Message("hello"))
        await bot.edit(access, "1", known, Message("hello"))
        await bot.answer(access, "long ago", "done")
        with pytest.raises(GoneMessage):
            await bot.edit(access, "1", "4242", Message("hello"))
    assert fake.shown[int(known)].texts == ["hello"]
