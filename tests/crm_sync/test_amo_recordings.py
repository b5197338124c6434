"""A recording is a link in the note of its call, where a person wants that; it opens on the public listener."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from crm_sync.amocrm.check import check
from crm_sync.amocrm.news import RECORD, recorded
from crm_sync.amocrm.recordings import AmocrmRecordDeliverer
from recordings.handing_on import HandingOn
from recordings.links import Link, read_signed, revoke_link, signed
from recordings.recording import Recording
from recordings.refusing import refuse
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.recorder import Recorder, recorder
from tests.crm_sync.scene import BOX, Scene
from tests.faults.harness import kill_at_every_point
from trunkline.outbox.append import append_many
from trunkline.outbox.worker import OutboxWorker

NOW = datetime(2026, 3, 11, tzinfo=UTC)
"""A little after the account's own time."""
TOLD = """
select k.connector_id, k.call_id, c.portal from crm_calls k join crm_connectors c on c.id = k.connector_id
where k.call_id = $1
"""
Tell = Callable[[str, object], None]
GIVE_UP = """
insert into outbox_dead (id, stream, kind, idem, payload, attempts, error_class, error, parks, created_at)
select id, stream, kind, idem, payload, 1, 'permanent', 'refused', false, created_at from outbox
"""
CALLER = "+79161234567"
SITE = "https://trunkline.example/r/"


def address_of(link: Link) -> str:
    return f"{SITE}{signed(BOX, link.id, link.until)}"


@dataclass
class Booth:
    """Calls that are recorded, and the account that is told of them."""

    amo: AmoScene
    recorder: Recorder
    recorded: HandingOn

    async def happens(self, name: str = "simple_answered") -> None:
        await self.recorder.happens(name, {"0": 2.0})

    async def kept(self) -> Recording:
        return await self.recorder.kept("0")

    async def deliver(self) -> None:
        """All that waits is tried."""
        await self.amo.pool.execute("update outbox_streams set due = now(), lease = '-infinity', waiting = null")
        async with self.amo.crm() as crm:
            records = AmocrmRecordDeliverer(crm.accounts, self.recorded)
            await OutboxWorker(self.amo.pool, None, [*crm.deliverers, records], clock=self.amo.clock).drain()

    async def deliver_all(self) -> None:
        """Until nothing waits."""
        for _ in range(12):
            await self.deliver()
            if not await self.amo.pool.fetchval("select count(*) from outbox"):
                return
            self.amo.clock.at += 60
            await self.amo.pool.execute("delete from outbox_accounts")
        raise AssertionError(await self.amo.pool.fetch("select kind, attempts, last_error from outbox"))

    async def comes_again(self, one: Recording) -> None:
        """It waits for its turn, as if it never had."""
        await self.amo.pool.execute("truncate outbox, outbox_log")
        async with self.amo.pool.acquire() as connection, connection.transaction():
            (row,) = await connection.fetch(TOLD, one.call_id)
            await append_many(connection, [recorded(dict(row), one.id, "again")])

    async def told_again(self, one: Recording) -> str:
        """What is warned of when it is the recording's turn, as if it never had been."""
        await self.comes_again(one)
        await self.deliver_all()
        (warning,) = await self.warnings()
        return warning

    def note(self) -> dict[str, Any]:
        """Of the one call."""
        (note,) = self.amo.account.world.notes
        params: dict[str, Any] = note["params"]
        return params

    async def links(self) -> list[UUID]:
        return [row["id"] for row in await self.amo.pool.fetch("select id from recording_links order by made_at")]

    async def link(self, identifier: UUID) -> Link:
        row = await self.amo.pool.fetchrow(
            "select id, recording_id, name, made_at, until from recording_links where id = $1", identifier
        )
        assert row is not None
        return Link(row["id"], row["recording_id"], row["name"], "", row["made_at"], row["until"])

    async def warnings(self) -> list[str]:
        rows = await self.amo.pool.fetch("select warning from outbox_log where warning <> '' order by id")
        return [row["warning"] for row in rows]


@pytest.fixture
async def booth(amo: AmoScene, tmp_path: Path) -> AsyncIterator[Booth]:
    amo.account.world.add("contacts", CALLER, _made=0.0)
    await amo.pool.execute("update crm_connectors set records = 'sound'")
    # All it does with a scene is to let it hear.
    async with recorder(cast("Scene", amo), tmp_path) as found:
        yield Booth(amo, found, replace(found.recorded, address_of=address_of))


