"""A 1C base is read by OData: all of it at first, what is new each minute, debts as a whole list."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from crm_sync.onec import parts
from tests.crm_sync.onec_read import OneCRead, guid, phones
from tests.fakes.onec.world import CASH, COMPANIES, DEBTS, ORDERS, STATES, TRANSFERS

PAYMENTS = "select amount, cancelled_at is null from payments order by amount"


async def test_all_of_a_base_is_read(base: OneCRead) -> None:
    base.a_company()
    await base.read()
    companies, orders, payments, debts = await base.state()
    firm, order = guid("Ромашка"), guid("order")
    assert companies == [(firm, "ООО Ромашка", "7701234567", True, Decimal(400))]
    ordered = date.fromisoformat(base.day(20)[:10])
    assert orders == [(order, firm, "ТД00-17", 1000, 0, 40, 25, date(2026, 5, 15), ordered)]
    assert sorted(one[1:4] for one in payments) == [(firm, order, Decimal("100.50")), (firm, order, Decimal(300))]
    assert debts == [(firm, 600, 400, 9, date(2026, 3, 1))]
    assert await base.rows("select number from contact_phones") == [("+74955550101",)]
    assert await base.trouble() == {}


async def test_a_second_reading_of_the_same_writes_nothing(base: OneCRead) -> None:
    base.a_company()
    await base.read()
    asked = "select kind, xmin::text, version from crm_onec_rows where kind <> 'debt' order by kind, external_id"
    before = await base.rows(asked)
    assert [one[0] for one in before] == ["counterparty", "order", "payment", "payment", "state"]
    await base.later(8 * 86400)
    assert await base.rows(asked) == before


async def test_what_changes_lately_is_here_within_a_minute(base: OneCRead) -> None:
    base.a_company()
    await base.read()
    base.pays(TRANSFERS, "transfer", 350)
    base.pays(CASH, "cash", 100.5, Posted=False)
    base.pays(CASH, "more", 7)
    await base.later()
    assert await base.rows(PAYMENTS) == [(7, True), (Decimal("100.50"), False), (350, True)]
    base.pays(CASH, "cash", 100.5, Posted=True)
    base.base.world.put(TRANSFERS, guid("transfer"), DeletionMark=True)
    await base.later()
    assert await base.rows(PAYMENTS) == [(7, True), (Decimal("100.50"), True), (350, False)]


async def test_what_changed_long_ago_is_here_with_the_next_reading_of_everything(base: OneCRead) -> None:
    base.a_company()
    base.pays(TRANSFERS, "old", 11, days=400)
    await base.read()
    base.pays(TRANSFERS, "old", 12, days=400)
    base.base.world.put(COMPANIES, guid("Ромашка"), DeletionMark=True)
    await base.later()
    assert (await base.rows(PAYMENTS))[0] == (11, True)
    await base.later(6 * 3600)
    assert await base.rows("select name from contacts_shown") == []
    await base.later(7 * 86400)
    assert (await base.rows(PAYMENTS))[0] == (12, True)


async def test_documents_before_the_day_on_the_page_are_not_read(base: OneCRead) -> None:
    base.a_company()
    base.pays(TRANSFERS, "old", 11, days=40)
    await base.pool.execute("update crm_onec set since = $1", date.fromisoformat(base.day(30)[:10]))
    await base.read()
    assert [row[0] for row in await base.rows(PAYMENTS)] == [Decimal("100.50"), 300]


async def test_many_pages_with_records_said_twice(base: OneCRead) -> None:
    base.page = 10
    for number in range(33):
        base.base.world.put(COMPANIES, guid(f"c{number}"), НаименованиеПолное=f"К{number}")
        base.pays(TRANSFERS, f"p{number}", number + 1, days=number)
    base.base.repeats = True
    await base.read()
    assert await base.rows("select count(*)::int from companies") == [(33,)]
    assert await base.rows("select count(*)::int, sum(amount)::int from payments") == [(33, 33 * 34 // 2)]


async def test_a_state_of_an_order_that_is_not_here_waits_for_it(base: OneCRead) -> None:
    base.base.world.state(guid("order"), ПроцентОплаты=40, ПроцентОтгрузки=25)
    await base.read()
    base.a_company()
    await base.later(7 * 86400)
    await base.later(15 * 60)
    assert await base.rows("select paid_percent, shipped_percent from orders") == [(40, 25)]
    base.base.world.state(guid("order"), ПроцентОплаты=100, ПроцентОтгрузки=25)
    await base.later(15 * 60)
    assert await base.rows("select paid_percent, shipped_percent from orders") == [(100, 25)]


async def test_who_is_not_among_the_debtors_has_paid(base: OneCRead) -> None:
    base.a_company()
    await base.read()
    base.base.world.owes()
    await base.later(15 * 60)
    assert await base.rows("select overdue, (select count(*)::int from debts) from companies") == [(0, 0)]
    base.base.world.owes((guid("Ромашка"), 5, ""))
    await base.later(15 * 60)
    assert await base.rows("select amount, overdue from debts") == [(5, 0)]


async def test_debts_that_are_all_gone_at_once_are_not_believed(base: OneCRead) -> None:
    names = [f"c{number}" for number in range(30)]
    for name in names:
        base.base.world.put(COMPANIES, guid(name), НаименованиеПолное=name)
    base.base.world.owes(*((guid(name), 10, "") for name in names))
    await base.read()
    base.base.world.owes()
    await base.later(15 * 60)
    assert await base.rows("select count(*)::int from debts") == [(30,)]
    assert "it shows debts of 0, and 30 would be paid" in (await base.trouble())["debts"]


async def test_a_record_that_is_wrong_costs_the_others_nothing(base: OneCRead) -> None:
    base.a_company()
    base.pays(CASH, "wrong", 1, СуммаДокумента={"sum": 1})
    base.pays(CASH, "undated", 1, Date="0001-01-01T00:00:00")
    base.base.world.put(COMPANIES, guid("nameless"), КонтактнаяИнформация=phones("нет", "", "+7 916 123-45-67"))
    await base.read()
    assert len(await base.rows(PAYMENTS)) == 2
    assert dict(await base.rows("select part, unread::int from crm_onec_places where unread > 0")) == {
        "companies": 1,
        "payments": 1,
    }


TROUBLES: list[tuple[Callable[[OneCRead], object], str]] = [
    (lambda base: setattr(base.base, "password", "another"), "1C does not take the user or his password (HTTP 401)"),
    (lambda base: base.base.world.published.discard(ORDERS), f'1C says: Сущность "{ORDERS}" не найдена. (HTTP 404)'),
    (lambda base: base.base.chaos.page(ORDERS, status=500), "the web server before 1C answered HTTP 500 in its place"),
    (lambda base: base.base.chaos.page(ORDERS, status=200), "1C answered with something that is no list of records"),
    (lambda base: base.base.chaos.page(ORDERS, status=404), "nothing is published at this address (HTTP 404)"),
    (lambda base: base.base.chaos.page(ORDERS, status=302), "the address leads to another one (HTTP 302)"),
    (lambda base: base.base.chaos.cut_before(ORDERS, times=2), "connection lost"),
]


async def test_what_is_refused_is_told_and_tried_again(base: OneCRead) -> None:
    base.a_company()
    for count, (fault, words) in enumerate(TROUBLES, start=1):
        fault(base)
        await base.read()
        assert words in (await base.trouble())["orders"], words
        base.base.password = "пароль"
        base.base.world.published.add(ORDERS)
        base.base.world.put(ORDERS, guid("order"), Number=f"ТД-{count}")
        await base.pool.execute("update crm_onec_places set whole_at = null, begun_at = null")
        await base.later()
        assert await base.trouble() == {}, words
        assert await base.rows("select number from orders") == [(f"ТД-{count}",)]


async def test_an_answer_that_is_too_long_is_asked_for_in_smaller_pages(base: OneCRead) -> None:
    base.a_company()
    base.longest = 8000
    for number in range(40):
        base.base.world.put(COMPANIES, guid(f"c{number}"), НаименованиеПолное=f"К{number}")
    async with base.process() as reading:
        for _ in range(10):
            await reading.one_round()
    assert await base.rows("select count(*)::int from companies") == [(41,)]
    assert parts.LEAST <= min(int(one["$top"]) for one in base.base.asked if one["set"] == COMPANIES) < parts.PAGE
    assert {one["set"] for one in base.base.asked} >= {STATES, DEBTS}
