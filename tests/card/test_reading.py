"""What the one read finds, for whom, and by which indexes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.card.conftest import CLIENT, STRANGER, House
from trunkline.card.card import Card, Who
from trunkline.card.reading import Asker, read_card
from trunkline.directory.reader import View
from trunkline.directory.values import ContactClass
from trunkline.people.roles import ROLE_RIGHTS, Right, Role

AGENT = ROLE_RIGHTS[Role.AGENT]
EVERYTHING = Asker(rights=frozenset(Right))


_DOC = "https://1c.example.ru/doc?id=17&x=1"


async def card_of(house: House, asker: Asker = EVERYTHING, **subject: Any) -> Card:
    async with house.pool.acquire() as connection:
        card = await read_card(connection, asker, View(), house.now, **subject)
    assert card is not None
    return card


async def test_a_client_is_shown_with_all_that_matters(house: House) -> None:
    contact = await house.contact(company="ООО «Ромашка»")
    company = await house.company_of(contact)
    before = await house.call(ago=timedelta(days=40), over=True)
    await house.add("leads", contact_id=contact, title="Автобус на свадьбу", direction="заказ")
    deal = await house.add("deals", company_id=company, title="Договор 17", amount=Decimal(250_000), document_url=_DOC)
    await house.add("deals", company_id=company, title="Старая", closed_at=house.now)
    await house.add("tasks", deal_id=deal, title="Выслать счёт", due_at=house.now)
    await house.add(
        "orders",
        company_id=company,
        number="З-1",
        amount=Decimal(100),
        paid=Decimal(50),
        paid_percent=50,
        shipped_percent=25,
        document_url=_DOC,
    )
    await house.add(
        "invoices", contact_id=contact, number="С-1", amount=Decimal(100), due_on=date(2026, 1, 1), document_url=_DOC
    )
    await house.add("payments", contact_id=contact, company_id=company, amount=Decimal(70), paid_on=date(2026, 1, 1))
    await house.add("payments", company_id=company, amount=Decimal(30), paid_on=date(2026, 1, 2))
    await house.add("payments", company_id=company, amount=Decimal(9), paid_on=date(2026, 1, 2), cancelled_at=house.now)
    await house.add("debts", company_id=company, amount=Decimal(500), overdue=Decimal(300), overdue_days=34)
    call = await house.call()

    card = await card_of(house, call=call)

    assert card.who is Who.NUMBER
    assert (card.contact and card.contact.id, card.company and card.company.id) == (contact, company)
    assert (card.responsible and card.responsible.name, card.choices) == ("Анна Смирнова", ())
    assert card.line is not None
    assert card.line.brand == "Автобус-1"
    assert [one.id for one in card.calls] == [before]
    assert [one.title for one in card.leads] == ["Автобус на свадьбу"]
    assert [(one.title, one.amount) for one in card.deals] == [("Договор 17", Decimal(250_000))]
    assert [one.title for one in card.tasks] == ["Выслать счёт"]
    assert [(one.paid_percent, one.shipped_percent) for one in card.orders] == [(50, 25)]
    assert [one.number for one in card.invoices] == ["С-1"]
    assert (card.deals[0].document_url, card.orders[0].document_url) == (_DOC, _DOC)
    assert [one.document_url for one in card.invoices] == [_DOC]
    assert card.debt is not None
    assert (card.debt.overdue, card.debt.overdue_days) == (Decimal(300), 34)
    assert card.value is not None
    assert (card.value.amount, card.value.payments) == (Decimal(100), 2)
    assert msgspec.json.encode(card)


async def test_without_the_right_there_is_no_money_anywhere(house: House) -> None:
    contact = await house.contact(company="ООО «Ромашка»", overdue=Decimal(777_777))
    await house.add("debts", contact_id=contact, amount=Decimal(777_777), overdue=Decimal(777_777), overdue_days=5)
    for table, day in (("orders", "ordered_on"), ("invoices", "issued_on"), ("payments", "paid_on")):
        await house.add(table, contact_id=contact, amount=Decimal(777_777), **{day: date(2026, 1, 1)})
    await house.add("invoices", contact_id=contact, document_url=f"{_DOC}/777777")
    await house.add("deals", contact_id=contact, title="Сделка", amount=Decimal(777_777))

    card = await card_of(house, Asker(rights=AGENT), call=None, number=CLIENT)

    assert b"777777" not in msgspec.json.encode(card)
    assert [one.title for one in card.deals] == ["Сделка"]
    rich = await card_of(house, Asker(rights=AGENT | {Right.MONEY_READ}), number=CLIENT)
    assert msgspec.json.encode(rich).count(b"777777") >= 5


async def test_a_shared_number_is_a_choice_and_no_guess(house: House) -> None:
    ivanov = await house.contact("Иванов", company="ООО «Ромашка»", responsible=None)
    petrov = await house.contact("Петров", company="АО «Лютик»")
    await house.add("leads", contact_id=ivanov, title="Его")
    call = await house.call()

    card = await card_of(house, call=call)
    assert (card.contact, card.company, card.responsible) == (None, None, None)
    assert {one.id for one in card.choices} == {ivanov, petrov}
    assert (card.klass, card.leads) == (ContactClass.CLIENT, ())

    await house.pool.execute(
        "insert into call_contacts (call_id, contact_id, person) values ($1, $2, 'Анна')", call, ivanov
    )
    card = await card_of(house, call=call)
    assert card.contact is not None
    assert (card.contact.id, card.picked_by, len(card.choices)) == (ivanov, "Анна", 2)
    assert [one.title for one in card.leads] == ["Его"]
    assert (await card_of(house, number=CLIENT, contact=petrov)).company != card.company


async def test_colleagues_on_one_number_have_their_company_in_common(house: House) -> None:
    for name in ("Иванов", "Петров"):
        contact = await house.contact(name, company="ООО «Ромашка»")
    company = await house.company_of(contact)
    await house.add("debts", company_id=company, amount=Decimal(10), overdue=Decimal(10), overdue_days=3)

    card = await card_of(house, number=CLIENT)

    assert card.contact is None
    assert card.company is not None
    assert card.debt is not None
    assert (card.company.id, card.debt.overdue) == (company, Decimal(10))
    assert card.responsible is not None


async def test_a_contact_deleted_in_mid_call_is_told(house: House) -> None:
    contact = await house.contact()
    call = await house.call()
    await house.pool.execute("update contacts set deleted_at = now() where id = $1", contact)

    card = await card_of(house, call=call)

    assert (card.contact, card.gone, card.klass) == (None, ("Иванов Иван",), ContactClass.UNKNOWN)


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"client": "", "caller": "anonymous"}, Who.HIDDEN),
        ({"client": STRANGER}, Who.NUMBER),
        ({"client": "", "caller": "101", "dialled": "102", "direction": "internal", "line_id": None}, Who.COLLEAGUE),
        ({"client": STRANGER, "caller": "101", "dialled": STRANGER, "direction": "out", "line_id": None}, Who.NUMBER),
    ],
)
async def test_whoever_is_on_the_other_side(house: House, fields: dict[str, Any], who: Who) -> None:
    await house.contact("Чужой")
    await house.call("", over=True, caller="anonymous")
    card = await card_of(house, call=await house.call(**fields))

    assert (card.who, card.contact, card.calls) == (who, None, ())
    assert [one.extension for one in card.colleagues] == (["101"] if who is Who.COLLEAGUE else [])


@pytest.mark.parametrize(
    ("call", "asker", "sees"),
    [
        ({"rang": ["101"]}, {"departments": [], "extension": "101"}, True),
        ({"rang": ["102"], "agents": ["101"]}, {"departments": [], "extension": "101"}, True),
        ({"rang": ["102"]}, {"departments": [], "extension": "101"}, False),
        ({"rang": ["102"]}, {"departments": [], "extension": None}, False),
        ({"rang": []}, {"departments": None, "lines": [uuid4()]}, False),
        ({"rang": []}, {}, True),
    ],
)
async def test_a_call_is_seen_by_whom_it_rang_and_within_reach(
    house: House, call: dict[str, Any], asker: dict[str, Any], sees: bool
) -> None:
    identifier = await house.call(**call)
    async with house.pool.acquire() as connection:
        card = await read_card(connection, Asker(uuid4(), rights=AGENT, **asker), View(), house.now, call=identifier)
        other = await read_card(connection, Asker(uuid4(), rights=AGENT, **asker), View(), house.now, number=CLIENT)

    assert (card is not None) is sees
    assert other is not None
    assert bool(other.calls) is sees


async def test_recordings_are_for_those_who_may_listen(house: House) -> None:
    await house.contact()
    await house.call(over=True, story={"recordings": ["a.wav"]})
    assert [one.recorded for one in (await card_of(house, number=CLIENT)).calls] == [True]
    assert [one.recorded for one in (await card_of(house, Asker(rights=AGENT), number=CLIENT)).calls] == [False]
