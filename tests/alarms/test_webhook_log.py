"""The log of an endpoint's deliveries on its page: what is true of each, and those of one outcome."""

from uuid import UUID

import pytest

from tests.people.company import add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browser, text_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.webhooks import store

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]

WORDS = {
    "delivered": "delivered",
    "untried": "not delivered yet",
    "failed": "is tried again",
    "dead": "given up for good",
}


@pytest.fixture
async def log(pool: Pool, box: SecretBox) -> str:
    """The page of an endpoint with one delivery of each kind, called by it."""
    async with pool.acquire() as connection:
        identifier, _secret = await store.add(connection, box, "ours", "https://hooks.example.com/x", ["*"])
    for name in WORDS:
        await add_delivery(pool, identifier, name)
    return f"/settings/alarms/webhooks/{identifier}"


async def add_delivery(pool: Pool, endpoint: UUID, name: str) -> None:
    payload = {"endpoint": str(endpoint), "event": "call.ended", "data": {}}
    row = (f"webhook:{endpoint}:call:{name}", "webhook", f"{name}:{uuid7(0)}", payload)
    match name:
        case "delivered":
            await pool.execute(
                "insert into outbox_log (id, stream, kind, idem, attempts, note, took_ms, created_at, payload)"
                " values (1, $1, $2, $3, 1, '200', 7, now(), $4)", *row,
            )  # fmt: skip
        case "dead":
            await pool.execute(
                "insert into outbox_dead"
                " (id, stream, kind, idem, payload, attempts, error_class, error, parks, created_at)"
                " values (2, $1, $2, $3, $4, 1, 'refused', '410', false, now())", *row,
            )  # fmt: skip
        case _:
            error, attempts = (None, 0) if name == "untried" else ("500", 1)
            await pool.execute(
                "insert into outbox (stream, kind, idem, payload, attempts, last_error)"
                " values ($1, $2, $3, $4, $5, $6)",
                *row, attempts, error,
            )  # fmt: skip


async def test_each_says_what_is_true_of_it(browser: Browser, log: str) -> None:
    text = await text_of(browser, log)
    rows = {row.partition("<code>call:")[2].partition("<")[0]: row for row in text.split("<tr>")[2:]}
    assert {name: [word for word in WORDS.values() if f">{word}<" in row] for name, row in rows.items()} == {
        name: [word] for name, word in WORDS.items()
    }


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("", {"delivered", "untried", "failed", "dead"}),
        ("delivered", {"delivered"}),
        ("waiting", {"untried", "failed"}),
        ("refused", {"dead"}),
    ],
)
async def test_those_of_one_outcome(browser: Browser, log: str, outcome: str, shown: set[str]) -> None:
    text = await text_of(browser, f"{log}?outcome={outcome}" if outcome else log)
    assert {name for name in WORDS if f"<code>call:{name}</code>" in text} == shown


async def test_an_outcome_that_is_none_is_refused(browser: Browser, log: str) -> None:
    assert (await browser.look(f"{log}?outcome=lost")).status == 400
