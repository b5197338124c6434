"""Questions asked, answered, asked further and closed: who may read them, and who is told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tests.people.company import AddPerson
from trunkline.db.types import Connection, Pool
from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.experts.question import MOST_MESSAGES, MOST_WAITING, AskBody, Shelf
from trunkline.experts.store import Writer, ask, close, find_question, list_questions, questions_of_number, write
from trunkline.experts.topics import add_topic, change_topic, remove_topic, save_mail_minutes, topics
from trunkline.notices.notice import QUESTIONS
from trunkline.notices.store import count_open
from trunkline.people.audit import Actor

NOW = datetime(2026, 11, 5, 9, tzinfo=UTC)
CLIENT = "+79161234567"
ACTOR = Actor(None, "Root", "test")


def who(person: UUID, departments: list[UUID] | None = None, name: str = "Анна", at: datetime = NOW) -> Writer:
    return Writer(person, name, [] if departments is None else departments, True, Actor(person, name, "test"), at)


@pytest.fixture
async def people(add_person: AddPerson) -> dict[str, UUID]:
    return {name: await add_person(name, name=name.title()) for name in ("anna", "boris", "vera", "gleb")}


@pytest.fixture
async def topic(pool: Pool, people: dict[str, UUID]) -> UUID:
    """Pumps, which Boris and Vera answer."""
    async with pool.acquire() as connection, connection.transaction():
        await add_topic(connection, "Насосы", {people["boris"], people["vera"]}, ACTOR, NOW)
        return (await topics(connection))[0].id


async def waiting(connection: Connection, people: dict[str, UUID]) -> dict[str, int]:
    counts = {name: await count_open(connection, QUESTIONS, person) for name, person in people.items()}
    return {name: count for name, count in counts.items() if count}


async def test_a_thread_from_question_to_close(pool: Pool, people: dict[str, UUID], topic: UUID) -> None:
    anna, boris = who(people["anna"]), who(people["boris"], name="Борис")
    async with pool.acquire() as connection, connection.transaction():
        question, told = await ask(connection, anna, AskBody(CLIENT, "  Какой насос? ", topic=topic))
        assert {one.person for one in told} == {people["boris"], people["vera"]}
        assert (question.text, question.topic, question.names) == ("Какой насос?", "Насосы", ["Boris", "Vera"])
        assert await waiting(connection, people) == {"boris": 1, "vera": 1}

        answered, told = await write(connection, boris, question.id, "Третий")
        assert [one.person for one in told] == [people["anna"]]
        assert (answered.answered_at, answered.messages[0].is_answer) == (NOW, True)
        assert await waiting(connection, people) == {"anna": 1}, "the first answer is enough"

        again, told = await write(connection, anna, question.id, "А если глубже?")
        assert (again.answered_at, len(told)) == (None, 2)
        assert await waiting(connection, people) == {"boris": 1, "vera": 1}

        with pytest.raises(Forbidden):
            await close(connection, boris, question.id)
        closed = await close(connection, anna, question.id)
        assert closed.closed_at == NOW
        assert await waiting(connection, people) == {}
        assert (await close(connection, anna, question.id)).closed_at == NOW
        with pytest.raises(InvalidInput, match="closed"):
            await write(connection, boris, question.id, "Поздно")
    assert await pool.fetchval("select array_agg(action order by id) from audit where object_kind = 'question'") == [
        *("question.asked", "question.answered", "question.continued", "question.closed")
    ]


async def test_who_may_read(pool: Pool, people: dict[str, UUID], topic: UUID) -> None:
    sales, other = uuid4(), uuid4()
    await pool.execute("insert into departments values ($1, 'sales', 'Sales'), ($2, 'other', 'Other')", sales, other)
    await pool.execute("update people set department_id = $1 where id = $2", sales, people["boris"])
    gleb = people["gleb"]
    async with pool.acquire() as connection, connection.transaction():
        question, _told = await ask(connection, who(people["anna"]), AskBody(CLIENT, "Что?", topic=topic))
        everything = Writer(gleb, "Глеб", None, False, ACTOR, NOW)
        for writer, reads in (
            (who(people["anna"]), True), (who(people["boris"]), True), (who(people["vera"]), True),
            (who(gleb), False), (who(gleb, [other]), False), (who(gleb, [sales]), True), (everything, True),
        ):  # fmt: skip
            listed = await list_questions(connection, writer, Shelf.ALL)
            on_card = await questions_of_number(connection, writer, CLIENT, 5)
            assert [bool(listed.rows), bool(on_card)] == [reads, reads]
            if not reads:
                for deed in (
                    find_question(connection, writer, question.id),
                    write(connection, writer, question.id, "x"),
                ):
                    with pytest.raises(NotFound):
                        await deed
        assert await questions_of_number(connection, everything, "+79990000000", 5) == []


async def test_the_shelves(pool: Pool, people: dict[str, UUID]) -> None:
    anna, boris = who(people["anna"]), who(people["boris"])
    async with pool.acquire() as connection, connection.transaction():
        asked = [
            (await ask(connection, msgspec_at(anna, place), AskBody(CLIENT, str(place), person=people["boris"])))[0].id
            for place in range(3)
        ]
        await write(connection, boris, asked[0], "да")
        await close(connection, anna, asked[1])

        async def texts(writer: Writer, shelf: Shelf, **more: Any) -> list[str]:
            return [one.text for one in (await list_questions(connection, writer, shelf, **more)).rows]

        assert await texts(boris, Shelf.WAITING) == ["2"]
        assert await texts(boris, Shelf.MINE) == []
        assert await texts(boris, Shelf.DONE) == ["1", "0"]
        assert await texts(anna, Shelf.MINE) == ["2", "0"]
        assert await texts(anna, Shelf.ALL, size=2) == ["2", "1"]
        last = (await list_questions(connection, anna, Shelf.ALL, size=2)).rows[-1]
        assert await texts(anna, Shelf.ALL, after=(last.asked_at, last.id)) == ["0"]


def msgspec_at(writer: Writer, minutes: int) -> Writer:
    return Writer(
        writer.person, writer.name, writer.departments, writer.named, writer.actor, NOW + timedelta(minutes=minutes)
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "101"}, "number"),
        ({"text": " "}, "text"),
        ({"person": None}, "person"),
        ({"topic": uuid4()}, "person"),
        ({"person": None, "topic": uuid4()}, "topic"),
        ({"person": uuid4()}, "person"),
        ({"contact": uuid4()}, "contact"),
    ],
)
async def test_what_cannot_be_asked(pool: Pool, people: dict[str, UUID], change: dict[str, Any], field: str) -> None:
    body = msgspec.structs.replace(AskBody(CLIENT, "Что?", person=people["boris"]), **change)
    async with pool.acquire() as connection, connection.transaction():
        with pytest.raises(InvalidInput) as caught:
            await ask(connection, who(people["anna"]), body)

    assert [one.path for one in caught.value.mistakes] == [field]


async def test_nobody_asks_himself_or_who_left(pool: Pool, people: dict[str, UUID], topic: UUID) -> None:
    await pool.execute("update people set active = false where id = $1", people["vera"])
    async with pool.acquire() as connection, connection.transaction():
        for person in (people["anna"], people["vera"]):
            with pytest.raises(InvalidInput, match="nobody else"):
                await ask(connection, who(people["anna"]), AskBody(CLIENT, "Что?", person=person))
        with pytest.raises(InvalidInput, match="nobody else"):
            await ask(connection, who(people["boris"]), AskBody(CLIENT, "Что?", topic=topic))


async def test_there_is_an_end_to_questions_and_threads(pool: Pool, people: dict[str, UUID]) -> None:
    anna = who(people["anna"])
    async with pool.acquire() as connection, connection.transaction():
        question, _told = await ask(connection, anna, AskBody(CLIENT, "Что?", person=people["boris"]))
        await connection.execute(
            "insert into question_messages select gen_random_uuid(), $1, null, '', false, 'x', now() "
            "from generate_series(1, $2)",
            question.id, MOST_MESSAGES,
        )  # fmt: skip
        with pytest.raises(InvalidInput, match="full"):
            await write(connection, anna, question.id, "x")
        await connection.execute(
            "insert into questions (id, number, asked_by_id, asked_by, text, asked_at) "
            "select gen_random_uuid(), $1, $2, '', 'x', now() from generate_series(1, $3)",
            CLIENT, people["anna"], MOST_WAITING,
        )  # fmt: skip
        with pytest.raises(InvalidInput, match="wait for an answer"):
            await ask(connection, anna, AskBody(CLIENT, "Что?", person=people["boris"]))


async def test_topics(pool: Pool, people: dict[str, UUID], topic: UUID) -> None:
    async with pool.acquire() as connection, connection.transaction():
        question, _told = await ask(connection, who(people["anna"]), AskBody(CLIENT, "Что?", topic=topic))
        for wrong in ("", "x" * 101, "Насосы"):
            with pytest.raises(InvalidInput):
                await add_topic(connection, wrong, [], ACTOR, NOW)
        await add_topic(connection, "Трубы", [uuid4()], ACTOR, NOW)
        with pytest.raises(InvalidInput, match="already"):
            await change_topic(connection, topic, "Трубы", [], ACTOR, NOW)
        await change_topic(connection, topic, "Насосы и станции", [people["gleb"]], ACTOR, NOW)
        assert [(one.name, one.names) for one in await topics(connection)] == [
            ("Насосы и станции", ["Gleb"]), ("Трубы", []),
        ]  # fmt: skip
        await remove_topic(connection, topic, ACTOR, NOW)
        for deed in (remove_topic(connection, topic, ACTOR, NOW), change_topic(connection, topic, "x", [], ACTOR, NOW)):
            with pytest.raises(NotFound):
                await deed
        kept = await find_question(connection, who(people["vera"]), question.id)
        assert kept.topic == "Насосы"
        for wrong in ("0", "1441", "x", "", "-1", "9" * 12):
            with pytest.raises(InvalidInput):
                await save_mail_minutes(connection, wrong, ACTOR, NOW)
