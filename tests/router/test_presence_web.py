"""A feature code asked over HTTP: confirmed is what the spool holds, and who it is the PBX's endpoint says."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient

from router.presence_web import PresenceDesk, Refused
from tests.router.company import ANNA, TOKEN, head_of
from tests.router.conftest import WriteDirectory
from trunkline.directory.reader import Directory
from trunkline.presence.record import PresenceRecord
from trunkline.presence.state import ManualState
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

PATH = "/router/v1/asterisk/presence"


def spooled(folder: Path) -> list[PresenceRecord]:
    """What was accepted."""
    records, _ = SpoolReader(folder).read(Position(0, 0), most=1000)
    assert {record.kind for record in records} <= {Kind.PRESENCE}
    return [msgspec.msgpack.decode(record.payload, type=PresenceRecord) for record in records]


@pytest.mark.parametrize("state", ManualState)
async def test_what_is_confirmed_is_in_the_spool(
    client: TestClient[Any, Any], spool_dir: Path, state: ManualState
) -> None:
    answer = await client.get(PATH, params={"endpoint": "101", "state": state, "id": "1786006800.1"})

    assert (answer.status, await answer.text()) == (200, f"valid=1&state={state}&why=")
    (said,) = spooled(spool_dir)
    assert (said.person, said.state, said.endpoint, said.pbx) == (ANNA, state, "101", "office")
    assert said.call_id == "1786006800.1"


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"endpoint": "109", "state": "break"}, "endpoint"),
        ({"endpoint": "", "state": "break"}, "endpoint"),
        ({"state": "break"}, "endpoint"),
        ({"endpoint": "provider", "state": "break"}, "endpoint"),
        ({"endpoint": "101\n", "state": "break"}, "endpoint"),
        ({"endpoint": "101" * 100, "state": "break"}, "endpoint"),
        ({"endpoint": "101", "state": "talking"}, "state"),
        ({"endpoint": "101"}, "state"),
    ],
)
async def test_what_is_refused_is_not(
    client: TestClient[Any, Any], spool_dir: Path, query: dict[str, str], why: str
) -> None:
    answer = await client.get(PATH, params=query)

    assert (answer.status, await answer.text()) == (200, f"valid=1&state=&why={why}")
    assert spooled(spool_dir) == []


async def test_only_a_pbx_may_ask(client: TestClient[Any, Any], spool_dir: Path) -> None:
    query = {"endpoint": "101", "state": "break"}
    wrong = await client.get(PATH, params=query, headers={"X-Trunkline-Token": "wrong"})
    forwarded = await client.get(PATH, params=query, headers={"X-Forwarded-For": "127.0.0.1"})
    right = await client.get(PATH, params=query, headers={"Authorization": f"Bearer {TOKEN}"})

    assert [wrong.status, forwarded.status, right.status] == [401, 401, 200]
    assert len(spooled(spool_dir)) == 1


def test_a_full_spool_confirms_nothing(write_directory: WriteDirectory, tmp_path: Path) -> None:
    with SpoolWriter(tmp_path / "full", cap_bytes=0) as full:
        desk = PresenceDesk(Directory.open(write_directory()), full)

        assert desk.say("office", "101", "break", "1.1") is Refused.SPOOL


def test_who_has_left_says_nothing(write_directory: WriteDirectory, spool: SpoolWriter, spool_dir: Path) -> None:
    directory = Directory.open(write_directory())
    desk = PresenceDesk(directory, spool)
    assert desk.say("office", "101", "break", "1.1") is ManualState.BREAK

    write_directory(head=msgspec.structs.replace(head_of(), agents={}))
    directory.refresh(wait=True)

    assert desk.say("office", "101", "break", "1.1") is Refused.ENDPOINT
    assert len(spooled(spool_dir)) == 1
