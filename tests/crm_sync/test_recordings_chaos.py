"""Whatever goes wrong between us and the portal, the call has its sound there, and its text once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from tests.crm_sync.portal_client import serving
from tests.crm_sync.recorder import EVERYTHING, Recorder, recorder
from tests.crm_sync.scene import ACCOUNTS, Scene
from tests.crm_sync.test_recordings_told import ATTACH, TEXTS
from tests.fakes.bitrix24.chaos import Chaos
from tests.fakes.dialogue import call_again
from tests.fakes.waiting import eventually
from tests.recordings.test_silencing import TEXT

UPLOAD, STATISTIC = "upload", "voximplant.statistic.get"


@pytest.fixture
async def scribe(scene: Scene, tmp_path: Path) -> AsyncIterator[Recorder]:
    """A call is over and told; its sound and text are ready to be."""
    async with recorder(scene, tmp_path, EVERYTHING) as found:
        await found.happens("simple_answered", {"0": 6.0})
        await found.deliver()
        one = await found.kept("0")
        await found.written_down(one, TEXT)
        await found.looked_through(one)
        assert len(await found.waiting()) == 2
        yield found


async def all_there(scribe: Recorder) -> None:
    """The property."""
    await scribe.deliver_all()
    (call,) = await scribe.scene.calls()
    portal = scribe.scene.portal
    one = await scribe.named("0")
    assert portal.record_of(str(call)) == (scribe.recorded.workshop.parent / "kept" / one.copy_key).read_bytes()
    assert len(portal.transcripts_of(str(call))) == 1
    assert (portal.violations, await scribe.scene.dead()) == ([], [])
    row = await scribe.pool.fetchrow("select record_id, transcript_id from crm_calls")
    assert row is not None
    assert (row["record_id"], row["transcript_id"]) == (one.id, portal.finished[0]["TRANSCRIPT_ID"])


FAULTS: dict[str, Callable[[Chaos, str], object]] = {
    "cut before": lambda chaos, method: chaos.cut_before(method, 2),
    "answer lost": lambda chaos, method: chaos.cut_after(method, 2),
    "502 page": lambda chaos, method: chaos.page(method, 2),
    "page in place of JSON": lambda chaos, method: chaos.page(method, 2, status=200),
    "too often": lambda chaos, method: chaos.refuse("QUERY_LIMIT_EXCEEDED", method, 2),
    "worked too long": lambda chaos, method: chaos.refuse("OPERATION_TIME_LIMIT", method, 2),
    "broke inside": lambda chaos, method: chaos.refuse("INTERNAL_SERVER_ERROR", method, 2),
    "wall before it": lambda chaos, method: chaos.page(method, 2, status=403),
    "token refused": lambda chaos, method: chaos.refuse("expired_token", method, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_any_request_costs_nothing(scribe: Recorder, fault: str) -> None:
    for method in (ATTACH, UPLOAD, TEXTS):
        FAULTS[fault](scribe.scene.portal.chaos, method)
    await all_there(scribe)
    # An upload's address knows no refusals by code, and a text whose answer was lost is not told again.
    assert all(one.left == 0 for one in scribe.scene.portal.chaos.faults if one.method == ATTACH)


async def test_a_text_whose_answer_was_lost_is_looked_for_before_it_is_told_again(scribe: Recorder) -> None:
    scribe.scene.portal.chaos.cut_after(TEXTS)
    await all_there(scribe)
    assert (len(scribe.scene.portal.asked(TEXTS)), len(scribe.scene.portal.asked(STATISTIC))) == (1, 1)


async def test_statistics_that_lag_behind_the_end_of_the_call_are_waited_for(scribe: Recorder) -> None:
    statistic = scribe.scene.portal.world.statistic
    rows = list(statistic)
    for _ in range(2):
        statistic.clear()
        await scribe.deliver()
        assert len(await scribe.waiting()) == 2
        statistic[:] = rows
    await all_there(scribe)


async def test_an_upload_that_is_cut_on_its_way_is_begun_anew(scribe: Recorder) -> None:
    async def cut(request: web.Request) -> web.Response:
        await request.content.readany()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    await _uploads_to(scribe, cut)


async def test_ten_megabytes_in_place_of_an_answer_are_no_answer(scribe: Recorder) -> None:
    async def endless(_request: web.Request) -> web.Response:
        return web.Response(body=b'{"result": "' + b"x" * (10 << 20) + b'"}', content_type="application/json")

    await _uploads_to(scribe, endless)


async def _uploads_to(scribe: Recorder, handler: Callable[[web.Request], object]) -> None:
    """The first attempt's file goes to `handler` in place of the portal; the second's arrives."""
    place: list[str] = []

    async def attach(_request: web.Request) -> web.Response:
        return web.json_response({"result": {"uploadUrl": place[0], "fieldName": "file"}})

    row = await scribe.pool.fetchrow("select portal, endpoint from crm_connectors, crm_tokens")
    assert row is not None
    async with serving({f"/rest/{ATTACH}.json": attach, "/up": handler}) as url:
        place.append(f"{url}up")
        await scribe.scene.served_at(url.rstrip("/"), f"{url}rest/")
        await scribe.deliver()
    error = await scribe.pool.fetchval("select last_error from outbox where kind = 'bitrix24.record'")
    assert error, "it was not tried"
    await scribe.scene.served_at(row["portal"], row["endpoint"])
    await all_there(scribe)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/rest/upload", "https://else.example/up", "//else.example", 7, None]
)
async def test_nothing_is_sent_to_an_address_that_is_not_the_portal_s_own(scribe: Recorder, url: object) -> None:
    async def attach(_request: web.Request) -> web.Response:
        return web.json_response({"result": {"uploadUrl": url, "fieldName": "file"}})

    async with serving({f"/rest/{ATTACH}.json": attach}) as own:
        await scribe.scene.served_at(own.rstrip("/"), f"{own}rest/")
        await scribe.deliver()
    if isinstance(url, str):
        assert [words.partition(";")[0] for words in await scribe.scene.dead()] == [
            "the portal wants the recording at an address that is not its own"
        ]
    else:  # no address at all: as good as no answer
        assert len(await scribe.waiting()) == 2


async def test_a_file_that_is_too_large_for_the_portal_is_a_letter_in_words(scribe: Recorder) -> None:
    scribe.scene.portal.chaos.page(UPLOAD, status=413)
    await scribe.deliver()
    (why,) = await scribe.scene.dead()
    assert why == "the portal, or a server before it, takes no recording as large as this"
    (call,) = await scribe.scene.calls()
    assert len(scribe.scene.portal.transcripts_of(str(call))) == 1  # its text has no part in that


async def test_an_end_that_was_given_up_takes_its_recording_with_it(scene: Scene, tmp_path: Path) -> None:
    """Letters of both, which a person sends again in their order."""
    async with recorder(scene, tmp_path) as booth:
        await booth.happens("simple_answered", {"0": 1.0})
        phone = await booth.pool.fetchval("select phone from crm_calls")
        await booth.pool.execute("update crm_calls set phone = 'anonymous'")
        await booth.kept("0")
        await booth.deliver()
        end, record = await scene.dead()
        assert end.startswith("the portal does not take this for a telephone number")
        assert record.startswith("the portal was not told that the call is over")
        await booth.pool.execute("update crm_calls set phone = $1", phone)
        await booth.pool.execute(
            "insert into outbox (id, stream, kind, idem, payload)"
            " select id, stream, kind, idem, payload from outbox_dead"
        )
        await booth.pool.execute("insert into outbox_streams (stream) select distinct stream from outbox_dead")
        await booth.pool.execute("delete from outbox_dead")
        await booth.deliver_all()
        assert await booth.heard_there() is not None


async def test_a_plan_that_has_ended_holds_recordings_too(scribe: Recorder) -> None:
    scribe.scene.portal.chaos.plan_expired = True
    await scribe.deliver()
    (held,) = await scribe.pool.fetch(ACCOUNTS)
    assert held["state"] == "blocked"
    scribe.scene.portal.chaos.plan_expired = False
    await scribe.pool.execute("delete from outbox_accounts")
    await all_there(scribe)


async def test_the_fourth_at_once_waits_its_turn_and_spends_no_attempt(scene: Scene, tmp_path: Path) -> None:
    async with recorder(scene, tmp_path) as booth:
        channels = [str(1000 * copy) for copy in range(4)]
        for copy, channel in enumerate(channels):
            await booth.hears(call_again("simple_answered", copy, 1_795_320_000 + copy), {channel: 1.0})
        await booth.deliver_all()
        for channel in channels:
            await booth.kept(channel)
        stalled = [scene.portal.chaos.stall(UPLOAD) for _ in range(3)]
        first = asyncio.create_task(booth.deliver())
        await asyncio.gather(*(one.reached.wait() for one in stalled))
        put_off = "select attempts from outbox where last_error = 'other recordings are on their way'"
        await eventually(lambda: _any(booth, put_off))
        assert await booth.pool.fetchval(put_off) == 0
        for one in stalled:
            one.release()
        await first
        await booth.deliver_all()
        calls = [str(call) for call in await scene.calls()]
        assert [scene.portal.record_of(call) is not None for call in calls] == [True] * 4
        assert await scene.dead() == []


async def _any(booth: Recorder, asked: str) -> bool:
    return bool(await booth.pool.fetch(asked))
