"""recordings.playable, .text_lag: from the hangup to what is heard and read, of a call of three minutes.

A PBX says one recorded dialogue after the other; `pbx` and `worker` run as shipped, with Vosk's Korean model (`make
test-asterisk` installs it). The file lies there as the recorder leaves it, written last at the hangup. Beyond the
engine's own time the text lags by what is between the hangup and its begin, and between its end and the commit.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

import uvloop

from bench.figures import Context, Figure, absolute, percentile
from bench.recordings import talk_of
from bench.story import House, house
from tests.e2e.speech import vosk_model
from tests.fakes.dialogue import call_again, stamped
from tests.fakes.waiting import eventually
from trunkline.db.partitions import ensure_partitions

ROWS = ("recordings.playable", "recordings.text_lag")
_CALLS: Final = 8
_MINUTES: Final = 3
_DIALOGUE: Final = "recorded_mixmonitor"
_NAMES: Final = b"MIXMONITOR_FILENAME="
_PATIENCE: Final = 240.0
_LOOKS_SECONDS: Final = 5.0
_TEXT: Final = "select extract(epoch from made_at)::float8 as made, took, stop from transcripts where recording_id = $1"


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    playable, lags = uvloop.run(_measured(context.folder))
    if "recordings.playable" in wanted:
        yield absolute("recordings.playable", [percentile(playable, 0.95)], "s", "<=", 3)
    if "recordings.text_lag" in wanted:
        yield absolute("recordings.text_lag", [percentile(lags, 0.95)], "s", "<=", 5)


async def _measured(folder: Path) -> tuple[list[float], list[float]]:
    monitor = folder / "monitor"
    monitor.mkdir()
    talk = talk_of(folder / "talk.wav", _MINUTES)
    vosk_model(folder / "node" / "models")
    playable, lags = [], []
    async with house(folder) as running:
        async with running.pool.acquire() as connection:
            await ensure_partitions(connection, datetime.now(UTC).date())
        await _seen_at(running, monitor)
        for copy in range(_CALLS):
            heard, lag = await _call(running, copy + 1, talk, monitor)
            playable.append(heard)
            lags.append(lag)
    return playable, lags


def _file_of(frames: Sequence[bytes]) -> PurePosixPath:
    lines = (line for frame in frames for line in frame.split(b"\r\n"))
    named = next(line for line in lines if _NAMES in line and line.endswith(b".wav"))
    return PurePosixPath(named.partition(_NAMES)[2].decode())


async def _seen_at(running: House, monitor: Path) -> None:
    told = {"recordings_at": str(_file_of(call_again(_DIALOGUE, 0, 0)).parent), "recordings_seen": str(monitor)}
    await running.pool.execute("update pbxs set settings = settings || $1", told)
    await asyncio.sleep(2 * _LOOKS_SECONDS)  # its process looks at the row now and then


async def _call(running: House, copy: int, talk: Path, monitor: Path) -> tuple[float, float]:
    """Seconds from one call's hangup until it can be heard, and those its text took besides the engine."""
    frames = call_again(_DIALOGUE, copy, time.time())
    file = _file_of(frames)
    shutil.copy(talk, monitor / file.name)  # not its time too: a recorder writes until the hangup
    for place, frame in enumerate(frames):
        await running.server.say(stamped(frame, time.time() + place * 1e-6) + b"\r\n\r\n")
    hangup = time.time()

    async def is_heard() -> bool:
        asked = "select stage in ('converted', 'kept') from recordings where file like '%' || $1"
        return bool(await running.pool.fetchval(asked, file.name))

    await eventually(is_heard, _PATIENCE)
    heard = time.time() - hangup
    one = await running.pool.fetchval("select id from recordings where file like '%' || $1", file.name)

    async def is_read() -> bool:
        row = await running.pool.fetchrow(_TEXT, one)
        return row is not None and (row["made"] is not None or row["stop"] is not None)

    await eventually(is_read, _PATIENCE)
    row = await running.pool.fetchrow(_TEXT, one)
    if row is None or row["made"] is None:
        raise RuntimeError(f"the text of {file.name} was left out: {row and row['stop']}")
    return heard, row["made"] - hangup - row["took"]
