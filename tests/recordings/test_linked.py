"""Recordings that a provider has: late, ended, cut or no sound at all, each is here once in the end, or says why."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from redis.asyncio import Redis

from recordings.fetching import Links
from recordings.finding import refuse_all
from recordings.linked import Linked
from recordings.recording import Recording, Stage, Stop
from recordings.references import FROM_LINK, asked_for, note_reference
from recordings.watch import take_up, watch_links
from tests.fakes.provider_server import Answer, Provider, cut, provider_at, says
from tests.faults.harness import kill_at_every_point
from tests.recordings.conftest import Studio, tone
from trunkline.alarms.alarm import AlarmBell
from trunkline.crypto import SecretBox
from trunkline.ids import call_uuid
from trunkline.jobs.house import WorkerServices
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.pbx.linked import KEPT_AS, LinkById, told_of_link
from trunkline.settings import load
from trunkline.web.i18n import Translations

HOST = "127.0.0.2"
NOW = datetime.now(UTC)
CALL = call_uuid("office", "1795320084.1", NOW.timestamp())
PAGE = says(b"<html>Sign in</html>", "text/html")
JOBS = "select execute_after from pgqueuer where entrypoint = $1 order by id"


@dataclass
class Scene:
    """A provider at the wire, and a pipeline that may ask it."""

    studio: Studio
    provider: Provider
    sound: bytes
    box: SecretBox
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the provider told, unless said otherwise."""

    async def told(self, identifier: str = "", url: str = "", at: datetime | None = None) -> UUID:
        async with self.studio.pool.acquire() as connection, connection.transaction():
            jobs = PgQueuerJobs(self.studio.pool, None)
            found = await note_reference(
                connection, jobs, CALL, "office", "1", identifier, url, at or datetime.now(UTC)
            )
        assert found is not None
        return found

    async def tried(self, one: UUID) -> Recording:
        await self.studio.pipeline.go_on(one.bytes)
        return await self.studio.one(one)

    async def asked_by_id(self, pointer: str = "/data/link", header: str = "X-API-Key", **secrets: str) -> None:
        way = LinkById(f"http://{HOST}:{self.provider.port}/link/{{id}}", pointer, header)
        await self.studio.pool.execute(
            "update pbxs set settings = settings || $1, secrets = $2",
            told_of_link(way),
            self.box.seal(msgspec.json.encode(secrets or {KEPT_AS: "s3cret"})),
        )

    async def jobs(self) -> list[Any]:
        return [row["execute_after"] for row in await self.studio.pool.fetch(JOBS, FROM_LINK)]

    async def references(self) -> int:
        count: int = await self.studio.pool.fetchval("select count(*) from recording_references")
        return count


@pytest.fixture
async def scene(studio: Studio, tmp_path: Path) -> AsyncIterator[Scene]:
    sound, box = tone(tmp_path / "talk.wav", 2.0).read_bytes(), SecretBox(b"k" * 32)
    links = Links([f"{HOST}/32"], 1, seconds=20.0)
    linked = Linked(studio.pool, links, box, studio.pipeline.prober, tmp_path / "workshop")
    studio.pipeline = replace(studio.pipeline, linked=linked)
    async with provider_at(HOST) as provider:
        yield Scene(studio, provider, sound, box)


def json(value: object, status: int = 200) -> Answer:
    return says(msgspec.json.encode(value), "application/json", status)


async def test_what_appears_late_is_fetched_once_it_is_there(scene: Scene) -> None:
    url = scene.provider.says("/f/1.wav", says(status=404), PAGE, says(), says(scene.sound))
    one = await scene.told(url=f"{url}?sign=x")

    for told in ("HTTP 404", "text/html", "its answer is empty"):
        await scene.studio.pool.execute("delete from pgqueuer")  # the one that is at work
        found = await scene.tried(one)
        assert (found.stage, found.stop, found.tries, told in found.told) == (Stage.FOUND, Stop.LATE, 0, True)
        assert len(await scene.jobs()) == 1
    async with scene.studio.pool.acquire() as connection:
        asked = (await asked_for(connection, [one]))[one]
    assert asked.asked == 3
    assert asked.again_at == asked.asked_at + timedelta(seconds=10)
    kept = await scene.tried(one)

    assert (kept.stage, kept.stop) == (Stage.KEPT, None)
    assert kept.seconds == pytest.approx(2.0, abs=0.05)
    steps = await scene.studio.pool.fetch("select stage from recording_steps order by done_at")
    assert [row["stage"] for row in steps] == ["fetched", "checked", "converted", "kept"]
    assert await scene.references() == 0
    assert "sign" not in kept.file
    assert not list((scene.studio.kept.parent / "workshop").iterdir())


