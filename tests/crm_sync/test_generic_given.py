"""What a home-made CRM gives by itself: posted to its address, read by its mapping, each row with its verdict."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from crm_sync.generic.mapping import example
from crm_sync.heard import EventApplier
from crm_sync.hooks import path_of, secret_of
from tests.calltracking.conftest import Street, open_street
from tests.crm_sync.generic_scene import GenericScene
from tests.crm_sync.office import nobody_listens
from trunkline.keys import settings_key
from trunkline.writer import SpoolApplier

NUMBERS = """
select c.name, c.class::text as class, co.name as company, array(
    select number from contact_phones p where p.contact_id = c.id order by number
) as numbers, c.deleted_at is not null as gone
from contacts c left join companies co on co.id = c.company_id order by c.external_id
"""
IVAN = {"id": 7, "name": "Иван", "phones": ["8 (916) 123-45-67", {"value": "+7 495 123-45-67"}], "version": 5}


class Giver:
    """The CRM's scripts."""

    def __init__(self, own: GenericScene, street: Street) -> None:
        self.own = own
        self.street = street

    def path(self, entity: str) -> str:
        """Where they post."""
        secret = secret_of(self.street.app[settings_key].secret_box(), self.own.connector)
        return f"{path_of(self.own.connector)}{secret}/{entity}"

    async def send(self, entity: str, **what: Any) -> ClientResponse:
        """A post."""
        return await self.street.client.post(self.path(entity), **what)

    async def give(self, entity: str, *rows: Any) -> dict[str, Any]:
        """Records as JSON; what became of them."""
        answer = await self.send(entity, json=list(rows))
        assert answer.status == 200, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told

    async def contacts(self) -> list[tuple[Any, ...]]:
        """As they are here."""
        return [tuple(row) for row in await self.own.pool.fetch(NUMBERS)]


@pytest.fixture
async def giver(
    own: GenericScene, database_url: str, valkey_url: str, redis: Redis, data_dir: Path
) -> AsyncIterator[Giver]:
    async with open_street(database_url, valkey_url, data_dir) as street:
        yield Giver(own, street)


async def test_contacts_and_companies_are_taken_once(giver: Giver) -> None:
    await giver.give("companies", {"id": "c1", "name": "Ромашка", "tax_id": "7701234567"})
    told = await giver.give("contacts", IVAN | {"company": "c1", "class": "client"})
    assert told == {"entity": "contacts", "received": 1, "added": 1, "changed": 0, "refused": 0, "rows": []}
    expected = [("Иван", "client", "Ромашка", ["+74951234567", "+79161234567"], False)]
    assert await giver.contacts() == expected
    told = await giver.give("contacts", IVAN | {"company": "c1", "class": "client"})
    assert (told["added"], told["changed"]) == (0, 0)
    assert await giver.contacts() == expected
    source = await giver.own.pool.fetchval("select source from contacts")
    assert source == f"generic:{giver.own.connector}"


async def test_an_older_version_changes_nothing_and_what_is_not_told_stays(giver: Giver) -> None:
    await giver.give("contacts", IVAN)
    await giver.give("contacts", {"id": 7, "name": "Пётр", "phones": "+79160000000", "version": 4})
    assert (await giver.contacts())[0][:1] == ("Иван",)
    assert len((await giver.contacts())[0][3]) == 2
    told = await giver.give("contacts", {"id": 7, "class": "supplier", "phones": "+79160000000", "version": 6})
    assert told["changed"] == 1
    assert await giver.contacts() == [("Иван", "supplier", None, ["+79160000000"], False)]
    await giver.give("contacts", {"id": 7, "phones": "+79160000000", "version": 7, "deleted": True})
    assert (await giver.contacts())[0][4] is True
    await giver.give("contacts", {"id": 7, "phones": "+79160000000", "version": 8})
    assert (await giver.contacts())[0][4] is False


async def test_a_late_older_word_brings_nobody_back(giver: Giver) -> None:
    await giver.give("contacts", IVAN | {"deleted": True}, {"id": 8, "phones": "", "deleted": True})
    assert [row[4] for row in await giver.contacts()] == [True]
    await giver.give("contacts", IVAN | {"version": 4})
    assert [row[4] for row in await giver.contacts()] == [True]
    await giver.give("contacts", IVAN | {"version": 6})
    assert [row[4] for row in await giver.contacts()] == [False]


async def test_two_of_theirs_may_have_one_number(giver: Giver) -> None:
    await giver.give("contacts", IVAN, IVAN | {"id": 8, "name": "Мария"})
    assert [row[:1] for row in await giver.contacts()] == [("Иван",), ("Мария",)]
    assert await giver.own.pool.fetchval("select count(*) from contact_phones where number = '+79161234567'") == 2


async def test_every_row_that_did_not_go_in_whole_is_told(giver: Giver) -> None:
    told = await giver.give(
        "contacts",
        IVAN,
        {"name": "без кода", "phones": "+79161234567"},
        {"id": "9", "phones": "12; +79161234568", "class": "friend", "company": "nobody"},
        "a text",
        {"id": 7, "name": "Иван Иванович", "phones": "+79161234567"},
        {"id": "x", "version": "new", "phones": ""},
    )
    assert (told["received"], told["added"], told["refused"]) == (6, 2, 4)
    assert [(one["row"], one["id"], one["verdict"]) for one in told["rows"]] == [
        (1, "7", "refused"), (2, "", "refused"), (3, "9", "in part"), (4, "", "refused"), (6, "x", "refused"),
    ]  # fmt: skip
    assert [len(one["problems"]) for one in told["rows"]] == [1, 1, 3, 1, 1]


