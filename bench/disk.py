"""What a day of a company takes on its disk, for docs/operations.md: `python -m bench.disk` prints a table of Markdown.

Sound: talks of the demo (read aloud, with pauses) as a PBX writes them, 8 kHz, through the conversion of recordings.
Words: transcripts as they are kept and searched, at 150 words a minute. Rows of calls and visits: as
`python -m bench.scale rows` found them.
"""

import argparse
import asyncio
import random
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from bench import recordings_search as words
from recordings.converting import convert, program
from recordings.recording import Recording, Stage
from trunkline.crypto import KEY_BYTES
from trunkline.db.migrate import migrate
from trunkline.db.partitions import ensure_partition
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.demo.recorder import load_talks
from trunkline.embedded.addresses import postgres_url
from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres

_KEY: Final = bytes(KEY_BYTES)
_RATE: Final = 8000
_CALLS, _MINUTES, _VISITS = 400, 2.0, 10
_CALL, _LED, _VISIT = 10_700, 1_820, 1_040
"""Bytes of a call with its decision, of one that advertising led to more, of a visit: docs/scale.md."""
_WORDS_A_MINUTE: Final = 150
_TALKS: Final = 4_000
_OTHER: Final = {
    "Debian, Python, Trunkline": 3.0,
    "Vosk's small model": 0.1,
    "PostgreSQL's log (`max_wal_size`)": 2.0,
    "accepted and not yet stored (`limits.spool_mb`)": 2.0,
    "an alarm tells that so little is left (`limits.disk_free_mb`)": 1.0,
}
"""GB that are there from the first day, or have to be."""
_DISK: Final = 40.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes: of a minute of sound, one side and two; of a minute's words."""

    mono: float
    sides: float
    text: float


async def _sound(folder: Path, channels: int) -> float:
    """Bytes of a minute."""
    size, seconds = 0, 0.0
    for talk in load_talks():
        source, target = folder / f"{talk.name}.wav", folder / f"{talk.name}-{channels}.opus"
        spoken = folder / "spoken.opus"
        spoken.write_bytes(talk.sound)
        command = [program(), "-nostdin", "-loglevel", "error", "-y", "-i", str(spoken)]
        subprocess.run([*command, "-ac", str(channels), "-ar", str(_RATE), str(source)], check=True)
        nobody = UUID(int=0)
        one = Recording(
            nobody, nobody, "", "", source.name, Stage.CHECKED, codec="pcm_s16le", rate=_RATE, channels=channels
        )
        made = await convert(source, one, target)
        size, seconds = size + target.stat().st_size, seconds + made.seconds
    return size / seconds * 60


async def _text(folder: Path) -> float:
    """Bytes of a minute's words: rows of the recording and its words, and what a search looks in."""
    async with _database(folder) as pool:
        chance, speech = random.Random(6), words._speech()
        async with pool.acquire() as connection:
            for line in words._LINES:
                await connection.execute("insert into lines (id, number) values ($1, $2)", line, f"+7495{line.int:07}")
            for parent in ("calls", "transcript_search"):
                await ensure_partition(connection, parent, 2026, 6)
            before = await _size(pool)
            began = datetime(2026, 6, 2, tzinfo=UTC).timestamp()
            for first in range(0, _TALKS, 1000):
                ids = await words._keep(connection, [began + number for number in range(first, first + 1000)])
                talks = [words._talk(chance, speech, two_sides=True) for _ in ids]
                await words._write_down(connection, ids, talks)
        return (await _size(pool) - before) / (_TALKS * words._WORDS) * _WORDS_A_MINUTE


async def _size(pool: Pool) -> int:
    """Of what a talk with words takes besides its call."""
    size: int = await pool.fetchval(
        "select sum(pg_total_relation_size(c.oid))::bigint from pg_class c where c.relkind = 'r' and"
        " (c.relname in ('recordings', 'transcripts') or c.relname like 'transcript_search%')"
    )
    return size


@asynccontextmanager
async def _database(folder: Path) -> AsyncIterator[Pool]:
    folder.mkdir(mode=0o711)
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(folder))
        await stack.enter_async_context(embedded_postgres(folder, _KEY))
        url = postgres_url(folder, _KEY)
        connection = await asyncpg.connect(url)
        await migrate(connection)
        await connection.close()
        yield await stack.enter_async_context(open_pool(url, size=2))


def _print(sizes: Sizes) -> None:
    """The day, the year, and for how many days sound has room."""
    minutes = _CALLS * _MINUTES
    rows = (
        (f"{_CALLS} calls, a quarter of them by advertising", _CALLS * (_CALL + _LED / 4)),
        (f"{_CALLS * _VISITS:,} visits", _CALLS * _VISITS * _VISIT),
        (f"{minutes:.0f} minutes of talk: their rows, words and search", minutes * sizes.text),
        (f"{minutes:.0f} minutes of sound, one side of {sizes.mono / 1000:.0f} KB a minute", minutes * sizes.mono),
        (f"the same with both sides apart, {sizes.sides / 1000:.0f} KB a minute", minutes * sizes.sides),
    )
    print("| | a day, MB | a year, GB |\n|---|---|---|")
    for name, size in rows:
        print(f"| {name} | {size / 1e6:.1f} | {size * 365 / 1e9:.1f} |")
    year = sum(size for _, size in rows[:3]) * 365 / 1e9
    fixed = sum(_OTHER.values())
    print("\n| of 40 GB | GB |\n|---|---|")
    for name, size in (*_OTHER.items(), ("a year of rows and words", year)):
        print(f"| {name} | {size:.1f} |")
    left = _DISK - fixed - year
    mono, sides = (left * 1e9 / (minutes * one) for one in (sizes.mono, sizes.sides))
    print(f"| left for sound: {mono:.0f} days of one side, {sides:.0f} of both sides apart | {left:.1f} |")


async def _measured(folder: Path) -> Sizes:
    return Sizes(await _sound(folder, 1), await _sound(folder, 2), await _text(folder / "words"))


def main() -> None:
    argparse.ArgumentParser(prog="python -m bench.disk", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-disk-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded server runs as another user when we are root
        _print(asyncio.run(_measured(folder)))


if __name__ == "__main__":
    main()
