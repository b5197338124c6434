"""VK Teams and MAX do what Telegram does: the card, its buttons, commands, the binding, who stopped the bot."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import pytest

from crm_sync.bots.hearing import Ear
from crm_sync.bots.hooks import header_secret, path_secret
from crm_sync.bots.kinds import open_messengers
from crm_sync.bots.polling import Polling
from crm_sync.bots.port import Polled
from crm_sync.bots.store import Bot, bind, make_code, save_bot
from tests.crm_sync.bots.desk import Desk
from tests.crm_sync.scene import LOOPBACK, ROOT
from tests.fakes.max_messenger import FakeMax, max_messenger
from tests.fakes.shown import Shown
from tests.fakes.vkteams import FakeVkTeams, vkteams
from trunkline.keys import settings_key
from trunkline.webhooks.deliverer import webhook_session

CHATS = {"vkteams": "anna@example.com", "max": "9007199254740993"}
"""VK Teams names a chat by an address, MAX by a number beyond 2⁵³."""


@dataclass
class Office:
    """One messenger with its bot, and the desk's outbox."""

    desk: Desk
    kind: str
    fake: FakeVkTeams | FakeMax
    polling: Polling
    bot: Bot

    @property
    def chat(self) -> str:
        return CHATS[self.kind]

    async def bind(self, person: UUID) -> None:
        async with self.desk.pool.acquire() as connection, connection.transaction():
            code = await make_code(connection, person, self.desk.clock.at)
            assert await bind(connection, self.bot, self.chat, code, self.desk.clock.at)

    async def says(self, text: str) -> list[str]:
        """What he is answered."""
        before = len(self.fake.in_chat(self.chat))
        if isinstance(self.fake, FakeMax):
            assert await self.fake.says(self.desk.http, self.chat, text) == 200
        else:
            await self.fake.says(self.chat, text)
            assert await self.polling.one_round(self.kind) == 1
        await self.desk.deliver()
        return [one.texts[-1] for one in self.fake.in_chat(self.chat)[before:]]

    async def presses(self, message: Shown, data: str) -> str:
        """What he is told; empty for nothing."""
        before = len(self.fake.answers)
        if isinstance(self.fake, FakeMax):
            assert await self.fake.presses(self.desk.http, message, data) == 200
        else:
            await self.fake.presses(message, data)
            await self.polling.one_round(self.kind)
        await self.desk.deliver()
        return "".join(text for _, text in self.fake.answers[before:])

    def card(self) -> Shown:
        (shown,) = [one for one in self.fake.in_chat(self.chat) if one.keyboard]
        return shown


async def connected(desk: Desk, kind: str, fake: FakeVkTeams | FakeMax) -> Bot:
    told = (fake.url, desk.box.seal(fake.token.encode()), str(fake.bot_id), fake.username, desk.clock.at)
    bot = Bot(UUID(int=76), kind, *told)
    async with desk.pool.acquire() as connection, connection.transaction():
        await save_bot(connection, bot, ROOT, desk.clock.at)
    if isinstance(fake, FakeMax):
        url = str(desk.street.client.make_url(f"/bots/max/{path_secret(desk.box, 'max')}"))
        fake.hook = {"url": url, "secret": header_secret(desk.box, bot)}
    return bot


