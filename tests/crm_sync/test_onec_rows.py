"""What a 1C base sends: payments with correction and cancelling, orders, debts; each row has its verdict."""

from datetime import date
from decimal import Decimal

from tests.crm_sync.onec_scene import FIRM, OneCScene, debt, firm, order, payment

TOLD = "select amount, cancelled_at is null from payments"


async def test_what_is_sent_is_on_the_card_and_in_the_funnel(onec: OneCScene) -> None:
    said = order(
        paid=400, shipped_percent="33,3", deferred_until="2026-12-15T00:00:00", document_url="https://1c.ru/doc/1"
    )
    assert await onec.send(firm(inn="7701234567"), said, payment(), debt(overdue_days=12)) == ["saved"] * 4
    companies, orders, payments, debts = await onec.state()
    assert companies == [(FIRM, "ООО Ромашка", "7701234567", True, Decimal(500))]
    when = date(2026, 12, 15), date(2026, 11, 20)
    assert orders == [("order-1", FIRM, "ТД00-17", Decimal(1000), Decimal(400), 40, 33, *when)]
    assert payments == [("payment-1", FIRM, "order-1", Decimal(400), date(2026, 11, 21))]
    assert debts == [(FIRM, Decimal(600), Decimal(500), 12, None)]
    who = "select k.name, p.number from contacts k join contact_phones p on p.contact_id = k.id"
    assert await onec.rows(who) == [("ООО Ромашка", "+74955550101")]


async def test_a_payment_is_corrected_cancelled_and_posted_again(onec: OneCScene) -> None:
    steps = [
        (payment(version=10), "saved", [(400, True)]),
        (payment(version=10), "same", [(400, True)]),
        (payment(version=11, amount="1 250,50"), "saved", [(Decimal("1250.50"), True)]),
        (payment(version=10), "older", [(Decimal("1250.50"), True)]),
        (payment(version=12, cancelled=True), "saved", [(Decimal("1250.50"), False)]),
        (payment(version=11, amount=3), "older", [(Decimal("1250.50"), False)]),
        (payment(version=13, amount=5), "saved", [(5, True)]),
        (payment(version=13, amount=6), "refused", [(5, True)]),
    ]
    for said, verdict, rows in steps:
        assert await onec.send(said) == [verdict], said
        assert await onec.rows(TOLD) == rows, said


async def test_what_was_cancelled_before_it_came_stays_so(onec: OneCScene) -> None:
    assert await onec.send({"type": "payment", "id": "payment-1", "version": 5, "cancelled": True}) == ["saved"]
    assert await onec.send(payment(version=4)) == ["older"]
    assert await onec.rows(TOLD) == []


async def test_a_row_says_all_there_is(onec: OneCScene) -> None:
    await onec.send(firm(), order(paid_percent=50, shipped_percent=10, deferred_until="2026-12-01"), payment())
    await onec.send(
        order(version=2), payment(version=2, order=None, counterparty="0" * 8 + "-0000-0000-0000-" + "0" * 12)
    )
    assert await onec.rows("select paid_percent, shipped_percent, deferred_until from orders") == [(None, None, None)]
    assert await onec.rows("select company_id, order_id from payments") == [(None, None)]


async def test_what_comes_before_the_one_it_names_is_joined_then(onec: OneCScene) -> None:
    assert await onec.send(payment()) == ["saved"]
    assert await onec.send(order()) == ["saved"]
    assert await onec.send(firm()) == ["saved"]
    _, orders, payments, _ = await onec.state()
    assert orders[0][:2] == ("order-1", FIRM)
    assert payments[0][:3] == ("payment-1", FIRM, "order-1")
    assert await onec.rows("select * from crm_onec_waiting") == []


async def test_a_debt_of_nobody_is_told_so_and_taken_once_he_is_known(onec: OneCScene) -> None:
    answer = await onec.post({"rows": [debt()]})
    assert answer["rows"][0]["field"] == "counterparty"
    assert answer["rows"][0]["words"] == "the counterparty is not known here: send it first"
    assert await onec.send(debt(), firm()) == ["saved", "saved"]
    assert await onec.rows("select overdue from companies") == [(500,)]
    assert await onec.send(debt(version=2, deleted=True)) == ["saved"]
    assert await onec.rows("select overdue from companies") == [(0,)]
    assert await onec.send(debt(version=1)) == ["older"]


