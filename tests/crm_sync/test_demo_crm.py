"""The demo's CRM is connected as any of one's own, and what it gives goes in whole."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestServer

from crm_sync.generic.demo import join
from crm_sync.generic.store import mapping_of
from crm_sync.generic.taking import take
from crm_sync.store import find_connector
from trunkline.db.types import Pool
from trunkline.demo.bargains import bargain_of
from trunkline.demo.crm import NAME, Crm
from trunkline.demo.crm_book import ENTITIES, Book
from trunkline.demo.words import load_words
from trunkline.ids import uuid7
from trunkline.settings import Settings, load

SECRET = "a secret that both sides know"
PHONE = "+79160000000"
PAYER = next(f"l{number}" for number in range(50) if bargain_of(f"l{number}").pays)
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC).timestamp()


def settings(database_url: str, data_dir: Path, allowed: str = "127.0.0.1") -> Settings:
    told = {"TRUNKLINE_DATABASE_URL": database_url, "TRUNKLINE_DATA_DIR": str(data_dir)}
    return load(None, told | {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": allowed})


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    with closing(Book(tmp_path / "crm.sqlite", load_words(), ZoneInfo("Europe/Moscow"))) as book:
        yield book


async def test_it_is_connected_once_and_moves_with_its_port(
    pool: Pool, database_url: str, data_dir: Path, book: Book
) -> None:
    ours, app = settings(database_url, data_dir), Crm(book, SECRET.encode(), "http://127.0.0.1:8080").app
    async with TestServer(app()) as server, TestServer(app()) as other:
        first = await join(ours, str(server.make_url("/")), SECRET)
        again = await join(ours, str(server.make_url("/")), SECRET)
        moved = await join(ours, str(other.make_url("/")), SECRET)
        async with pool.acquire() as connection:
            known = await find_connector(connection, name=NAME)
            shape = await mapping_of(connection, known.id)
        assert known.portal == str(other.make_url("/"))

    assert first == again == moved
    assert first is not None
    assert first.startswith(f"http://{ours.listen.public}/crm/hooks/{known.id}/")
    assert (known.kind, known.active, known.is_connected) == ("generic", True, True)
    assert {name for name, one in shape.entities.items() if one.pull} == set(ENTITIES)


@pytest.mark.parametrize(("allowed", "secret"), [("", SECRET), ("127.0.0.1", "another secret of 24 letters")])
async def test_one_that_is_not_reached_leaves_nothing_behind(
    pool: Pool, database_url: str, data_dir: Path, book: Book, allowed: str, secret: str
) -> None:
    async with TestServer(Crm(book, SECRET.encode(), "").app()) as server:
        hooks = await join(settings(database_url, data_dir, allowed), str(server.make_url("/")), secret)

    assert hooks is None
    assert await pool.fetchval("select count(*) from crm_connectors") == 0


async def test_what_it_gives_goes_in_whole_and_the_same_again_changes_nothing(
    pool: Pool, database_url: str, data_dir: Path, book: Book
) -> None:
    await pool.execute("insert into people (id, name) values ($1, 'Титов Сергей')", uuid7(NOW))
    told = {"id": PAYER, "phone": PHONE, "taken_by": "Титов Сергей", "close_reason": "won"}
    book.take("b", "lead.closed", {"lead": told, "contact": {}}, NOW)
    book.move(NOW + bargain_of(PAYER).ends)
    async with TestServer(Crm(book, SECRET.encode(), "").app()) as server:
        await join(settings(database_url, data_dir), str(server.make_url("/")), SECRET)
    async with pool.acquire() as connection, connection.transaction():
        known = await find_connector(connection, name=NAME)
        shape = await mapping_of(connection, known.id)
        for counts in ((1, 0), (0, 0)):
            for entity in ENTITIES:
                records, _ = book.changed(entity, 0.0, "http://127.0.0.1:8083")
                taken = await take(
                    connection, known, entity, shape.entities[entity], records, ZoneInfo("Europe/Moscow")
                )
                assert (taken.added, taken.changed, taken.rows) == (*counts, []), entity
        deal = await connection.fetchrow(
            "select d.stage, d.closed_at is not null as closed, d.document_url, p.name as whose, n.number from deals d "
            "join people p on p.id = d.responsible_id join contact_phones n on n.contact_id = d.contact_id"
        )
        paid = await connection.fetchrow(
            "select p.amount, p.paid_on::text as day from payments p "
            "join contact_phones n on n.contact_id = p.contact_id"
        )
    assert dict(deal or {}) == {
        "stage": "оплачено", "closed": True, "document_url": "http://127.0.0.1:8083/#deal-1", "whose": "Титов Сергей",
        "number": PHONE,
    }  # fmt: skip
    assert dict(paid or {}) == {"amount": bargain_of(PAYER).amount, "day": "2026-11-27"}
