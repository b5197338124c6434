"""A fast sale made in 1C becomes an order, and belongs to the deal or lead that it is of."""

from uuid import UUID, uuid4

from tests.crm_sync.onec_scene import OneCScene, firm, order, payment

PHONE = "+79161234567"
ORDER = """select d.title, d.stage, d.amount::int, d.closed_at is not null, l.title, k.name
    from orders o left join deals d on d.id = o.deal_id left join leads l on l.id = d.lead_id
    left join contacts k on k.id = o.contact_id"""


async def lead(onec: OneCScene, title: str, phone: str | None = None, source: str = "site") -> UUID:
    identifier = uuid4()
    asked = "insert into leads (id, source, external_id, title, phone) values ($1, $2, $3, $3, $4)"
    await onec.pool.execute(asked, identifier, source, title, phone)
    return identifier


async def deal(onec: OneCScene, title: str, *, of: UUID | None = None, number: str = "") -> None:
    """One of a CRM, open; of a lead, or of somebody with a number."""
    contact = uuid4() if number else None
    if contact:
        await onec.pool.execute(
            "insert into contacts (id, name, source, external_id) values ($1, 'Анна', 'bitrix24:x', '7')", contact
        )
        await onec.pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", number, contact)
    await onec.pool.execute(
        """insert into deals (id, source, external_id, title, lead_id, contact_id)
           values ($1, 'bitrix24:x', $2, $2, $3, $4)""",
        *(uuid4(), title, of, contact),
    )


async def test_a_sale_of_nobody_known_is_a_deal_of_its_own(onec: OneCScene) -> None:
    answer = await onec.post({"rows": [firm(), order(type="sale", phone=PHONE)]})
    assert answer["rows"][1]["words"] == "became a deal"
    assert await onec.rows(ORDER) == [("1C ТД00-17", "sale", 1000, True, None, None)]
    assert await onec.send(order(type="sale", version=2, amount=1200, paid=1200)) == ["saved"]
    assert await onec.rows(ORDER) == [("1C ТД00-17", "sale", 1200, True, None, None)]
    assert await onec.send(order(type="sale", version=3, deleted=True)) == ["saved"]
    assert await onec.rows("select stage from deals") == [("deleted",)]
    assert await onec.send(order(type="sale", version=4)) == ["saved"]
    assert await onec.rows("select d.stage, o.cancelled_at from deals d join orders o on o.deal_id = d.id") == [
        ("sale", None)
    ]


async def test_it_is_of_the_lead_of_its_number_and_stays_that(onec: OneCScene) -> None:
    await lead(onec, "Звонок", PHONE)
    assert await onec.send(order(type="sale", phone="8 916 123-45-67"), payment()) == ["saved", "saved"]
    assert await onec.rows(ORDER) == [("1C ТД00-17", "sale", 1000, True, "Звонок", None)]
    await onec.pool.execute("update leads set closed_at = now()")
    await lead(onec, "Другой", PHONE)
    await onec.send(order(type="sale", phone=PHONE, version=2, amount=5))
    assert await onec.rows(ORDER) == [("1C ТД00-17", "sale", 5, True, "Звонок", None)]


async def test_it_belongs_to_the_open_deal_of_its_number_and_to_whom_that_is_of(onec: OneCScene) -> None:
    await deal(onec, "Двери", number=PHONE)
    assert await onec.send(payment(), order(type="sale", phone=PHONE)) == ["saved", "saved"]
    assert await onec.rows(ORDER) == [("Двери", "new", 0, False, None, "Анна")]
    assert await onec.rows("select k.name from payments p join contacts k on k.id = p.contact_id") == [("Анна",)]


async def test_what_is_named_by_a_crms_own_id_counts_before_the_number(onec: OneCScene) -> None:
    await onec.pool.execute(
        "insert into crm_mirrors (connector_id, entity, source) values ($1, 'deals', 'bitrix24:x')", onec.connector
    )
    wish = await lead(onec, "l-8", source="bitrix24:x")
    await deal(onec, "Двери", number=PHONE)
    await deal(onec, "Окна", of=wish)
    named = [({"lead": "l-8"}, "Окна"), ({"lead": str(wish).upper()}, "Окна"), ({"deal": "Окна"}, "Окна")]
    for number, (said, title) in enumerate([*named, ({"deal": "окна"}, "Двери"), ({"lead": "7"}, "Двери")]):
        await onec.send(order(type="sale", id=f"sale-{number}", phone=PHONE, **said))
        asked = "select d.title from orders o join deals d on d.id = o.deal_id where o.external_id = $1"
        assert await onec.rows(asked, f"sale-{number}") == [(title,)], said


async def test_of_several_none_is_chosen_and_that_is_told(onec: OneCScene) -> None:
    for title in ("Звонок", "Форма"):
        await lead(onec, title, PHONE)
    answer = await onec.post({"rows": [order(type="sale", phone=PHONE)]})
    assert answer["rows"][0]["words"].startswith("several open leads have this number")
    assert await onec.rows(ORDER) == [("1C ТД00-17", "sale", 1000, True, None, None)]


async def test_an_ordinary_order_becomes_no_deal(onec: OneCScene) -> None:
    await lead(onec, "Звонок", PHONE)
    await onec.send(order(phone=PHONE))
    assert await onec.rows("select * from deals") == []
