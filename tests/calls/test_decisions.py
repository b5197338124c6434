"""Decisions as rows, and as words."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from trunkline.app.command import application
from trunkline.calls.decisions import DecisionApplier, decisions_of, find_call, zone_of
from trunkline.calls.explain import because, done, place_in_words
from trunkline.calls.explain_words import MISSING, RULES
from trunkline.calls.places import agent_names, queue_names, queue_targets
from trunkline.cli.why import language_of, story
from trunkline.db.types import Pool
from trunkline.directory.values import AgentBrief, Head, QueueBrief
from trunkline.ids import call_uuid
from trunkline.pbx.port import Action, Decision, DecisionRecord, Next, Question, TraceRow, Used
from trunkline.spool import Kind, Position, Record
from trunkline.web.i18n import Reader, Translations, reading

HEAD = Head(
    agents={UUID(int=1): AgentBrief(UUID(int=1), "Анна", "101"), UUID(int=2): AgentBrief(UUID(int=2), "Никто")},
    queues={
        "second": QueueBrief("second", "Вторые продажи", "q-sales"),
        "first": QueueBrief("first", "Продажи", "q-sales"),
        "nameless": QueueBrief("nameless", "", "q-nameless"),
    },
)
MOSCOW = ZoneInfo("Europe/Moscow")
LINKEDID = "1786006800.42"
ASKED = Question("office", LINKEDID, "+79160000005", "+74951234567", state="signed")
SPAM_TURN = DecisionRecord(
    at=1786006800.5,
    turn=1,
    caller="+79160000005",
    line="+74951234567",
    question=ASKED,
    decision=Decision(
        action=Action.CHALLENGE,
        rule="spam",
        target="7",
        sound="vm-press",
        next=Next.ASK,
        trace=(TraceRow("spam", matched=True, used={"votes": 12, "known": False}),),
        facts={"caller": "+79160000005", "spam_votes": 12},
        state="signed",
    ),
    plan=7,
    micros=90,
)
CLASS_TURN = replace(
    SPAM_TURN,
    at=1786006810.5,
    turn=2,
    question=replace(ASKED, digits="7"),
    decision=Decision(
        action=Action.QUEUE,
        rule="class",
        target="q-sales",
        wait_seconds=45,
        next=Next.ASK,
        degraded=("presence",),
        trace=(TraceRow("class", matched=True, used={"class": "unknown", "target": "queue:q-sales"}),),
    ),
)


def of_call(linkedid: str, told: DecisionRecord, at: float) -> DecisionRecord:
    """The same turn of another call."""
    return replace(told, at=at, question=replace(told.question, call_id=linkedid))


def record(decision: DecisionRecord) -> Record:
    return Record(Kind.DECISION, decision.at, msgspec.msgpack.encode(decision), Position(1, 0))


async def test_turns_are_kept_once_and_in_order(pool: Pool) -> None:
    applier = DecisionApplier()
    async with pool.acquire() as connection:
        for _ in range(2):
            applied = await applier.apply(connection, [record(CLASS_TURN), record(SPAM_TURN)])
            assert not applied.rejects
        turns = await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))

    assert [(turn.turn, turn.rule, turn.action) for turn in turns] == [
        (1, "spam", Action.CHALLENGE),
        (2, "class", Action.QUEUE),
    ]
    assert turns[0].trace == SPAM_TURN.decision.trace
    assert turns[0].facts == SPAM_TURN.decision.facts
    assert turns[1].at == datetime.fromtimestamp(1786006810.5, UTC)
    assert turns[1].degraded == ("presence",)


async def test_what_was_advised_is_kept_and_told(pool: Pool) -> None:
    advised = replace(CLASS_TURN.decision, degraded=())
    own = Decision(Action.DEFAULT, "mode", trace=(TraceRow("mode", True, {"mode": "advise"}),), advised=advised)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(replace(SPAM_TURN, decision=own))])
        await DecisionApplier().apply(connection, [record(CLASS_TURN)])
        advising, usual = await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))
        assert await connection.fetchval("select count(*) from decisions where advised is null") == 1

    assert (advising.rule, advising.advised, usual.advised) == ("mode", advised, None)
    with reading(Reader("ru"), Translations(("trunkline.calls",))):
        told = "\n".join(story([advising], MOSCOW))
    assert "Режим линии — «подсказка»: АТС идёт своим путём" in told
    assert "Подсказка: Ждать в очереди q-sales" in told


async def test_a_call_is_found_by_id_linkedid_and_number(pool: Pool) -> None:
    call_id = call_uuid("office", LINKEDID, 0.0)
    earlier = of_call("1786000000.1", SPAM_TURN, 1786000000.5)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(earlier), record(SPAM_TURN)])

        assert await find_call(connection, str(call_id)) == call_id
        assert await find_call(connection, LINKEDID) == call_id
        assert await find_call(connection, "8 916 000-00-05") == call_id
        assert await find_call(connection, "+79161111111") is None


async def test_an_id_without_time_keeps_its_first_place(pool: Pool) -> None:
    strange = of_call("abc-def", SPAM_TURN, SPAM_TURN.at)
    later = of_call("abc-def", CLASS_TURN, strange.at + 40 * 86400)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(strange)])
        await DecisionApplier().apply(connection, [record(later)])
        found = await find_call(connection, "abc-def")

        assert found is not None
        assert len(await decisions_of(connection, found)) == 2


async def test_unreadable_records_are_rejected_alone(pool: Pool) -> None:
    broken = Record(Kind.DECISION, 0.0, b"\xc1", Position(1, 0))
    async with pool.acquire() as connection:
        applied = await DecisionApplier().apply(connection, [broken, record(SPAM_TURN)])

        assert [reject.record for reject in applied.rejects] == [broken]
        assert len(await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))) == 1


async def test_the_story_in_words(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(SPAM_TURN), record(CLASS_TURN)])
        turns = await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))

    english = "\n".join(story(turns, MOSCOW))
    assert "+7 916 000-00-05 called +7 495 123-45-67" in english
    assert "2026-08-06 12:00:00 Europe/Moscow  1." in english
    assert "in the spam list with 12 votes" in english
    assert "[7] Wait in the queue q-sales, at most 45 s; then ask again" in english
    with reading(Reader("ru"), Translations(("trunkline.calls",))):
        russian = "\n".join(story(turns, MOSCOW))
    assert "Ждать в очереди q-sales, не дольше 45 с" in russian
    assert "состояния телефонов были неизвестны" in russian


async def test_turns_are_told_by_the_clock_of_the_plan_that_answered(
    pool: Pool, database_url: str, data_dir: Path
) -> None:
    """Its sentences tell the time there, whatever this machine's zone and that of the pages."""
    bodies: list[dict[str, str]] = [{"timezone": "Asia/Yekaterinburg"}, {}]
    plan, plain = [await pool.fetchval("insert into plans (body) values ($1) returning version", b) for b in bodies]
    looked = TraceRow("closed", True, {"local": "2026-08-06 14:00", "open": False})
    local = Decision(Action.REJECT, "closed", trace=(looked,))
    told = of_call("1786006800.43", replace(SPAM_TURN, plan=plan, decision=local), SPAM_TURN.at)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(told), record(replace(SPAM_TURN, plan=plain + 1))])
        assert (await zone_of(connection, plain), await zone_of(connection, plain + 1)) == (MOSCOW, None)

    def said(call: str) -> str:
        environment = {
            "TRUNKLINE_DATA_DIR": str(data_dir),
            "TRUNKLINE_DATABASE_URL": database_url,
            "TRUNKLINE_WEB_TIMEZONE": "Asia/Tokyo",
            "LC_ALL": "C",
        }
        return CliRunner().invoke(application, ["why", call], env=environment).output

    sentences = await asyncio.to_thread(said, "1786006800.43")
    assert "2026-08-06 14:00:00 Asia/Yekaterinburg  1." in sentences
    assert "6 Aug, 14:00 is outside working hours" in sentences
    assert "2026-08-06 18:00:00 Asia/Tokyo  1." in await asyncio.to_thread(said, LINKEDID)