@pytest.fixture(params=["vkteams", "max"])
async def office(desk: Desk, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    running = vkteams() if request.param == "vkteams" else max_messenger()
    async with running as fake, webhook_session(LOOPBACK) as session:
        messengers = open_messengers(session, LOOPBACK)
        polling = Polling(
            desk.pool,
            None,
            Ear.of(desk.street.app[settings_key]),
            {"vkteams": cast("Polled", messengers["vkteams"])},
            "here",
        )
        yield Office(desk, request.param, fake, polling, await connected(desk, request.param, fake))


async def test_the_card_is_sent_on_ring_and_changed_on_end(office: Office, anna: UUID) -> None:
    await office.bind(anna)
    left = await office.desk.rings()
    await office.desk.deliver()
    shown = office.card()
    assert shown.texts[-1].startswith("Calls you")
    await office.desk.hear(left)
    await office.desk.deliver(3)
    assert office.card().texts[-1].startswith("Over, talked for")
    assert len(office.fake.in_chat(office.chat)) == 1
    links = [one["url"] for row in shown.keyboard for one in row if one["url"]]
    assert len(links) == 1
    assert links[0].startswith("https://calls.example.com/card/calls/")


async def test_a_button_does_what_it_says_once_and_a_forged_one_nothing(office: Office, anna: UUID) -> None:
    await office.bind(anna)
    await office.desk.rings()
    await office.desk.deliver()
    note = office.card().button("Note")
    assert await office.presses(office.card(), note) == "Write the note now, in one message."
    assert await office.says("Wants two windows") == ["The note is kept with the number."]
    assert await office.presses(office.card(), note[:-1] + ("A" if note[-1] != "A" else "B")) == (
        "This button is good no more."
    )
    assert await office.desk.pool.fetchval("select count(*) from contact_notes") == 1


async def test_he_binds_his_chat_by_the_code_and_a_stranger_is_nobody(office: Office, anna: UUID) -> None:
    async with office.desk.pool.acquire() as connection:
        code = await make_code(connection, anna, office.desk.clock.at)
    if isinstance(office.fake, FakeMax):
        assert await office.fake.starts(office.desk.http, office.chat, code) == 200
        await office.desk.deliver()
        told = [one.texts[-1] for one in office.fake.in_chat(office.chat)]
    else:
        told = await office.says(f"/start {code}")
    assert told == ["Anna, from now on you see here who calls you."]
    assert await office.says("/on") == ["You are online."]
    assert await office.desk.pool.fetchval("select chat_id from bot_chats") == office.chat


async def test_who_stopped_the_bot_is_left_alone_and_the_bot_goes_on(office: Office, anna: UUID) -> None:
    await office.bind(anna)
    office.fake.blocked.add(office.chat)
    await office.says("hello")
    assert await office.desk.pool.fetchval("select blocked_at is not null from bot_chats")
    assert (await office.desk.waiting(), await office.desk.pool.fetchval("select count(*) from outbox_dead")) == (0, 0)
    assert await office.desk.pool.fetchval("select count(*) from outbox_accounts where state <> 'closed'") == 0


@pytest.mark.parametrize("how", ["flood", "broken", "reset"])
async def test_a_card_that_was_surely_not_shown_is_sent_again_and_another_never(
    office: Office, anna: UUID, how: str
) -> None:
    await office.bind(anna)
    await office.desk.rings()
    office.fake.faults.append(("messages/sendText" if office.kind == "vkteams" else "POST /messages", how))
    await office.desk.deliver(4)
    assert len(office.fake.in_chat(office.chat)) == (1 if how == "flood" else 0)


async def test_a_press_of_long_ago_and_a_revoked_token(office: Office, anna: UUID) -> None:
    await office.bind(anna)
    await office.desk.rings()
    await office.desk.deliver()
    data, card = office.card().button("Note"), office.card()
    office.fake.queries = _Nothing()
    assert await office.presses(card, data) == ""
    assert (await office.desk.waiting(), await office.desk.pool.fetchval("select count(*) from outbox_dead")) == (0, 0)
    office.fake.token += "x"
    if isinstance(office.fake, FakeMax):
        await office.says("hello")
        assert await office.desk.pool.fetchval("select state from outbox_accounts") != "closed"
    else:
        assert await office.polling.one_round("vkteams") is None
        assert "does not know this token" in await office.desk.pool.fetchval("select trouble from bots")


class _Nothing(set[str]):
    """No press is waited for."""

    def add(self, _one: str) -> None:
        return


@pytest.fixture
async def polled(desk: Desk) -> AsyncIterator[tuple[Desk, FakeVkTeams, Callable[[str], Awaitable[int | None]]]]:
    async with vkteams() as fake, webhook_session(LOOPBACK) as session:
        await connected(desk, "vkteams", fake)
        asked = {"vkteams": cast("Polled", open_messengers(session, LOOPBACK)["vkteams"])}
        ear = Ear.of(desk.street.app[settings_key])

        async def round_of(node: str) -> int | None:
            return await Polling(desk.pool, None, ear, asked, node).one_round("vkteams")

        yield desk, fake, round_of


async def test_one_node_asks_and_another_when_its_time_has_run_out(
    polled: tuple[Desk, FakeVkTeams, Callable[[str], Awaitable[int | None]]],
) -> None:
    desk, fake, round_of = polled
    await fake.says("anna@example.com", "/start")
    assert await round_of("one") == 1
    assert await round_of("two") is None
    assert await desk.pool.fetchval("select last_event from bots") == fake.events[-1]["eventId"]
    await desk.pool.execute("update bots set read_until = now() - interval '1 second'")
    fake.events[:] = [{"eventId": 4000, "type": "newMessage", "payload": {"nothing": "of ours"}}]
    assert await round_of("two") == 1
    assert await desk.pool.fetchval("select last_event from bots") == 4000
    assert await round_of("one") is None
    fake.faults.append(("events/get", "gateway"))
    assert await round_of("two") == 0
    assert await desk.pool.fetchval("select trouble from bots") == ""


async def test_groups_are_not_heard(polled: tuple[Desk, FakeVkTeams, Callable[[str], Awaitable[int | None]]]) -> None:
    desk, fake, round_of = polled
    await fake.says("681869378@chat.agent", "/start", kind="group")
    assert await round_of("one") == 1
    assert await desk.waiting() == 0
