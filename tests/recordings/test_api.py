"""Recordings for programs: paged, searched, their words; within reach and by the token's rights."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.people.company import AddPerson
from tests.people.web import Browser, another
from tests.recordings.talks import MARCH, talk
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role


async def test_a_program_pages_searches_and_reads(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    made = [await talk(pool, MARCH + timedelta(minutes=place), (0, "привет"), (1, "алло да")) for place in range(3)]
    reader = await add_person("bot", Role.ADMINISTRATOR, every_department=True)
    token = await token_of(pool, reader, [Right.RECORDINGS_LISTEN])

    async with another(browser) as program:

        async def told(path: str, status: int = 200) -> dict[str, Any]:
            async with program.get(f"/api/v1/recordings{path}", headers=token) as answer:
                assert answer.status == status, await answer.text()
                found: dict[str, Any] = await answer.json()
                return found

        for query in ("", "&q=привет"):
            first = await told(f"?limit=2{query}")
            rest = await told(f"?limit=2{query}&cursor={first['next']}")
            ids = [row["id"] for page in (first, rest) for row in page["items"]]
            assert ids == [str(one.id) for one in reversed(made)]
            assert rest["next"] is None
        (hit,) = (await told("?q=алло&by=agent&limit=1"))["items"]
        assert hit["found"] == {"at": 1.0, "text": "алло да"}
        assert (await told("?q=алло&by=client"))["items"] == []

        one = made[0]
        assert (await told(f"/{one.id}"))["stage"] == "kept"
        for stage, digest in (("kept", "ab"), ("deleted", ""), ("expired", "")):
            await pool.execute("update recordings set stage = $2, sha256 = '\\xab' where id = $1", one.id, stage)
            assert (await told(f"/{one.id}"))["sha256"] == digest
        await pool.execute("update recordings set stage = 'kept'")
        words = await told(f"/{one.id}/transcript")
        assert [piece["speaker"] for piece in words["pieces"]] == ["client", "agent"]
        for path, status in (
            ("?q=%22%22", 400),
            ("?whose=mine", 400),
            (f"/{UUID(int=1)}", 404),
            ("/x/transcript", 404),
        ):
            await told(path, status)
    rows = await pool.fetch("select after from audit where action = 'recording.exported'")
    assert [row["after"]["what"] for row in rows] == ["json"]


async def test_a_token_without_the_right_sees_none(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    one = await talk(pool, MARCH, (None, "привет"))
    token = await token_of(pool, await add_person("bot", Role.ADMINISTRATOR), [Right.CALLS_READ])

    async with another(browser) as program:
        for path in ("", f"/{one.id}", f"/{one.id}/transcript"):
            async with program.get(f"/api/v1/recordings{path}", headers=token) as answer:
                assert answer.status == 403


async def test_what_is_beyond_his_reach_is_not_there(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    one = await talk(pool, MARCH, (None, "привет"))
    head = await add_person("head", Role.SUPERVISOR, grants=frozenset({Right.RECORDINGS_LISTEN}))
    token = await token_of(pool, head, [Right.RECORDINGS_LISTEN])

    async with another(browser) as program:
        async with program.get("/api/v1/recordings?q=привет", headers=token) as answer:
            assert (await answer.json())["items"] == []
        for path in (f"/{one.id}", f"/{one.id}/transcript"):
            async with program.get(f"/api/v1/recordings{path}", headers=token) as answer:
                assert answer.status == 404