@pytest.mark.parametrize("rule", RULES)
def test_every_sentence_survives_missing_values(rule: str) -> None:
    for matched in (True, False):
        assert "%" not in because(TraceRow(rule, matched, {}))


def test_every_sentence_has_its_russian() -> None:
    spoken = Translations(("trunkline.calls",)).spoken("ru")
    sentences = {text for words in RULES.values() for text in (words.title, words.fits, words.fits_not)}
    assert [text for text in sentences | set(MISSING.values()) if spoken.gettext(text) == text] == []


@pytest.mark.parametrize(
    ("environ", "language"),
    [({"LANG": "ru_RU.UTF-8"}, "ru"), ({"LANG": "C"}, "en"), ({}, "en"), ({"LC_ALL": "en_US", "LANG": "ru_RU"}, "en")],
)
def test_language_of_the_terminal(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_words(action: Action) -> None:
    assert done(replace(SPAM_TURN.decision, action=action))


LOOKED: Used = {"local": "2026-11-26 22:30", "open": True}
FULL: Used = {
    "queue": "q-sales",
    "length": 5,
    "limit": 4,
    "target": "team:second",
    "team": "second",
    "free": 1,
    "members": 2,
}


@pytest.mark.parametrize(
    ("row", "english", "russian"),
    [
        (
            TraceRow("closed", True, LOOKED),
            "26 Nov, 22:30 is outside working hours",
            "26 нояб., 22:30 — вне часов работы",
        ),
        (TraceRow("closed", True, {"local": "once"}), "once is outside working hours", "once — вне часов работы"),
        (
            TraceRow("class", True, {"class": "client", "target": "queue:q-sales"}),
            "Callers of the class client go to Продажи",
            "Звонки класса «клиент» идут в Продажи",
        ),
        (
            TraceRow("default", True, {"target": "queue:nosuch"}),
            "Nothing else decided: the default is nosuch",
            "Ничто другое не решило: по умолчанию — nosuch",
        ),
        (
            TraceRow("class_full", True, FULL),
            "5 wait in Продажи, the limit is 4: on to Вторые продажи; "
            "of the team Вторые продажи can be rung now: 1 of 2",
            "Ждущих в очереди Продажи: 5, предел: 4; дальше — Вторые продажи; "
            "в группе Вторые продажи сейчас можно звонить: 1 из 2",
        ),
    ],
)
def test_reasons_name_places_and_moments(row: TraceRow, english: str, russian: str) -> None:
    names = queue_names(HEAD)
    assert because(row, names) == english
    with reading(Reader("ru"), Translations(("trunkline.calls",))):
        assert because(row, names) == russian


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("queue:first", "Продажи"),
        ("team:second", "Вторые продажи"),
        ("queue:q-nameless", "q-nameless"),
        ("extension:101", "101"),
        ("targets:101-102", "101, 102"),
        ("number:+74951234567", "+7 495 123-45-67"),
        ("voicemail:office", "office"),
        ("reject", "hang up"),
        ("default", "the PBX's own default"),
        ("", ""),
    ],
)
def test_places_in_words(target: str, told: str) -> None:
    assert place_in_words(target, queue_names(HEAD)) == told


def test_names_of_queues_and_agents() -> None:
    names, targets, agents = queue_names(HEAD), queue_targets(HEAD), agent_names(HEAD)

    assert [names(text) for text in ("first", "q-sales", "nameless", "else", "")] == [
        *("Продажи", "Продажи", "nameless", "else", ""),
    ]
    assert [targets(text) for text in ("ПРОДАЖИ", "q-sales", "second", "else", "")] == [
        *("q-sales", "q-sales", "q-sales", "else", ""),
    ]
    assert (agents("101"), agents("102"), agents("")) == ("Анна (101)", "102", "")
    assert done(CLASS_TURN.decision, names) == "Wait in the queue Продажи, at most 45 s; then ask again"
