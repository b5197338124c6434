"""From a file of the PBX to what is kept: every stage once, whatever it finds."""

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import av
import pytest
from prometheus_client import REGISTRY

from recordings import converting
from recordings.children import limited
from recordings.converting import program
from recordings.recording import Recording, Stage, Stop
from tests.recordings.conftest import MONITOR, Studio, tone


async def test_a_recording_goes_all_the_way(studio: Studio) -> None:
    tone(studio.monitor / "q.wav", 2.0, sides=2)

    one = await studio.worked(f"{MONITOR}/q.wav")

    assert (one.stage, one.stop, one.tries) == (Stage.KEPT, None, 0)
    assert (one.codec, one.rate, one.channels) == ("pcm_s16le", 8000, 2)
    assert one.seconds == pytest.approx(2.0, abs=0.05)
    left, right = one.peaks[: len(one.peaks) // 2], one.peaks[len(one.peaks) // 2 :]
    assert len(left) == len(right) == pytest.approx(40, abs=1)
    assert max(left[:18]) > 100 > max(right[22:]) > 40
    assert max(right[:18]) < 5 > max(left[22:])
    steps = await studio.pool.fetch("select stage from recording_steps order by done_at")
    assert [row["stage"] for row in steps] == ["fetched", "checked", "converted", "kept"]
    whole = (studio.kept / one.key).read_bytes()
    assert (len(whole), hashlib.sha256(whole).digest()) == (one.size, one.sha256)
    with av.open(str(studio.kept / one.key)) as container:
        assert container.streams.audio[0].codec_context.name in {"opus", "libopus"}
    assert not list((studio.kept / "incoming").iterdir())
    assert (studio.monitor / "q.wav").exists()  # the PBX's files are its own


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("none.wav", Stop.MISSING),
        ("deep/none.wav", Stop.MISSING),
        ("folder", Stop.MISSING),
        ("/etc/passwd", Stop.OUTSIDE),
        ("../secret.wav", Stop.OUTSIDE),
        ("link.wav", Stop.OUTSIDE),
        ("nothing.wav", Stop.EMPTY),
        ("head.wav", Stop.UNREADABLE),
        ("text.wav", Stop.UNREADABLE),
        ("list.wav", Stop.UNREADABLE),
        ("concat.wav", Stop.UNREADABLE),
    ],
)
async def test_what_cannot_be_kept_says_why(studio: Studio, file: str, why: Stop) -> None:
    """Playlists too: ffmpeg would read any file of ours that they name."""
    secret = tone(studio.monitor.parent / "secret.wav")
    (studio.monitor / "folder").mkdir()
    (studio.monitor / "link.wav").symlink_to(secret)
    (studio.monitor / "nothing.wav").touch()
    (studio.monitor / "head.wav").write_bytes(secret.read_bytes()[:44])
    (studio.monitor / "text.wav").write_text("there was a call\n" * 100)
    (studio.monitor / "list.wav").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    )
    (studio.monitor / "concat.wav").write_text(f"ffconcat version 1.0\nfile '{secret}'\n")

    one = await studio.worked(file)

    assert (one.stop, one.tries) == (why, 0)
    assert one.told or why is Stop.NO_FOLDER
    assert "Errno" not in one.told
    assert "workshop" not in one.told
    again = await studio.pool.fetchval("select count(*) from pgqueuer where entrypoint = 'recordings.go_on'")
    assert again == (1 if why in {Stop.MISSING, Stop.EMPTY} else 0)


async def test_steps_are_counted_and_timed_and_so_is_why_one_stays(studio: Studio) -> None:
    def counted(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"trunkline_recordings_{name}", labels) or 0.0

    stages = ("fetched", "checked", "converted", "kept")
    before = [(counted("steps_total", stage=stage), counted("step_seconds_count", stage=stage)) for stage in stages]
    missing = counted("stops_total", stage="fetched", reason="missing")
    tone(studio.monitor / "q.wav")

    await studio.worked("q.wav")
    await studio.worked("none.wav")

    after = [(counted("steps_total", stage=stage), counted("step_seconds_count", stage=stage)) for stage in stages]
    assert after == [(steps + 1, timed + 1) for steps, timed in before]
    assert counted("stops_total", stage="fetched", reason="missing") == missing + 1