async def test_the_note_gets_a_link_once_the_recording_is_ready(booth: Booth) -> None:
    await booth.happens()
    await booth.deliver()
    before = booth.note()
    assert "link" not in before
    one = await booth.kept()
    await booth.deliver_all()
    (made,) = await booth.links()
    assert booth.note() == before | {"link": booth.note()["link"]}
    address = booth.note()["link"]
    assert address.startswith(SITE)
    assert address.endswith(".mp3")
    (until,) = [row["until"] for row in await booth.amo.pool.fetch("select until from recording_links")]
    assert read_signed(BOX, address.removeprefix(SITE).removesuffix(".mp3"), NOW) == made
    assert until > NOW + timedelta(days=300)
    audit = "select person, object_id from audit where action = 'recording.shared'"
    assert [tuple(row) for row in await booth.amo.pool.fetch(audit)] == [("amoCRM: sales", str(one.id))]
    assert (await booth.amo.dead(), await booth.warnings()) == ([], [])


async def test_whatever_is_lost_on_the_way_the_note_gets_one_link(booth: Booth) -> None:
    """The recording was ready before the note was there; then the answer to the edit is lost."""
    await booth.happens()
    await booth.kept()
    booth.amo.account.chaos.page("POST contacts/notes", times=1, status=503)
    booth.amo.account.chaos.cut_after("PATCH contacts/notes")
    await booth.deliver_all()
    assert booth.note()["link"].startswith(SITE)
    assert len(await booth.links()) == 1
    assert booth.amo.account.asked("PATCH contacts/notes") == 1  # it has it: nothing is left to edit
    assert await booth.amo.dead() == []


async def test_a_new_account_is_told_of_none(amo: AmoScene) -> None:
    """A person has to want it: whoever sees the note hears the call."""
    assert await amo.pool.fetchval("select records from crm_connectors") == "none"


async def test_what_may_not_be_told_any_more_is_not(booth: Booth) -> None:
    """It is looked at when it is its turn; one thing after another keeps it from being told."""
    await booth.happens()
    await booth.deliver()
    one = await booth.kept()
    choose = "update crm_connectors set records = $1"
    await booth.amo.pool.execute(choose, "none")
    assert await booth.told_again(one) == "this CRM is not told of that any more; nothing was sent"
    await booth.amo.pool.execute(choose, "sound")
    reached, booth.recorded = booth.recorded, replace(booth.recorded, address_of=None)
    assert await booth.told_again(one) == "server.sites_url is empty: nobody outside could open a link to the recording"
    assert await booth.links() == []
    booth.recorded = reached
    async with booth.amo.pool.acquire() as connection:
        await booth.recorded.link(connection, one.id, "amoCRM: sales", NOW)
        (link,) = await booth.links()
        assert await revoke_link(connection, one.id, link, NOW)
    assert await booth.told_again(one) == "the link to the recording was taken back; nothing was sent"
    assert "link" not in booth.note()
    booth.amo.account.world.notes.clear()
    assert (await booth.told_again(one)).startswith("the note of the call is not there any more")
    async with booth.amo.pool.acquire() as connection, connection.transaction():
        assert await refuse(connection, one.call_id) == [one.id]
    assert await booth.told_again(one) == "the recording was refused, or its time is over; nothing was sent"
    assert len(await booth.links()) == 1


async def test_a_link_to_a_call_whose_end_was_given_up_is_given_up_too(booth: Booth) -> None:
    """A person finds both among what was given up, and sends them again: the end first."""
    await booth.happens()
    await booth.amo.pool.execute(GIVE_UP)
    one = await booth.kept()
    await booth.comes_again(one)
    await booth.deliver()
    dead = await booth.amo.pool.fetch("select error from outbox_dead where kind = $1", RECORD)
    assert [row["error"] for row in dead] == [
        "the account was not told that the call is over: that was given up, and comes first"
    ]
    assert await booth.links() == []


async def test_the_check_says_that_no_link_could_be_opened(booth: Booth) -> None:
    async with booth.amo.crm() as crm:
        found = await check(crm.accounts, await booth.amo.known())
    assert any(one.text.startswith("notes are to have links to recordings") for one in found if not one.good)


@pytest.mark.timeout(120)
async def test_a_worker_killed_at_any_statement_gives_one_link(
    booth: Booth, database_url: str, tmp_path: Path, record_property: Tell
) -> None:
    """Each twelfth is tried; each fourth, and each fourth write to a socket, passed when this was written."""
    await booth.happens()
    await booth.deliver()
    one, now = await booth.kept(), booth.amo.clock.at

    async def prepare() -> None:
        booth.note().pop("link", None)
        await booth.amo.pool.execute("truncate recording_links")
        await booth.comes_again(one)
        booth.amo.clock.at = now
        booth.amo.account._recent.clear()

    async def check() -> None:
        booth.amo.clock.at += 120
        await booth.deliver_all()
        (link,) = await booth.links()
        assert booth.note()["link"]
        assert booth.note()["link"].removesuffix(".mp3") in {f"https://x/r/{link}", address_of(await booth.link(link))}
        assert await booth.amo.dead() == []

    arguments = [database_url, str(now), booth.amo.account.access.app.redirect, str(tmp_path)]
    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.doomed:drain_links",
        arguments,
        tell=record_property,
        prepare=prepare,
        check=check,
        every=12,
    )
    assert tried.points >= 2
