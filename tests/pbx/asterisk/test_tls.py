"""TLS to an AMI: which certificates are good enough, and the one sentence for each that is not."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import uvloop

from tests.fakes.ami_server import AmiServer
from tests.fakes.certificates import Shown, make
from tests.fakes.waiting import eventually
from tests.pbx.asterisk.conftest import Node, Spooled
from trunkline.alarms.letter import told
from trunkline.background import end
from trunkline.pbx.asterisk.check import Finding, check
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.link import open_link
from trunkline.pbx.asterisk.station import Station
from trunkline.pbx.asterisk.terms import Address, Limits, LinkDown
from trunkline.pbx.asterisk.tls import kept_trust
from trunkline.web.i18n import Translations

NodeOf = Callable[..., Node]


@pytest.fixture
def ca(tmp_path: Path) -> Shown:
    return make(tmp_path / "ca.pem", "Our own CA", ca=True)


@pytest.fixture
def good(tmp_path: Path, ca: Shown) -> Shown:
    return make(tmp_path / "asterisk.pem", "localhost", "127.0.0.1", signed_by=ca)


def address_of(server: AmiServer, trust: str, *, host: str = "127.0.0.1", tls: bool = True) -> Address:
    return Address(host, server.port, "trunkline", "s3cret", tls, trust)


async def bad(address: Address) -> list[Finding]:
    """What is wrong besides the CEL file nobody set."""
    return [finding for finding in await check(address, None) if not finding.good and "CEL" not in finding.text]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_certificate_of_the_given_ca_for_that_host_will_do(ca: Shown, good: Shown, host: str) -> None:
    async with AmiServer(tls=good.server_side()) as server:
        found = await check(address_of(server, str(ca.file), host=host), None)

        assert [one.text for one in found if not one.good and "CEL" not in one.text] == []
        assert "the link is encrypted, and the PBX's certificate is the one trusted" in [one.text for one in found]
        assert server.logins == 1


async def test_without_a_file_the_cas_of_the_system_count(
    ca: Shown, good: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AmiServer(tls=good.server_side()) as server:
        [stranger] = await bad(address_of(server, ""))
        monkeypatch.setenv("SSL_CERT_FILE", str(ca.file))
        assert await bad(address_of(server, "")) == []

    assert "is signed by nobody we trust" in stranger.text


async def test_a_fingerprint_needs_no_ca_no_name_and_no_date(tmp_path: Path) -> None:
    old = make(tmp_path / "own.pem", "asterisk", days=(-30, -1))
    async with AmiServer(tls=old.server_side()) as server:
        trust = kept_trust(f"sha256 Fingerprint={old.fingerprint}")
        assert trust is not None
        assert await bad(address_of(server, trust)) == []


@pytest.mark.parametrize(
    ("shown", "trusted", "wrong", "right"),
    [
        pytest.param("own", "ca", "is signed by nobody we trust (self-signed certificate)", "fingerprint", id="own"),
        pytest.param(
            "other ca", "ca", "is signed by nobody we trust (unable to get", "the CA that signed", id="other CA"
        ),
        pytest.param("other name", "ca", "is not for 127.0.0.1", "name the PBX here as its certificate", id="name"),
        pytest.param("expired", "ca", "has expired, or is not valid yet", "renew tlscertfile", id="expired"),
        pytest.param("early", "ca", "has expired, or is not valid yet", "clocks of both machines", id="not yet"),
        pytest.param("good", "pin", "is not the trusted one: its fingerprint is ", "somebody is between", id="pin"),
        pytest.param("good", "absent", "absent.pem cannot be used: No such file", "name a PEM file", id="no file"),
        pytest.param("good", "no pem", "no.pem cannot be used: no certificate", "name a PEM file", id="no PEM"),
        pytest.param("", "ca", "speaks no TLS", "tlsenable and tlsbindaddr", id="plain port"),
    ],
)
async def test_each_fault_has_its_sentence_and_nothing_was_said(
    tmp_path: Path, ca: Shown, good: Shown, shown: str, trusted: str, wrong: str, right: str
) -> None:
    other = make(tmp_path / "other-ca.pem", "Another CA", ca=True)
    (tmp_path / "no.pem").write_text("no certificate\n")
    server_side = {
        "good": lambda: good,
        "own": lambda: make(tmp_path / "own.pem", "127.0.0.1"),
        "other ca": lambda: make(tmp_path / "other.pem", "127.0.0.1", signed_by=other),
        "other name": lambda: make(tmp_path / "name.pem", "pbx.example", "10.0.0.5", signed_by=ca),
        "expired": lambda: make(tmp_path / "old.pem", "127.0.0.1", signed_by=ca, days=(-30, -1)),
        "early": lambda: make(tmp_path / "new.pem", "127.0.0.1", signed_by=ca, days=(1, 30)),
    }
    trust = {
        "ca": str(ca.file),
        "pin": "0" * 64,
        "absent": str(tmp_path / "absent.pem"),
        "no pem": str(tmp_path / "no.pem"),
    }
    async with AmiServer(tls=server_side[shown]().server_side() if shown else None) as server:
        [finding] = await bad(address_of(server, trust[trusted]))

        assert wrong in finding.text
        assert right in finding.remedy
        assert server.actions == []


async def test_without_tls_at_a_port_for_tls(good: Shown) -> None:
    async with AmiServer(tls=good.server_side()) as server:
        [finding] = await bad(address_of(server, "", tls=False))

    assert finding.text == f"127.0.0.1:{server.port} hangs up without a greeting, as a port for TLS does"
    assert "--tls" in finding.remedy


async def test_who_hangs_up_instead_of_a_certificate(ca: Shown) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        [finding] = await bad(Address("127.0.0.1", port, "trunkline", "s3cret", tls=True, trust=str(ca.file)))

    assert finding.text == f"TLS with 127.0.0.1:{port} fails: it hung up"
    assert "TLS 1.2 or newer" in finding.remedy


def test_it_is_the_same_on_the_loop_the_process_runs_on(good: Shown, ca: Shown) -> None:
    async def ping(address: Address) -> Frame:
        async with open_link(address, received=lambda _: None, wanted=frozenset(), limits=Limits()) as link:
            return (await link.ask({"Action": "Ping"}))[0]

    async def both() -> None:
        async with AmiServer(tls=good.server_side()) as server:
            assert (await ping(address_of(server, str(ca.file))))["Response"] == "Success"
            with pytest.raises(LinkDown, match="is not the trusted one"):
                await ping(address_of(server, "0" * 64))
            assert server.logins == 1

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(both())


async def test_a_station_hears_its_pbx_over_tls_and_again_after_a_cut(good: Shown, ca: Shown, node_of: NodeOf) -> None:
    async with AmiServer(tls=good.server_side()) as server:
        node = node_of("one")
        station = Station("office", address_of(server, str(ca.file)), None, node.plug)
        running = asyncio.create_task(station.run())
        try:
            for logins, exten in enumerate(("100", "101"), start=1):
                await _until_up(server, logins)
                await _say_until_heard(server, node.spooled, exten)
                server.drop()
        finally:
            await end([running])


async def _until_up(server: AmiServer, logins: int) -> None:
    await server.until(lambda: server.logins == logins and bool(server.logged_in))


async def _say_until_heard(server: AmiServer, spooled: Spooled, exten: str) -> None:
    await server.event("Newchannel", Exten=exten)

    async def heard() -> bool:
        return exten in spooled.extens()

    await eventually(heard)


async def test_people_are_told_what_is_wrong_with_the_certificate_in_their_language(
    tmp_path: Path, node_of: NodeOf, pool: asyncpg.Pool, ca: Shown
) -> None:
    own = make(tmp_path / "own.pem", "127.0.0.1")
    async with AmiServer(tls=own.server_side()) as server:
        station = Station("office", address_of(server, str(ca.file)), None, node_of("one").plug)
        running = asyncio.create_task(station.run())
        try:

            async def raised() -> bool:
                return bool(await pool.fetchval("select count(*) from alarms where key = 'pbx.link:office:one'"))

            await eventually(raised)
        finally:
            await end([running])
        row = await pool.fetchrow("select title, facts from alarms where key = 'pbx.link:office:one'")
        assert row is not None
        spoken = Translations(["trunkline.status", "trunkline.alarms"]).spoken("ru").gettext

        text = told(row["title"], row["facts"], spoken)
        assert text.startswith("Узел one не слышит АТС office\nсертификат")
        assert f"127.0.0.1:{server.port}, не подписан никем" in text
        assert "доверьтесь сертификату по отпечатку: openssl x509" in text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("/etc/ssl/pbx.pem", "/etc/ssl/pbx.pem"),
        ("AB" * 32, "ab" * 32),
        (":".join(["Ab"] * 32), "ab" * 32),
        (f"SHA256 Fingerprint={':'.join(['00'] * 32)}\n", "00" * 32),
        ("pbx.pem", None),
        ("ab" * 31, None),
        ("zz" * 32, None),
        ("/etc/\x00", None),
    ],
)
def test_what_may_be_trusted(text: str, kept: str | None) -> None:
    assert kept_trust(text) == kept
