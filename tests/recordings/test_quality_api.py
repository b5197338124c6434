"""Reviews by a program: what the page does, with the same rights, notices and log."""

from typing import Any
from uuid import UUID

import pytest

from tests.people.company import AddPerson
from tests.people.web import another
from tests.recordings.test_quality import LISTENS, REVIEWS, Room, gives, room
from tests.web.composed import text_of, token_of
from trunkline.people.roles import Right, Role

__all__ = ["room"]
API = "/api/v1/recordings"


class Program:
    """Asks with a person's token."""

    def __init__(self, room: Room, token: dict[str, str]) -> None:
        self._room, self._token = room, token

    async def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        async with (
            another(self._room.root) as program,
            program.request(method, f"{API}/{path}", headers=self._token, json=body) as answer,
        ):
            told = await answer.json()
            assert answer.status == status, told
            return told


@pytest.fixture
async def boris(room: Room) -> Program:
    return Program(room, await token_of(room.pool, room.boris, REVIEWS))


async def test_what_waits_is_reviewed_and_told(room: Room, boris: Program) -> None:
    queue = await boris.ask("GET", "quality")
    (row,) = queue["items"]
    anna = {"id": str(room.anna), "name": "Anna"}
    assert (row["id"], row["call_id"], row["agent"]) == (str(room.one.id), str(room.one.call_id), anna)
    assert (queue["turns"], queue["next"]) == ([{"agent": anna, "waiting": 1, "reviews": 0}], None)
    here = f"{room.one.id}/review"
    before = await boris.ask("GET", here)
    assert (before["review"], before["reviews"], before["comments"]) == (None, True, [])
    asked = [line["id"] for line in before["checklist"]]
    assert asked == [str(each) for each in room.criteria]

    answers = dict(zip(asked, ("yes", "no"), strict=True))
    told = await boris.ask("PUT", here, {"answers": answers, "remark": " Ask first "})
    assert (told["review"]["score"], told["review"]["remark"], told["review"]["reviewer"]) == (25, "Ask first", "Boris")
    assert {each["criterion_id"]: each["answer"] for each in told["review"]["answers"]} == answers
    assert (await boris.ask("GET", "quality"))["items"] == []
    assert await room.notices(room.anna) == ["review.given"]
    again = await boris.ask("PUT", here, {"answers": dict.fromkeys(asked, "yes")})
    assert (again["review"]["id"], again["review"]["score"]) == (told["review"]["id"], 100)
    deeds = await room.pool.fetch("select person, after from audit where action = 'recording.reviewed' order by at")
    assert [(row["person"], row["after"]["score"]) for row in deeds] == [("Boris", 25), ("Boris", 100)]
    async with room.signed_in(room.anna) as browser:
        assert "100 % of the points" in await text_of(browser, room.page)


async def test_a_moment_is_commented_on_and_answered(room: Room, boris: Program) -> None:
    told = await boris.ask("POST", f"{room.one.id}/comments", {"at": "0:01", "text": "a\r\nb "}, status=201)
    (comment,) = told["comments"]
    assert (comment["seconds"], comment["text"], comment["author"]) == (1.0, "a\nb", "Boris")
    answers = f"{room.one.id}/comments/{comment['id']}/answers"
    told = await boris.ask("POST", answers, {"text": "c"}, status=201)

    assert [each["text"] for each in told["comments"][0]["answers"]] == ["c"]
    assert await room.notices(room.anna) == ["review.commented", "review.answered"]
    assert await room.pool.fetchval("select count(*) from audit where action = 'recording.commented'") == 2
    await boris.ask("POST", f"{room.one.id}/comments/{UUID(int=5)}/answers", {"text": "c"}, status=404)
    await boris.ask("POST", f"{room.one.id}/comments/x/answers", {"text": "c"}, status=404)