async def test_an_ended_link_is_asked_for_anew_by_its_id(scene: Scene) -> None:
    await scene.asked_by_id()
    ended = scene.provider.says("/f/old.wav", says(status=403))
    fresh = scene.provider.says("/f/new.wav", says(scene.sound, "application/octet-stream"))
    scene.provider.says("/link/rec%2F1", json({"data": {}}), json({"data": {"link": fresh}}))
    one = await scene.told("rec/1", ended)

    first = await scene.tried(one)
    assert (first.stop, first.told) == (Stop.LATE, "its answer names no link at /data/link yet")
    assert (await scene.tried(one)).stage is Stage.KEPT

    assert scene.provider.paths() == ["/f/old.wav", "/link/rec%2F1", "/link/rec%2F1", "/f/new.wav"]  # the old one once
    keys = [headers.get("X-API-Key") for _path, headers in scene.provider.asked]
    assert keys == [None, "s3cret", "s3cret", None]


async def test_a_provider_may_answer_the_sound_itself(scene: Scene) -> None:
    """Its key is not shown to where it leads."""
    await scene.asked_by_id(pointer="")
    place = scene.provider.says("/store/1", says(scene.sound, "audio/x-wav"))
    scene.provider.says("/link/1", says(status=302, Location=place))

    assert (await scene.tried(await scene.told("1"))).stage is Stage.KEPT
    assert [headers.get("X-API-Key") for _path, headers in scene.provider.asked] == ["s3cret", None]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_no_ended_link(scene: Scene, status: int) -> None:
    """Where the key is asked for the sound itself. Without one it is the address that has ended."""
    await scene.asked_by_id(pointer="")
    scene.provider.says("/link/1", says(status=status))

    found = await scene.tried(await scene.told("1"))
    assert (found.stop, found.told) == (Stop.UNAUTHORISED, f"HTTP {status}")


NO_RECORDINGS: tuple[tuple[Answer, Stop, str, bool], ...] = (
    (says(status=410), Stop.ENDED, "HTTP 410", True),
    (says(status=401), Stop.ENDED, "HTTP 401", True),
    (says(status=503), Stop.UNREACHED, "HTTP 503", True),
    (says(b"<!DOCTYPE html><p>Log in", "audio/mpeg"), Stop.LATE, "it answers a page", True),
    (json({"error": "KEY_IS_EXPIRED"}), Stop.LATE, "application/json", True),
    (says(b"x" * 3000, "image/png"), Stop.LATE, "image/png", True),
    (says(b"there was a call\n" * 100), Stop.UNREADABLE, "", True),
    (says(b"x" * (1 << 20 | 1)), Stop.TOO_LARGE, "larger than 1 MB", False),
    (says(status=302, Location="/loop"), Stop.UNREACHED, "leads on more than 3 times", True),
    (says(status=302, Location="file:///etc/passwd"), Stop.UNREACHED, "no address", True),
    (says(status=302, Location="http://127.0.0.1:9/"), Stop.FORBIDDEN, "127.0.0.1", True),
    (says(status=302, Location="http://[::1]:9/"), Stop.FORBIDDEN, "::1", True),
    (says(status=302, Location="http://2130706433:9/"), Stop.FORBIDDEN, "2130706433", True),
    (says(status=302, Location="http://localhost:9/"), Stop.FORBIDDEN, "localhost", True),
    (says(status=302, Location="https://localhost:9/"), Stop.FORBIDDEN, "localhost", True),
    (says(b"\x1f\x8b" + b"x" * 100, Content_Encoding="gzip"), Stop.LATE, "no sound", True),
)


async def test_what_is_no_recording_says_why(scene: Scene) -> None:
    scene.provider.says("/loop", says(status=302, Location="/loop"))
    for number, (answer, why, told, again) in enumerate(NO_RECORDINGS):
        one = await scene.told(url=scene.provider.says(f"/f/{number}", answer))
        await scene.studio.pool.execute("delete from pgqueuer")

        found = await scene.tried(one)

        assert (found.stage, found.stop, told in found.told) == (Stage.FOUND, why, True), (number, found.told)
        assert len(await scene.jobs()) == again, number
    assert not await asyncio.to_thread(lambda: list(scene.studio.kept.rglob("*.wav")))


async def test_nothing_is_asked_of_a_private_address(scene: Scene) -> None:
    """Neither where a link leads, nor where a provider says that one is."""
    await scene.asked_by_id()
    async with provider_at("127.0.0.1") as inner:
        secret = inner.says("/secret", says(scene.sound))
        scene.provider.says("/link/1", json({"data": {"link": secret}}))
        ids = [
            await scene.told(url=scene.provider.says("/f/1", says(status=307, Location=secret))),
            await scene.told(url=secret),
            await scene.told(url=secret.replace("127.0.0.1", "localhost")),
            await scene.told("1"),
        ]
        assert [(await scene.tried(one)).stop for one in ids] == [Stop.FORBIDDEN] * 4
    assert inner.asked == []


