"""Several home-made CRMs on one host: each has rows of its own, wherever its receiver moves."""

from typing import Any

from crm_sync.connector import Connector
from crm_sync.generic.gone import remove_gone
from crm_sync.generic.mapping import read_mapping
from crm_sync.generic.taking import take
from tests.crm_sync.generic_scene import MOSCOW, GenericScene
from trunkline.db.migrate import migrations
from trunkline.db.types import Pool

MAPPING = """
[in.companies.fields]
external_id = "id"
name = "name"
version = "v"
[in.contacts.fields]
external_id = "id"
phones = "phone"
name = "name"
version = "v"
[in.debts.fields]
external_id = "id"
amount = "sum"
company = "company"
"""
ROWS = "select source, name from contacts where deleted_at is null order by source, external_id"


async def give(own: GenericScene, known: Connector, name: str, *rows: dict[str, Any]) -> None:
    async with own.pool.acquire() as connection, connection.transaction():
        taken = await take(connection, known, name, read_mapping(MAPPING).entities[name], rows, MOSCOW)
        assert not taken.rows


async def two(own: GenericScene) -> tuple[Connector, Connector]:
    """Two brands' scripts on one site."""
    first = await own.known()
    await own.pool.execute("update crm_connectors set portal = 'https://site.example/one.php' where id = $1", first.id)
    await own.pool.execute(
        "insert into crm_connectors (id, kind, name, portal, oauth_url, client_id, secret) "
        "values (gen_random_uuid(), 'generic', 'other', 'https://site.example/two.php', '', '', '')"
    )
    other = GenericScene(own.pool, "", own.clock)
    other.connector = await own.pool.fetchval("select id from crm_connectors where name = 'other'")
    return await own.known(), await other.known()


async def test_equal_ids_of_two_on_one_host_are_two_records(own: GenericScene) -> None:
    one, two_ = await two(own)
    assert one.host == two_.host
    for known, name in ((one, "Иван"), (two_, "Мария")):
        await give(own, known, "contacts", {"id": "5", "name": name, "phone": "+79160000001"})
    rows = [tuple(row) for row in await own.pool.fetch(ROWS)]
    assert rows == sorted([(f"generic:{one.id}", "Иван"), (f"generic:{two_.id}", "Мария")])


async def test_what_one_does_not_show_is_gone_of_that_one_alone(own: GenericScene) -> None:
    one, two_ = await two(own)
    for known in (one, two_):
        await give(own, known, "contacts", {"id": "5", "name": str(known.id), "phone": "+79160000001"})
        await give(own, known, "companies", {"id": "c", "name": "Ромашка"})
        await give(own, known, "debts", {"id": "d", "sum": "5", "company": "c"})
    await own.pool.execute("update contacts set updated_at = '2020-01-01'")
    began = await own.pool.fetchval("select now()")
    async with own.pool.acquire() as connection:
        for entity in ("contacts", "debts"):
            assert await remove_gone(connection, one, entity, began) == (1, "")
    assert [row["source"] for row in await own.pool.fetch(ROWS)] == [f"generic:{two_.id}"]
    assert await own.pool.fetchval("select array_agg(source) from debts") == [f"generic:{two_.id}"]


async def test_its_rows_stay_its_own_where_the_receiver_moves(own: GenericScene) -> None:
    row = {"id": "5", "name": "Иван", "phone": "+79160000001"}
    await give(own, await own.known(), "contacts", row)
    await own.pool.execute("update crm_connectors set portal = 'https://elsewhere.example/'")
    await give(own, await own.known(), "contacts", row | {"name": "Пётр"})
    assert [row["name"] for row in await own.pool.fetch(ROWS)] == ["Пётр"]


async def test_an_upgrade_gives_each_its_rows(own: GenericScene, pool: Pool) -> None:
    one, two_ = await two(own)
    add = "insert into contacts (id, name, source, external_id) values (gen_random_uuid(), $2, $1, '5')"
    await pool.execute(add, "generic:site.example", "shared")
    await pool.execute(add, "bitrix24:site.example", "other")
    pulled = "insert into crm_pulls (connector_id, entity, source, since) values ($1, 'contacts', $2, now())"
    for known in (one, two_):
        await pool.execute(pulled, known.id, known.account)
    (upgrade,) = [one for one in migrations() if one.number == 490]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(upgrade.sql)
    older = min(one.id, two_.id)
    rows = [tuple(row) for row in await pool.fetch(ROWS)]
    assert rows == [("bitrix24:site.example", "other"), (f"generic:{older}", "shared")]
    assert await pool.fetchval("select count(since) from crm_pulls") == 0
