"""The link against a real Asterisk 22 with the shipped rights: resync, kill, half-open, slow reader."""

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.e2e.asterisk import site as sites
from tests.e2e.asterisk.ami import Ami
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.fakes.proxy import Proxy
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import TIMING, Node
from trunkline.pbx.asterisk.check import check
from trunkline.pbx.asterisk.station import Station
from trunkline.pbx.asterisk.terms import Address
from trunkline.pbx.devices import PROVED_AT
from trunkline.pbx.ports import Gap, LinkLost, LinkUp, OpenLeg, Resynced

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

HOLDING = "\n[holding]\nexten => hold,1,Answer()\n same => n,Wait(120)\n"
PATIENCE = replace(TIMING.patience, link=replace(TIMING.patience.link, action=2.0, ping_after=1.0, pong=2.0))


@pytest.fixture(scope="module")
def asterisk() -> Iterator[Asterisk]:
    ports = Ports(
        sip=25060, ami=25038, caller=25070, outside=25080, router=28070, rtp_first=24000, rtp_last=24198, media=24200
    )
    pbx = Asterisk(Site(asterisk_tree(), "ami-link", ports))
    sites.write(pbx.site)
    with (pbx.site.folder / "etc/extensions.conf").open("a") as file:
        file.write(HOLDING)
    pbx.start()
    yield pbx
    pbx.kill()
    shutil.rmtree(pbx.site.folder, ignore_errors=True)


def hold_a_call(hands: Ami) -> None:
    """Two channels that stay up, with nobody's phone in it."""
    hands.ask("Originate", Channel="Local/hold@holding", Application="Wait", Data="120", Async="true")


def channels_up(hands: Ami) -> set[str]:
    return {one["Uniqueid"] for one in hands.ask_list("CoreShowChannels")}


class Heard:
    """A station on the real Asterisk."""

    def __init__(self, node: Node, pbx: Asterisk, port: int) -> None:
        address = Address("127.0.0.1", port, "trunkline", pbx.site.ami_secret)
        self._station = Station("office", address, pbx.site.cel, node.plug)
        self._spooled = node.spooled

    async def __aenter__(self) -> "Heard":
        self._running = asyncio.create_task(self._station.run())
        await self.until("Resynced")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def until(self, *names: str, limit: float = 30.0) -> None:
        """Wait for news of the link, in this order behind each other."""
        await eventually(lambda: self._spooled.link_events()[-len(names) :] == list(names), limit)

    def all_of(self, kind: type[Any]) -> list[Any]:
        return [record for record in self._spooled.look().links if isinstance(record, kind)]


def legs_of(heard: Heard) -> list[OpenLeg]:
    return list(heard.all_of(Resynced)[-1].legs)


async def test_the_shipped_rights_are_enough_and_not_too_much(asterisk: Asterisk) -> None:
    with asterisk.tester() as hands:
        hold_a_call(hands)
        await eventually(lambda: asterisk.site.cel.exists() and b"ANSWER" in asterisk.site.cel.read_bytes())
    address = Address("127.0.0.1", asterisk.site.ports.ami, "trunkline", asterisk.site.ami_secret)

    assert [finding.text for finding in await check(address, asterisk.site.cel) if not finding.good] == []


async def test_a_user_who_may_do_everything_is_called_too_powerful(asterisk: Asterisk) -> None:
    address = Address("127.0.0.1", asterisk.site.ports.ami, "tester", asterisk.site.tester_secret)

    [bad] = [finding for finding in await check(address, asterisk.site.cel) if not finding.good]
    assert "Originate" in bad.text


async def test_calls_that_are_up_are_known_after_login_and_phones_too(
    asterisk: Asterisk, node_of: Callable[..., Node], redis: Redis
) -> None:
    with asterisk.tester() as hands:
        # The calls other tests held here are up as well.
        before = channels_up(hands)
        hold_a_call(hands)
        await eventually(lambda: len(channels_up(hands) - before) == 2)
        up = channels_up(hands)
    async with Heard(node_of("a", patience=PATIENCE), asterisk, asterisk.site.ports.ami) as heard:
        assert {leg.uniqueid for leg in legs_of(heard)} == up
        await eventually(lambda: has_states(redis))


async def has_states(redis: Redis) -> bool:
    states = await redis.hgetall("device:office")
    return states.get(b"109") == b"unavailable" and b"101" in states and PROVED_AT.encode() in states


def uptime_of(asterisk: Asterisk) -> int:
    """Seconds since it was started."""
    return int(re.findall(r"System uptime: (\d+)", asterisk.run_cli("core show uptime seconds"))[0])


async def test_a_killed_asterisk_is_noticed_and_its_calls_are_told_from_cel(
    asterisk: Asterisk, node_of: Callable[..., Node]
) -> None:
    async with Heard(node_of("a", patience=PATIENCE), asterisk, asterisk.site.ports.ami) as heard:
        with asterisk.tester() as hands:
            hold_a_call(hands)
        # Uptime comes in whole seconds: a restart within five of the start before is not told from a correction.
        await asyncio.to_thread(until, lambda: uptime_of(asterisk) > 7, "Asterisk to have run for a while", 15)
        await asyncio.to_thread(asterisk.restart)
        await heard.until("LinkLost", "LinkUp", "Gap", "Resynced")

        assert [up.restarted for up in heard.all_of(LinkUp)] == [False, True]
        assert heard.all_of(Gap)[-1].rows is not None
        assert legs_of(heard) == []


async def test_a_half_open_link_is_given_up_and_the_gap_filled(
    asterisk: Asterisk, node_of: Callable[..., Node]
) -> None:
    async with (
        Proxy(asterisk.site.ports.ami) as proxy,
        Heard(node_of("a", patience=PATIENCE), asterisk, proxy.port) as heard,
    ):
        proxy.frozen = True
        with asterisk.tester() as hands:
            hold_a_call(hands)
        await heard.until("LinkLost")
        proxy.frozen = False
        await heard.until("LinkLost", "LinkUp", "Gap", "Resynced")

        assert heard.all_of(Gap)[-1].rows > 0
        assert len(legs_of(heard)) >= 2


async def test_a_reader_asterisk_cut_off_comes_back(asterisk: Asterisk, node_of: Callable[..., Node]) -> None:
    """`writetimeout = 5000`: a reader that takes nothing for longer loses the connection, and what was queued."""
    async with Heard(node_of("a", patience=PATIENCE), asterisk, asterisk.site.ports.ami) as heard:
        flood = asyncio.create_task(asyncio.to_thread(send_much, asterisk))
        await asyncio.sleep(0.1)
        time.sleep(16)  # noqa: ASYNC251 - the process stands still, as under a debugger or on a starved machine
        await flood
        await heard.until("LinkLost", "LinkUp", "Gap", "Resynced")

        [lost] = heard.all_of(LinkLost)
        [gap] = heard.all_of(Gap)
        assert lost.reason.startswith(("closed by the PBX", "connection lost"))
        assert gap.until - gap.since > 5


def send_much(pbx: Asterisk) -> None:
    """About 40 MB of events: more than the kernel keeps for a reader that does not read."""
    with Ami(pbx.site.ports.ami, "tester", pbx.site.tester_secret) as hands:
        for number in range(20_000):
            hands.send(
                "UserEvent", UserEvent="Flood", Number=str(number), **{f"Filler{n}": "x" * 240 for n in range(8)}
            )


async def test_the_cel_file_has_the_shipped_columns(asterisk: Asterisk, tmp_path: Path) -> None:
    line = asterisk.site.cel.read_text(encoding="utf-8").splitlines()[0]

    assert line.count('","') == 19