async def test_what_never_ends_is_cut_off(scene: Scene) -> None:
    endless = await scene.told(url=scene.provider.says("/f/1", scene.provider.endless))
    stuck = await scene.told(url=scene.provider.says("/f/2", scene.provider.stuck))
    assert scene.studio.pipeline.linked is not None
    assert (await scene.tried(endless)).stop is Stop.TOO_LARGE

    hasty = replace(scene.studio.pipeline.linked, links=Links([f"{HOST}/32"], 1, seconds=0.2))
    scene.studio.pipeline = replace(scene.studio.pipeline, linked=hasty)
    found = await scene.tried(stuck)
    assert (found.stop, found.stage) == (Stop.UNREACHED, Stage.FOUND)


async def test_a_recording_that_was_cut_is_fetched_whole(scene: Scene) -> None:
    """By a broken connection, or by the end of our own worker."""
    one = await scene.told(
        url=scene.provider.says("/f/1", cut(scene.sound), scene.provider.stuck, says(scene.sound, "audio/wav"))
    )
    found = await scene.tried(one)
    assert (found.stop, found.told) == (Stop.UNREACHED, "its answer broke off")

    worker = asyncio.create_task(scene.tried(one))
    await scene.provider.held.wait()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert ((await scene.studio.one(one)).tries, (await scene.tried(one)).stage) == (0, Stage.KEPT)
    assert (await scene.studio.one(one)).seconds == pytest.approx(2.0, abs=0.05)


NO_LINKS: tuple[tuple[Answer, Stop, str], ...] = (
    (says(status=401), Stop.UNAUTHORISED, "HTTP 401"),
    (says(status=404), Stop.LATE, "HTTP 404"),
    (says(status=500), Stop.UNREACHED, "HTTP 500"),
    (says(status=302, Location="/f/1"), Stop.UNREACHED, "HTTP 302"),
    (json({"data": {"link": None}}), Stop.LATE, "no link at /data/link"),
    (json([1]), Stop.LATE, "no link at /data/link"),
    (json({"data": {"link": 7}}), Stop.UNREACHED, "no address"),
    (json({"data": {"link": "ftp://x/"}}), Stop.UNREACHED, "no address"),
    (says(b"[" * 60_000), Stop.UNREACHED, "no JSON"),
    (says(b" " * 70_000), Stop.UNREACHED, "more than a link"),
    (PAGE, Stop.UNREACHED, "no JSON"),
)


async def test_a_provider_that_names_no_link_says_why(scene: Scene) -> None:
    await scene.asked_by_id()
    scene.provider.says("/f/1", says(scene.sound))
    for number, (answer, why, told) in enumerate(NO_LINKS):
        scene.provider.says(f"/link/{number}", answer)
        one = await scene.told(str(number))
        await scene.studio.pool.execute("delete from pgqueuer")

        found = await scene.tried(one)

        assert (found.stop, told in found.told, len(await scene.jobs())) == (why, True, 1), (number, found.told)
    assert scene.provider.paths() == [f"/link/{number}" for number in range(len(NO_LINKS))]


async def test_a_provider_s_pause_is_kept(scene: Scene) -> None:
    before = await scene.studio.pool.fetchval("select now()")
    one = await scene.told(url=scene.provider.says("/f/1", says(status=429, Retry_After="600")))
    await scene.tried(one)

    assert (await scene.jobs())[-1] >= before + timedelta(seconds=590)


async def test_told_twice_it_is_one_recording_and_none_overwrites_another(scene: Scene) -> None:
    url = scene.provider.says("/f/1", says(status=404))
    first = await scene.told("1", url)
    for identifier, link in (("1", url), ("1", ""), ("1", url)):
        assert await scene.told(identifier, link, scene.begun + timedelta(seconds=9)) == first
    assert len(await scene.jobs()) == 1

    newer = scene.provider.says("/f/2", says(scene.sound))
    assert await scene.told("1", newer, scene.begun + timedelta(minutes=1)) == first
    others = [await scene.told("2", newer), await scene.told(url=newer), await scene.told(url=f"{newer}?part=2")]
    assert len({first, *others}) == 4
    assert len(await scene.jobs()) == 5
    for one in (first, *others):
        assert (await scene.tried(one)).stage is Stage.KEPT
    assert len(list(scene.studio.kept.rglob("*.opus"))) == 4

    assert await scene.told("1", newer, scene.begun + timedelta(hours=1)) == first  # known, and here
    assert (await scene.references(), len(await scene.jobs())) == (0, 5)


