"""A bucket as a store of recordings: all that is done in a folder, and what is told where it is set wrongly."""

import hashlib
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from recordings import store
from recordings.backing_up import KeptSounds
from recordings.bucket import bucket_of
from recordings.expiring import expire, hold
from recordings.keeping import KeepRule
from recordings.recording import Stage
from recordings.store_check import recordings
from recordings.vault import StoreLost
from tests.fakes.failing import Failing
from tests.fakes.s3_server import S3Server
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.recordings.buckets import Bucket, bucket, environment_of, far, server
from tests.recordings.conftest import Studio, tone
from tests.recordings.test_expiring import NOW, kept
from tests.recordings.test_links import made
from tests.web.composed import browsing_as, compose
from trunkline.app.public import build_public
from trunkline.backup.archive import Manifest, write_archive
from trunkline.backup.putting_back import absent
from trunkline.backup.sounds import Sound
from trunkline.db.types import Pool
from trunkline.keys import settings_key
from trunkline.people.roles import Role

__all__ = ["bucket", "far", "server"]
pytestmark = pytest.mark.timeout(120)


async def test_a_recording_goes_all_the_way_into_the_bucket(far: Studio, bucket: Bucket) -> None:
    tone(far.monitor / "q.wav", 2.0, sides=2)

    one = await far.worked("q.wav")

    assert (one.stage, one.stop, one.tries) == (Stage.KEPT, None, 0)
    assert await bucket.keys() == {one.key: one.size}
    whole = b"".join([chunk async for chunk in far.vault.read(one.key, 0, one.size)])
    assert hashlib.sha256(whole).digest() == one.sha256


async def test_a_large_file_goes_in_parts_and_comes_back_whole_in_little_memory(bucket: Bucket, tmp_path: Path) -> None:
    large, back = tmp_path / "large", tmp_path / "back"
    large.write_bytes(bytes(range(256)) * (40 << 12))  # 40 MB
    vault = bucket.vault
    tracemalloc.start()
    try:
        digest = await vault.put("large", large)
        await vault.fetch("large", back)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()

    assert hashlib.sha256(back.read_bytes()).digest() == digest
    assert await vault.size("large") == 40 << 20
    assert await bucket.server.uploads(bucket.name) == 0
    parts = [chunk async for chunk in vault.read("large", 5_000_000, 7_500_001)]
    assert b"".join(parts) == large.read_bytes()[5_000_000:7_500_001]
    assert max(map(len, parts)) <= 1 << 20


@pytest.mark.parametrize("answers", [False, True])
async def test_half_of_a_large_file_leaves_no_key(bucket: Bucket, tmp_path: Path, answers: bool) -> None:
    """Each request of it is the last one in turn."""
    large, vault = tmp_path / "large", bucket.vault
    large.write_bytes(bytes(11 << 20))
    for at in range(1, 20):
        bucket.line.fail(at, answers=answers)
        try:
            await vault.put("large", large)
            break
        except StoreLost:
            keys = await bucket.keys()
            assert keys in ({}, {"large": 11 << 20} if answers else {})
            bucket.line.back()
            await vault.forget("large")
    assert at > 4
    assert await bucket.keys() == {"large": 11 << 20}


async def test_what_is_not_there_is_no_trouble(bucket: Bucket, tmp_path: Path) -> None:
    vault = bucket.vault
    assert await vault.size("none") is None
    await vault.forget("none")
    with pytest.raises(FileNotFoundError):
        await anext(vault.read("none", 0, 1))
    with pytest.raises(FileNotFoundError):
        await vault.fetch("none", tmp_path / "none")
    await vault.look()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret": "another"}, r"recordings\.s3_secret \(SignatureDoesNotMatch\)"),
        ({"key_id": "AKIAANOTHER"}, r"recordings\.s3_key_id \(InvalidAccessKeyId\)"),
        ({"bucket": "another"}, r"recordings\.s3_bucket \(NoSuchBucket\)"),
    ],
)
async def test_what_is_set_wrongly_is_told(tmp_path: Path, data_dir: Path, wrong: dict[str, str], told: str) -> None:
    """By each thing that is done, and never as if what is kept were not there."""
    sound = tmp_path / "sound"
    sound.write_bytes(b"OggS")
    async with S3Server() as server:
        await server.make_bucket("calls")
        bucket = Bucket(server, Failing(0), "calls", environment_of(server, server.port, "calls", data_dir))
        await server.guard()
        await bucket.vault.put("kept", sound)
        vault = bucket.but(**wrong)
        with pytest.raises(StoreLost, match=told):
            await vault.put("kept", sound)
        with pytest.raises(StoreLost, match=told):
            await anext(vault.read("kept", 0, 4))
        with pytest.raises(StoreLost, match=told):
            await vault.forget("kept")
        with pytest.raises(StoreLost, match=told) as caught:
            await vault.look()
        with pytest.raises(StoreLost):
            await vault.size("kept")
        assert await bucket.vault.size("kept") == 4
        ((well, message),) = [(found.well, found.message) for found in await recordings(bucket.settings)]
        assert (well, message) == (True, f"kept in the bucket calls/calls at http://127.0.0.1:{server.port}")
        server.kill()
        for found in await recordings(bucket.settings):
            assert not found.well
            assert found.message == "the bucket of the recordings: HTTP error: error sending request"
    assert "another" not in str(caught.value).lower()
    assert "\n" not in str(caught.value)


