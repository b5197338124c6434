"""The file follows the database: built whole, changed key by key, never back in time, nothing lost."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import psutil
import pytest

from tests.directory.formats import as_format
from tests.fakes.waiting import eventually
from trunkline.directory import follow, source
from trunkline.directory.build import BuildFailed, build_in_child
from trunkline.directory.follow import NEXT_NAME, Follower, owned_folder, publish
from trunkline.directory.followed import Followed
from trunkline.directory.packed import FORMAT, open_packed
from trunkline.directory.reader import FILE_NAME, Directory
from trunkline.directory.values import ContactClass, DayKind, LineMode, QueueMember, SpamEntry, number_key
from trunkline.errors import AlreadyRunning
from trunkline.numbering.region import Region, RegionKind

ANNA, BORIS, DEPARTMENT = UUID(int=0xA), UUID(int=0xB), UUID(int=0xD)

SMALL_COMPANY = f"""
insert into departments values ('{DEPARTMENT}', 'sales', 'Продажи');
insert into people (id, name, extension, mobile, department_id) values
    ('{ANNA}', 'Анна', '101', '+79161110001', '{DEPARTMENT}'), ('{BORIS}', 'Борис', '102', null, null);
insert into people (id, name, active) values ('{UUID(int=0xC)}', 'Уволен', false);
insert into queues (id, name, target, department_id) values ('sales', 'Продажи', 'q-sales', '{DEPARTMENT}');
insert into queue_members values ('sales', '{BORIS}', 0), ('sales', '{ANNA}', 1);
insert into pbxs (id, name, kind, token_hashes) values ('office', 'Офис', 'asterisk', array['\\x01'::bytea]);
insert into pbxs (id, name, kind, settings, secrets) values
    ('cloud', 'Облако', 'zadarma', '{{"zone": "UTC"}}', '\\x02');
insert into lines (id, number, name, pbx_id) values ('{UUID(int=1)}', '+74951234567', 'Офис', 'office');
insert into plans (body) values ('{{"rules": []}}');
insert into calendar_days values ('RU', '2026-01-01', 'off', 'Новый год');
insert into companies (id, name, class, responsible_id, overdue) values
    ('{UUID(int=0xF)}', 'ООО «Ромашка»', 'client', '{ANNA}', 100.10);
insert into contacts (id, company_id, name, overdue) values ('{UUID(int=0x10)}', '{UUID(int=0xF)}', 'Иванов', 0.5);
insert into contacts (id, name, class, responsible_id, deputy_id, vip) values
    ('{UUID(int=0x11)}', 'Петров', 'supplier', '{BORIS}', '{ANNA}', true);
insert into contact_phones values ('+79160000001', '{UUID(int=0x10)}'), ('+79160000002', '{UUID(int=0x10)}'),
    ('+79160000002', '{UUID(int=0x11)}');
insert into spam_numbers (number, source, votes) values ('+74950000001', 'a', 7), ('+74950000002', 'b', 700);
"""


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the small company's database."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(SMALL_COMPANY)
    yield connection
    await connection.close()


@pytest.fixture
def folder(data_dir: Path) -> Path:
    return data_dir / "directory"


@asynccontextmanager
async def followed(url: str, folder: Path) -> AsyncIterator[Follower]:
    """A follower at work; leaving it ends it."""
    with owned_folder(folder):
        connection = await asyncpg.connect(url)
        follower = Follower(folder, url, connection)
        work = asyncio.create_task(follower.run())
        try:
            yield follower
        finally:
            work.cancel()
            await asyncio.wait([work])
            await follower.close()
            await connection.close()


async def until(directory: Directory, holds: Callable[[Directory], object]) -> None:
    """Refresh as a process's timer does until the condition holds."""

    def refreshed() -> bool:
        directory.refresh()
        return bool(holds(directory))

    await eventually(refreshed, 20)