async def test_what_is_too_long_is_given_up_at_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it holds, though its head tells less."""
    monkeypatch.setattr(converting, "LONGEST_SOUND", 2.0)
    whole = tone(studio.monitor / "long.wav", 20.0).read_bytes()
    (studio.monitor / "long.sln").write_bytes(whole[44:])
    tone(studio.monitor / "q.wav", 1.5)

    for name in ("long.wav", "long.sln"):
        one = await studio.worked(name)
        assert (one.stage, one.stop, one.tries) == (Stage.CHECKED, Stop.TOO_LARGE, 0)
        assert "longer than 12 hours" in one.told
    assert (await studio.worked("q.wav")).stage is Stage.KEPT
    assert list(studio.pipeline.workshop.iterdir()) == []


async def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError):
        await limited(["sleep", "600"], 0.2)


async def test_programs_have_limits() -> None:
    shown = "import resource as r; print([r.getrlimit(x) for x in (r.RLIMIT_CPU, r.RLIMIT_FSIZE)])"

    told = await limited([sys.executable, "-c", shown], 30.5)

    assert told.output.decode().strip() == str([(31, 31), (1 << 30, 1 << 30)])


async def test_a_pbx_whose_folder_nobody_named_is_told_so(studio: Studio) -> None:
    await studio.pool.execute("update pbxs set settings = '{}'::jsonb")

    assert (await studio.worked("q.wav")).stop is Stop.NO_FOLDER


_ENCODED = {
    "mono.ulaw": "-f mulaw", "mono.alaw": "-f alaw", "mono.sln": "-f s16le", "mono.g722": "-f g722 -ar 16000",
    "ulaw.wav": "-c:a pcm_mulaw", "alaw.wav": "-c:a pcm_alaw", "adpcm.wav": "-c:a adpcm_ima_wav",
    "wide.wav": "-ar 48000",
    "mono.mp3": "-f mp3", "mono.ogg": "-c:a libopus", "vorbis.ogg": "-c:a libvorbis", "mono.m4a": "-c:a aac",
    "mono.flac": "-c:a flac",
}  # fmt: skip


@pytest.mark.parametrize("name", _ENCODED)
async def test_whatever_a_pbx_writes_is_kept(studio: Studio, name: str) -> None:
    source = tone(studio.monitor.parent / "source.wav", 1.5)
    made = studio.monitor / name
    command = [program(), "-loglevel", "error", "-i", str(source), *_ENCODED[name].split(), str(made)]
    await asyncio.to_thread(subprocess.run, command, check=True)

    one = await studio.worked(name)

    assert (one.stage, one.stop) == (Stage.KEPT, None), one.told
    assert one.seconds == pytest.approx(1.5, abs=0.15)
    assert max(one.peaks) > 80


@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("name", ["cut.wav", "cut.mp3", "cut.ogg"])
async def test_of_a_file_that_was_cut_what_is_there_is_kept(studio: Studio, name: str, share: float) -> None:
    source = tone(studio.monitor.parent / "source.wav", 3.0)
    whole = studio.monitor.parent / f"whole{Path(name).suffix}"
    pages = (
        ["-c:a", "libopus", "-page_duration", "100000"] if name == "cut.ogg" else []
    )  # of a tenth of a second: what is cut is lost whole
    command = [program(), "-loglevel", "error", "-i", str(source), *pages, str(whole)]
    await asyncio.to_thread(subprocess.run, command, check=True)
    (studio.monitor / name).write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])

    one = await studio.worked(name)

    if share < 0.01:
        assert one.stop in {Stop.UNREADABLE, Stop.EMPTY}
    elif share >= 0.3:
        assert (one.stage, one.stop) == (Stage.KEPT, None), one.told
        assert one.seconds == pytest.approx(3 * share, abs=0.5)


async def test_a_file_that_killed_its_workers_is_put_aside(studio: Studio) -> None:
    tone(studio.monitor / "q.wav")
    identifier = await studio.found("q.wav")
    await studio.pool.execute("update recordings set tries = 3")

    await studio.pipeline.go_on(identifier.bytes)

    one = await studio.one(identifier)
    assert (one.stage, one.stop) == (Stage.FOUND, Stop.FAILED)
    assert one.told == "the worker ended over it each time"


async def test_a_fault_of_ours_is_no_try(studio: Studio) -> None:
    """A full disk, a lost store: the job is tried again, the recording is not at fault."""
    tone(studio.monitor / "q.wav")
    identifier = await studio.found("q.wav")
    incoming = studio.kept / "incoming"
    incoming.write_text("a file where the folder should be")

    for _ in range(5):
        with pytest.raises(Exception, match=r"(?i)not a directory|exists|unable"):
            await studio.pipeline.go_on(identifier.bytes)
    incoming.unlink()
    await studio.pipeline.go_on(identifier.bytes)

    assert (await studio.one(identifier)).stage is Stage.KEPT


async def test_two_workers_on_one_file_keep_it_once(studio: Studio) -> None:
    tone(studio.monitor / "q.wav")
    identifier = await studio.found("q.wav")

    await asyncio.gather(*(studio.pipeline.go_on(identifier.bytes) for _ in range(2)))

    one: Recording = await studio.one(identifier)
    assert one.stage is Stage.KEPT
    assert hashlib.sha256((studio.kept / one.key).read_bytes()).digest() == one.sha256
    assert await studio.pool.fetchval("select count(*) from recording_steps") == 4
