"""Any interleaving of changes, builds, restarts and refreshes leaves the directory equal to plain dictionaries."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkline.directory.build import build
from trunkline.directory.follow import NEXT_NAME, publish, resume
from trunkline.directory.followed import Followed
from trunkline.directory.reader import Directory

NUMBERS = [f"+7916000000{n}" for n in range(3)]
SLOW_NUMBERS = [f"+7926000000{n}" for n in range(2)]
CONTACTS = [UUID(int=n + 1) for n in range(3)]

_contacts, _numbers = st.sampled_from(CONTACTS), st.sampled_from(NUMBERS)
_GIVE = "insert into contact_phones values ($1, $2) on conflict do nothing"
_votes = st.one_of(st.none(), st.integers(1, 255))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spam"), _numbers, _votes),
        st.tuples(st.just("slow_spam"), st.sampled_from(SLOW_NUMBERS), _votes),
        st.tuples(st.just("contact"), _contacts, st.one_of(st.none(), st.text("абв", min_size=1, max_size=3))),
        st.tuples(st.just("number"), _contacts, _numbers, st.booleans()),
        st.tuples(st.sampled_from(["begin", "commit", "rollback", "build", "publish", "follow", "restart"])),
    ),
    max_size=30,
)


@dataclass
class World:
    """The database by two connections, the worker's side of the folder, a reader, and what all should come to."""

    url: str
    folder: Path
    fast: asyncpg.Connection
    slow: asyncpg.Connection
    followed: Followed | None = None
    transaction: asyncpg.transaction.Transaction | None = None
    built: bool = False
    spam: dict[str, int | None] = field(default_factory=dict)
    pending: dict[str, int | None] = field(default_factory=dict)
    names: dict[UUID, str | None] = field(default_factory=dict)
    owners: dict[str, set[UUID]] = field(default_factory=dict)

    async def do(self, step: tuple[object, ...]) -> None:
        name, *arguments = step
        await getattr(self, f"do_{name}")(*arguments)

    async def do_spam(self, number: str, votes: int | None) -> None:
        await _put_spam(self.fast, number, votes)
        self.spam[number] = votes

    async def do_slow_spam(self, number: str, votes: int | None) -> None:
        await _put_spam(self.slow, number, votes)
        (self.spam if self.transaction is None else self.pending)[number] = votes

    async def do_contact(self, contact: UUID, name: str | None) -> None:
        if name is None:
            await self.fast.execute("delete from contacts where id = $1", contact)
            for owners in self.owners.values():
                owners.discard(contact)
        else:
            await self.fast.execute(
                "insert into contacts (id, name) values ($1, $2) on conflict (id) do update set name = excluded.name",
                contact, name,
            )  # fmt: skip
        self.names[contact] = name

    async def do_number(self, contact: UUID, number: str, given: bool) -> None:
        if self.names.get(contact) is None:
            return
        if given:
            await self.fast.execute(
                "insert into contact_phones values ($1, $2) on conflict do nothing", number, contact
            )
            self.owners.setdefault(number, set()).add(contact)
        else:
            await self.fast.execute("delete from contact_phones where (number, contact_id) = ($1, $2)", number, contact)
            self.owners.get(number, set()).discard(contact)

    async def do_begin(self) -> None:
        if self.transaction is None:
            self.transaction = self.slow.transaction()
            await self.transaction.start()

    async def do_commit(self) -> None:
        if self.transaction is not None:
            await self.transaction.commit()
            self.spam |= self.pending
            self.transaction, self.pending = None, {}

    async def do_rollback(self) -> None:
        if self.transaction is not None:
            await self.transaction.rollback()
            self.transaction, self.pending = None, {}

    async def do_build(self) -> None:
        await build(self.url, self.folder / NEXT_NAME)
        self.built = True

    async def do_publish(self) -> None:
        if self.built:
            fresh = await publish(self.fast, self.folder)
            self.close()
            self.followed, self.built = fresh, False

    async def do_follow(self) -> None:
        if self.followed is not None:
            await self.followed.catch_up(self.fast)

    async def do_restart(self) -> None:
        if self.followed is not None:
            self.close()
            self.followed = await resume(self.fast, self.folder)
            assert self.followed is not None

    def close(self) -> None:
        if self.followed is not None:
            self.followed.close()

    def agrees(self, directory: Directory) -> None:
        for number in (*NUMBERS, *SLOW_NUMBERS):
            entry = directory.spam(number)
            assert (entry.votes if entry else None) == self.spam.get(number), number
            owners = sorted(self.owners.get(number, ()), key=lambda contact: contact.int)
            briefs = [(brief.id, brief.name) for brief in directory.contacts(number)]
            assert briefs == [(owner, self.names[owner]) for owner in owners], number


async def _put_spam(connection: asyncpg.Connection, number: str, votes: int | None) -> None:
    if votes is None:
        await connection.execute("delete from spam_numbers where number = $1", number)
    else:
        await connection.execute(
            "insert into spam_numbers (number, votes) values ($1, $2)"
            " on conflict (number) do update set votes = excluded.votes",
            number, votes,
        )  # fmt: skip


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_the_directory_equals_its_model(
    database_url: str, tmp_path: Path, steps: list[tuple[object, ...]]
) -> None:
    folder = tmp_path / "directory"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    fast, slow = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    await fast.execute("delete from contacts; delete from spam_numbers; delete from directory_changes")
    world = World(database_url, folder, fast, slow)
    directory = Directory.open(folder)
    try:
        for step in (("build",), ("publish",), *steps, ("commit",), ("follow",), ("build",), ("publish",)):
            await world.do(step)
            if step[0] in {"follow", "publish"}:
                await world.do_follow()
                directory.refresh(wait=True)
                world.agrees(directory)
    finally:
        world.close()
        directory.close()
        await slow.close()
        await fast.close()
