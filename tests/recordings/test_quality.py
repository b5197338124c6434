"""Reviews of recordings: what they are worth, who may write and read them, who is told, what they add up to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.checklist import Mark, score
from recordings.quality import seconds_of
from recordings.recording import Recording
from tests.messages.conftest import put
from tests.messages.rules import rule, step
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.recordings.talks import talk
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Channel, Whom
from trunkline.people.roles import Right, Role

LISTENS = frozenset({Right.RECORDINGS_LISTEN})
REVIEWS = LISTENS | {Right.RECORDINGS_REVIEW}
YES, NO, NA = Mark.YES, Mark.NO, Mark.NA


@pytest.mark.parametrize(
    ("answers", "worth"),
    [
        ([(YES, 1), (NO, 1)], 50),
        ([(YES, 2), (NO, 1)], 67),
        ([(YES, 5), (NA, 95)], 100),
        ([(NO, 5), (NA, 95)], 0),
        ([(NA, 5)], None),
        ([], None),
    ],
)
def test_it_is_worth_the_points_of_what_was_met(answers: list[tuple[Mark, int]], worth: int | None) -> None:
    assert score(answers) == worth


@given(st.lists(st.tuples(st.sampled_from(Mark), st.integers(1, 100)), max_size=30))
def test_a_worth_is_per_cent_and_what_does_not_apply_counts_nothing(answers: list[tuple[Mark, int]]) -> None:
    worth = score(answers)
    assert worth is None or 0 <= worth <= 100
    assert worth == score([*answers, (NA, 100)])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("83", 83),
        ("1:23", 83),
        (" 0:01:23 ", 83),
        *((wrong, None) for wrong in ("1:60", "", "-1", "1:2:3:4", "٣", "9" * 400, "1.5", "nan")),
    ],
)
def test_a_moment_is_minutes_and_seconds(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@dataclass(frozen=True)
class Room:
    """Anna talked on the recording `one`; the supervisor Boris may review, and sees all."""

    root: Browser
    pool: Pool
    one: Recording
    anna: UUID
    boris: UUID
    criteria: tuple[UUID, ...]

    @property
    def page(self) -> str:
        return f"/recordings/quality/{self.one.id}"

    @asynccontextmanager
    async def signed_in(self, person: UUID) -> AsyncIterator[Browser]:
        async with another(self.root, await session_of(self.pool, self.root.app, person)) as browser:
            yield browser

    async def review(self, browser: Browser, *answers: str, remark: str = "") -> int:
        fields = {str(each): text for each, text in zip(self.criteria, answers, strict=True)}
        answer = await browser.send(f"{self.page}/review", fields | {"remark": remark}, page=self.page)
        return answer.status

    async def notices(self, person: UUID) -> list[str]:
        rows = await self.pool.fetch(
            "select kind from notices where person_id = $1 and done_at is null order by at", person
        )
        return [row["kind"] for row in rows]


async def gives(pool: Pool, one: Recording, person: UUID, department: UUID | None = None) -> None:
    """The call was this person's."""
    await pool.execute(
        "update calls set people = $2, departments = $3 where id = $1",
        *(one.call_id, [person], [department] if department else []),
    )


@pytest.fixture
async def room(browser: Browser, pool: Pool, add_person: AddPerson) -> Room:
    one = await talk(pool, datetime.now(UTC) - timedelta(days=1), (0, "добрый день"), (1, "здравствуйте"))
    anna = await add_person("anna", Role.AGENT, name="Anna", extension="101")
    everything = {"every_department": True, "every_line": True}
    boris = await add_person("boris", Role.SUPERVISOR, name="Boris", grants=REVIEWS, **everything)
    await gives(pool, one, anna)
    for place, (text, points) in enumerate((("Greeted", "1"), ("Asked the name", "3")), 1):
        fields = {"text": text, "points": points, "place": str(place)}
        assert (await browser.send("/settings/quality", fields, page="/settings/quality")).status == 303
    rows = await pool.fetch("select id from quality_criteria order by place")
    return Room(browser, pool, one, anna, boris, tuple(row["id"] for row in rows))


