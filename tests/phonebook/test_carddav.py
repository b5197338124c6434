"""The address books as telephones read them from the application as it is shipped."""

from typing import Final
from uuid import UUID
from xml.etree.ElementTree import Element, fromstring

import pytest
from aiohttp import ClientResponse

from tests.people.web import Browser, another
from tests.phonebook.test_web import basic
from trunkline.calls.phone import Number
from trunkline.contacts.store import NewContact, put_contact
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput
from trunkline.phonebook.book import Place
from trunkline.phonebook.dav import CALENDARSERVER, CARDDAV, DAV, asked_by
from trunkline.phonebook.vcard import Known, vcard

_PROPS: Final = (
    '<propfind xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:s="http://calendarserver.org/ns/"><prop>'
    "<resourcetype/><displayname/><getetag/><current-user-principal/><c:addressbook-home-set/><s:getctag/><quota/>"
    "</prop></propfind>"
)


@pytest.fixture
async def contact(pool: Pool) -> UUID:
    async with pool.acquire() as connection, connection.transaction():
        phones = [Number("+79161234567"), Number("+74951234567")]
        new = NewContact("Ёлкин; Пётр", phones, "crm", "1", company="ООО «Ромашка, и Ко»", klass=ContactClass.CLIENT)
        await put_contact(connection, new)
        found: UUID = await connection.fetchval("select id from contacts")
    return found


async def ask(
    session: Browser, method: str, path: str, password: str, body: str = "", depth: str = "0"
) -> ClientResponse:
    headers = basic(password) | {"Depth": depth, "Content-Type": "application/xml"}
    return await session.request(method, path, data=body.encode(), headers=headers)


async def responses(answer: ClientResponse) -> dict[str, Element]:
    assert answer.status == 207, await answer.text()
    return {one.findtext(f"{DAV}href", ""): one for one in fromstring(await answer.read())}


def found(response: Element, name: str) -> Element | None:
    """The property, where it is told with 200."""
    for propstat in response.findall(f"{DAV}propstat"):
        if "200" in propstat.findtext(f"{DAV}status", ""):
            return propstat.find(f"{DAV}prop/{name}")
    return None


async def test_a_telephone_finds_the_books_and_their_cards(
    pool: Pool, browser: Browser, password: str, contact: UUID
) -> None:
    async with another(browser) as phone:
        led = await phone.request("PROPFIND", "/.well-known/carddav", headers=basic(password), allow_redirects=False)
        root = await responses(await ask(phone, "PROPFIND", "/carddav/", password, _PROPS, "1"))
        book = await responses(await ask(phone, "PROPFIND", "/carddav/contacts/", password, _PROPS, "1"))

    assert (led.status, led.headers["Location"]) == (301, "/carddav/")
    assert set(root) == {"/carddav/", "/carddav/staff/", "/carddav/contacts/"}
    for name in (f"{DAV}current-user-principal", f"{CARDDAV}addressbook-home-set"):
        assert (told := found(root["/carddav/"], name)) is not None
        assert told.findtext(f"{DAV}href") == "/carddav/"
    kind = found(root["/carddav/contacts/"], f"{DAV}resourcetype")
    assert kind is not None
    assert [one.tag for one in kind] == [f"{DAV}collection", f"{CARDDAV}addressbook"]
    assert found(root["/carddav/contacts/"], f"{CALENDARSERVER}getctag") is not None
    assert found(root["/carddav/contacts/"], f"{DAV}quota") is None
    assert set(book) == {"/carddav/contacts/", f"/carddav/contacts/{contact}.vcf"}
    assert found(book[f"/carddav/contacts/{contact}.vcf"], f"{DAV}getetag") is not None


async def test_it_reads_the_cards_it_names(browser: Browser, password: str, contact: UUID) -> None:
    here, gone = f"/carddav/contacts/{contact}.vcf", "/carddav/contacts/gone.vcf"
    body = (
        '<c:addressbook-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">'
        f"<prop><getetag/><c:address-data/></prop><href>{here}</href><href>{gone}</href></c:addressbook-multiget>"
    )
    async with another(browser) as phone:
        told = await responses(await ask(phone, "REPORT", "/carddav/contacts/", password, body, ""))
        card = await phone.get(here, headers=basic(password))
        again = await phone.get(here, headers=basic(password) | {"If-None-Match": card.headers["ETag"]})
        text = await card.text()

    assert "404" in told[gone].findtext(f"{DAV}status", "")
    assert (data := found(told[here], f"{CARDDAV}address-data")) is not None
    assert (etag := found(told[here], f"{DAV}getetag")) is not None
    assert (card.headers["ETag"], again.status) == (etag.text, 304)
    assert (data.text or "").splitlines() == text.splitlines()
    for line in ("FN:Ёлкин\\; Пётр", "ORG:ООО «Ромашка\\, и Ко»", "TEL;TYPE=CELL,VOICE:+79161234567"):
        assert line in text


@pytest.mark.parametrize(
    ("method", "path", "depth", "body", "status"),
    [
        ("PROPFIND", "/carddav/contacts/", "infinity", "", 403),
        ("PROPFIND", "/carddav/nobody/", "1", "", 404),
        ("PROPFIND", "/carddav/contacts/no.vcf", "0", "", 404),
        ("PROPFIND", "/carddav/contacts/", "1", "<a", 400),
        ("PROPFIND", "/carddav/contacts/", "1", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', 400),
        ("REPORT", "/carddav/contacts/", "1", '<sync-collection xmlns="DAV:"/>', 403),
        ("PUT", "/carddav/contacts/no.vcf", "0", "BEGIN:VCARD", 405),
        ("DELETE", "/carddav/contacts/", "0", "", 405),
    ],
)
async def test_what_it_may_not(
    browser: Browser, password: str, method: str, path: str, depth: str, body: str, status: int
) -> None:
    async with another(browser) as phone:
        answer = await ask(phone, method, path, password, body, depth)
        nobody = await phone.request("PROPFIND", "/carddav/", headers={"Depth": "0"})

    assert answer.status == status
    assert (nobody.status, nobody.headers["WWW-Authenticate"].partition(" ")[0]) == (401, "Basic")


def test_a_long_name_is_folded_between_letters() -> None:
    card = vcard(Known("1", "Щ" * 100, "", "a@b.example", [(Place.OFFICE, "101")]))

    assert all(len(line.encode()) <= 75 for line in card.split("\r\n"))
    assert f"FN:{'Щ' * 100}" in card.replace("\r\n ", "")


@pytest.mark.parametrize("text", ["A\r\nTEL:+7900", "a\\nb", "a;b,c"])
def test_a_name_adds_no_line(text: str) -> None:
    lines = vcard(Known("1", text, text, text, [])).split("\r\n")

    assert [line.partition(":")[0] for line in lines] == [
        "BEGIN", "VERSION", "UID", "FN", "N", "ORG", "EMAIL;TYPE=INTERNET", "END", ""
    ]  # fmt: skip


def test_thousands_of_cards_are_asked_for_in_pieces() -> None:
    hrefs = "<href>/x</href>" * 5001

    with pytest.raises(InvalidInput, match="5000"):
        asked_by(f'<propfind xmlns="DAV:">{hrefs}</propfind>'.encode())
