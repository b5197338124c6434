"""A call is explained by the visit that was shown its number, or by the number itself."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from calltracking.explaining.candidate import Candidate
from calltracking.explaining.follow import attribute_calls
from calltracking.explaining.ranking import rank
from calltracking.forms.store import FormApplier
from calltracking.leases.applier import VisitApplier
from calltracking.proof.trying import begin_test, find_test, look
from tests.calltracking.conftest import NO_HOMES, ORIGIN, Rows, Street, number_of
from tests.reports.calls import add_call
from trunkline.calls.announce import Announcement, News
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import attribution_of
from trunkline.calls.store import ensure_months
from trunkline.ids import call_uuid
from trunkline.keys import settings_key
from trunkline.webhooks.store import add as add_webhook
from trunkline.writer import SpoolApplier

MOSCOW = ZoneInfo("Europe/Moscow")
CLIENT = "+79161234567"
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


async def no_news(*_: object) -> None:
    """Nobody listens."""


@pytest.fixture
def writer(street: Street, rows: Rows, redis: Redis) -> SpoolApplier:
    root = street.app[settings_key].data_dir / "spool"
    return SpoolApplier(rows.pool, "node", root, [VisitApplier(redis, rows.pool), FormApplier()], no_news)


def call(number: str, *, client: str = CLIENT, news: News = News.STARTED, place: int = 1, **more: Any) -> Announcement:
    """News of an incoming call that begins a moment from now."""
    at = datetime.now(UTC) + timedelta(seconds=2)
    call_id = call_uuid("office", f"{int(at.timestamp())}.{place}", at.timestamp())
    payload = {"direction": "in", "dialled": number, "client": client, "started_at": at.isoformat()} | more
    return Announcement(call_id, news, f"{news}:{call_id}", 0, payload)


async def explained(rows: Rows, *news: Announcement) -> list[Attribution | None]:
    async with rows.pool.acquire() as connection, connection.transaction():
        await attribute_calls(connection, news, MOSCOW, NO_HOMES)
        return [await attribution_of(connection, one.call_id) for one in news]


async def test_the_visit_that_was_shown_the_number(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor, other = street.visitor(), street.visitor()
    await visitor.swap(page=f"{ORIGIN}/okna?utm_source=yandex&utm_medium=cpc&utm_campaign=zima&utm_term=окна")
    await other.swap(page=f"{ORIGIN}/", referrer="https://vk.com/")
    await writer.drain()

    first, second = await explained(rows, call(number_of(0)), call(number_of(1), place=2))

    assert first is not None
    assert second is not None
    assert (first.told_by, str(first.visit_id), first.site) == (ToldBy.VISIT, visitor.visit, "Окна")
    assert (first.channel, first.source, first.campaign, first.term) == ("Paid Search", "yandex", "zima", "окна")
    assert first.confidence > 0.9
    assert (second.channel, second.source) == ("Organic Social", "vk")


async def test_a_visit_that_was_stored_late_is_found_when_the_call_is_over(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    visitor = street.visitor()
    await visitor.swap()
    began = call(number_of(0))
    assert await explained(rows, began) == [None]

    await writer.drain()
    over = Announcement(began.call_id, News.ENDED, "", 0, began.payload)
    (found,) = await explained(rows, over)
    assert found is not None
    assert str(found.visit_id) == visitor.visit


async def test_who_touched_a_shared_number_is_likelier(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    people = [street.visitor() for _ in range(4)]
    shown = [(await one.number())[0] for one in people]
    sharing = [one for one, number in zip(people, shown, strict=True) if number == shown[3]]
    toucher = sharing[0]
    ids = {"visit": toucher.visit, "visitor": toucher.visitor}
    assert (await toucher.post("tap", **ids, placement="main", number=shown[3])).status == 204
    await writer.drain()

    (found,) = await explained(rows, call(shown[3]))

    assert len(sharing) == 2
    assert found is not None
    assert str(found.visit_id) == toucher.visit
    assert found.confidence > 0.9
    assert {str(one.visit_id) for one in found.others} <= {sharing[1].visit}


async def test_a_number_that_stands_in_one_place_explains_itself(street: Street, rows: Rows) -> None:
    await rows.add_lines(["+74957770001"])
    await rows.tell("+74957770001", source="билборд", channel="Offline", campaign="МКАД 34 км")

    (found,) = await explained(rows, call("+74957770001"))

    assert found is not None
    assert (found.told_by, found.channel, found.source, found.confidence) == (ToldBy.NUMBER, "Offline", "билборд", 1.0)


async def test_a_number_without_a_source_explains_nothing(street: Street, rows: Rows) -> None:
    """A site shows it when its pool is out: whoever calls it came from anywhere."""
    await rows.add_lines(["+74957770001"])
    await rows.tell("+74957770001", site_id=rows.site, placement="main")
    assert await explained(rows, call("+74957770001")) == [None]


async def test_a_telephone_left_in_a_form_is_his(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    """Two see one number; who of them wrote the caller's number in a form, on whatever page, is likelier."""
    people = [street.visitor() for _ in range(4)]
    shown = [(await one.number())[0] for one in people]
    sharing = [one for one, number in zip(people, shown, strict=True) if number == shown[3]]
    written = {"id": str(uuid4()), "at": int(time.time() * 1000), "phone": CLIENT, "agreed": "policy-1"}
    ids = {"visit": sharing[0].visit, "visitor": sharing[0].visitor}
    assert (await sharing[0].post("form", **written, **ids, page=f"{ORIGIN}/contacts")).status == 202
    await writer.drain()

    (found,) = await explained(rows, call(shown[3]))

    assert found is not None
    assert (str(found.visit_id), "phone" in found.reasons) == (sharing[0].visit, True)


