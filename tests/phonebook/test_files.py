"""A book or one contact as a file of vCards, within the right to read contacts."""

from uuid import UUID

import pytest

from tests.people.web import Browser, another
from tests.phonebook.test_carddav import contact
from tests.phonebook.test_web import basic
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.phonebook.book import Place
from trunkline.phonebook.vcard import Known, Version, vcard

__all__ = ["contact"]
PATH = "/phonebook/vcard"


async def test_a_book_is_taken_as_a_file_by_the_page_and_by_programs(
    browser: Browser, password: str, contact: UUID
) -> None:
    assert f'href="{PATH}"' in await text_of(browser, "/contacts")
    assert f'href="{PATH}?contact={contact}"' in await text_of(browser, f"/contacts/{contact}")
    answer = await browser.look(PATH)
    assert (answer.status, answer.headers["Content-Disposition"]) == (200, 'attachment; filename="contacts.vcf"')
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("text/vcard", "no-store")
    text = await answer.text()
    assert text.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\n")
    assert "TEL;TYPE=CELL,VOICE:+79161234567\r\n" in text
    async with another(browser) as program:
        assert await (await program.request("GET", PATH, headers=basic(password))).text() == text
        one = await program.request("GET", f"{PATH}?contact={contact}", headers=basic(password))
        assert await one.text() == text
        assert (await program.request("GET", PATH)).status == 401
    staff = await (await browser.look(f"{PATH}?book=staff&version=4.0")).text()
    assert "VERSION:4.0" in staff or staff == ""


@pytest.mark.parametrize(
    ("query", "status"),
    [("?book=all", 400), ("?version=5", 400), ("?x=1", 400), ("?contact=x", 404), (f"?contact={UUID(int=1)}", 404)],
)
async def test_what_is_not_there_is_told(browser: Browser, pool: Pool, query: str, status: int) -> None:
    assert (await browser.look(f"{PATH}{query}")).status == status


def test_the_new_form_is_that_of_its_standard() -> None:
    """RFC 6350: 6.4.1 TEL, 6.7.6 UID, 6.7.9 VERSION."""
    known = Known(
        "a1", "Ivan; Petrov", "Romashka, Ltd", "a@b.example", [(Place.MOBILE, "+79161234567"), (Place.OFFICE, "101")]
    )
    assert vcard(known, Version.NEW).split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "UID:urn:uuid:a1",
        "FN:Ivan\\; Petrov",
        "N:Ivan\\; Petrov;;;;",
        "ORG:Romashka\\, Ltd",
        'TEL;VALUE=text;TYPE="cell,voice":+79161234567',
        'TEL;VALUE=text;TYPE="work,voice":101',
        "EMAIL:a@b.example",
        "END:VCARD",
        "",
    ]
