"""`/leads?view=board`: open leads by stage, and how they are moved."""

from html import unescape
from uuid import UUID

import pytest
from aiohttp import ClientResponse

from tests.leads.test_pages import JUST, LONG_AGO, act, add_department, deeds, lead_of, lines
from tests.missed.told import CLIENT, Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import BORIS, VERA
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.leads.boards import CARDS, columns_of
from trunkline.leads.touching import SQL
from trunkline.people.roles import Role

__all__ = ["lines"]
BOARD = "/leads?view=board"


async def stages(browser: Browser, text: str) -> ClientResponse:
    fields = {
        "opens": "all",
        "take_minutes": "15",
        "call_minutes": "60",
        "quiet_days": "7",
        "reopen_days": "14",
        "stages": text,
    }
    return await browser.send("/settings/leads", fields, page="/settings/leads")


async def move(browser: Browser, lead: UUID, to: str, seen: str) -> str:
    await browser.send(f"/leads/{lead}/stage", {"stage": to, "seen": seen}, page=BOARD)
    return unescape(await text_of(browser, BOARD))


def columns(text: str) -> list[str]:
    return [part.partition('"')[0] for part in text.split('data-stage="')[1:]]


def column(text: str, stage: str) -> str:
    return text.split(f'data-stage="{stage}"')[1].partition("</section>")[0]


@pytest.mark.parametrize(
    ("stages", "used", "found"),
    [
        ((), (), ["new"]),
        (("Offer", "Contract"), ("Contract", "Zeal", "Ask"), ["new", "Offer", "Contract", "Ask", "Zeal"]),
        (("new", "Offer"), ("new",), ["new", "Offer"]),
    ],
)
def test_order_of_columns(stages: tuple[str, ...], used: tuple[str, ...], found: list[str]) -> None:
    assert columns_of(stages, used) == found


async def test_a_lead_is_moved(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST, LONG_AGO)
    assert (await stages(browser, "Offer\n\n  Contract  signed\n")).status == 303
    lead = await lead_of(pool)
    assert columns(await text_of(browser, BOARD)) == ["new", "Offer", "Contract signed"]

    text = await move(browser, lead, "Contract signed", "new")

    assert "Moved to “Contract signed”." in text
    assert f"/leads/{lead}" in column(text, "Contract signed")
    assert f"/leads/{lead}" not in column(text, "new")
    assert "lead-card-overdue" in column(text, "new"), "the other one"
    assert await deeds(pool) == ["lead.changed"]


async def test_who_moved_it_first_has(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)
    lead = await lead_of(pool)
    await move(browser, lead, "Offer", "new")

    text = await move(browser, lead, "Lost", "new")

    assert "Somebody has moved it meanwhile: it is at “Offer”." in text
    assert columns(text) == ["new", "Offer"], "a stage nobody wrote down has a column while a lead has it"
    assert "must not be empty" in await move(browser, lead, " ", "Offer")


async def test_more_than_there_is_room_for(browser: Browser, pool: Pool) -> None:
    await tell(pool, *(Heard(-90 + number, client=f"+7916555{number:04}") for number in range(CARDS + 2)))

    text = await text_of(browser, BOARD)

    assert text.count("data-lead ") == CARDS
    assert "More of this stage" in text
    assert (await text_of(browser, f"{BOARD}&stage=new")).count("data-lead ") == CARDS + 2


async def test_only_what_is_within_reach(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await tell(pool, JUST, LONG_AGO, Heard(-60, client=VERA))
    mine, of_sales, others = [await lead_of(pool, phone) for phone in (CLIENT, BORIS, VERA)]
    department, agent = await add_department(pool), await add_person("ann", Role.AGENT)
    colleague = await add_person("bob", Role.AGENT)
    await pool.execute("update lead_clocks set departments = $2 where lead_id = any ($1)", [mine, others], [department])
    await pool.execute(SQL["take"], mine, agent, False, JUST.at)
    await pool.execute(SQL["take"], of_sales, colleague, False, JUST.at)

    async with another(browser, await session_of(pool, browser.app, agent)) as ann:
        text, own = await text_of(ann, BOARD), await text_of(ann, f"{BOARD}&whose=mine")
        refused = await move(ann, of_sales, "Offer", "new")
        hidden = await move(ann, others, "Offer", "new")

    assert [f"/leads/{lead}" in text for lead in (mine, of_sales, others)] == [True, True, False]
    assert f"/leads/{mine}/stage" in text
    assert f"/leads/{of_sales}/stage" not in text, "a colleague's"
    assert f"/leads/{of_sales}" not in own
    assert "has this lead" in refused
    assert "There is no such lead" in hidden


async def test_stages_that_are_none(browser: Browser) -> None:
    assert (await stages(browser, "Offer\nOffer")).status == 422
    assert (await stages(browser, "new")).status == 422
    assert (await stages(browser, "x" * 61)).status == 422
    assert (await stages(browser, "\n".join(str(number) for number in range(21)))).status == 422


async def test_closed_ones_are_gone(browser: Browser, pool: Pool) -> None:
    await tell(pool, JUST)
    await act(browser, await lead_of(pool), "close", reason="spam")

    assert "data-lead " not in await text_of(browser, BOARD)