async def test_who_was_deleted_rings_as_nobody_until_he_is_back(onec: OneCScene) -> None:
    numbers = "select number from contacts_shown c join contact_phones p on p.contact_id = c.id"
    await onec.send(firm(), order())
    await onec.send(firm(version=2, deleted=True), order(version=2, deleted=True))
    assert await onec.rows(numbers) == []
    assert (await onec.state())[1] == []
    assert await onec.send(firm(version=3, phones=["+79161234567", "нет"])) == ["saved"]
    assert await onec.rows(numbers) == [("+79161234567",)]


async def test_what_the_contract_has_not_is_kept(onec: OneCScene) -> None:
    await onec.send(payment(Комментарий="аванс"))
    assert await onec.rows("select raw->>'Комментарий' from payments") == [("аванс",)]


async def test_it_is_answered_in_the_language_that_is_asked_for(onec: OneCScene) -> None:
    answer = await onec.post({"rows": [payment(amount="много")]}, Accept_Language="ru-RU,ru")
    assert answer["rows"][0] == {
        "row": 1,
        "id": "payment-1",
        "verdict": "refused",
        "field": "amount",
        "words": "должно быть числом, например 12500.50",
    }


WRONG: list[tuple[object, str]] = [
    ([], ""),
    ("payment", ""),
    ({"type": "платёж"}, "type"),
    (payment(type=None), "type"),
    (payment(id=""), "id"),
    (payment(id=["x"]), "id"),
    (payment(version=0), "version"),
    (payment(version=True), "version"),
    (payment(version=2**70), "version"),
    (payment(version=1.5), "version"),
    (payment(amount=None), "amount"),
    (payment(amount={"sum": 1}), "amount"),
    (payment(amount="1e99"), "amount"),
    (payment(amount="NaN"), "amount"),
    (payment(date="2026-02-30"), "date"),
    (payment(date=20261121), "date"),
    (payment(date="1026-02-03"), "date"),
    (payment(cancelled="да"), "cancelled"),
    (payment(order=7), "order"),
    (order(paid_percent=-1), "paid_percent"),
    (order(shipped_percent="half"), "shipped_percent"),
    (order(phone="звонить Ивану"), "phone"),
    (order(document_url="javascript:alert(1)"), "document_url"),
    (firm(name=" "), "name"),
    (firm(name="я" * 501), "name"),
    (firm(phones="8 495 555-01-01"), "phones"),
    (firm(**{"class": "friend"}), "class"),
    (debt(counterparty=None), "counterparty"),
    (debt(overdue_days=1.5), "overdue_days"),
]


async def test_a_wrong_row_names_its_field_and_costs_the_others_nothing(onec: OneCScene) -> None:
    answer = await onec.post({"rows": [*(said for said, _ in WRONG), order(id="good")]})
    assert (answer["accepted"], answer["refused"]) == (1, len(WRONG))
    for (said, field), told in zip(WRONG, answer["rows"], strict=False):
        assert (told["verdict"], told.get("field", ""), bool(told["words"])) == ("refused", field, True), said
    assert answer["rows"][-1]["verdict"] == "saved"


async def test_the_mark_that_1c_begins_a_text_with_is_no_part_of_it(onec: OneCScene) -> None:
    assert (await onec.post(b"\xef\xbb\xbf" + b'{"rows": [], "from": "1C"}'))["rows"] == []


BODIES = [
    (b"", 400),
    (b"<html>", 400),
    (b"[]", 400),
    (b'{"rows": 7}', 400),
    (b'{"rows": [{"id": "\\u0000"}]}', 400),
    (b'{"rows": [{"id": "\\ud800"}]}', 400),
    (b'{"rows": [' + b"{}," * 500 + b"{}]}", 413),
    (b" " * 10_000_000, 413),
]


async def test_a_body_that_is_none_is_refused_whole(onec: OneCScene) -> None:
    for body, status in BODIES:
        assert (await onec.post(body, status=status))["error"], body[:40]
    assert await onec.rows("select * from crm_onec_rows") == []


async def test_only_the_base_itself_is_heard(onec: OneCScene) -> None:
    for secret in ("", "forged", onec.secret[:-1], "é" * 22):
        await onec.post({"rows": []}, status=401, X_Trunkline_Secret=secret)
    await onec.pool.execute("update crm_onec set turn = 1")
    await onec.post({"rows": []}, status=401)
    await onec.pool.execute("update crm_onec set turn = 0")
    await onec.pool.execute("update crm_connectors set active = false")
    await onec.post({"rows": [payment()]}, status=403)
    assert await onec.rows("select * from payments") == []