async def test_what_was_found_first_is_no_evidence_for_itself(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    """The end of a call changes nothing of what explained its beginning."""
    await rows.pool.execute("update tracking_pools set most_sharing = 2")
    await street.look()
    people = [street.visitor() for _ in range(4)]
    shown = [(await one.number())[0] for one in people]
    await writer.drain()
    began = call(shown[3])
    (first,) = await explained(rows, began)
    (second,) = await explained(rows, Announcement(began.call_id, News.ENDED, "", 0, began.payload))
    assert first is not None
    assert first == second
    assert first.confidence < 0.9


async def test_a_fault_costs_the_attribution_and_not_the_story(rows: Rows) -> None:
    broken = call(number_of(0), started_at="no time at all")
    async with rows.pool.acquire() as connection, connection.transaction():
        await attribute_calls(connection, [broken], MOSCOW, NO_HOMES)
        assert await connection.fetchval("select 1") == 1, "the transaction goes on"


async def test_a_call_told_months_later_has_a_place_for_what_explains_it(street: Street, rows: Rows) -> None:
    """The story of a gap is filled long after; a month without a partition must not hold it up."""
    at = datetime(2026, 2, 10, 9, tzinfo=UTC)
    call_id = call_uuid("office", f"{int(at.timestamp())}.1", at.timestamp())
    await rows.add_lines(["+74957770001"])
    await rows.tell("+74957770001", source="билборд", channel="Offline")
    payload = {"direction": "in", "dialled": "+74957770001", "client": CLIENT, "started_at": at.isoformat()}
    async with rows.pool.acquire() as connection, connection.transaction():
        await ensure_months(connection, [call_id], set())
        await attribute_calls(connection, [Announcement(call_id, News.STARTED, "", 0, payload)], MOSCOW, NO_HOMES)
        found = await attribution_of(connection, call_id)
    assert found is not None
    assert found.source == "билборд"


@pytest.mark.parametrize("more", [{"direction": "out"}, {"dialled": ""}, {"dialled": "+74950000000"}])
async def test_what_nothing_explains_has_no_row(street: Street, rows: Rows, more: dict[str, Any]) -> None:
    assert await explained(rows, call(number_of(0), **more)) == [None]


def candidate(gone: float, *, tapped: float | None = None, known: bool = False) -> Candidate:
    """A visit that was over `gone` seconds before noon (negative: it goes on)."""
    return Candidate(
        visit_id=uuid4(),
        visitor=uuid4(),
        granted_at=NOON - timedelta(days=8),
        seen_at=NOON - timedelta(seconds=gone),
        site="",
        channel="",
        source="",
        medium="",
        campaign="",
        term="",
        landing="",
        taps=() if tapped is None else (NOON - timedelta(seconds=tapped),),
        phones=(CLIENT,) if known else (),
    )


@pytest.mark.parametrize(
    ("likelier", "other"),
    [
        pytest.param(candidate(-10), candidate(60), id="who is there before who is gone"),
        pytest.param(candidate(60), candidate(86_400), id="who went a minute ago before who went yesterday"),
        pytest.param(candidate(-10, tapped=8), candidate(-10), id="who touched the number"),
        pytest.param(candidate(3600, known=True), candidate(3600), id="who was the caller before"),
    ],
)
def test_who_is_likelier(likelier: Candidate, other: Candidate) -> None:
    first, second = rank([other, likelier], NOON, CLIENT)
    assert first.candidate is likelier
    assert first.confidence > second.confidence


def test_a_caller_linked_to_somebody_else_speaks_against_all() -> None:
    visits = [candidate(86_400), candidate(90_000)]
    (known, _), (strange, _) = (rank(visits, NOON, CLIENT, linked)[:2] for linked in ((), (uuid4(),)))
    assert strange.confidence < known.confidence


_seconds = st.floats(-3600, 7 * 86_400)


@given(st.lists(st.builds(candidate, _seconds, known=st.booleans()), max_size=8), st.randoms())
def test_probabilities_are_of_one_world_in_any_order(candidates: Sequence[Candidate], chance: Any) -> None:
    ranked = rank(candidates, NOON, CLIENT)
    assert sum(one.confidence for one in ranked) <= 1 + 1e-9
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    assert [one.candidate for one in rank(shuffled, NOON, CLIENT)] == [one.candidate for one in ranked]


async def test_webhooks_hear_once_what_led_to_a_call(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    async with rows.pool.acquire() as connection:
        box = street.app[settings_key].secret_box()
        await add_webhook(connection, box, "agency", "https://agency.example.ru/in", ["call.attributed"])
    await street.visitor().swap(page=f"{ORIGIN}/okna?utm_source=yandex&utm_medium=cpc&utm_campaign=zima")
    await writer.drain()
    began = call(number_of(0))
    over = Announcement(began.call_id, News.ENDED, "", 0, began.payload | {"talk_seconds": 61.0, "outcome": "answered"})

    await explained(rows, began)
    assert await rows.pool.fetchval("select count(*) from outbox") == 0
    await explained(rows, over)
    await explained(rows, over)

    (told,) = [row["payload"] for row in await rows.pool.fetch("select payload from outbox")]
    assert (told["event"], told["data"]["talk_seconds"], told["data"]["client"]) == ("call.attributed", 61.0, CLIENT)
    assert told["data"]["attribution"]["campaign"] == "zima"
    assert told["data"]["attribution"]["confidence"] > 0.9


async def test_a_test_call_goes_from_its_link_to_its_row(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    now = datetime.now(UTC)
    async with rows.pool.acquire() as connection:
        identifier = await begin_test(connection, rows.site, ["www.example.ru"], "", None, now)
        begun = await find_test(connection, [rows.site], identifier)
    assert begun is not None
    await street.visitor().swap()
    visitor = street.visitor()
    shown = (await visitor.swap(page=begun.link))["main"]["number"]
    await writer.drain()
    call_id = await add_call(rows.pool, CLIENT, "answered", line=shown, at=now + timedelta(seconds=2), talk=5)
    news = call(shown)
    await explained(rows, Announcement(call_id, News.STARTED, "", 0, news.payload))

    async with rows.pool.acquire() as connection, connection.transaction():
        await look(connection, begun, datetime.now(UTC))
        done = await find_test(connection, [rows.site], identifier)

    assert done is not None
    assert (done.state, str(done.visit_id), done.number, done.call_id) == ("passed", visitor.visit, shown, call_id)
    assert done.next is None
