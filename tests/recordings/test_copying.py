"""MP3s: made once, played with ranges, gone with what they are copies of."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from recordings.copying import Copies
from recordings.expiring import expire
from recordings.keeping import KeepRule
from recordings.recording import Recording
from recordings.sending import NotThere
from recordings.vault import Vault
from tests.people.web import Browser
from tests.recordings.conftest import Studio, tone
from tests.recordings.test_links import Public, made, public
from trunkline.db.types import Pool

__all__ = ["public"]


async def test_a_copy_is_made_once_and_holds_the_same_sound(studio: Studio, tmp_path: Path) -> None:
    tone(studio.monitor / "q.wav", 3.0, sides=2)
    one = await studio.worked("q.wav")
    copies = Copies(studio.pool, studio.vault, tmp_path / "workshop")

    first, second = await asyncio.gather(copies.mp3(one), copies.mp3(one))

    assert first == second
    path = studio.kept / first.key
    assert path.stat().st_size == first.size
    written = path.stat().st_mtime_ns
    assert await copies.mp3(one) == first
    assert path.stat().st_mtime_ns == written
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name.removesuffix("float"), stream.layout.nb_channels, stream.rate) == (
            "mp3",
            2,
            16000,
        )
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(3.0, abs=0.15)
    assert not any((tmp_path / "workshop").iterdir())


async def test_a_copy_of_what_changed_meanwhile_is_taken_back(studio: Studio, tmp_path: Path) -> None:
    """Silenced, or let go, between the reading of its row and the copy's end."""
    tone(studio.monitor / "q.wav", 1.0)
    one = await studio.worked("q.wav")
    copies = Copies(studio.pool, studio.vault, tmp_path / "workshop")
    for change in ("sha256 = '\\x01'", f"sha256 = '\\x{one.sha256.hex()}', stage = 'expired'"):
        await studio.pool.execute(f"update recordings set {change}")
        with pytest.raises(NotThere):
            await copies.mp3(one)
        assert await studio.vault.size(one.copy_key) is None


async def test_a_sound_that_is_not_in_the_store_has_no_copy(studio: Studio, tmp_path: Path) -> None:
    tone(studio.monitor / "q.wav", 1.0)
    one = await studio.worked("q.wav")
    (studio.kept / one.key).unlink()

    with pytest.raises(NotThere):
        await Copies(studio.pool, studio.vault, tmp_path / "workshop").mp3(one)


async def test_it_is_played_downloaded_and_linked(browser: Browser, public: Public, one: Recording) -> None:
    whole = await (await browser.get(f"/recordings/{one.id}/audio?as=mp3&save=yes")).read()
    part = await browser.get(f"/recordings/{one.id}/audio?as=mp3", headers={"Range": "bytes=100-199"})
    assert (part.status, part.content_type, await part.read()) == (206, "audio/mpeg", whole[100:200])
    assert (await browser.get(f"/recordings/{one.id}/audio?as=wav")).status == 400

    link = await made(browser, one)
    async with public.get(f"{link}.mp3") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "audio/mpeg", whole)
    async with public.get(f"{link[:-1]}.mp3") as answer:
        assert answer.status == 404


async def test_it_goes_with_its_recording(browser: Browser, pool: Pool, one: Recording, data_dir: Path) -> None:
    vault = Vault(data_dir / "recordings")
    copy = await Copies(pool, vault, data_dir / "workshop").mp3(one)

    later = datetime.fromtimestamp(one.began, UTC) + timedelta(days=2)
    assert await expire(pool, vault, [KeepRule.read("all days=1")], later) == 1

    assert await vault.size(copy.key) is None


async def test_a_copy_for_which_there_is_no_room_is_a_matter_of_later(
    browser: Browser, one: Recording, data_dir: Path
) -> None:
    begun = data_dir / "recordings" / "begun"
    begun.rmdir()
    begun.write_text("a file where the folder should be")
    async with browser.get(f"/recordings/{one.id}/audio?as=mp3") as answer:
        assert answer.status == 503
    begun.unlink()
    async with browser.get(f"/recordings/{one.id}/audio?as=mp3") as answer:
        assert answer.status == 200
