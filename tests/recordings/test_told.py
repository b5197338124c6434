"""Recordings that hosted PBXs tell of, in webhooks and histories, are here once, by the provider's own way to them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from recordings.fetching import Links
from recordings.linked import Linked
from recordings.recording import Recording, Stage, Stop
from recordings.references import FROM_LINK
from recordings.told import Hosted, follow_told
from tests.fakes.hosted_api import API_KEY, KEY, SECRET, Cloud, cloud_at
from tests.fakes.provider_server import Provider, provider_at, says
from tests.fakes.zadarma import webhook
from tests.pbx.hooks.test_histories import LATER, megafon, mts, zadarma
from tests.pbx.hooks.test_store import BOX, apply
from tests.pbx.zadarma.test_told import ANSWERED, records
from tests.recordings.conftest import Studio, tone
from trunkline.calls.applier import CallApplier, nobody_follows
from trunkline.db.types import Connection
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.history import Row, record_of
from trunkline.pbx.hooks.links import HostedLinks
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import HostedPbx, save_hosted
from trunkline.webhooks.address import AddressRules

HOST = "127.0.0.2"
CALL, RECORDING = "in_8b9c3a0000000001", "1458314231.236567"
READY = records([(90.0, webhook("NOTIFY_RECORD", call_id_with_rec=RECORDING, pbx_call_id=CALL))])[0]


@dataclass
class Scene:
    """A PBX in the cloud, its recordings at `provider`, and a pipeline that may ask both."""

    studio: Studio
    cloud: Cloud
    provider: Provider
    sound: bytes

    async def account(self, kind: str = "zadarma", **secrets: str) -> None:
        pbx = HostedPbx(
            id="cloud", name="Cloud", kind=kind, settings={"api_url": self.cloud.base, "rest_api": self.cloud.base}
        )
        async with self.studio.pool.acquire() as connection:
            assert await save_hosted(connection, BOX, pbx, secrets)

    async def heard(self, *told: HookRecord) -> None:
        jobs = PgQueuerJobs(self.studio.pool, None)

        async def recorded(connection: Connection, found: Hosted) -> frozenset[str]:
            return await follow_told(connection, jobs, BOX, found)

        await apply(self.studio.pool, CallApplier(follow_seats=nobody_follows, follow_recorded=recorded), told)

    async def kept(self) -> list[UUID]:
        return [row["id"] for row in await self.studio.pool.fetch("select id from recordings order by id")]

    async def jobs(self) -> int:
        sql = "select count(*) from pgqueuer where entrypoint = $1"
        return await self.studio.pool.fetchval(sql, FROM_LINK) or 0

    async def tried(self, one: UUID) -> Recording:
        await self.studio.pipeline.go_on(one.bytes)
        return await self.studio.one(one)


@pytest.fixture
async def scene(studio: Studio, tmp_path: Path) -> AsyncIterator[Scene]:
    sound = tone(tmp_path / "talk.wav", 2.0).read_bytes()
    async with (
        hosted_api(AddressRules(["127.0.0.0/8"])) as api,
        provider_at(HOST) as provider,
        cloud_at() as cloud,
    ):
        links = Links([f"{HOST}/32"], 1, seconds=20.0)
        hosted = HostedLinks(api, BOX)
        linked = Linked(studio.pool, links, BOX, studio.pipeline.prober, tmp_path / "workshop", hosted)
        studio.pipeline = replace(studio.pipeline, linked=linked)
        yield Scene(studio, cloud, provider, sound)


async def test_what_a_webhook_tells_is_asked_for_as_the_provider_wants(scene: Scene) -> None:
    await scene.account(api_key=KEY, secret=SECRET)
    await scene.heard(*records(ANSWERED), READY, READY)
    (one,) = await scene.kept()
    assert await scene.jobs() == 1

    late = await scene.tried(one)
    assert (late.stage, late.stop, late.told) == (Stage.FOUND, Stop.LATE, "asked for a link: it answers: No file")
    scene.cloud.links[RECORDING] = scene.provider.says("/a.mp3", says(scene.sound))
    kept = await scene.tried(one)
    assert (kept.stage, kept.stop, kept.file) == (Stage.KEPT, None, f"provider/{RECORDING}")
    call = await scene.studio.pool.fetchval("select id from calls where linkedid = $1", CALL)
    assert kept.call_id == call
    assert {fields["call_id"] for _, fields in scene.cloud.asked} == {RECORDING}


async def test_what_the_history_tells_is_the_same_recording(scene: Scene) -> None:
    await scene.account(api_key=KEY, secret=SECRET)
    line = dict(zadarma("in_1", call_id=RECORDING)) | {"pbx_call_id": CALL}
    found = record_of("cloud", "zadarma", Row(CALL, 0, {"lines": [line]}), {}, LATER)
    await scene.heard(found)
    await scene.heard(*records(ANSWERED), READY, found)

    assert len(await scene.kept()) == 1


async def test_nothing_is_fetched_before_the_key_is_given(scene: Scene) -> None:
    await scene.account(secret=SECRET)
    await scene.heard(*records(ANSWERED), READY)

    assert await scene.kept() == []


async def test_a_recording_of_a_call_nobody_knows_waits_for_the_call(scene: Scene) -> None:
    await scene.account(api_key=KEY, secret=SECRET)
    await scene.heard(READY)
    assert await scene.kept() == []
    assert await scene.studio.pool.fetchval("select count(*) from calls") == 0


async def test_a_key_that_is_refused_is_said_to_be(scene: Scene) -> None:
    await scene.account(api_key=KEY, secret="another")
    await scene.heard(*records(ANSWERED))
    (one,) = await scene.kept()

    found = await scene.tried(one)
    assert (found.stop, found.told) == (Stop.UNAUTHORISED, "asked for a link: it refuses our key: HTTP 401")


async def test_a_link_that_comes_with_the_call_is_followed(scene: Scene) -> None:
    await scene.account("megafon", rest_key=API_KEY)
    url = scene.provider.says("/m.mp3", says(scene.sound))
    row = Row("m-1", 0, {"line": megafon("m-1", record=url)})
    await scene.heard(record_of("cloud", "megafon", row, {}, LATER))
    (one,) = await scene.kept()

    assert (await scene.tried(one)).stage is Stage.KEPT
    assert msgspec.json.encode(scene.cloud.asked) == b"[]"


async def test_a_recording_that_the_api_answers_itself_is_asked_for_with_its_key(scene: Scene) -> None:
    # as `mikopbx/ModuleMtsPbx` asks for it; 204 until it is ready
    place = scene.provider.says("/trunks/record", says(status=204), says(scene.sound, kind="audio/mpeg"))
    settings = {"api_url": place.removesuffix("/trunks/record"), "domain": "9807100241.ru"}
    pbx = HostedPbx(id="cloud", name="Cloud", kind="mts", settings=settings)
    async with scene.studio.pool.acquire() as connection:
        assert await save_hosted(connection, BOX, pbx, {"api_key": "a.j.w"})
    await scene.heard(record_of("cloud", "mts", Row("75317940441", 0, {"line": mts("1")}), settings, LATER))
    (one,) = await scene.kept()

    assert (await scene.tried(one)).stop is Stop.LATE
    assert (await scene.tried(one)).stage is Stage.KEPT
    asked = "/trunks/record?Domain=9807100241.ru&TrunkId=4951234567&CallId=75317940441&Type=mp3"
    assert [(path, headers["Authorization"]) for path, headers in scene.provider.asked] == [(asked, "Bearer a.j.w")] * 2
