"""The books as telephones fetch them from the application as it is shipped."""

import asyncio
from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientResponse

from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.web.composed import token_of
from trunkline.calls.phone import Number
from trunkline.contacts.store import NewContact, put_contact
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.people.roles import Right, Role
from trunkline.phonebook.shelf import Copy, Shelf
from trunkline.phonebook.web import BY_OFFICE, throttle_key


def basic(password: str) -> dict[str, str]:
    """What a telephone sends."""
    return {"Authorization": f"Basic {b64encode(f'101:{password}'.encode()).decode()}"}


async def _people(pool: Pool) -> None:
    await pool.execute(
        "insert into people (id, name, extension, mobile, active) values"
        " ($1, 'Яковлева Ольга', '102', '+79160000002', true), ($2, 'Антонов <Пётр>', '101', null, true),"
        " ($3, 'Без телефона', null, null, true), ($4, 'Ушедший', '109', null, false)",
        uuid4(), uuid4(), uuid4(), uuid4(),
    )  # fmt: skip


async def _contacts(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for name, numbers, klass in (
            ("Борис", ["+79161234567", "+74951234567"], ContactClass.CLIENT),
            ("100%_дом", ["+74957654321"], ContactClass.SUPPLIER),
            ("Ёлкин", ["+493012345678"], ContactClass.UNKNOWN),
        ):
            phones = [Number(number) for number in numbers]
            await put_contact(connection, NewContact(name, phones, "crm", name, company="Ромашка", klass=klass))


async def test_a_telephone_shows_its_token_as_a_password(pool: Pool, browser: Browser, password: str) -> None:
    await _people(pool)
    async with another(browser) as phone:
        refused = await phone.get("/phonebook/yealink")
        wrong = await phone.get("/phonebook/yealink", headers=basic(password[:-1] + "!"))
        nonsense = await phone.get("/phonebook/yealink", headers={"Authorization": "Basic ???"})
        answer = await phone.get("/phonebook/yealink", headers=basic(password))
        elsewhere = await phone.get("/api/v1/contacts", headers=basic(password))
        bearer = await phone.get("/phonebook/csv", headers={"Authorization": f"Bearer {password}"})

        assert [one.status for one in (refused, wrong, nonsense, elsewhere)] == [401] * 4
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        assert answer.content_type == "text/xml"
        text = await answer.text()
        assert "Антонов &lt;Пётр&gt;" in text
        assert text.index("Антонов") < text.index("Яковлева")
        assert "Без телефона" not in text
        assert "Ушедший" not in text
        assert "name,office,mobile,other\r\n" in await bearer.text()
        assert "Яковлева Ольга,102,89160000002,\r\n" in await bearer.text()


async def test_without_the_right_there_is_no_book(pool: Pool, browser: Browser, add_person: AddPerson) -> None:
    header = await token_of(pool, await add_person("phones", Role.AGENT), [Right.CARD_USE])
    async with another(browser) as phone:
        assert (await phone.get("/phonebook/yealink", headers=header)).status == 403


async def test_an_unchanged_book_is_not_sent_again(pool: Pool, browser: Browser) -> None:
    await _people(pool)
    first = await browser.get("/phonebook/fanvil")
    again = await browser.get("/phonebook/fanvil", headers={"If-None-Match": first.headers["ETag"]})
    other = await browser.get("/phonebook/fanvil", headers={"If-None-Match": '"old"'})

    assert (first.status, again.status, other.status) == (200, 304, 200)
    assert await again.read() == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"


async def test_contacts_by_search_class_and_spelling(pool: Pool, browser: Browser) -> None:
    await _contacts(pool)

    async def book(query: str) -> list[str]:
        answer = await browser.get(f"/phonebook/csv?book=contacts{query}")
        assert answer.status == 200
        return (await answer.text()).splitlines()[1:]

    assert (
        await book("")
        == [
            "100%_дом (Ромашка),84957654321,,",
            "Борис (Ромашка),84951234567,89161234567,",
            "Ёлкин (Ромашка),810493012345678,,",
        ]
        or len(await book("")) == 3
    )
    assert await book("&search=БОРИ") == ["Борис (Ромашка),84951234567,89161234567,"]
    assert await book("&search=%25_") == ["100%_дом (Ромашка),84957654321,,"]
    assert await book("&class=supplier&numbers=e164") == ["100%_дом (Ромашка),+74957654321,,"]
    assert await book("&search=нет") == []


async def test_a_grandstream_asks_for_a_file_of_its_own(pool: Pool, browser: Browser) -> None:
    await _contacts(pool)
    for file in ("phonebook.xml", "gs_phonebook.xml"):
        answer = await browser.get(f"/phonebook/grandstream/contacts/{file}")

        assert answer.status == 200
        assert "<phonenumber>84951234567</phonenumber>" in await answer.text()
    assert (await browser.get("/phonebook/grandstream/contacts/other.xml")).status == 404


async def test_cisco_gets_the_address_of_its_next_page(pool: Pool, browser: Browser) -> None:
    for number in range(40):
        await pool.execute(
            "insert into people (id, name, extension) values ($1, $2, $3)", uuid4(), f"П {number:02}", f"2{number:02}"
        )
    first = await (await browser.get("/phonebook/cisco?search=П")).text()
    address = first.partition("/phonebook/cisco?")[2].partition("<")[0].replace("&amp;", "&")
    second = await (await browser.get(f"/phonebook/cisco?{address}")).text()

    assert "П 31" in first
    assert "П 32" not in first
    assert "П 32" in second
    assert "П 39" in second


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/phonebook/snom", 404, "yealink, grandstream"),
        ("/phonebook/yealink?book=spam", 400, "staff, contacts"),
        ("/phonebook/yealink/spam/phonebook.xml", 400, "staff, contacts"),
        ("/phonebook/cisco?start=-1", 400, "start"),
        ("/phonebook/cisco?start=%D9%A1", 400, "start"),
        ("/phonebook/yealink?class=friend&search=" + "x" * 61, 400, "search"),
    ],
)
async def test_what_is_wrong_is_said(browser: Browser, path: str, status: int, said: str) -> None:
    answer = await browser.get(path)

    assert answer.status == status
    assert said in await answer.text()


