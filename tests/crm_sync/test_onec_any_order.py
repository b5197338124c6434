"""Whatever order rows come in, and however often: the same is here in the end, and it is the newest of each."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_sync.onec.contract import Row, read_row
from crm_sync.onec.saving import Saving
from tests.crm_sync.onec_scene import FIRM, OneCScene, Said, debt, firm, order, payment
from trunkline.db.types import Connection

TABLES = "payments, orders, debts, contacts, companies, crm_onec_rows, crm_onec_waiting"


def _versions(make: Any, gone: str, **amounts: Any) -> list[Said]:
    """Four versions of a record: made, corrected, withdrawn, and there again."""
    steps: list[Said] = [{}, {"amount": 7}, {gone: True}, {"amount": 9}]
    return [make(version=number, **(amounts | step)) for number, step in enumerate(steps, start=1)]


HISTORY = [
    *_versions(payment, "cancelled"),
    payment(id="payment-2", version=1, order="order-2", amount=50),
    payment(id="payment-2", version=2, cancelled=True),
    *_versions(order, "deleted", paid_percent=30),
    order(id="order-2", version=5, paid=10),
    order(id="order-2", version=6, deleted=True),
    firm(version=2, name="ООО Роза"),
    firm(version=1, deleted=True),
    *_versions(debt, "deleted"),
]


async def save(connection: Connection, said: list[Said]) -> None:
    """A debt that comes before its counterparty is refused, and sent again by 1C until it is taken."""
    saving = Saving("onec:base", "Europe/Moscow")
    left = said
    while left:
        rows = [read_row(one, place) for place, one in enumerate(left)]
        answers = await saving.save(connection, [one for one in rows if isinstance(one, Row)])
        left = [left[one.row] for one in answers if one.verdict == "refused"]
        if left:
            left = [*left, firm(version=2, name="ООО Роза")]


async def shown(onec: OneCScene) -> list[Any]:
    """With whose each is; when it was withdrawn apart."""
    numbers = "select c.external_id, p.number from contacts_shown c join contact_phones p on p.contact_id = c.id"
    return [*await onec.state(), await onec.rows(numbers)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.sampled_from(HISTORY), max_size=6).flatmap(lambda more: st.permutations([*HISTORY, *more])),
    batch=st.integers(min_value=1, max_value=8),
)
async def test_any_order_and_any_repeats_end_in_the_same(onec: OneCScene, said: list[Said], batch: int) -> None:
    await onec.pool.execute(f"truncate {TABLES} cascade")
    async with onec.pool.acquire() as connection:
        for first in range(0, len(said), batch):
            async with connection.transaction():
                await save(connection, said[first : first + batch])
    companies, orders, payments, debts, numbers = await shown(onec)
    assert companies == [(FIRM, "ООО Роза", None, True, 500)]
    assert [(one[0], one[1], one[3], one[5]) for one in orders] == [("order-1", FIRM, 9, 30)]
    assert [one[:4] for one in payments] == [("payment-1", FIRM, "order-1", 9)]
    assert [one[:3] for one in debts] == [(FIRM, 9, 500)]
    assert numbers == [(f"company:{FIRM}", "+74955550101")]
