"""A sweep of an account's rows reads an index from where it was, whichever other rows there are."""

import pytest

from crm_sync.mirrors import SQL
from tests.crm_sync.test_plans import nodes_of
from trunkline.db.types import Pool

ROWS = """
insert into contacts (id, name, source, external_id, version)
select gen_random_uuid(), 'x', s, n::text, 1 from generate_series(1, 3000) as n, unnest($1::text[]) as s
"""
SOURCES = ["amocrm:a.amocrm.ru", "bitrix24:a.bitrix24.ru", "1c"]


@pytest.mark.parametrize("source", SOURCES[:2])
async def test_a_part_of_a_sweep_reads_an_index(pool: Pool, source: str) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(ROWS, SOURCES)
        await connection.execute("analyze contacts")
        found = await nodes_of(connection, SQL["next_contacts"], source, 2000, 100)
        gone = await nodes_of(connection, SQL["gone_contacts"], source, 2000, 2100, ["2001"], 2)
    for nodes in (found, gone):
        scans = [node for node in nodes if "Scan" in node["Node Type"]]
        assert {node["Node Type"] for node in scans} <= {"Index Scan", "Bitmap Heap Scan", "Bitmap Index Scan"}
        assert {node.get("Index Name", "contacts_of_crms") for node in scans} == {"contacts_of_crms"}
        assert max(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in scans) <= 100