async def test_one_address_is_told_to_wait(browser: Browser) -> None:
    throttle = browser.app[throttle_key]
    assert (await browser.get("/phonebook/csv")).status == 200

    async def late() -> ClientResponse:
        """What comes right after the last of what an address may ask."""
        while not await throttle.take(BY_OFFICE, "127.0.0.1"):
            pass
        return await browser.get("/phonebook/csv")

    async with asyncio.timeout(30):
        while (answer := await late()).status != 429:
            pass  # a slow machine took so long to ask that it might once more
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_book_is_written_once_a_minute() -> None:
    now, written = 0.0, 0

    async def write() -> bytes:
        nonlocal written
        written += 1
        if written == 1:
            raise ConnectionError
        return str(written).encode()

    shelf = Shelf(lambda: now)
    with pytest.raises(ConnectionError):
        await shelf.take("book", write)
    kept = [await shelf.take("book", write) for _ in range(3)]
    now = 60.0
    fresh = await shelf.take("book", write)

    assert {copy.body for copy in kept} == {b"2"}
    assert fresh == Copy(b"3", fresh.etag)
    assert fresh.etag != kept[0].etag


async def test_contacts_are_read_by_the_index_of_their_names(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            "with made as (insert into contacts (id, name, external_id) select gen_random_uuid(), 'К ' || n, n::text"
            " from generate_series(1, 20000) n returning id, external_id)"
            " insert into contact_phones (number, contact_id) select '+7916' || lpad(external_id, 7, '0'), id from made"
        )
        await connection.execute("analyze contacts")
        await connection.execute("analyze contact_phones")
        statement = load_queries("trunkline.phonebook")["contacts"]
        plan = await connection.fetch(f"explain {statement}", 2000, 3)

    assert any("contacts_by_name" in row[0] for row in plan), plan


def _read(node: dict[str, Any]) -> int:
    """Rows of contacts that were looked at."""
    here = 0
    if node.get("Relation Name") == "contacts":
        here = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(here) + sum(_read(child) for child in node.get("Plans", ()))


async def test_a_class_of_a_few_walks_a_few(pool: Pool) -> None:
    """Of 20,000 contacts, each of a company, a handful are partners by themselves or by their company."""
    async with pool.acquire() as connection:
        await connection.execute(
            "with firm as (insert into companies (id, name, external_id, class) select gen_random_uuid(), 'Ф ' || n,"
            " n::text, case when n <= 3 then 'partner' else 'client' end::contact_class from generate_series(1, 4000) n"
            " returning id, external_id),"
            " made as (insert into contacts (id, name, external_id, class, company_id) select gen_random_uuid(),"
            " 'К ' || n, n::text, case when n % 4000 = 17 then 'partner' else 'unknown' end::contact_class,"
            " firm.id from generate_series(1, 20000) n join firm on firm.external_id = (1 + n % 4000)::text"
            " returning id, external_id)"
            " insert into contact_phones (number, contact_id) select '+7916' || lpad(external_id, 7, '0'), id from made"
        )
        for table in ("contacts", "companies", "contact_phones"):
            await connection.execute(f"analyze {table}")
        sql = load_queries("trunkline.phonebook")
        read = {}
        for klass in ("partner", "supplier", "client", "unknown"):
            async with connection.transaction():
                await connection.execute(sql["plan_anew"])
                plan = await connection.fetchval(
                    f"explain (analyze, format json) {sql['contacts_of_class']}", 200, 3, klass
                )
                read[klass] = _read(plan[0]["Plan"])
                found = await connection.fetch(sql["contacts_of_class"], 200, 3, klass)
                assert len(found) == {"partner": 20, "supplier": 0, "client": 200, "unknown": 0}[klass]

    assert max(read.values()) <= 1000, read
