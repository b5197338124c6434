"""What goes by Apprise: a closed list of services with fixed hosts, and no parameters; Discord on loopback."""

import importlib
import sys
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.fakes.team_room import FakeRoom, team_room
from tests.messages.conftest import Office
from tests.messages.test_rooms import deliver, tell
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.messages.rooms import ROOM_KINDS, wrong_address
from trunkline.messages.services import plugin_of
from trunkline.webhooks.address import AddressRules

TEAMS = "workflows://{}/0123456789abcdef0123456789abcdef/Abcdefghijklmnop_Abcdefghijklmnop"
DISCORD = "discord://1234567890/abcdefghijklmnop"


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeRoom]:
    """Discord's address is ours; a test is the only one that can move it."""
    async with team_room() as running:
        plugin = importlib.import_module("apprise.plugins.discord").NotifyDiscord
        monkeypatch.setattr(plugin, "notify_url", running.url.replace("/hooks/secret-key", "/api/webhooks"))
        yield running


@pytest.mark.parametrize(
    ("kind", "address", "right"),
    [
        ("discord", DISCORD, True),
        ("discord", "discord://1234567890", False),
        ("discord", f"{DISCORD}?verify=no", False),
        ("discord", "gchat://space/key/token", False),
        ("discord", "file:///etc/passwd", False),
        ("discord", "json://127.0.0.1/", False),
        ("gchat", "gchat://space/key/token", True),
        ("workflows", TEAMS.format("prod-1.westus.logic.azure.com:443"), True),
        ("workflows", TEAMS.format("10.0.0.1"), False),
        ("workflows", TEAMS.format("logic.azure.com.example.com"), False),
        ("workflows", TEAMS.format("a.logic.azure.com") + "?template=/etc/passwd", False),
        ("workflows", TEAMS.format("a.logic.azure.com") + "#x", False),
    ],
)
def test_addresses(kind: str, address: str, right: bool) -> None:
    assert (wrong_address(kind, address, AddressRules(())) == "") is right


def test_what_may_reach_into_the_machine_is_never_loaded() -> None:
    plugin_of("discord", DISCORD)
    assert not set(ROOM_KINDS) & {"exec", "file", "syslog", "dbus", "json", "xml", "form", "mailto"}
    for name in ("syslog", "dbus", "custom_json", "gnome", "macosx"):
        assert f"apprise.plugins.{name}" not in sys.modules


@pytest.mark.parametrize("fault", ["", "gone"])
async def test_discord(pool: Pool, redis: Redis, office: Office, box: SecretBox, room: FakeRoom, fault: str) -> None:
    room.faults = [fault] if fault else []
    room.url = DISCORD
    await pool.execute("update contacts set name = '@everyone <@1>'")
    await tell(pool, redis, office, box, room, "discord")
    await deliver(pool, redis, box)
    if fault:
        assert room.texts == []
        assert await pool.fetchval("select last_error from outbox") == "the service has not taken it"
        await redis.flushdb()
        await deliver(pool, redis, box)
    (text,) = room.texts
    assert "@\u200beveryone ‹@\u200b1›, Окна" in text
    assert "Лид" in text