async def test_deals_and_payments_find_whom_they_are_of(giver: Giver) -> None:
    await giver.give("contacts", IVAN)
    deal = {"id": "d1", "title": "Окна", "amount": "125000,50", "contact": "+79161234567", "stage": "в работе"}
    assert (await giver.give("deals", deal))["added"] == 1
    row = await giver.own.pool.fetchrow(
        "select d.amount, d.title, c.name from deals d join contacts c on c.id = d.contact_id"
    )
    assert row is not None
    assert (str(row["amount"]), row["title"], row["name"]) == ("125000.50", "Окна", "Иван")
    told = await giver.give(
        "payments", {"id": "p1", "amount": 5000, "paid_on": "28.11.2026", "contact": "7"}, {"id": 2}
    )
    assert (told["added"], told["refused"]) == (1, 1)
    told = await giver.give("payments", {"id": "p1", "amount": 4000, "paid_on": "28.11.2026", "version": 2})
    assert told["changed"] == 1


_DEBTS = """
[in.debts.fields]
external_id = "id"
contact = "contact"
amount = "amount"
overdue = "overdue"
overdue_days = "days"
"""


@pytest.mark.parametrize("days", [2**31, 10**17, "99999999999999999999", -1, 1.5])
async def test_a_number_beyond_its_room_is_told_at_its_field(giver: Giver, days: object) -> None:
    await giver.own.maps(example("default") + _DEBTS)
    await giver.give("contacts", IVAN)
    most = {"contact": "7", "amount": "999999999999", "overdue": "999999999999"}
    told = await giver.give("debts", {"id": 1, "days": days} | most, {"id": 2, "days": 100_000} | most)
    (row,) = told["rows"]
    assert (row["row"], row["verdict"], told["added"]) == (1, "in part", 2)
    assert row["problems"][0].startswith("overdue_days: ")
    assert "from 0 to 100000" in row["problems"][0]
    assert await giver.own.pool.fetchval("select max(overdue_days) from debts") == 100_000


async def test_nul_in_what_is_given_is_left_out(giver: Giver) -> None:
    await giver.give("companies", {"id": "c\0 1", "name": "Ромашка"})
    told = await giver.give("contacts", IVAN | {"id": "5\0", "company": "c\0 1"}, {"id": "6\0", "phones": "+7\0x"})
    assert (told["added"], [one["id"] for one in told["rows"]]) == (2, ["6"])
    assert (await giver.contacts())[0][2] == "Ромашка"


async def test_csv_and_forms_are_read_as_well(giver: Giver) -> None:
    text = "id;name;phones\n1;Анна;+7 916 000-00-01, +7 916 000-00-02\n2;Борис;8-916-000-00-03\n"
    headers = {"Content-Type": "text/csv"}
    answer = await giver.send("contacts", data=text.encode("cp1251"), headers=headers)
    assert (await answer.json())["added"] == 2
    answer = await giver.send("contacts", data={"id": "3", "name": "Вера", "phones": "+79160000004"})
    assert (await answer.json())["added"] == 1
    assert [(row[0], len(row[3])) for row in await giver.contacts()] == [("Анна", 2), ("Борис", 1), ("Вера", 1)]


REFUSED: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "unknown entity": ("cats", {"json": []}, 404, "is none of"),
    "not read": ("invoices", {"json": []}, 404, "reads no invoices"),
    "a page": ("contacts", {"data": b"<html>"}, 422, "is a web page"),
    "no JSON": ("contacts", {"data": b"{"}, 422, "is not JSON"),
    "no records": ("contacts", {"data": b"5"}, 200, ""),
    "too many": ("contacts", {"json": [{}] * 1001}, 422, "1000 at a time"),
    "a form of too many fields": (
        "contacts",
        {"data": {f"f{n}": "x" for n in range(501)}},
        422,
        "more than 500 fields",
    ),
    "too long": ("contacts", {"data": BytesIO(b"x" * ((1 << 20) + 1))}, 413, "fewer records"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_list_of_records_is_refused_in_words(giver: Giver, case: str) -> None:
    entity, what, status, words = REFUSED[case]
    answer = await giver.send(entity, **what)
    assert answer.status == status
    told = await answer.json()
    assert words in told.get("error", "")
    assert await giver.own.pool.fetchval("select count(*) from contacts") == 0


async def test_an_address_that_we_never_gave_is_none(giver: Giver) -> None:
    for path in (giver.path("contacts").replace("/contacts", "x/contacts"), "/crm/hooks/x/y/contacts"):
        assert (await giver.street.client.post(path, json=[])).status == 404
    await giver.own.pool.execute("delete from crm_connectors")
    assert (await giver.send("contacts", json=[])).status == 404


async def test_it_cannot_speak_as_a_portal(giver: Giver) -> None:
    """Its address is like that of a Bitrix24, whose events make calls: from here they are not believed."""
    form = {
        "event": "ONEXTERNALCALLSTART", "auth[application_token]": "x", "auth[member_id]": "y",
        "data[CALL_ID]": "externalCall.0123456789abcdef0123456789abcdef.1", "data[PHONE_NUMBER]": "+79161234567",
    }  # fmt: skip
    answer = await giver.street.client.post(giver.path("contacts").removesuffix("/contacts"), data=form)
    assert answer.status == 200
    root = giver.street.app[settings_key].data_dir / "spool"
    await SpoolApplier(giver.own.pool, "node", root, [EventApplier()], nobody_listens).drain()
    assert await giver.own.pool.fetchval("select count(*) from crm_events") == 0
    assert await giver.own.pool.fetchval("select count(*) from crm_hooks") == 0