async def test_a_review_is_told_to_the_agent_who_reads_it_without_hearing_anything(room: Room) -> None:
    async with room.signed_in(room.boris) as boris, room.signed_in(room.anna) as anna:
        queue = await text_of(boris, "/recordings/quality")
        assert "Next in turn: Anna" in queue
        assert f"/calls/{room.one.call_id}#recordings" in queue
        assert await room.review(boris, "yes", "no", remark="Ask first") == 303
        assert "Nothing waits for a review" in await text_of(boris, "/recordings/quality")

        assert await room.notices(room.anna) == ["review.given"]
        assert ">1</span>" in await text_of(anna, "/recordings/mine/count")
        assert room.page in await text_of(anna, "/recordings/mine")
        shown = await text_of(anna, room.page)
        assert "25 % of the points" in shown
        assert "Ask first" in shown
        assert f"{room.page}/review" not in shown
        assert await room.notices(room.anna) == []
        assert (await anna.look(f"/recordings/{room.one.id}/audio")).status == 403
        assert (await anna.look("/recordings/quality")).status == 403
    deeds = await room.pool.fetch("select person, after from audit where action = 'recording.reviewed'")
    assert [(row["person"], row["after"]["score"], row["after"]["agent"]) for row in deeds] == [("Boris", 25, "Anna")]


async def test_a_comment_is_answered_and_each_is_told_of_the_other(room: Room) -> None:
    async with room.signed_in(room.boris) as boris, room.signed_in(room.anna) as anna:
        sent = {"at": "0:42", "text": "Too <fast>"}
        assert (await boris.send(f"{room.page}/moments", sent, page=room.page)).status == 303
        assert await room.notices(room.anna) == ["review.commented"]
        shown = await text_of(anna, room.page)
        assert ("Too &lt;fast&gt;" in shown, "Go to" in shown) == (True, False)  # nothing that she could hear
        moment = await room.pool.fetchval("select id from quality_moments where seconds = 42")

        answers = f"{room.page}/moments/{moment}/answers"
        assert (await anna.send(answers, {"text": "He was in a hurry"}, page=room.page)).status == 303
        assert await room.notices(room.boris) == ["review.answered"]
        assert room.page in await text_of(boris, "/recordings/mine")
        assert "He was in a hurry" in await text_of(boris, room.page)
        assert await room.notices(room.boris) == []
        assert (await boris.send(answers, {"text": "I see"}, page=room.page)).status == 303
        assert await room.notices(room.anna) == ["review.answered"]
        told = "select count(*) from notices where person_id = $1"
        assert await room.pool.fetchval(told, room.boris) == 1  # of her answer, and never of his own
        for wrong in (room.one.id, "x"):
            elsewhere = f"{room.page}/moments/{wrong}/answers"
            assert (await anna.send(elsewhere, {"text": "x"}, page=room.page)).status == 404
    deeds = await room.pool.fetch("select person, after from audit where action = 'recording.commented' order by id")
    assert [(row["person"], row["after"]["at"]) for row in deeds] == [
        ("Boris", "0:42"),
        ("Anna", "0:42"),
        ("Boris", "0:42"),
    ]


async def test_a_comment_is_told_by_rules_without_its_words(room: Room) -> None:
    """Each once: to whom it is about, to a head; answers are no news, and the client is never told."""
    steps = (step(channel=Channel.CARD), step(Whom.DIRECTORS, Channel.CARD, after=10))
    told = rule("Comment", *steps, kind=Kind.RECORDING_COMMENTED, working=False, template="{by}: {responsible}, {at}")
    await put(room.pool, told, rule("Client", step(Whom.CLIENT), kind=Kind.RECORDING_COMMENTED))
    async with room.signed_in(room.boris) as boris:
        for _ in range(2):
            sent = {"at": "0:42", "text": "Too fast"}
            assert (await boris.send(f"{room.page}/moments", sent, page=room.page)).status == 303
        moment = await room.pool.fetchval("select id from quality_moments limit 1")
        answers = f"{room.page}/moments/{moment}/answers"
        assert (await boris.send(answers, {"text": "I see"}, page=room.page)).status == 303
    rows = await room.pool.fetch("select recipient_name, subject, facts, phone from messages order by at, step")
    assert [row["recipient_name"] for row in rows][:2] == ["Anna", "Root"]
    assert len(rows) == 4
    assert {row["subject"] for row in rows} == {room.one.id}
    assert rows[0]["facts"]["by"] == "Boris"
    assert "Too fast" not in str([dict(row) for row in rows])
    assert {row["phone"] for row in rows} == {""}


