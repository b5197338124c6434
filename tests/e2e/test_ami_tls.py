"""The link to a real Asterisk's AMI over TLS: which certificates will do, and what people are told of the others."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office, at_work, client, make, phone
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import REPOSITORY
from tests.e2e.asterisk.tree import VERSIONS
from tests.e2e.asterisk.waiting import until
from tests.fakes.certificates import Shown
from tests.fakes.certificates import make as make_certificate
from trunkline.db.types import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
on_both = pytest.mark.parametrize("house", VERSIONS, indirect=True)
on_newest = pytest.mark.parametrize("house", VERSIONS[:1], indirect=True)  # slow: an alarm takes a minute

_ALARM = "pbx.link:office:a"


@dataclass
class House:
    """An office whose Asterisk also speaks TLS, and the certificates of the day."""

    office: Office
    folder: Path
    ca: Shown
    shown: Shown

    @property
    def port(self) -> int:
        return self.office.pbx.site.ports.ami_tls

    def add(self, *options: str, port: int | None = None) -> None:
        """`trunkline pbx add`, as an administrator types it."""
        where = ("--host", "127.0.0.1", "--port", str(port or self.port))
        cel = ("--cel", str(self.office.pbx.site.cel))
        done = self._run("add", company.PBX, *where, "--secret-file", "-", *cel, *options)
        assert done.returncode == 0, done.stderr

    def check(self) -> tuple[int, str]:
        """`trunkline pbx check`: what it ends with, and what it says."""
        done = self._run("check", company.PBX)
        return done.returncode, done.stdout

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        product = self.office.product
        command = [sys.executable, "-m", "trunkline", "pbx", *words, "--config", str(product.config)]
        secret = self.office.pbx.site.ami_secret
        return subprocess.run(
            command, cwd=REPOSITORY, input=secret, capture_output=True, text=True, timeout=30, check=False
        )

    def show(self, certificate: Shown) -> None:
        """Asterisk is given this certificate, and restarted."""
        self.shown = certificate
        _give(self.office.pbx, certificate)
        self.office.pbx.restart()


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("certificates")
    ca = make_certificate(folder / "ca.crt", "Our own CA", ca=True)
    with Product() as product, at_work(product, request.param) as office:
        _speak_tls(office.pbx)
        house = House(office, folder, ca, ca)
        house.show(make_certificate(folder / "asterisk.pem", "127.0.0.1", signed_by=ca))
        yield house


def _speak_tls(pbx: Asterisk) -> None:
    """The shipped lines without their semicolons, with this run's port and folder."""
    file = pbx.site.folder / "etc/manager.conf"
    text = file.read_text()
    for shipped, ours in {
        ";tlsenable = yes": "tlsenable = yes",
        ";tlsbindaddr = 10.0.0.5:5039": f"tlsbindaddr = 127.0.0.1:{pbx.site.ports.ami_tls}",
        ";tlscertfile = /etc/asterisk/keys/": f"tlscertfile = {pbx.site.inside}/etc/",
        ";tlsprivatekey = /etc/asterisk/keys/": f"tlsprivatekey = {pbx.site.inside}/etc/",
    }.items():
        assert shipped in text
        text = text.replace(shipped, ours)
    file.write_text(text)


def _give(pbx: Asterisk, certificate: Shown) -> None:
    for name in ("asterisk.crt", "asterisk.key"):
        (pbx.site.folder / "etc" / name).write_bytes(certificate.file.read_bytes())


def _own(house: House, name: str) -> Shown:
    """One made on the PBX itself: signed by itself, for a name nobody uses."""
    return make_certificate(house.folder / name, "asterisk")


def _open_alarm(house: House) -> str:
    async def title(connection: Connection) -> str:
        found = await connection.fetchval("select title from alarms where key = $1 and cleared_at is null", _ALARM)
        return found or ""

    return company.in_database(house.office.product.settings, title)


@on_both
def test_a_call_is_told_over_a_link_that_trusts_a_ca(house: House) -> None:
    house.add("--tls", "--trust", str(house.ca.file))
    house.office.until_linked()

    (told,) = make(house.office, phone("phone_answers", 101), client())
    code, said = house.check()

    assert "the link is encrypted, and the PBX's certificate is the one trusted" in said
    assert (code, "BAD" in said) == (0, False), said
    assert (told["call"]["outcome"], told["call"]["answered_by"]) == ("answered", "101")


@on_both
def test_no_tls_to_the_port_for_tls(house: House) -> None:
    house.add()
    code, said = house.check()

    assert code == 1
    assert f"127.0.0.1:{house.port} hangs up without a greeting, as a port for TLS does" in said
    assert "turn TLS on for this PBX (trunkline pbx add … --tls)" in said


@on_both
def test_tls_to_the_port_without(house: House) -> None:
    plain = house.office.pbx.site.ports.ami
    house.add("--tls", "--trust", str(house.ca.file), port=plain)
    code, said = house.check()

    assert code == 1
    assert f"127.0.0.1:{plain} speaks no TLS" in said


@on_both
def test_a_ca_that_did_not_sign_it(house: House) -> None:
    other = make_certificate(house.folder / "other.crt", "Another CA", ca=True)
    house.add("--tls", "--trust", str(other.file))
    code, said = house.check()

    assert code == 1
    assert "is signed by nobody we trust" in said


@on_both
def test_another_fingerprint(house: House) -> None:
    house.add("--tls", "--trust", "0" * 64)
    code, said = house.check()

    assert code == 1
    assert f"is not the trusted one: its fingerprint is {house.shown.fingerprint}" in said
    assert "somebody is between" in said


@on_newest
def test_a_certificate_changed_under_a_running_link_is_an_alarm_until_it_is_trusted(house: House) -> None:
    old, new = _own(house, "old.pem"), _own(house, "new.pem")
    house.show(old)
    house.add("--tls", "--trust", f"sha256 Fingerprint={old.fingerprint}")
    house.office.until_linked()
    assert house.check()[0] == 0
    assert not _open_alarm(house)

    house.show(new)

    title = until(lambda: _open_alarm(house), "the alarm", 90)
    assert "is not the trusted one" in title
    house.add("--tls", "--trust", f"sha256 Fingerprint={new.fingerprint}")
    house.office.until_linked()
    until(lambda: not _open_alarm(house), "the alarm to be cleared", 20)