async def test_the_whole_company_is_in_the_file(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    with owned_folder(folder):
        report = await build_in_child(database_url, folder / NEXT_NAME)
        (await publish(connection, folder)).close()
    directory = Directory.open(folder)

    assert (report.contacts, report.spam_numbers) == (3, 2)
    (ivanov,) = directory.contacts("+79160000001")
    assert (ivanov.name, ivanov.company, ivanov.klass) == ("Иванов", "ООО «Ромашка»", ContactClass.CLIENT)
    assert (ivanov.responsible, ivanov.deputy, ivanov.vip, ivanov.overdue) == (ANNA, None, False, 101)
    assert [brief.name for brief in directory.contacts("+79160000002")] == ["Иванов", "Петров"]
    petrov = directory.contacts("+79160000002")[1]
    assert (petrov.responsible, petrov.deputy, petrov.vip, petrov.overdue) == (BORIS, ANNA, True, 0)
    assert directory.spam("+74950000001") == SpamEntry(7, "a")
    assert directory.spam("+74950000002") == SpamEntry(255, "b")
    assert directory.stale, "nobody follows the database yet"
    head = directory.head
    assert list(head.agents) == [ANNA, BORIS]
    assert head.agents[ANNA].department == "sales"
    assert head.queues["sales"].members == (QueueMember(BORIS, 0), QueueMember(ANNA, 1))
    assert head.pbxs["office"].token_hashes == (b"\x01",)
    assert head.pbxs["office"].allowed_ips == ("127.0.0.0/8", "::1/128")
    assert msgspec.json.decode(head.pbxs["cloud"].settings) == {"zone": "UTC"}
    assert (head.pbxs["cloud"].secrets, head.pbxs["office"].settings) == (b"\x02", b"{}")
    assert head.lines["+74951234567"].pbx == "office"
    assert head.departments["sales"].name == "Продажи"
    assert {day: kind for day, kind in head.calendar["RU"].items() if day.year == 2026} == {
        date(2026, 1, 1): DayKind.OFF
    }
    assert (head.plan, head.plan_version) == (b'{"rules": []}', 1)


async def test_the_spam_rules_tables_are_in_the_head(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    await connection.execute(
        """
        insert into spam_numbers (number, votes, seen_at) values
            ('+74950000010', 4, now() - interval '250 days'), ('+74950000011', 1, now() - interval '126 days');
        insert into spam_legit values ('+74950000001', 5, now());
        insert into spam_allow (number, why, until) values
            ('+74950000003', 'hand', null), ('+74950000004', 'passed', now() - interval '1 s');
        insert into spam_personal values ('+7495111', false, 'voicemail'), ('+74951110001', true, 'reject');
        insert into spam_ranges (prefix, kind, votes, seen_at) values
            ('+7495000000', 'ten', 9, now()), ('+7495000', 'prefix', 1, now() - interval '1 year');
        insert into spoken_numbers values ('+74950000005', now(), true), ('+74950000006', now(), false),
            ('+74950000007', now() - interval '366 days', true);
        """
    )
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
        brief = directory.head.spam
        assert brief.allowed == {"+74950000003": 0}
        assert (brief.patterns, brief.personal) == ({"+7495111": "voicemail"}, {"+74951110001": "reject"})
        assert (brief.tens, brief.prefixes) == ({"+7495000000": 9}, {})
        assert list(brief.spoken) == ["+74950000005"]
        assert directory.spam("+74950000001") == SpamEntry(2, "a"), "seven votes less five a person earned"
        assert directory.spam("+74950000010") == SpamEntry(1, "import"), "half after 125 days, a quarter after 250"
        assert directory.spam("+74950000011") is None, "faded under a half"
        await connection.execute(
            "insert into spam_allow (number, why, until) values ('+74950000001', 'passed', now() + interval '30 days')"
        )
        await until(directory, lambda d: "+74950000001" in d.head.spam.allowed)
        await connection.execute("update spam_legit set weight = 7")
        await until(directory, lambda d: d.spam("+74950000001") is None)
        await connection.execute("insert into spam_numbers (number) values ('+74950000006')")
        await until(directory, lambda d: "+74950000006" in d.head.spam.spoken)


async def test_a_worker_builds_follows_and_marks_fresh(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.contacts("+79160000001") and not d.stale)
        await connection.execute("update companies set class = 'partner'")
        await until(directory, lambda d: d.contacts("+79160000001")[0].klass is ContactClass.PARTNER)
        await connection.execute("update contacts set deleted_at = now() where name = 'Иванов'")
        await until(directory, lambda d: not d.contacts("+79160000001"))
        assert [brief.name for brief in directory.contacts("+79160000002")] == ["Петров"]
        await connection.execute("delete from contacts where name = 'Петров'")
        await until(directory, lambda d: not d.contacts("+79160000002"))
        await connection.execute("delete from spam_numbers where number = '+74950000001'")
        await until(directory, lambda d: d.spam("+74950000001") is None)
        await connection.execute("insert into spam_numbers (number, source) values ('+74950000003', 'c')")
        await until(directory, lambda d: d.spam("+74950000003") == SpamEntry(1, "c"))
        await connection.execute("insert into plans (body) values ('{}')")
        await until(directory, lambda d: d.head.plan_version == 2)


async def test_a_city_follows_the_companys_until_the_person_has_one(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    def city(directory: Directory) -> str:
        return next((brief.city for brief in directory.contacts("+79160000001")), "")

    await connection.execute("update companies set city = ' Тверь '")
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: city(d) == "Тверь")
        await connection.execute("update companies set city = 'Казань'")
        await until(directory, lambda d: city(d) == "Казань")
        await connection.execute("update contacts set city = 'Уфа' where name = 'Иванов'")
        await until(directory, lambda d: city(d) == "Уфа")


async def test_modes_and_aliases_of_lines_follow(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    line = "+74951234567"
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.line(line))
        assert directory.head.lines[line].mode is LineMode.ROUTE
        await connection.execute("update lines set mode = 'observe'")
        await until(directory, lambda d: d.head.lines[line].mode is LineMode.OBSERVE)
        await connection.execute("insert into line_aliases (alias, line_id) select 'trunk-1', id from lines")
        await until(directory, lambda d: d.line("Trunk-1") == d.head.lines[line])
        await connection.execute("update lines set state = 'returned'")
        await until(directory, lambda d: not d.line("trunk-1") and not d.line(line))


async def test_a_slow_transaction_is_not_lost(database_url: str, connection: asyncpg.Connection, folder: Path) -> None:
    other = await asyncpg.connect(database_url)
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
        slow = connection.transaction()
        await slow.start()
        await connection.execute("insert into spam_numbers (number) values ('+74950000011')")
        for number in ("+74950000012", "+74950000013"):
            await other.execute("insert into spam_numbers (number) values ($1)", number)
            await until(directory, partial(Directory.spam, number=number))
        assert directory.spam("+74950000011") is None
        await slow.commit()
        await until(directory, lambda d: d.spam("+74950000011"))
    await other.close()


async def test_a_rolled_back_savepoint_changes_nothing(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
        async with connection.transaction():
            inner = connection.transaction()
            await inner.start()
            await connection.execute("delete from spam_numbers")
            await inner.rollback()
            await connection.execute("insert into spam_numbers (number) values ('+74950000014')")
        await until(directory, lambda d: d.spam("+74950000014"))
        assert directory.spam("+74950000001") is not None


async def test_a_worker_that_was_away_goes_on_with_the_same_file(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
    built = (folder / FILE_NAME).stat()
    await connection.execute("insert into spam_numbers (number) values ('+74950000015')")
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000015"))

    assert (folder / FILE_NAME).stat().st_ino == built.st_ino


async def test_a_statement_over_many_numbers_has_the_file_built_anew(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
        first = directory.version
        await connection.execute(
            "insert into spam_numbers (number) select '+7499' || (1000000 + n) from generate_series(1, 10001) n"
        )
        await until(directory, lambda d: d.spam("+74991010001"))
        assert directory.version.split(".")[0] != first.split(".")[0]
        assert not directory.view.changed_spam
        rows = await connection.fetch("select kind from directory_changes where kind = 'all'")
        assert len(rows) == 1


async def test_changes_during_a_build_reach_old_and_new_file(
    database_url: str, connection: asyncpg.Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, built = asyncio.Event(), asyncio.Event()

    async def held_build(url: str, path: Path) -> object:
        report = await build_in_child(url, path)
        built.set()
        await hold.wait()
        return report

    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
        monkeypatch.setattr(follow, "build_in_child", held_build)
        await connection.execute("insert into directory_changes (kind) values ('all')")
        await connection.execute("notify directory")
        await built.wait()
        await connection.execute("insert into spam_numbers (number) values ('+74950000016')")
        await until(directory, lambda d: d.spam("+74950000016"))
        old = directory.view
        hold.set()
        await until(directory, lambda d: d.view.packed.build_id != old.packed.build_id)
        assert directory.spam("+74950000016") == SpamEntry(1, "import")
        assert directory.view.packed.spam(number_key("+74950000016")) is None, "it came by the new file's log"


async def test_an_unfinished_rebuild_is_remembered_over_a_restart(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    with owned_folder(folder):
        await build_in_child(database_url, folder / FILE_NAME)
    packed = open_packed(folder / FILE_NAME)
    await connection.execute("insert into directory_changes (kind) values ('all')")
    with Followed(folder, packed.build_id, packed.head, packed.meta.snapshot) as first:
        await first.catch_up(connection)
        assert first.behind
    with Followed(folder, packed.build_id, packed.head, packed.meta.snapshot) as second:
        await second.catch_up(connection)
        assert second.behind
        assert second.wants_rebuild


async def test_too_many_changes_ask_for_a_new_file(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    with owned_folder(folder):
        await build_in_child(database_url, folder / FILE_NAME)
    packed = open_packed(folder / FILE_NAME)
    await connection.execute("insert into spam_numbers (number) select '+7499100000' || n from generate_series(1, 4) n")
    with Followed(folder, packed.build_id, packed.head, packed.meta.snapshot, most_keys=3) as few:
        await few.catch_up(connection)
        assert few.behind
    with Followed(folder, packed.build_id, packed.head, packed.meta.snapshot, most_keys=4) as enough:
        await enough.catch_up(connection)
        assert not enough.behind
        assert not enough.wants_rebuild


@pytest.mark.parametrize(
    "make_foreign",
    [
        "update directory_pruned set below = pg_current_xact_id()",
        "create table unused ()",
    ],
    ids=["pruned", "another-database"],
)
async def test_a_file_the_database_cannot_continue_is_built_anew(
    database_url: str, connection: asyncpg.Connection, folder: Path, make_foreign: str
) -> None:
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
    first = directory.view.packed.build_id
    url = database_url
    await connection.execute(make_foreign)
    if "unused" in make_foreign:
        await connection.close()
        admin = await asyncpg.connect(database_url, database="postgres")
        name = f"copy_{os.getpid()}"
        original = database_url.partition("?")[0].rsplit("/", 1)[1]
        await admin.execute(f"create database {name} template {original}")
        url = database_url.replace(f"/{original}", f"/{name}")
    try:
        async with followed(url, folder):
            await until(directory, lambda d: d.view.packed.build_id != first)
    finally:
        if url != database_url:
            await admin.execute(f"drop database {name} with (force)")
            await admin.close()


async def test_old_changes_are_pruned_and_the_rest_kept(database_url: str, connection: asyncpg.Connection) -> None:
    await connection.execute("update directory_changes set at = now() - interval '2 days' where kind <> 'spam'")
    await source.prune(connection, timedelta(days=1))

    assert {row["kind"] for row in await connection.fetch("select kind from directory_changes")} == {"spam"}
    assert await connection.fetchval("select below > '0' from directory_pruned")


async def test_a_folder_has_one_writer(folder: Path) -> None:
    with owned_folder(folder), pytest.raises(AlreadyRunning), owned_folder(folder):
        pass


async def test_a_builder_killed_anywhere_leaves_the_old_file(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    with owned_folder(folder):
        await build_in_child(database_url, folder / FILE_NAME)
    before = (folder / FILE_NAME).read_bytes()
    await connection.execute(
        "insert into spam_numbers (number) select '+7499' || (1000000 + n) from generate_series(1, 60000) n"
    )
    loop = asyncio.get_running_loop()
    started = loop.time()
    with owned_folder(folder):
        await build_in_child(database_url, folder / "whole.tld")
    whole = loop.time() - started
    (folder / "whole.tld").unlink()
    for part in range(1, 9):
        with owned_folder(folder):
            with suppress(TimeoutError):
                async with asyncio.timeout(whole * part / 10):
                    await build_in_child(database_url, folder / "next.tld")
            assert (folder / FILE_NAME).read_bytes() == before
            assert Directory.open(folder).contacts("+79160000001")
    with owned_folder(folder):
        assert not list(folder.glob("*.tmp"))


async def test_a_failed_build_says_why(folder: Path) -> None:
    folder.mkdir(parents=True)
    with pytest.raises(BuildFailed, match=r"refused|denied|not|No such"):
        await build_in_child("postgresql://nobody@127.0.0.1:1/nothing", folder / FILE_NAME)
    assert not (folder / FILE_NAME).exists()


async def test_a_follower_ends_its_builder(database_url: str, connection: asyncpg.Connection, folder: Path) -> None:
    before = set(psutil.Process().children())
    with owned_folder(folder):
        follower = Follower(folder, database_url, connection)
        await follower.step()
        await asyncio.sleep(0.1)
        assert set(psutil.Process().children()) - before
        await follower.close()

    assert set(psutil.Process().children()) <= before


async def test_a_new_registry_is_in_the_next_file(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    directory = Directory.open(folder)
    async with followed(database_url, folder):
        await until(directory, lambda d: d.spam("+74950000001"))
        assert directory.view.region("+79161234567").kind is RegionKind.UNKNOWN
        async with connection.transaction():
            await connection.execute(
                "insert into numbering_ranges values (9160000000, 9169999999, 'subject', '{50,77}', 'МТС'),"
                " (9990000000, 9990000009, 'nationwide', '{}', '')"
            )
            await connection.execute(
                "insert into numbering_registries values ('9', '2026-08-01', 'DEF-9xx.csv', 2, 10000010)"
            )
        await until(directory, lambda d: d.view.region("+79161234567").subjects)
    view = directory.view

    assert view.region("+79161234567") == Region(RegionKind.SUBJECT, ("50", "77"), "МТС")
    assert view.region("+79990000003") == Region(RegionKind.NATIONWIDE)
    assert view.region("+79990000010") == Region(RegionKind.NONE, dated=date(2026, 8, 1))
    assert view.registries == {"9": date(2026, 8, 1)}


async def test_a_file_of_the_format_before_is_built_anew(
    database_url: str, connection: asyncpg.Connection, folder: Path
) -> None:
    async with followed(database_url, folder):
        await until(Directory.open(folder), lambda d: d.spam("+74950000001"))
    as_format(2, folder / FILE_NAME)
    before = Directory.open(folder)
    assert before.fault == ""
    async with followed(database_url, folder):
        await until(before, lambda d: d.view.packed.format == FORMAT)
