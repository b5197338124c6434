"""The list of calls and a call's page and API, as people with different reach see them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from aiohttp import web
from redis.asyncio import Redis

from tests.calls.dialogues import NAMES, PBX, dialogue
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser, another, browsing, session_of
from trunkline.calls import api, pages
from trunkline.calls.applier import CallApplier
from trunkline.calls.decisions import DecisionApplier
from trunkline.calls.reading import find_call
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME, Directory
from trunkline.directory.values import AgentBrief, Head, QueueBrief
from trunkline.keys import directory_key, pool_key, process_key, secret_box_key, settings_key
from trunkline.numbering.region import RegionKind
from trunkline.pbx.asterisk.framing import join_frames
from trunkline.pbx.port import Action, Decision, DecisionRecord, Question, TraceRow, Used
from trunkline.pbx.ports import pack_run
from trunkline.people.identity import Reach
from trunkline.people.roles import Role
from trunkline.settings import load
from trunkline.spool import Kind, Position, Record
from trunkline.web.guards import GUARDS, SURROUNDINGS, guard
from trunkline.web.middlewares import answer_errors, observe
from trunkline.web.preferences import routes as preference_routes
from trunkline.web.render import reader_middleware, setup_templates
from trunkline.web.security import Perimeter

MOSCOW = (RegionKind.SUBJECT, ("50", "77"))

HEAD = Head(
    agents={UUID(int=1): AgentBrief(UUID(int=1), "Мария Белова", "101")},
    queues={"front": QueueBrief("front", "Отдел продаж", "sales"), "rest": QueueBrief("rest", "Запасная", "reserve")},
)

__all__ = ["add_person", "box", "hasher", "passwords"]


@pytest.fixture
async def app(pool: Pool, redis: Redis, box: SecretBox, tmp_path: Path) -> web.Application:
    """The pages and the API of calls, with every recorded dialogue stored."""
    applier = CallApplier()
    for name in NAMES:
        record = Record(Kind.AMI, 1_795_320_000.0, pack_run(PBX, join_frames(dialogue(name).frames)), Position(0, 0))
        async with pool.acquire() as connection, connection.transaction():
            await applier.apply(connection, [record])
    app = web.Application(middlewares=[observe, answer_errors, reader_middleware, *GUARDS])
    app[process_key] = "web"
    app[settings_key], app[pool_key], app[secret_box_key] = load(None, {}), pool, box
    everywhere = [(digit * 10**9, digit * 10**9 + 10**9 - 1, *MOSCOW, "") for digit in (3, 4, 8, 9)]
    pack(tmp_path / FILE_NAME, contacts={}, spam={}, head=HEAD, built_at=1.0, build_id=bytes(16), ranges=everywhere)
    app[directory_key] = Directory.open(tmp_path)
    setup_templates(app, packages=["trunkline.calls"], surroundings=SURROUNDINGS)
    app.add_routes([*pages.routes(), *api.routes(), *preference_routes()])
    guard(app, Perimeter.of(["127.0.0.1"], ["calls.example.com"]))
    return app


@pytest.fixture
async def supervisor(app: web.Application, pool: Pool, add_person: AddPerson) -> AsyncIterator[Browser]:
    """A browser with somebody signed in who sees every call."""
    async with browsing(app) as browser:
        browser.plant(await session_of(pool, app, await add_person("root", Role.ADMINISTRATOR, every_department=True)))
        yield browser


async def listed(browser: Browser, **query: str) -> dict[str, Any]:
    answer = await browser.get("/api/v1/calls", params=query)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_the_list_is_paged_without_gaps_or_repeats(supervisor: Browser, pool: Pool) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await listed(supervisor, limit="7", **cursor)
        seen += [call["id"] for call in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    stored = await pool.fetch("select id from calls where outcome <> 'merged' order by id desc")
    assert seen == [str(row["id"]) for row in stored]


FILTERS: list[tuple[dict[str, str], set[str]]] = [
    ({"outcome": "missed"}, {"missed"}),
    ({"outcome": "merged"}, {"merged"}),
    ({"direction": "out"}, {"answered"}),
    ({"line": "8 (495) 123-45-67", "outcome": "answered"}, {"answered"}),
    ({"from": "+79161234567", "min_talk": "1"}, {"answered"}),
    ({"agent": "103"}, {"answered"}),
    ({"queue": "sales", "outcome": "missed"}, {"missed"}),
    ({"number": "102", "direction": "internal"}, {"answered"}),
    ({"to": "79265550101"}, {"answered"}),
    ({"since": "2026-11-01", "until": "2026-11-30", "outcome": "missed"}, {"missed"}),
    ({"pbx": "main", "outcome": "missed"}, {"missed"}),
    ({"pbx": "another"}, set()),
    ({"why": "busy"}, {"missed"}),
    ({"outcome": "answered,missed"}, {"answered", "missed"}),
    ({"why": "rejected"}, set()),
    ({"short": "yes", "direction": "in"}, {"missed"}),
    ({"short": "no", "outcome": "missed", "why": "abandoned"}, set()),
    ({"cause": "17"}, {"missed"}),
    ({"cause": "44"}, set()),
    ({"max_talk": "1", "min_talk": "1"}, set()),
    ({"max_talk": "10", "min_talk": "1"}, {"answered"}),
    ({"shown": "+74951234567"}, set()),
    ({"lost": "yes", "since": "2026-11-01"}, {"ringing"}),
    ({"lost": "yes", "line": "+74951234567", "number": "+79161234567"}, set()),
    ({"until": "2020-01-01"}, set()),
    ({"number": "+79990000000"}, set()),
]


async def test_filters_give_what_fits_and_nothing_else(supervisor: Browser) -> None:
    for query, expected in FILTERS:
        found = (await listed(supervisor, **query))["items"]
        assert {call["outcome"] for call in found} == expected, query


async def test_a_call_is_told_in_full(supervisor: Browser) -> None:
    found = await listed(supervisor, queue="sales", agent="102")
    answer = await supervisor.get(f"/api/v1/calls/{found['items'][0]['id']}")
    told = await answer.json()
    assert {leg["party"] for leg in told["story"]["legs"]} >= {"101", "102", "+79161234567"}
    assert told["call"]["answered_by"] == "102"
    assert told["decisions"] == []


async def test_the_page_tells_the_story_in_both_languages(supervisor: Browser) -> None:
    found = await listed(supervisor, direction="in", agent="103")
    path = f"/calls/{found['items'][0]['id']}"
    english = await (await supervisor.look(path)).text()
    assert "103 picked up what rang at 101" in english
    assert "<svg" in english
    assert "Moscow Oblast, Moscow" in english
    russian = await (await supervisor.look(path, **{"Accept-Language": "ru"})).text()
    assert "103 снял трубку за 101" in russian
    assert "Московская область, Москва" in russian


@pytest.mark.parametrize("call", ["999", str(UUID(int=7))])
async def test_a_call_that_is_not_there_is_told_in_the_readers_language(supervisor: Browser, call: str) -> None:
    answer = await supervisor.look(f"/calls/{call}", **{"Accept-Language": "ru"})
    russian = await answer.text()

    assert answer.status == 404
    assert "There is no such call" not in russian
    assert 'class="button button-primary" href="/calls"' in russian, "the way back is the list"


async def test_outgoing_calls_show_who_made_them(supervisor: Browser, pool: Pool) -> None:
    await pool.execute("update calls set caller = '101', caller_name = 'Agent 101' where direction = 'out'")

    out = await (await supervisor.look("/calls?direction=out")).text()

    assert "Мария Белова" in out
    assert "Agent 101" not in out


async def test_every_recorded_call_has_a_page(supervisor: Browser, pool: Pool) -> None:
    for row in await pool.fetch("select id from calls"):
        answer = await supervisor.look(f"/calls/{row['id']}")
        assert answer.status == 200


async def test_the_list_page_filters_and_names_a_mistake(supervisor: Browser) -> None:
    every = await (await supervisor.look("/calls")).text()
    assert every.count('class="row-link"') > 20
    missed = await (await supervisor.look("/calls?outcome=missed")).text()
    assert 0 < missed.count('class="row-link"') < every.count('class="row-link"')
    for query, said in (
        ("agent=Anna", "must be an extension"),
        ("until=9999-12-31T23:59:59-23:59", "must be a year from 1971 to 9000"),
        ("since=0001-01-01", "must be a year from 1971 to 9000"),
    ):
        wrong = await supervisor.look(f"/calls?{query}")
        assert (wrong.status, said in await wrong.text()) == (400, True), query
    part = await supervisor.look("/calls?outcome=missed", **{"HX-Request": "true", "HX-Target": "calls-list"})
    assert "<html" not in await part.text()


async def test_an_agent_sees_his_own_calls_only(
    app: web.Application, supervisor: Browser, pool: Pool, add_person: AddPerson
) -> None:
    agent = await add_person("boris", Role.AGENT, extension="102")
    await pool.execute("update calls set people = array[$1::uuid] where agents @> '{102}'", agent)
    async with another(supervisor, await session_of(pool, app, agent)) as browser:
        own = (await listed(browser))["items"]
        assert own
        assert all("102" in call["agents"] for call in own)
        others = await pool.fetchval("select id from calls where not agents @> '{102}' limit 1")
        async with pool.acquire() as connection:
            assert await find_call(connection, others) is not None
            assert await find_call(connection, others, Reach(agent, [], None)) is None


async def test_whose_a_call_is_follows_from_line_extension_and_queue(pool: Pool, add_person: AddPerson) -> None:
    department: UUID = uuid4()
    await pool.execute("insert into departments (id, slug, name) values ($1, 'sales', 'Sales')", department)
    line: UUID = uuid4()
    await pool.execute("insert into lines (id, number) values ($1, '+74951234567')", line)
    anna = await add_person("anna", Role.AGENT, extension="101")
    await pool.execute(
        "insert into queues (id, name, target, department_id) values ('sales', 'S', 'sales', $1)", department
    )
    frames = dialogue("queue_answered").frames
    record = Record(Kind.AMI, 1.0, pack_run(PBX, join_frames(frames)), Position(0, 0))
    async with pool.acquire() as connection, connection.transaction():
        await CallApplier().apply(connection, [record])
    row = await pool.fetchrow("select people, departments, line_id from calls")
    assert row is not None
    assert (row["people"], row["departments"], row["line_id"]) == ([anna], [department], line)


async def test_a_call_is_the_lines_by_its_alias_too(pool: Pool) -> None:
    line: UUID = uuid4()
    await pool.execute("insert into lines (id, number) values ($1, '+78001234567')", line)
    await pool.execute("insert into line_aliases (alias, line_id) values ('+74951234567', $1)", line)
    record = Record(Kind.AMI, 1.0, pack_run(PBX, join_frames(dialogue("queue_answered").frames)), Position(0, 0))
    async with pool.acquire() as connection, connection.transaction():
        await CallApplier().apply(connection, [record])

    assert await pool.fetchval("select line_id from calls") == line


async def test_advice_stands_beside_what_was_answered(supervisor: Browser, pool: Pool) -> None:
    found = await pool.fetchrow("select id, linkedid, started_at from calls where outcome = 'missed' limit 1")
    assert found is not None
    used: Used = {"class": "client", "target": "queue:reserve"}
    advised = Decision(Action.QUEUE, "class", "reserve", trace=(TraceRow("class", True, used),))
    told = DecisionRecord(
        found["started_at"].timestamp(),
        1,
        "+79161234567",
        "+74951234567",
        Question(PBX, found["linkedid"]),
        Decision(Action.DEFAULT, "mode", advised=advised),
    )
    async with pool.acquire() as connection:
        record = Record(Kind.DECISION, told.at, msgspec.msgpack.encode(told), Position(0, 0))
        await DecisionApplier().apply(connection, [record])

    text = await (await supervisor.look(f"/calls/{found['id']}")).text()

    assert "Advised: Wait in the queue Запасная" in text
    assert "Callers of the class client go to Запасная" in text
    assert "queue:reserve" not in text


async def test_queues_have_names_and_are_found_by_them(supervisor: Browser) -> None:
    by_name = await (await supervisor.look("/calls?queue=отдел+продаж")).text()
    by_target = await (await supervisor.look("/calls?queue=sales")).text()
    (found, *_more) = (await listed(supervisor, queue="sales"))["items"]
    one = await (await supervisor.look(f"/calls/{found['id']}")).text()

    for text in (by_name, by_target):
        assert f"/calls/{found['id']}" in text
        assert '<td class="p3">Отдел продаж</td>' in text
    assert 'value="Отдел продаж"' in by_target
    assert "No call fits" in await (await supervisor.look("/calls?queue=nosuch")).text()
    assert "Began to wait in the queue Отдел продаж" in one
    assert found["queues"] == ["sales"], "machines read what the PBX says"
