"""`trunkline pbx check` names what is wrong, in plain words, with its remedy."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.fakes.ami_server import COMMANDS, MEMBER_COMMANDS, AmiServer
from tests.pbx.asterisk.test_backfill import row, write
from trunkline.demo.exchange import USERNAME, Exchange
from trunkline.pbx.asterisk.check import Finding, check
from trunkline.pbx.asterisk.check_members import check_members
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.terms import Address


async def bad(server: AmiServer, *, secret: str = "s3cret", cel: Path | None = None) -> list[str]:
    """Texts of what is not as it should be."""
    findings: list[Finding] = await check(Address("127.0.0.1", server.port, "trunkline", secret), cel)
    return [finding.text for finding in findings if not finding.good]


async def good_cel(tmp_path: Path) -> Path:
    file = tmp_path / "trunkline.csv"
    write(file, [row(time.time())])
    return file


async def test_nothing_is_wrong_with_the_shipped_configuration(server: AmiServer, tmp_path: Path) -> None:
    assert await bad(server, cel=await good_cel(tmp_path)) == []


async def test_an_asterisk_that_is_down(server: AmiServer, tmp_path: Path) -> None:
    await server.stop()
    [text] = await bad(server, cel=await good_cel(tmp_path))
    await server.start()

    assert text.startswith("cannot connect to 127.0.0.1:")


async def test_a_wrong_secret(server: AmiServer, tmp_path: Path) -> None:
    [text] = await bad(server, secret="wrong", cel=await good_cel(tmp_path))

    assert "refuses the login" in text


async def test_a_user_who_could_dial(server: AmiServer, tmp_path: Path) -> None:
    server.commands = (*COMMANDS, "Originate", "Command")
    [text] = await bad(server, cel=await good_cel(tmp_path))

    assert text == "the user may do what Trunkline never does: Originate, Command"


async def test_a_user_who_may_too_little(server: AmiServer, tmp_path: Path) -> None:
    server.commands = [name for name in COMMANDS if name not in {"UserEvent", "Status"}]
    server.denied |= {"UserEvent"}
    [text] = await bad(server, cel=await good_cel(tmp_path))

    assert text == "the user may not do Status, UserEvent"


async def test_events_without_a_time(server: AmiServer, tmp_path: Path) -> None:
    server.timestamps = False

    assert await bad(server, cel=await good_cel(tmp_path)) == ["events carry no time"]


async def test_clocks_that_differ(server: AmiServer, tmp_path: Path) -> None:
    server.skew = 90.0
    [text] = await bad(server, cel=await good_cel(tmp_path))

    assert text in {"its clock is 90.0 s ahead of ours", "its clock is 89.9 s ahead of ours"}


async def test_cel_that_cannot_be_read(server: AmiServer, tmp_path: Path) -> None:
    [absent] = await bad(server, cel=tmp_path / "absent.csv")
    (tmp_path / "other.csv").write_text('"ANSWER","2026-03-02 10:15:00"\n')
    [other] = await bad(server, cel=tmp_path / "other.csv")
    (tmp_path / "empty.csv").touch()
    [empty] = await bad(server, cel=tmp_path / "empty.csv")
    [unset] = await bad(server)

    assert absent == f"there is no CEL file {tmp_path}/absent.csv: Asterisk has not written one"
    assert other == f"the rows of the CEL file {tmp_path}/other.csv have 2 columns, not 20"
    assert empty == f"{tmp_path}/empty.csv has no row yet"
    assert "no CEL file is set" in unset


async def test_a_user_who_dials_too(server: AmiServer) -> None:
    keeping = Keeping(Address("127.0.0.1", server.port, "trunkline", "s3cret"), dials=True)
    server.commands = (*COMMANDS, *MEMBER_COMMANDS)
    (refused,) = [finding for finding in await check_members(keeping, keeping.address) if not finding.good]
    assert "Originate" in refused.text
    assert "write = agent,originate" in refused.remedy
    server.commands = (*COMMANDS, *MEMBER_COMMANDS, "Originate")
    assert all(finding.good for finding in await check_members(keeping, keeping.address))


async def test_a_user_who_moves_calls_and_rings_listeners(server: AmiServer) -> None:
    address = Address("127.0.0.1", server.port, "trunkline", "s3cret")
    keeping = Keeping(address, controls=True, listens=True)
    server.commands = (*COMMANDS, *MEMBER_COMMANDS)
    narrow, dialplan = [finding for finding in await check_members(keeping, address) if not finding.good]
    assert narrow.text == "trunkline may not do Originate, Redirect, BlindTransfer, Setvar"
    assert "write = agent,originate,call" in narrow.remedy
    assert "lacks [trunkline-to-queue], [trunkline-to-desk]" in dialplan.text
    server.commands = (*COMMANDS, *MEMBER_COMMANDS, "Originate", "Redirect", "BlindTransfer", "Setvar", "Hangup")
    server.contexts = {"trunkline-to-queue", "trunkline-to-desk"}
    assert all(finding.good for finding in await check_members(keeping, address))


@pytest.mark.parametrize(
    ("commands", "secret", "wrong"),
    [
        pytest.param(MEMBER_COMMANDS, "s3cret", [], id="as shipped"),
        pytest.param(("QueueAdd", "QueuePause"), "s3cret", ["may not do QueueRemove, QueuePenalty"], id="too narrow"),
        pytest.param((*MEMBER_COMMANDS, "Originate"), "s3cret", ["may dial or cut calls: Originate"], id="too wide"),
        pytest.param(MEMBER_COMMANDS, "wrong", ["is refused"], id="another secret"),
    ],
)
async def test_the_user_who_keeps_members(
    server: AmiServer, commands: tuple[str, ...], secret: str, wrong: list[str]
) -> None:
    server.commands = (*COMMANDS, *commands)
    address = Address("127.0.0.1", server.port, "trunkline", secret)
    found = await check_members(Keeping(address), address)

    bad = [finding.text for finding in found if not finding.good]
    assert len(bad) == len(wrong)
    assert all(words in text for words, text in zip(wrong, bad, strict=True))


async def test_the_demos_pbx_is_as_right_as_a_real_one() -> None:
    exchange = Exchange("s3cret", ["101"])
    await exchange.start()
    saying = asyncio.create_task(exchange.run())
    try:
        findings = await check(Address("127.0.0.1", exchange.port, USERNAME, "s3cret"), None)
    finally:
        saying.cancel()
        await exchange.stop()

    assert [finding.text for finding in findings if not finding.good and "CEL" not in finding.text] == []
