"""How often one client is called before he calls himself: counted, refused, and gone beyond by who may."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.dialing.test_api import CLIENT, _company, ask
from tests.dialing.test_guard import facts
from tests.leads.test_pages import lead_of
from tests.missed.told import Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import BORIS, NOON
from tests.web.composed import browser, text_of, token_of
from trunkline.db.types import Pool
from trunkline.dialing.guard import PASSED, Limits, judge
from trunkline.dialing.store import contacts_of
from trunkline.people.roles import Role

__all__ = ["_company", "browser"]
MINUTES = (datetime.now(UTC) - NOON) / timedelta(minutes=1)
DAY = 24 * 60
CAP = Limits(contact_most=2, contact_days=3)


@pytest.mark.parametrize(
    ("contacted", "anyway", "most", "rule"),
    [
        (0, False, 2, PASSED),
        (1, False, 2, PASSED),
        (2, False, 2, "contacted"),
        (9, False, 2, "contacted"),
        (9, True, 2, PASSED),
        (9, False, 0, PASSED),
    ],
)
def test_the_rule(contacted: int, anyway: bool, most: int, rule: str) -> None:
    assert judge(facts(contacted=contacted, anyway=anyway, limits=Limits(contact_most=most))).rule == rule


def out(minutes: float, *, answered: bool = False, client: str = CLIENT) -> Heard:
    return Heard(MINUTES - minutes, "out", answered=answered, client=client)


async def counted(pool: Pool) -> int:
    async with pool.acquire() as connection:
        return await contacts_of(connection, CLIENT, CAP, datetime.now(UTC))


async def test_what_counts(pool: Pool) -> None:
    await tell(pool, out(4 * DAY), out(2 * DAY), out(DAY, answered=True), out(60, client=BORIS))
    assert await counted(pool) == 2

    await tell(pool, Heard(MINUTES - 1.5 * DAY, client=CLIENT))
    assert await counted(pool) == 1, "he called himself, and counting begins anew"


async def test_a_call_is_refused_and_made_all_the_same(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await pool.execute("update dial_rules set contact_most = 2, contact_days = 3")
    await tell(pool, out(2 * DAY), out(DAY))
    anna = await token_of(pool, await add_person("anna", extension="101"))
    head = await token_of(pool, await add_person("head", Role.SUPERVISOR, extension="102", every_department=True))

    assert (await ask(browser, anna))[1]["rule"] == "contacted"
    assert (await ask(browser, head))[1]["rule"] == "contacted"
    assert (await ask(browser, anna, anyway=True))[0] == 403
    assert (await ask(browser, head, anyway=True))[0] == 202
    after = await pool.fetchval("select after from audit where action = 'call.dialled'")
    assert after["anyway"] is True


async def test_calls_on_their_way_count(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await pool.execute("update dial_rules set contact_most = 1")
    anna = await token_of(pool, await add_person("anna", extension="101"))

    assert [(await ask(browser, anna))[0] for _ in range(2)] == [202, 409]


async def test_who_may_is_offered_it(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await pool.execute("update dial_rules set contact_most = 1")
    await tell(pool, out(DAY))
    htmx = {"HX-Request": "true", "HX-Target": "dial-state"}
    offered: dict[Role, bool] = {}
    for number, role in enumerate((Role.AGENT, Role.SUPERVISOR)):
        person: UUID = await add_person(role.value, role, extension=f"10{number}", every_department=True)
        async with another(browser, await session_of(pool, browser.app, person)) as his:
            text = await (await his.send("/dials", {"number": CLIENT}, page="/calls", **htmx)).text()
            assert "as often as the rule allows" in text
            offered[role] = "Call all the same" in text
            if offered[role]:
                text = await (
                    await his.send("/dials", {"number": CLIENT, "anyway": "yes"}, page="/calls", **htmx)
                ).text()
                assert "waits for the PBX" in text

    assert offered == {Role.AGENT: False, Role.SUPERVISOR: True}


async def test_the_leads_page_warns(browser: Browser, pool: Pool) -> None:
    await pool.execute("update dial_rules set contact_most = 1")
    await tell(pool, Heard(MINUTES - DAY, client=CLIENT))
    page = f"/leads/{await lead_of(pool)}"
    assert "Called often enough" not in await text_of(browser, page)

    await tell(pool, out(60))

    assert "Called often enough" in await text_of(browser, page)


async def test_the_setting(browser: Browser, pool: Pool) -> None:
    text = await text_of(browser, "/settings/dialing")
    fields = {name: str(value) for name, value in dict(await pool.fetchrow("select * from dial_rules") or {}).items()}
    fields |= {"allowed": "RU", "denied": ""}
    assert 'name="contact_most"' in text

    answer = await browser.send("/settings/dialing", fields | {"contact_most": "3"}, page="/settings/dialing")
    wrong = await browser.send("/settings/dialing", fields | {"contact_days": "91"}, page="/settings/dialing")

    assert (answer.status, wrong.status) == (303, 422)
    assert await pool.fetchval("select contact_most from dial_rules") == 3
