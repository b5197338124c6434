"""A company's own fields of deals: what was paid, shipped and deferred is an order on the card."""

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from crm_sync.bitrix24.deal_fields import order_of, own_fields
from crm_sync.signing_in import PAGE
from tests.crm_sync.filled import Filled, Row
from tests.crm_sync.portal_client import Bench
from tests.crm_sync.scene import Scene
from tests.crm_sync.test_pages import box, form_of, hasher, passwords, root
from tests.fakes.bitrix24.entities import CONTACT, DEAL
from tests.fakes.bitrix24.portal import Portal
from tests.people.company import add_person
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool

__all__ = ["add_person", "box", "hasher", "passwords", "root"]

ROLES = {
    "paid": "UF_CRM_PAID",
    "paid_percent": "UF_CRM_SHARE",
    "shipped_percent": "UF_CRM_SHIPPED",
    "deferred_until": "UF_CRM_DEFERRED",
}
ORDERS = """
    select o.number, o.amount, o.paid, o.paid_percent, o.shipped_percent, o.deferred_until, k.name, d.external_id
    from orders o left join contacts k on k.id = o.contact_id
    left join deals d on d.id = o.deal_id order by o.external_id
"""


@pytest.fixture
async def filled(scene: Scene) -> Filled:
    """A portal where every role has a field, and no role is chosen."""
    _fields_of(scene.portal)
    return Filled(scene)


def _fields_of(portal: Portal) -> None:
    for place, (name, kind) in enumerate(zip(ROLES.values(), ("money", "double", "integer", "date"), strict=True)):
        portal.world.user_fields.setdefault(DEAL, {})[place + 1] = {
            "ID": str(place + 1), "FIELD_NAME": name, "USER_TYPE_ID": kind, "LABEL": f"Поле {place}",
        }  # fmt: skip


async def chosen(filled: Filled, *roles: str) -> None:
    for role in roles:
        asked = "insert into crm_deal_fields values ($1, $2, $3, '')"
        await filled.scene.pool.execute(asked, filled.scene.connector, role, ROLES[role])


async def test_a_deal_with_such_fields_is_an_order_and_follows_them(filled: Filled) -> None:
    await chosen(filled, *ROLES)
    contact = filled.add(CONTACT, "+79161234567", name="Анна")
    said: dict[str, Any] = {"title": "Окна", "opportunity": 1000, "contact_id": contact}
    deal = filled.add(DEAL, **said, uf_crm_paid="250.00|RUB", uf_crm_shipped="40", uf_crm_deferred="2026-12-31")
    filled.add(DEAL, **said)
    await filled.read()
    first = ("Окна", Decimal("1000.00"), Decimal("250.00"), 25, 40, date(2026, 12, 31), "Анна", str(deal))
    assert await filled.rows(ORDERS) == [first]
    assert filled.scene.portal.violations == []

    filled.scene.clock.at += 600
    filled.change(DEAL, deal, uf_crm_paid="1000|RUB", uf_crm_shipped="100", uf_crm_deferred="")
    await filled.later()
    assert await filled.rows(ORDERS) == [
        ("Окна", Decimal("1000.00"), Decimal("1000.00"), 100, 100, None, "Анна", str(deal))
    ]
    filled.change(DEAL, deal, uf_crm_paid="", uf_crm_shipped="")
    await filled.later()
    assert await filled.rows(ORDERS) == []


async def test_an_order_goes_with_its_deal(filled: Filled) -> None:
    await chosen(filled, "paid_percent")
    deals = [filled.add(DEAL, opportunity=200, uf_crm_share="50") for _ in range(3)]
    await filled.read()
    assert [row[2:4] for row in await filled.rows(ORDERS)] == [(Decimal("100.00"), 50)] * 3
    filled.delete(DEAL, deals[0])
    await filled.later(8 * 86_400)
    assert len(await filled.rows(ORDERS)) == 2


async def test_the_order_of_a_deal_that_cannot_be_read_stays(filled: Filled) -> None:
    await chosen(filled, "paid_percent")
    deal = filled.add(DEAL, opportunity=200, uf_crm_share="50")
    await filled.read()
    before = await filled.rows(ORDERS)
    assert len(before) == 1
    filled.scene.portal.world.crm.of(DEAL)[deal]["OPPORTUNITY"] = "much"
    filled.scene.clock.at += 8 * 86_400
    await filled.read()
    assert await filled.rows("select unread from crm_mirrors where entity = 'deals'") != [(0,)]
    assert await filled.rows(ORDERS) == before


async def test_without_a_choice_nothing_is_an_order(filled: Filled) -> None:
    filled.add(DEAL, uf_crm_paid="250.00|RUB")
    await filled.read()
    assert await filled.rows(ORDERS) == []
    assert all("useOriginalUfNames" not in str(one.params) for one in filled.scene.portal.asked("batch"))


