"""The helper as a program on a screen: it comes up over all windows, takes no keyboard, and follows the call."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import web
from redis.asyncio import Redis

from softphone_card.desktop import keeping
from softphone_card.desktop.keeping import Kept
from softphone_card.room import room_key
from tests.card.conftest import House, house
from tests.fakes.waiting import eventually
from tests.serving import free_port
from tests.softphone_card.desktop.desk import Desk, desk
from tests.softphone_card.desktop.test_client import desktop_token
from tests.softphone_card.floor import CLIENT, PBX, Floor
from tests.web.composed import compose
from trunkline.calls.agents import Change
from trunkline.calls.agents_now import AgentNow, AgentState
from trunkline.db.types import Pool

__all__ = ["house"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
_PATIENCE = 60.0
_SHOTS = os.environ.get("TRUNKLINE_SHOTS", "")
"""A folder for photographs of the screen, to be looked at by people."""


class Office:
    """A server that can be stopped and started again at its address."""

    def __init__(self, make: object, port: int) -> None:
        self._make = make
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self._runner: web.AppRunner | None = None
        self.app: web.Application | None = None

    async def start(self) -> None:
        assert callable(self._make)
        self.app = self._make()
        self._runner = web.AppRunner(self.app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def sockets(self) -> int:
        return len(self.app[room_key]) if self.app else 0


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


@pytest.fixture
async def office(database_url: str, valkey_url: str, redis: Redis, data_dir: Path) -> AsyncIterator[Office]:
    made = Office(lambda: compose(database_url, valkey_url, data_dir), free_port())
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def helping(
    screen: Desk, office: Office, pool: Pool, person: UUID, *words: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The helper of `person`, connected, with another program's window in front."""
    kept = Kept(office.address, await desktop_token(pool, person), "ru")
    keeping.keep(screen.home / "config" / "trunkline-card", kept)
    async with screen.running(*screen.other_program()), screen.running(*screen.helper(*words)) as process:
        await eventually(lambda: office.sockets() == 1, _PATIENCE)
        await until_window(screen, "other program")
        await screen.run("xdotool", "windowactivate", "--sync", await screen.window("other program"))
        yield process


async def until_window(screen: Desk, title: str) -> str:
    async def there() -> bool:
        return bool(await screen.window(title))

    await eventually(there, _PATIENCE)
    return await screen.window(title)


async def until_no_window(screen: Desk, title: str) -> None:
    async def gone() -> bool:
        return not await screen.window(title)

    await eventually(gone, _PATIENCE)


async def ring(floor: Floor, call: UUID, extension: str = "101", state: AgentState | None = AgentState.RINGING) -> None:
    """The call at `extension`, or there no more."""
    now = (
        AgentNow(extension, state, "1.1", int(time.time() * 1e6), CLIENT, "", "+74951234567", "sales")
        if state
        else None
    )
    await floor._tell([Change(PBX, call, extension, now)])


async def photograph(screen: Desk, name: str) -> None:
    if _SHOTS:
        await screen.photograph(Path(_SHOTS) / f"{name}.png")


async def rich_call(house: House) -> UUID:
    """A call with much to say: a debtor of ours, in the middle of a deal."""
    contact = await house.contact(
        "Константинопольская Александра <b>Вениаминовна</b>",
        company="ООО «Северо-Западная транспортно-экспедиционная компания»",
        overdue=Decimal(125_000), vip=True,
    )  # fmt: skip
    company = await house.company_of(contact)
    await house.add("debts", company_id=company, amount=Decimal(500_000), overdue=Decimal(125_000), overdue_days=34)
    await house.add(
        "deals", company_id=company, title="Автобусы, 3 шт.", stage="КП отправлено", amount=Decimal(9_900_000)
    )
    await house.call(over=True, missed_why="no_answer")
    hint = "insert into card_hints (id, kind, key, text) values (gen_random_uuid(), 'class', 'client', $1)"
    await house.pool.execute(hint, "Спросить об оплате по договору 17, скидок не обещать.")
    await house.pool.execute("update accounts set grants = array['money.read'] where person_id = $1", house.anna)
    return await house.call()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_is_over_all_windows_and_leaves_when_a_colleague_answers(
    screen: Desk, office: Office, house: House, floor: Floor, theme: str
) -> None:
    call = await rich_call(house)
    async with helping(screen, office, house.pool, house.anna, "--theme", theme):
        other = await screen.window("other program")
        await ring(floor, call)
        card = await until_window(screen, "Константинопольская")
        assert await screen.upmost() == int(card)
        assert await screen.run("xdotool", "getactivewindow") == other
        await screen.run("xdotool", "windowraise", other)
        await screen.run("xdotool", "type", "typed on")  # goes to the other program
        assert await screen.upmost() == int(card)
        await photograph(screen, f"card-{theme}")
        await ring(floor, call, state=None)
        await until_no_window(screen, "Константинопольская")