def test_nothing_of_amazons_environment_is_taken(monkeypatch: pytest.MonkeyPatch, bucket: Bucket) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "mars-1")
    monkeypatch.setenv("AWS_BUCKET", "another")
    made = bucket_of(bucket.settings.recordings)
    assert made.config["endpoint_url_s3"] == bucket.settings.recordings.s3_endpoint  # type: ignore[typeddict-item]
    assert (made.config["bucket"], made.config["region"]) == (bucket.name, "us-east-1")
    for said in (repr(made), str(made.config), repr(bucket.settings)):
        assert bucket.server.secret not in said


async def test_expiry_and_holds_reach_into_the_bucket(pool: Pool, bucket: Bucket, tmp_path: Path) -> None:
    rules = [KeepRule.read("all days=30")]
    old, held, young = [await kept(pool, bucket.vault, tmp_path, days) for days in (40, 35, 20)]
    async with pool.acquire() as connection:
        assert await hold(connection, held.id, "a claim")

    bucket.line.go()
    with pytest.raises(StoreLost):
        await expire(pool, bucket.vault, rules, NOW)
    assert await pool.fetchval("select count(*) from recordings where stage = 'expired'") == 0
    bucket.line.back()
    with pytest.raises(StoreLost):
        await expire(pool, bucket.but(bucket="another"), rules, NOW)
    assert await pool.fetchval("select count(*) from recordings where stage = 'expired'") == 0

    assert await expire(pool, bucket.vault, rules, NOW) == 1
    assert await bucket.keys() == {held.key: 4, young.key: 4}
    async with pool.acquire() as connection:
        one = await store.find(connection, old.id)
    assert one is not None
    assert one.stage is Stage.EXPIRED


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, bucket: Bucket, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True)
    app = compose(database_url, valkey_url, data_dir, **bucket.environment)
    async with browsing_as(app, pool, person) as browser:
        yield browser


async def test_it_is_played_taken_away_and_given_a_link_from_the_bucket(
    browser: Browser, pool: Pool, bucket: Bucket, tmp_path: Path
) -> None:
    one = await kept(pool, bucket.vault, tmp_path, 3)
    sound = one.id.bytes * 200_000
    (tmp_path / "sound").write_bytes(sound)
    await bucket.vault.put(one.key, tmp_path / "sound")
    await pool.execute("update recordings set size = $1", len(sound))

    async with browser.get(f"/recordings/{one.id}/audio") as answer:
        assert (answer.status, await answer.read()) == (200, sound)
    for start, end in ((0, 99), (1_048_570, 1_048_590), (2_000_000, 3_199_999)):
        asked = {"Range": f"bytes={start}-{end}"}
        async with browser.get(f"/recordings/{one.id}/audio", headers=asked) as answer:
            assert (answer.status, await answer.read()) == (206, sound[start : end + 1])
    async with browser.get("/recordings/export.zip") as answer:
        packed = zipfile.ZipFile(BytesIO(await answer.read()))
    assert [packed.read(name) for name in packed.namelist() if name.endswith(".ogg")] == [sound]
    address = await made(browser, one)
    public = build_public(browser.app[settings_key], web.Application())
    async with TestClient(TestServer(public)) as client:
        async with client.get(address, headers={"Range": "bytes=100-199"}) as answer:
            assert (answer.status, await answer.read()) == (206, sound[100:200])
        bucket.line.go()
        async with client.get(address) as answer:
            assert (answer.status, "does not answer" in await answer.text()) == (503, True)
    async with browser.get(f"/recordings/{one.id}/audio") as answer:
        assert (answer.status, "does not answer" in await answer.text()) == (503, True)
    with pytest.raises(Exception, match="payload"):
        async with browser.get("/recordings/export.zip") as answer:
            await answer.read()


async def test_a_backup_lists_the_bucket_and_tells_what_it_lacks(bucket: Bucket, tmp_path: Path) -> None:
    """By size: to know more, each would be fetched."""
    keys = [f"2026/11/22/{uuid4()}.opus" for _ in range(3)]
    (tmp_path / "sound").write_bytes(b"OggS")
    digest = await bucket.vault.put(keys[0], tmp_path / "sound")
    (tmp_path / "sound").write_bytes(b"OggS of another size")
    await bucket.vault.put(keys[1], tmp_path / "sound")
    lines = [msgspec.json.encode(Sound(key, 4, digest.hex())) + b"\n" for key in keys]
    (tmp_path / "list").write_bytes(b"".join(lines))
    (tmp_path / "dump").write_bytes(b"PGDMP")
    made = Manifest(1, "1", "2026-01-01T00:00:00+00:00", [], {}, with_key=False, listed=3)
    write_archive(tmp_path / "backup.tar", made, tmp_path / "dump", None, tmp_path / "list")

    sounds = KeptSounds(bucket.settings)

    assert sounds.folder is None
    assert await absent(tmp_path / "backup.tar", sounds) == (3, keys[1:])
    bucket.line.go()
    with pytest.raises(StoreLost, match="the bucket of the recordings"):
        await absent(tmp_path / "backup.tar", sounds)