async def test_given_up_it_is_asked_for_again_when_it_is_told_again(scene: Scene) -> None:
    url = scene.provider.says("/f/1", says(status=404), says(scene.sound))
    one = await scene.told("1", url, scene.begun - timedelta(days=2))
    assert ((await scene.tried(one)).stop, len(await scene.jobs())) == (Stop.LATE, 1)

    assert await scene.told("1", at=scene.begun) == one
    assert len(await scene.jobs()) == 2
    assert (await scene.tried(one)).stage is Stage.KEPT


async def test_what_has_an_id_alone_waits_until_it_is_known_how_it_is_asked_for(
    scene: Scene, redis: Redis, data_dir: Path
) -> None:
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(data_dir)})
    services = WorkerServices(settings, scene.studio.pool, redis, Translations(()))
    one = await scene.told("1")
    assert ((await scene.tried(one)).stop, len(await scene.jobs())) == (Stop.NO_LINK, 1)
    await scene.studio.pool.execute("delete from pgqueuer")
    assert await take_up(services) == 0

    await scene.asked_by_id()
    scene.provider.says("/link/1", json({"data": {"link": scene.provider.says("/f/1", says(scene.sound))}}))
    assert [await take_up(services), await take_up(services), len(await scene.jobs())] == [1, 0, 1]
    assert (await scene.tried(one)).stage is Stage.KEPT


async def test_a_secret_of_another_key_is_told(scene: Scene) -> None:
    await scene.asked_by_id()
    await scene.studio.pool.execute("update pbxs set secrets = $1", SecretBox(b"o" * 32).seal(b"{}"))

    found = await scene.tried(await scene.told("1"))

    assert (found.stop, "give it again" in found.told) == (Stop.UNAUTHORISED, True)
    assert scene.provider.asked == []


async def test_a_refused_call_forgets_where_its_recording_is(scene: Scene) -> None:
    one = await scene.told("1", scene.provider.says("/f/1", says(scene.sound)))
    async with scene.studio.pool.acquire() as connection, connection.transaction():
        await refuse_all(connection, PgQueuerJobs(scene.studio.pool, None), CALL)
    assert await scene.references() == 0

    assert (await scene.tried(one)).stage is Stage.DELETED
    assert (await scene.told("1", at=scene.begun + timedelta(hours=1)), await scene.references()) == (one, 0)
    assert scene.provider.asked == []


async def test_what_a_provider_owes_for_a_quarter_of_an_hour_raises_an_alarm(scene: Scene, redis: Redis) -> None:
    bell = AlarmBell(scene.studio.pool, redis)
    url = scene.provider.says("/f/1", says(status=403), says(scene.sound))
    one = await scene.told(url=url)
    await scene.tried(one)
    standing = "select facts from alarms where key = 'recordings.links' and cleared_at is null"
    await watch_links(bell, scene.studio.pool, scene.begun + timedelta(minutes=14))
    assert await scene.studio.pool.fetchval(standing) is None

    await watch_links(bell, scene.studio.pool, scene.begun + timedelta(minutes=16))
    facts = await scene.studio.pool.fetchval(standing)
    assert (facts["recordings"], facts["pbx"], facts["why"]) == (1, "office", "HTTP 403")

    await scene.tried(one)
    await watch_links(bell, scene.studio.pool, scene.begun + timedelta(minutes=16))
    assert await scene.studio.pool.fetchval(standing) is None


@pytest.mark.timeout(180)
async def test_it_is_here_once_whenever_its_worker_is_killed(
    scene: Scene, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Its link had ended, and it is asked for by its id: until it is here it is known where that is."""
    await scene.asked_by_id()
    studio, provider = scene.studio, scene.provider
    ended, fresh = provider.says("/f/1", says(status=410)), provider.says("/f/2", says(scene.sound))
    provider.says("/link/1", json({"data": {"link": fresh}}))
    one = await scene.told("1", ended)
    arguments = [database_url, str(studio.kept), str(studio.pipeline.workshop), f"{HOST}/32", str(one)]

    async def prepare() -> None:
        for folder in studio.kept.iterdir() if studio.kept.exists() else ():
            shutil.rmtree(folder)
        await studio.pool.execute("delete from recording_steps; delete from recording_references")
        await studio.pool.execute("update recordings set stage = 'found', tries = 0, size = 0, peaks = '', sha256 = ''")
        await scene.told("1", ended)

    async def check() -> None:
        found = await scene.tried(one)
        assert (found.stage, found.stop, await scene.references()) == (Stage.KEPT, None, 0)
        assert hashlib.sha256((studio.kept / found.key).read_bytes()).digest() == found.sha256
        assert await studio.pool.fetchval("select count(*) from recording_steps") == 4

    tried = await kill_at_every_point(
        *("sql", "tests.recordings.doomed:from_link", arguments),
        tell=record_property,
        prepare=prepare,
        check=check,
        every=3,
    )

    assert tried.passed
    assert tried.points > 3
