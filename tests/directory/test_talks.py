"""Last talks and presence in the directory: whole in a new log, changed row by row, gone with their row."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from tests.directory.test_follow import ANNA, BORIS, connection, folder, followed, until
from trunkline.directory import source
from trunkline.directory.build import build
from trunkline.directory.follow import NEXT_NAME, owned_folder, publish, resume
from trunkline.directory.head import read_head
from trunkline.directory.reader import Directory
from trunkline.directory.values import LastTalk, PresenceBrief
from trunkline.presence.state import Absence, Manual, ManualState, Shift

__all__ = ["connection", "folder"]
NUMBERS: Sequence[str] = [f"+7916000000{last}" for last in range(1, 5)]
SOON = 4e9
"""Later than any pruning of old talks."""
_TALK = "insert into last_talks values ($1, $2, to_timestamp($3)) on conflict (number) do update set at = excluded.at"


async def test_talks_are_followed(database_url: str, connection: asyncpg.Connection, folder: Path) -> None:
    await connection.execute(_TALK, NUMBERS[0], ANNA, SOON + 1000.0)
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.view.last_talk(NUMBERS[0]) == LastTalk(ANNA, SOON + 1000.0))
        await connection.execute(_TALK, NUMBERS[1], BORIS, SOON + 2000.0)
        await until(directory, lambda d: d.view.last_talk(NUMBERS[1]) == LastTalk(BORIS, SOON + 2000.0))
        await connection.execute(_TALK, NUMBERS[0], ANNA, SOON + 3000.5)
        await until(directory, lambda d: d.view.last_talk(NUMBERS[0]) == LastTalk(ANNA, SOON + 3000.5))
        await connection.execute("delete from people where id = $1", BORIS)
        await until(directory, lambda d: d.view.last_talk(NUMBERS[1]) is None)
        assert directory.view.last_talk(NUMBERS[2]) is None
        assert directory.view.last_talk("anonymous") is None


async def test_a_new_file_and_a_restart_keep_them(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    await connection.execute(_TALK, NUMBERS[0], ANNA, 1000.0)
    with owned_folder(folder):
        for at in (2000.0, 3000.0):
            await build(database_url, folder / NEXT_NAME)
            await connection.execute(_TALK, NUMBERS[1], BORIS, at)
            (await publish(connection, folder)).close()
            assert Directory.open(folder).view.last_talk(NUMBERS[1]) == LastTalk(BORIS, at)
        await connection.execute(_TALK, NUMBERS[2], BORIS, 4000.0)
        again = await resume(connection, folder)
        assert again is not None
        with again:
            await again.catch_up(connection)
        view = Directory.open(folder).view
    assert [view.last_talk(number) for number in NUMBERS] == [
        LastTalk(ANNA, 1000.0),
        LastTalk(BORIS, 3000.0),
        LastTalk(BORIS, 4000.0),
        None,
    ]


async def test_only_the_newest_are_kept(connection: asyncpg.Connection) -> None:
    for at, number in enumerate(NUMBERS):
        await connection.execute(_TALK, number, ANNA, float(at))
    assert [talk.at for _, talk in await source.read_talks(connection, most=2)] == [3.0, 2.0]


async def test_who_has_something_to_say_is_in_the_head(
    connection: asyncpg.Connection,
) -> None:
    assert (await read_head(connection)).presence == {}
    await connection.execute(
        f"""
        insert into presence_states (person_id, state, reason, return_at)
            values ('{ANNA}', 'break', 'обед', to_timestamp(1786006800));
        insert into absences values
            ('{ANNA}', '{BORIS}', '2020-01-01', '2020-01-02', null),
            ('{BORIS}', '{BORIS}', '2030-01-01 00:00Z', '2099-01-01 00:00Z', '{ANNA}');
        insert into person_hours values ('{BORIS}', 1, 600, 700), ('{BORIS}', 0, 540, 1080);
        """
    )
    assert (await read_head(connection)).presence == {
        ANNA: PresenceBrief(Manual(ManualState.BREAK, "обед", 1786006800.0)),
        BORIS: PresenceBrief(
            Manual(),
            (Absence(1893456000.0, 4070908800.0, ANNA),),
            (Shift(0, 540, 1080), Shift(1, 600, 700)),
        ),
    }
    await connection.execute("update people set active = false")
    assert (await read_head(connection)).presence == {}
