"""What is asked for each batch of rows reads indexes, however much there is."""

from crm_sync.onec.saving import SQL
from tests.crm_sync.onec_scene import OneCScene
from tests.crm_sync.test_plans import nodes_of

FILLED = """
insert into companies (id, name, source, external_id)
    select gen_random_uuid(), n, 'onec:base', n from generate_series(1, 500) as n;
insert into contacts (id, name, source, external_id, company_id)
    select gen_random_uuid(), name, 'bitrix24:x', external_id, id from companies;
insert into contact_phones (number, contact_id) select '+7916' || lpad(external_id, 7, '0'), id from contacts;
insert into leads (id, source, external_id, phone)
    select gen_random_uuid(), 'bitrix24:x', n, '+7906' || lpad(n::text, 7, '0') from generate_series(1, 500) as n;
insert into deals (id, source, external_id, contact_id, lead_id)
    select gen_random_uuid(), 'bitrix24:x', l.external_id, k.id, l.id from leads l join contacts k using (external_id);
insert into orders (id, source, external_id, company_id, deal_id)
    select gen_random_uuid(), 'onec:base', c.external_id, c.id, d.id from companies c join deals d using (external_id);
insert into payments (id, source, external_id, company_id, order_id, amount, paid_on)
    select gen_random_uuid(), 'onec:base', external_id, company_id, id, 1, current_date from orders;
insert into crm_onec_rows select 'onec:base', 'payment', n::text, 1, '' from generate_series(1, 500) as n;
analyze companies, contacts, contact_phones, leads, deals, orders, payments, crm_onec_rows;
"""
BIG = {"companies", "contacts", "contact_phones", "leads", "deals", "orders", "payments", "crm_onec_rows"}
ORDERS = [{"id": "7", "deal": "8", "lead": "9", "phone": "+79160000010"}]
ASKED = {
    "found_for": ("onec:base", ORDERS, ["bitrix24:x", "site"]),
    "follow_orders": ("onec:base", ["7"]),
    "known": ("onec:base", [{"kind": "payment", "id": "7"}]),
    "orders_known": ("onec:base", ["7"]),
    "mark_clients": ("onec:base", ["7"]),
    "cancel_payments": ("onec:base", ["7"]),
}


async def test_a_batch_reads_by_index(onec: OneCScene) -> None:
    async with onec.pool.acquire() as connection, connection.transaction():
        for statement in FILLED.split(";\n"):
            if statement.strip():
                await connection.execute(statement)
        await connection.execute("set local enable_seqscan = off")  # the tables are small here
        for name, arguments in ASKED.items():
            nodes = await nodes_of(connection, SQL[name], *arguments)
            read = [node for node in nodes if "Scan" in node["Node Type"] and node.get("Relation Name") in BIG]
            whole = [node for node in read if not node.keys() & {"Index Cond", "Recheck Cond"}]
            assert [(node["Relation Name"], node.get("Filter")) for node in whole] == [], name
