"""Bases that tell what cannot be: nothing goes round for ever, nobody who owes looks clean, one row costs no other."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from crm_sync.connector import ConnectorFields
from crm_sync.keeping import save_connector
from tests.crm_sync.onec_read import OneCRead, guid
from tests.crm_sync.onec_scene import FIRM, OneCScene, debt, firm, order, payment
from tests.crm_sync.scene import BOX, ROOT
from tests.fakes.onec.world import COMPANIES, DEBTS, ORDERS
from trunkline.db.types import Pool

DEBTORS = "select c.name, d.amount::int, d.due_on from debts d join companies c on c.id = d.company_id order by c.name"
WHOSE = "АналитикаУчетаПоПартнерам"


async def two_debtors(base: OneCRead) -> None:
    for name in ("Окна", "Двери"):
        base.base.world.put(COMPANIES, guid(name), НаименованиеПолное=name)
    base.base.world.owes((guid("Окна"), 10, ""), (guid("Двери"), 20, ""))
    await base.read()
    assert await base.rows(DEBTORS) == [("Двери", 20, None), ("Окна", 10, None)]


async def test_a_debt_without_end_is_a_debt(base: OneCRead) -> None:
    await two_debtors(base)
    base.base.world.owes((guid("Окна"), 11, "3999-12-31"))
    await base.later(15 * 60)
    assert await base.rows(DEBTORS) == [("Окна", 11, None)]


async def test_whose_debt_cannot_be_read_has_not_paid(base: OneCRead) -> None:
    await two_debtors(base)
    base.base.world.owes((guid("Окна"), 11, "soon"))
    await base.later(15 * 60)
    assert await base.rows(DEBTORS) == [("Окна", 10, None)], "the other is not named, and has paid"
    assert await base.rows("select unread::int from crm_onec_places where part = 'debts'") == [(1,)]


async def test_a_debt_of_who_cannot_be_read_is_anybodys(base: OneCRead) -> None:
    await two_debtors(base)
    base.base.world.owes((guid("Окна"), 11, ""))
    base.base.world.sets[DEBTS].append({**base.base.world.sets[DEBTS][0], WHOSE: {"Контрагент_Key": 7}})
    await base.later(15 * 60)
    assert await base.rows(DEBTORS) == [("Двери", 20, None), ("Окна", 11, None)]


async def test_one_debt_that_cannot_be_stalls_no_other(base: OneCRead) -> None:
    """Its lines are money each, their sum is more than there is."""
    await two_debtors(base)
    most = 10**12 - 1
    base.base.world.owes((guid("Окна"), most, ""), (guid("Окна"), most, ""), (guid("Двери"), 21, ""))
    await base.later(15 * 60)
    assert await base.rows(DEBTORS) == [("Двери", 21, None), ("Окна", 10, None)]
    assert await base.trouble() == {}


@pytest.mark.parametrize(
    ("heedless", "words"), [("$skip", "the same page again"), ("$top", "answers with 30 records where 10")]
)
async def test_a_base_that_does_not_heed_pages(base: OneCRead, heedless: str, words: str) -> None:
    """Neither when all of it is read, nor when what is recent is."""
    base.page = 10
    for number in range(30):
        base.base.world.put(ORDERS, guid(f"o{number}"), Number=f"{number}", Date=base.day(1), СуммаДокумента=1)
    await base.read()
    assert await base.rows("select count(*)::int from orders") == [(30,)]
    base.base.heedless = frozenset({heedless})
    async with asyncio.timeout(20):
        await base.later()
        assert words in (await base.trouble())["orders"]
        await base.pool.execute("update crm_onec_places set whole_at = null, begun_at = null, trouble = ''")
        await base.later()
        assert words in (await base.trouble())["orders"]


async def test_nul_in_what_the_contract_has_not(base: OneCRead) -> None:
    """Bodies that 1C sends have none: they are refused whole. What its history answers may."""
    strange = {"note": "a\0b", "k\0ey": [{"in\0": ["\0"]}]}
    base.base.history = [[firm(), payment(order=None, **strange)]]
    await base.pool.execute("update crm_onec set layout = 'none', history = 'hs/trunkline'")
    await base.read()
    assert await base.trouble() == {}
    told = "select raw->>'note', raw->'key'->0->'in'->>0 from payments"
    assert await base.rows(told) == [("ab", "")]


async def test_a_row_that_the_database_refuses_costs_the_others_nothing(onec: OneCScene) -> None:
    await onec.pool.execute("alter table payments add constraint tests_none check (amount <> 13)")
    try:
        told = [payment(id="bad", amount=13), payment(), debt(), order(), firm()]
        answer = await onec.post({"rows": told})
    finally:
        await onec.pool.execute("alter table payments drop constraint tests_none")
    assert [one["verdict"] for one in answer["rows"]] == ["refused", *["saved"] * 4]
    assert answer["rows"][0]["words"] == "the database does not take it"
    assert (await onec.state())[2][0][:3] == ("payment-1", FIRM, "order-1")
    assert await onec.send(payment(id="bad", amount=14)) == ["saved"], "it was not noted as told"


async def test_an_order_names_a_deal_of_a_generic_crm(onec: OneCScene) -> None:
    """It need not be asked for anything (crm_sync/generic/taking.py)."""
    await generic(onec.pool, "https://crm.example.ru:8443")
    ours = await onec.pool.fetchval("select 'generic:' || id from crm_connectors where kind = 'generic'")
    asked = "insert into deals (id, source, external_id, title) values ($1, $2, '77', $2)"
    for source in (ours, "import:list"):
        await onec.pool.execute(asked, uuid4(), source)
    await onec.send(order(deal="77"))
    found = "select d.title from orders o join deals d on d.id = o.deal_id"
    assert await onec.rows(found) == [(ours,)]


async def generic(pool: Pool, portal: str) -> None:
    async with pool.acquire() as connection:
        told = ConnectorFields("own", portal, "", kind="generic")
        await save_connector(connection, BOX, None, told, ROOT, datetime.now(UTC))