async def test_fields_are_chosen_on_a_page_and_every_deal_is_read_anew(root: Browser, bench: Bench, pool: Pool) -> None:
    _fields_of(bench.portal)
    form = form_of(bench, client_id="", secret="")
    assert (await root.send(PAGE, form, page=PAGE)).status == 303
    page = f"{PAGE}/{await pool.fetchval('select id from crm_connectors')}"
    assert (await root.look(f"{page}/fields")).status == 404  # nobody has connected it yet
    await root.send(f"{page}/token", {"token": bench.portal.webhook_url}, page=page)
    assert "Fields of deals" in await text_of(root, page)
    shown = unescape(await text_of(root, f"{page}/fields"))
    assert "Поле 0 (UF_CRM_PAID)" in shown
    assert shown.count("UF_CRM_DEFERRED") == 2  # once as a value, once for people: a day is no sum
    await pool.execute(
        """insert into crm_mirrors (connector_id, entity, source, swept_at)
           select id, 'deals', 'x', now() from crm_connectors"""
    )
    sent = {"paid": "UF_CRM_PAID", "paid_percent": "", "shipped_percent": "", "deferred_until": "UF_CRM_DEFERRED"}
    wrong = {**sent, "paid": "UF_CRM_DEFERRED"}
    answer = await root.send(f"{page}/fields", wrong, page=f"{page}/fields")
    assert answer.headers["Location"] == f"{page}/fields"
    assert await pool.fetchval("select count(*) from crm_deal_fields") == 0
    answer = await root.send(f"{page}/fields", sent, page=f"{page}/fields")
    assert answer.headers["Location"] == page
    kept = {row["role"]: row["field"] for row in await pool.fetch("select role, field from crm_deal_fields")}
    assert kept == {"paid": "UF_CRM_PAID", "deferred_until": "UF_CRM_DEFERRED"}
    assert await pool.fetchval("select swept_at from crm_mirrors") is None
    bench.portal.chaos.page("crm.item.fields")
    assert "a server before the portal answered HTTP 502" in unescape(await text_of(root, f"{page}/fields"))
    none = dict.fromkeys(sent, "")
    assert (await root.send(f"{page}/fields", none, page=f"{page}/fields")).headers["Location"] == page
    assert await pool.fetchval("select count(*) from crm_deal_fields") == 0
    assert bench.portal.violations == []


DEAL_READ = {
    "id": "x", "external_id": "7", "version": 1, "company": None, "contact": None, "amount": 200.0, "title": "",
    "opened_at": "2026-11-22T10:00:00+03:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "paid", "percent", "shipped", "deferred"),
    [
        ({"paid": "1 500,50|RUB"}, 1500.5, 100, None, None),
        ({"paid": 50}, 50, 25, None, None),
        ({"paid_percent": "99.6%"}, 199.2, 99, None, None),
        ({"paid": "0", "shipped_percent": 100.0}, 0, 0, 100, None),
        ({"shipped_percent": "140", "deferred_until": "31.12.2026"}, 0, None, None, "2026-12-31"),
        ({"deferred_until": "2026-12-31T03:00:00+03:00"}, 0, None, None, "2026-12-31"),
    ],
)
def test_what_a_field_holds(said: Row, paid: float, percent: int, shipped: int, deferred: str) -> None:
    item = {ROLES[role]: value for role, value in said.items()}
    order = order_of(item, DEAL_READ, ROLES)
    assert order is not None
    assert (order["paid"], order["paid_percent"], order["shipped_percent"]) == (paid, percent, shipped)
    assert (order["deferred_until"], order["number"], order["ordered_on"]) == (deferred, "#7", "2026-11-22")


@pytest.mark.parametrize(
    "said",
    [
        {}, {"paid": ""}, {"paid": "nothing"}, {"paid": True}, {"paid": ["1"]}, {"paid": "1e30"}, {"paid": "nan"},
        {"deferred_until": "31.02.2026"}, {"shipped_percent": -1},
    ],
)  # fmt: skip
def test_what_holds_nothing_makes_no_order(said: Row) -> None:
    assert order_of({ROLES[role]: value for role, value in said.items()}, DEAL_READ, ROLES) is None


def test_fields_of_the_company_s_own_are_offered() -> None:
    told = {
        "title": {"type": "string", "title": "Название", "upperName": "TITLE"},
        "UF_CRM_B": {"type": "double", "title": "б"},
        "UF_CRM_A": {"type": "money", "title": "А", "isMultiple": False},
        "UF_CRM_MANY": {"type": "money", "title": "Много", "isMultiple": True},
        "UF_CRM_x' or": {"type": "money"},
    }
    assert [one.name for one in own_fields({"fields": told})] == ["UF_CRM_A", "UF_CRM_B"]
    assert own_fields([]) == own_fields({"fields": []}) == own_fields(None) == []