async def test_the_part_of_a_calls_page_is_swapped_in_place(room: Room) -> None:
    part = {"HX-Request": "true"}
    async with room.signed_in(room.boris) as boris:
        assert room.page in await text_of(boris, f"/calls/{room.one.call_id}/recordings")
        async with await boris.look(room.page, **part) as answer:
            assert (answer.status, "<html" in await answer.text()) == (200, False)
        answer = await boris.send(f"{room.page}/moments", {"at": "0:01", "text": "Hm"}, page=room.page, **part)
        assert (answer.status, "Hm" in await answer.text(), "HX-Trigger" in answer.headers) == (200, True, True)


async def test_who_may_not_review_neither_reads_nor_writes(room: Room, add_person: AddPerson) -> None:
    department = await room.pool.fetchval("insert into departments values (gen_random_uuid(), 'a', 'A') returning id")
    everything = {"every_department": True, "every_line": True}
    others = {
        "listens": await add_person("listens", Role.SUPERVISOR, grants=LISTENS, **everything),
        "deaf": await add_person("deaf", Role.SUPERVISOR, grants=REVIEWS - LISTENS, **everything),
        "far": await add_person("far", Role.SUPERVISOR, grants=REVIEWS, every_line=True),
        "near": await add_person(
            "near", Role.SUPERVISOR, grants=REVIEWS, every_line=True, departments=frozenset({department})
        ),
    }
    await gives(room.pool, room.one, room.anna, department)
    told = {}
    for name, person in others.items():
        async with room.signed_in(person) as other:
            csrf = {"csrf": await other.token("/settings/account")}
            found = [
                (await other.look(room.page)).status,
                (await other.look(room.page, **{"HX-Request": "true"})).status,
            ]
            found.append((await other.look("/recordings/quality")).status)
            async with other.post(
                f"{room.page}/moments", data=csrf | {"at": "0:01", "text": "x"}, allow_redirects=False
            ) as answer:
                found.append(answer.status)
            told[name] = found
    assert told == {
        "listens": [404, 204, 403, 403],
        "deaf": [404, 204, 403, 403],
        "far": [404, 204, 200, 404],
        "near": [200, 200, 200, 303],
    }
    async with room.signed_in(others["far"]) as far:
        assert "Nothing waits" in await text_of(far, "/recordings/quality")


async def test_nobody_reviews_himself_nor_what_is_gone(room: Room) -> None:
    async with room.signed_in(room.boris) as boris:
        await gives(room.pool, room.one, room.boris)
        assert "Nothing waits" in await text_of(boris, "/recordings/quality")
        csrf = {"csrf": await boris.token("/settings/account")}
        async with boris.post(f"{room.page}/review", data=csrf) as answer:
            assert answer.status == 403
        await gives(room.pool, room.one, room.anna)
        await room.pool.execute("update recordings set stage = 'expired'")
        assert "Nothing waits" in await text_of(boris, "/recordings/quality")
        async with boris.post(f"{room.page}/review", data=csrf) as answer:
            assert answer.status == 403
        for wrong in ("x", str(UUID(int=0))):
            assert (await boris.look(f"/recordings/quality/{wrong}")).status == 404


