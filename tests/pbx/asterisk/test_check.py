"""`trunkline pbx check` names what is wrong, in plain words, with its remedy."""

import time
from pathlib import Path

from tests.fakes.ami_server import COMMANDS, AmiServer
from tests.pbx.asterisk.test_backfill import row, write
from trunkline.pbx.asterisk.check import Finding, check
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
    [unset] = await bad(server)

    assert "cannot be read" in absent
    assert "has no row that can be read" in other
    assert "no CEL file is set" in unset