async def test_what_is_wrong_is_named(room: Room, boris: Program) -> None:
    first, second = map(str, room.criteria)
    both = {first: "yes", second: "no"}
    for method, path, body, fields in (
        ("PUT", "review", {"answers": {first: "yes"}}, [f"answers.{second}"]),
        ("PUT", "review", {"answers": both | {str(UUID(int=5)): "yes"}}, [f"answers.{UUID(int=5)}"]),
        ("PUT", "review", {"answers": {first: "na", second: "na"}}, ["remark"]),
        ("PUT", "review", {"answers": both, "remark": "x" * 2001}, ["remark"]),
        ("PUT", "review", {"answers": {first: "maybe", second: "no"}}, ["$.answers[...]"]),
        ("PUT", "review", {"answers": both, "score": 100}, ["$"]),
        ("POST", "comments", {"at": "9:59", "text": ""}, ["at", "text"]),
        ("POST", "comments", {"at": "0", "text": "x" * 2001}, ["text"]),
    ):
        told = await boris.ask(method, f"{room.one.id}/{path}", body, status=400)
        assert [mistake["field"] for mistake in told["mistakes"]] == fields, body
    told = await boris.ask("GET", "quality?agent=anna", status=400)
    assert [mistake["field"] for mistake in told["mistakes"]] == ["agent"]
    assert await room.pool.fetchval("select count(*) from quality_reviews") == 0
    await boris.ask("GET", f"{UUID(int=5)}/review", status=404)
    await boris.ask("GET", "x/review", status=404)


async def test_the_queue_goes_on_by_its_cursor_and_for_one_agent(room: Room, boris: Program) -> None:
    await room.pool.execute(
        "insert into recordings (id, call_id, pbx, leg, file, stage)"
        " select uuidv7_like, call_id, pbx, leg, 'second.wav', 'kept' from recordings,"
        " lateral (select (left(id::text, 24) || 'ffffffffffff')::uuid as uuidv7_like) as other"
    )
    first = await boris.ask("GET", f"quality?limit=1&agent={room.anna}")
    rest = await boris.ask("GET", f"quality?limit=1&agent={room.anna}&cursor={first['next']}")

    found = [row["id"] for row in first["items"] + rest["items"]]
    assert (len(set(found)), found, rest["next"]) == (2, sorted(found, reverse=True), None)
    assert (await boris.ask("GET", f"quality?agent={room.boris}"))["items"] == []


async def test_who_may_not_review_on_the_page_may_not_here(room: Room, boris: Program, add_person: AddPerson) -> None:
    answers = {"answers": dict.fromkeys(map(str, room.criteria), "yes")}
    listener = Program(room, await token_of(room.pool, room.boris, LISTENS))
    reviewer = Program(room, await token_of(room.pool, room.boris, [Right.RECORDINGS_REVIEW]))
    for program in (listener, reviewer):
        await program.ask("GET", "quality", status=403)
        await program.ask("PUT", f"{room.one.id}/review", answers, status=403)
    narrow = await add_person("carl", Role.SUPERVISOR, name="Carl", grants=REVIEWS)
    carl = Program(room, await token_of(room.pool, narrow, REVIEWS))
    assert (await carl.ask("GET", "quality"))["items"] == []
    await carl.ask("GET", f"{room.one.id}/review", status=404)
    await carl.ask("PUT", f"{room.one.id}/review", answers, status=404)

    await gives(room.pool, room.one, room.boris)  # nobody reviews his own
    assert (await boris.ask("GET", "quality"))["items"] == []
    assert (await boris.ask("GET", f"{room.one.id}/review"))["reviews"] is False
    await boris.ask("PUT", f"{room.one.id}/review", answers, status=403)
    await boris.ask("POST", f"{room.one.id}/comments", {"at": "0", "text": "x"}, status=403)
    assert await room.pool.fetchval("select count(*) from quality_reviews") == 0


async def test_an_empty_checklist_says_where_it_is_written(room: Room, boris: Program) -> None:
    await room.pool.execute("update quality_criteria set active = false")

    told = await boris.ask("PUT", f"{room.one.id}/review", {"answers": {}}, status=400)

    assert [mistake["field"] for mistake in told["mistakes"]] == ["answers"]
    assert "/settings/quality" in str(told)
