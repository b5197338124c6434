"""`/settings/leads/tags`, and leads chosen by tags."""

from typing import Any
from uuid import UUID

from tests.leads.test_tagging import told
from tests.missed.told import CLIENT, Heard
from tests.people.web import Browser
from tests.reports.calls import BORIS
from tests.web.composed import text_of
from trunkline.db.types import Pool

PAGE = "/settings/leads/tags"
FIELDS: dict[str, Any] = {
    "name": "Lost ones", "active": "on", "kinds": "missed", "places": "", "directions": "", "words": "", "channels": "",
    "campaigns": "", "hours": "", "tags": "lost\n<b>bold</b>", "category": "Missed",
}  # fmt: skip


async def names(pool: Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch("select name from lead_tag_rules order by place")]


async def id_of(pool: Pool, name: str) -> UUID:
    found: UUID = await pool.fetchval("select id from lead_tag_rules where name = $1", name)
    return found


async def test_rules_are_written_moved_changed_and_removed(browser: Browser, pool: Pool) -> None:
    assert "No rule yet" in await text_of(browser, PAGE)
    for name in ("One", "Two", "Three"):
        assert (await browser.send(PAGE, FIELDS | {"name": name}, page=PAGE)).status == 303
    await browser.send(f"{PAGE}/{await id_of(pool, 'Three')}/move", {"up": "yes"}, page=PAGE)
    await browser.send(f"{PAGE}/{await id_of(pool, 'One')}/move", {"up": "no"}, page=PAGE)
    assert await names(pool) == ["Three", "One", "Two"]

    one = f"{PAGE}/{await id_of(pool, 'One')}"
    changed = await browser.send(
        one, FIELDS | {"name": "Uno", "words": " Окна \n\nДВЕРИ\nокна", "active": ""}, page=one
    )
    assert changed.status == 303
    (row,) = await pool.fetch("select words, active, kinds from lead_tag_rules where name = 'Uno'")
    assert tuple(row) == (["окна", "двери"], False, ["missed"])
    text = await text_of(browser, PAGE)
    assert "окна, двери" in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    await browser.send(f"{one}/remove", {}, page=one)
    assert await names(pool) == ["Three", "Two"]
    deeds = await pool.fetch(
        "select action, count(*) from audit where object_kind = 'lead_tag_rule' group by 1 order by 1"
    )
    assert [tuple(deed) for deed in deeds] == [
        ("leads.tag_rule_moved", 2),
        ("leads.tag_rule_removed", 1),
        ("leads.tag_rule_saved", 4),
    ]


async def test_mistakes_stand_beside_their_fields(browser: Browser, pool: Pool) -> None:
    await browser.send(PAGE, FIELDS, page=PAGE)
    wrong = {"name": "", "kinds": "visit", "hours": "never", "tags": "", "category": "", "words": "x" * 101}
    answer = await browser.send(PAGE, FIELDS | wrong, page=PAGE)
    text = await answer.text()

    assert answer.status == 422
    for field in ("Name of the rule", "Touches", "Working time", "Tags", "Words"):
        assert f"{field}: " in text
    again = await browser.send(PAGE, FIELDS, page=PAGE)
    assert (again.status, await names(pool)) == (422, ["Lost ones"])


async def test_leads_are_chosen_by_tags(browser: Browser, pool: Pool) -> None:
    await browser.send(PAGE, FIELDS, page=PAGE)
    await told(pool, Heard(0), Heard(2, answered=True, client=BORIS))

    everything = await text_of(browser, "/leads")
    chosen = await text_of(browser, "/leads?tag=lost&category=Missed")
    assert (CLIENT in everything, BORIS in everything) == (True, True)
    assert (CLIENT in chosen, BORIS in chosen) == (True, False)
    assert "&lt;b&gt;bold&lt;/b&gt;" in chosen
    assert "No lead fits" in await text_of(browser, "/leads?tag=none")
    answers = [
        await browser.get(f"/api/v1/leads?{query}") for query in ("tag=lost", "category=other", "show=closed&tag=lost")
    ]
    found = [[(one["phone"], one["category"]) for one in (await answer.json())["items"]] for answer in answers]
    assert found == [[(CLIENT, "Missed")], [], []]
    (lead,) = await pool.fetch("select id from leads where phone = $1", CLIENT)
    touches = (await (await browser.get(f"/api/v1/leads/{lead['id']}")).json())["touches"]
    assert (touches[0]["tags"], touches[0]["category"]) == (["lost", "<b>bold</b>"], "Missed")
    assert "Missed" in await text_of(browser, f"/leads/{lead['id']}")
