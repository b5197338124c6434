"""A program tells where a provider has the recording of a call: checked, noted once, and never shown again."""

from typing import Any
from uuid import UUID

import pytest

from recordings.recording import Recording
from recordings.references import FROM_LINK
from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.refusals import refusing
from tests.web.composed import text_of, token_of
from trunkline.db.migrate import migrations
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

HERE = "/api/v1/recordings/references"
LINK = "https://p.example/files/talk.mp3?sign=s3cret"


@pytest.fixture
async def token(pool: Pool, add_person: AddPerson) -> dict[str, str]:
    bot = await add_person("bot", Role.ADMINISTRATOR, every_department=True)
    return await token_of(pool, bot, [Right.RECORDINGS_ADD])


async def told(browser: Browser, token: dict[str, str], **body: str) -> tuple[int, dict[str, Any]]:
    async with another(browser) as program, program.post(HERE, headers=token, json=body) as answer:
        found: dict[str, Any] = await answer.json()
        return answer.status, found


async def test_a_recording_of_a_provider_is_noted_once(
    browser: Browser, pool: Pool, token: dict[str, str], one: Recording
) -> None:
    call = str(one.call_id)
    status, first = await told(browser, token, call=call, id="77", url=LINK, leg="1.2")
    assert (status, first["stage"], first["stop"]) == (201, "found", None), first
    assert set(first) == {"id", "call_id", "stage", "stop"}
    assert await told(browser, token, call=call, id="77", url=LINK) == (200, first)
    status, other = await told(browser, token, call=call, url=LINK)
    assert (status, other["id"] != first["id"]) == (201, True)

    rows = await pool.fetch("select leg, sent, pbx = $1 as same from recordings where id <> $2", one.pbx, one.id)
    assert sorted((row["leg"] == "1.2", row["sent"], row["same"]) for row in rows) == [(False, True, True), (True,) * 3]
    assert await pool.fetchval("select count(*) from pgqueuer where entrypoint = $1", FROM_LINK) == 2
    audit = await pool.fetch("select object_id, after::text as after from audit where action = 'recording.told'")
    assert {row["object_id"] for row in audit} == {first["id"], other["id"]}
    await pool.execute(
        "update recording_references set asked = 2, asked_at = now(), again_at = null where url = $1", LINK
    )
    await pool.execute("update recording_references set again_at = now() where provider_id <> ''")
    await pool.execute("update calls set story = jsonb_set(story, '{recordings}', '[]')")
    assert 'id="recordings"' in await text_of(browser, f"/calls/{call}"), "no step tells of what a provider has"
    page = await text_of(browser, f"/calls/{call}/recordings")
    assert page.count("The provider was asked for it 2 times") == 2
    assert (page.count("not again by itself"), page.count("again on ")) == (1, 1)
    assert "s3cret" not in page + str([row["after"] for row in audit])


async def test_what_cannot_be_asked_for_says_what_would_be_right(
    browser: Browser, pool: Pool, token: dict[str, str], one: Recording, add_person: AddPerson
) -> None:
    call = str(one.call_id)
    for body, field in (
        ({"call": call}, "id"),
        ({"call": call, "id": ".."}, "id"),
        ({"call": call, "id": "x" * 201}, "id"),
        ({"call": call, "url": "ftp://p.example/1"}, "url"),
        ({"call": call, "url": "https://u:p@p.example/1"}, "url"),
        ({"call": call, "url": "https://127.0.0.1/1"}, "url"),
        ({"call": call, "url": "http://93.184.216.34/1"}, "url"),
        ({"call": call, "url": "https://0x7f.1/"}, None),  # a name, until it is resolved
        ({"call": call, "url": "https://127.1/"}, "url"),
        ({"call": call, "id": "1", "leg": "1" * 151}, "leg"),
        ({"call": str(UUID(int=5)), "id": "1"}, "call"),
        ({"call": "yesterday's", "id": "1"}, "$.call"),
        ({"call": call, "id": "1", "link": LINK}, "$"),
    ):
        status, answer = await told(browser, token, **body)
        if field is None:
            assert status == 201, body
        else:
            assert (status, [mistake["field"] for mistake in answer["mistakes"]]) == (400, [field]), body
    other = await token_of(pool, await add_person("ear", Role.ADMINISTRATOR), [Right.RECORDINGS_LISTEN])
    assert (await told(browser, other, call=call, id="1"))[0] == 403
    assert await pool.fetchval("select count(*) from recording_references") == 1


async def test_an_id_of_a_provider_is_of_one_call(
    browser: Browser, pool: Pool, token: dict[str, str], one: Recording
) -> None:
    """Whoever may tell of some calls only would hear another's on his own, also one that was refused."""
    call, other = str(one.call_id), str(UUID(int=one.call_id.int ^ 1))
    await pool.execute(
        "insert into calls select (jsonb_populate_record(c, $2)).* from calls c where id = $1",
        *(one.call_id, {"id": other, "linkedid": "2"}),
    )
    assert (await told(browser, token, call=call, id="77"))[0] == 201

    for stage in ("found", "deleted"):
        await pool.execute("update recordings set stage = $1 where sent", stage)
        status, answer = await told(browser, token, call=other, id="77", url=LINK)
        assert (status, [mistake["field"] for mistake in answer["mistakes"]]) == (400, ["id"]), answer
    assert "another call's" in str(answer)
    status, answer = await told(browser, token, call=call, id="77")
    assert (status, "may be kept no more" in str(answer)) == (400, True)
    assert (await told(browser, token, call=other, id="78"))[0] == 201
    await pool.execute("update provider_recordings set pbx = 'branch'")
    assert (await told(browser, token, call=other, id="77"))[0] == 201  # another provider's


async def test_what_was_told_before_the_upgrade_is_of_the_first_call(pool: Pool) -> None:
    (migration,) = [one for one in migrations() if one.name.startswith("0380")]
    for place, file in enumerate(("provider/9", "provider/9", "link/9/x", "provider/", "provider/" + "x" * 201), 1):
        await pool.execute(
            "insert into recordings (id, call_id, pbx, leg, file, sent, found_at)"
            " values ($1, $1, 'office', '1', $2, true, now() - $3 * interval '1 hour')",
            *(UUID(int=place), file, place),
        )

    await pool.execute(migration.sql[migration.sql.index("insert into") :])

    rows = await pool.fetch("select pbx, provider_id, call_id from provider_recordings")
    assert [tuple(row) for row in rows] == [("office", "9", UUID(int=2))]


async def test_of_a_refused_call_none_is_taken(
    browser: Browser, pool: Pool, token: dict[str, str], one: Recording
) -> None:
    async with refusing(pool, one):
        pass
    status, answer = await told(browser, token, call=str(one.call_id), id="1")

    assert (status, "refused it" in str(answer)) == (400, True)
    assert await pool.fetchval("select count(*) from recording_references") == 0