async def test_what_is_wrong_is_told_at_its_field(room: Room) -> None:
    async with room.signed_in(room.boris) as boris:
        for answers in (("yes", ""), ("yes", "perhaps"), ("na", "na")):
            assert await room.review(boris, *answers) == 422
        assert await room.review(boris, "yes", "yes", remark="x" * 2001) == 422
        for at, text, told in (
            ("1:01", "x", "0:00 to 1:00"),
            ("soon", "x", "0:00 to 1:00"),
            ("0:01", " ", "write something"),
            ("0:01", "x" * 2001, "at most 2000"),
        ):
            answer = await boris.send(f"{room.page}/moments", {"at": at, "text": text}, page=room.page)
            assert (answer.status, told in await answer.text()) == (422, True), at
    for field, value, told in (
        ("text", " ", "from 1 to 200"),
        ("points", "0", "from 1 to 100"),
        ("points", "٣", "from 1 to 100"),
        ("place", "1001", "from 1 to 1000"),
    ):
        fields = {"text": "x", "points": "1", "place": "1"} | {field: value}
        answer = await room.root.send("/settings/quality", fields, page="/settings/quality")
        assert (answer.status, told in await answer.text()) == (422, True), field
    counts = "select (select count(*) from quality_reviews) + (select count(*) from quality_moments)"
    assert await room.pool.fetchval(counts) == 0
    assert await room.pool.fetchval("select count(*) from quality_criteria") == 2


async def test_the_checklist_may_change_and_reviews_keep_what_they_said(room: Room) -> None:
    async with room.signed_in(room.boris) as boris:
        assert await room.review(boris, "yes", "no") == 303
        gone = {"text": "Asked the name", "points": "100", "place": "2"}  # its box is not ticked
        page = "/settings/quality"
        assert (await room.root.send(f"{page}/{room.criteria[1]}", gone, page=page)).status == 303
        assert (await room.root.send(f"{page}/{UUID(int=0)}", gone, page=page)).status == 404
        assert (await boris.look(page)).status == 403
        assert "25 % of the points" in await text_of(boris, room.page)

        answer = await boris.send(f"{room.page}/review", {str(room.criteria[0]): "yes"}, page=room.page)
        assert answer.status == 303
        assert "100 % of the points" in await text_of(boris, room.page)
    assert await room.pool.fetchval("select count(*) from quality_reviews") == 1


async def test_turns_are_by_who_was_reviewed_least_and_people_by_their_means(room: Room, add_person: AddPerson) -> None:
    vera = await add_person("vera", Role.AGENT, name="Vera", extension="102")
    calls = [await talk(room.pool, datetime.now(UTC) - timedelta(hours=each), (0, "да")) for each in (1, 2, 3)]
    for one, person in zip(calls, (room.anna, vera, vera), strict=True):
        await gives(room.pool, one, person)
    async with room.signed_in(room.boris) as boris:
        assert "Next in turn: Anna" in await text_of(boris, "/recordings/quality")  # nobody was: by name
        only = await text_of(boris, f"/recordings/quality?agent={room.anna}")
        assert (str(calls[0].call_id) in only, only.count("row-link")) == (True, 2)
        assert await room.review(boris, "yes", "yes") == 303
        assert "Next in turn: Vera" in await text_of(boris, "/recordings/quality")
        for one, answers in zip(calls[1:], (("yes", "no"), ("no", "na")), strict=True):
            assert await Room(room.root, room.pool, one, vera, room.boris, room.criteria).review(boris, *answers) == 303
        told = " ".join((await text_of(boris, "/recordings/quality/people")).split())
        assert [told.count(each) for each in (">Anna<", ">Vera<", ">100%<", ">12%<", ">67%<", ">50%<")] == [1] * 6
        alone = await text_of(boris, f"/recordings/quality/people?agent={vera}&days=7")
        assert (">Anna<" in alone, ">Vera<" in alone, ">0%<" in alone) == (False, True, True)
        assert (await boris.look("/recordings/quality/people?agent=x")).status == 404
        await room.pool.execute("update quality_reviews set at = now() - interval '40 days'")
        assert "No reviews in these days" in await text_of(boris, "/recordings/quality/people")
    russian = await text_of(room.root, "/recordings/quality/people?days=90", language="ru")
    assert "Средняя оценка" in russian
