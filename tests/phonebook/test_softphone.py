"""Every softphone's spelling of a number leads to the same card; what is no number is told."""

import pytest

from tests.people.web import Browser, another
from tests.web.composed import text_of
from trunkline.phonebook.softphone import number_of


@pytest.mark.parametrize(
    "sent",
    [
        "%2B79161234567",
        "+79161234567",  # a bare + is a space in a query
        "79161234567",
        "89161234567",
        "9161234567",
        "8%20(916)%20123-45-67",
        "sip:89161234567@pbx.example",
        "sip:%2B79161234567@10.0.0.5:5060;transport=udp",
        "sip:+79161234567@10.0.0.5;user=phone",
        "%22Иванов%22%20%3Csip:79161234567@pbx%3E",
        "tel:+79161234567",
    ],
)
async def test_every_spelling_leads_to_the_card(browser: Browser, sent: str) -> None:
    answer = await browser.look(f"/card/open?number={sent}")

    assert (answer.status, answer.headers["Location"]) == (303, "/card/number/+79161234567")


def test_a_foreign_number_with_a_bare_plus() -> None:
    assert number_of(" 493012345678") == "+493012345678"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 200, "No number was sent"),
        ("?number=", 200, "No number was sent"),
        ("?number=anonymous", 200, "The caller hides his number"),
        ("?number=sip:anonymous@anonymous.invalid", 200, "The caller hides his number"),
        ("?number=555", 200, "An internal number"),
        ("?number=%251", 400, "sent “%1”"),
        ("?number={phone}", 400, "sent “{phone}”"),
        ("?number=%3Cscript%3Ealert(1)%3C/script%3E", 400, "&lt;script&gt;"),
        ("?number=" + "9" * 300, 400, "This is no telephone number"),
        ("?number=//evil.example", 400, "This is no telephone number"),
    ],
)
async def test_what_is_no_number_is_told(browser: Browser, query: str, status: int, said: str) -> None:
    assert said in await text_of(browser, f"/card/open{query}", status)


async def test_who_is_not_signed_in_comes_back(browser: Browser) -> None:
    async with another(browser) as stranger:
        answer = await stranger.look("/card/open?number=89161234567")

    assert answer.status == 303
    assert answer.headers["Location"] == "/login?next=/card/open?number%3D89161234567"