async def test_a_choice_is_made_and_the_whole_card_opened_in_the_browser(
    screen: Desk, office: Office, house: House, floor: Floor
) -> None:
    await house.contact("Иванов", company="ООО «Ромашка»")
    petrov = await house.contact("Петров", company="АО «Лютик & Co»")
    call = await house.call()
    async with helping(screen, office, house.pool, house.anna):
        await ring(floor, call)
        card = await until_window(screen, "Один из 2 контактов")
        await photograph(screen, "choice")
        await screen.run("xdotool", "windowfocus", "--sync", card)
        await press_until(screen, card, "Петров")
        assert await house.pool.fetchval("select contact_id from call_contacts where call_id = $1", call) == petrov
        card = await until_window(screen, "Петров")
        width, height = await size(screen, card)
        await click(screen, card, width // 2, height - 24)
        await eventually(screen.opened.exists, _PATIENCE)
        assert screen.opened.read_text() == f"{office.address}/card/calls/{call}"
        await screen.run("xdotool", "windowfocus", "--sync", card)
        await screen.run("xdotool", "key", "Escape")
        await until_no_window(screen, "Петров")


async def test_a_ring_outlives_a_server_that_is_restarted(
    screen: Desk, office: Office, house: House, floor: Floor
) -> None:
    await house.contact("Иванов")
    call = await house.call()
    async with helping(screen, office, house.pool, house.anna) as helper:
        await ring(floor, call)
        await until_window(screen, "Иванов")
        await office.stop()
        assert await screen.window("Иванов")
        await ring(floor, call, state=None)  # answered elsewhere while nobody could be told
        await office.start()
        await until_no_window(screen, "Иванов")
        await ring(floor, call)
        await until_window(screen, "Иванов")
        await house.pool.execute("update api_tokens set revoked_at = now()")
        await until_no_window(screen, "Иванов")
        await until_window(screen, "^Trunkline$")
        await photograph(screen, "stopped")
        second = await screen.run(*screen.helper())
        assert (second, helper.returncode) == ("", None)


async def test_the_first_start_asks_for_a_server(screen: Desk) -> None:
    async with screen.running(*screen.helper("--language", "ru")):
        await until_window(screen, "^Trunkline$")
        await photograph(screen, "first")


def test_all_of_it_is_imported_without_a_complaint() -> None:
    script = "import softphone_card.desktop.qt.run, softphone_card.desktop.qt.helper"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


async def press_until(screen: Desk, card: str, name: str) -> None:
    """Click down the card until the choice of that name was hit: where it lies depends on the fonts."""
    _, height = await size(screen, card)
    for y in range(height - 70, 40, -24):
        await click(screen, card, 200, y)
        for _ in range(20):
            if await screen.window(name):
                return
            await asyncio.sleep(0.05)
    raise AssertionError(f"there is no {name} to click on")


async def click(screen: Desk, window: str, x: int, y: int) -> None:
    await screen.run("xdotool", "mousemove", "--window", window, str(x), str(y), "click", "1")


async def size(screen: Desk, window: str) -> tuple[int, int]:
    told = await screen.run("xdotool", "getwindowgeometry", "--shell", window)
    values = dict(line.split("=") for line in told.splitlines())
    return int(values["WIDTH"]), int(values["HEIGHT"])
