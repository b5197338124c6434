"""What a base told is on the card of who rings: debts, paid and shipped %, until when payment is deferred."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.crm_sync.onec_scene import OneCScene, debt, firm, order, payment
from trunkline.card.card import Card
from trunkline.card.reading import Asker, read_card
from trunkline.directory.reader import View
from trunkline.directory.values import ContactClass
from trunkline.people.roles import Right


async def card_of(onec: OneCScene, number: str) -> Card:
    async with onec.pool.acquire() as connection:
        asker = Asker(rights=frozenset(Right))
        card = await read_card(connection, asker, View(), datetime.now(UTC), number=number)
    assert card is not None
    return card


async def test_the_card_of_a_debtor(onec: OneCScene) -> None:
    more: dict[str, Any] = {"paid_percent": 40, "shipped_percent": 100, "deferred_until": "2026-12-15"}
    await onec.send(
        *(firm(), order(**more), order(id="gone", number="ТД00-18"), payment(), payment(id="back", amount=9)),
        debt(overdue_days=12),
    )
    await onec.send(order(id="gone", version=2, deleted=True), payment(id="back", version=2, cancelled=True))
    card = await card_of(onec, "+74955550101")
    assert card.company is not None
    assert (card.company.name, card.klass) == ("ООО Ромашка", ContactClass.CLIENT)
    told = [(one.number, one.paid_percent, one.shipped_percent, one.deferred_until) for one in card.orders]
    assert told == [("ТД00-17", 40, 100, date(2026, 12, 15))]
    assert card.debt is not None
    assert (card.debt.overdue, card.debt.overdue_days) == (Decimal(500), 12)
    assert card.receivables is not None
    assert card.receivables.amount == Decimal(600)
    assert card.value is not None
    assert (card.value.amount, card.value.payments) == (Decimal(400), 1)


async def test_a_class_that_1c_says_counts_and_a_client_is_who_orders(onec: OneCScene) -> None:
    classes = "select c.class::text, k.class::text from companies c join contacts k on k.company_id = c.id"
    await onec.send(firm())
    assert await onec.rows(classes) == [("unknown", "unknown")]
    await onec.send(order())
    assert await onec.rows(classes) == [("client", "client")]
    await onec.send(firm(version=2, **{"class": "partner"}))
    assert await onec.rows(classes) == [("partner", "partner")]
    await onec.send(firm(version=3), order(version=2))
    assert await onec.rows(classes) == [("partner", "partner")]
