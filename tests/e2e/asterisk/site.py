"""One company's site for a run: addresses, people, secrets, and the folder its files go to."""

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.asterisk.front import Place, front_files
from tests.e2e.asterisk.place import media_ports, place, question_port, sip_ports
from trunkline.pbx.asterisk.freepbx import Given, files_of, merged

REPOSITORY = Path(__file__).parents[3]
SHIPPED = REPOSITORY / "config/asterisk"
_OWN = Path(__file__).parent / "etc"

AGENTS = (101, 102, 103, 104, 201, 301, 401)
PRESS_ONE, PRESS_ONE_SOONER = "${TRUNKLINE_PRESS_ONE},1,,2,4)", "${TRUNKLINE_PRESS_ONE},1,,1,1)"
OFFLINE_AGENT = 109  # has an account and no phone


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of one run, far from the well-known ones, so that runs beside a real PBX do no harm."""

    sip: int = field(default_factory=lambda: sip_ports() + 60)
    ami: int = field(default_factory=lambda: sip_ports() + 38)
    wire: int = field(default_factory=lambda: sip_ports() + 39)  # the way to the AMI that a test can cut
    ami_tls: int = field(default_factory=lambda: sip_ports() + 37)
    caller: int = field(default_factory=lambda: sip_ports() + 70)
    outside: int = field(default_factory=lambda: sip_ports() + 80)  # mobiles and other numbers beyond the trunk
    join: int = field(default_factory=lambda: sip_ports() + 99)  # where the two lines of a phone meet
    router: int = field(default_factory=question_port)  # where the dialplan asks
    rtp_first: int = field(default_factory=media_ports)
    rtp_last: int = field(default_factory=lambda: media_ports() + 198)
    media: int = field(default_factory=lambda: media_ports() + 200)  # the SIP parties' own media ports start here
    second: int = field(default_factory=lambda: sip_ports() + 81)  # beyond the second trunk
    stranger: int = field(default_factory=lambda: sip_ports() + 90)  # calls from an address nobody knows

    def phone(self, extension: int) -> int:
        """The port at which an agent's phone listens."""
        return sip_ports() + extension


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run lives and what it may be asked with. `root` is the tree; `inside` is the run as Asterisk sees it."""

    root: Path
    name: str
    ports: Ports = field(default_factory=Ports)
    ami_secret: str = field(default_factory=lambda: secrets.token_hex(12))
    tester_secret: str = field(default_factory=lambda: secrets.token_hex(12))
    token: str = field(default_factory=lambda: secrets.token_hex(12))
    member_timeout: int = 3
    queue_through_local: bool = False
    recording: bool = False
    context: str = ""  # where the provider's calls come in; empty: as the shipped dialplan has it
    agent_context: str = ""  # where the phones' calls do; empty likewise
    freepbx: bool = False  # shaped as FreePBX shapes it, with the files `trunkline pbx freepbx` writes
    front: bool = False  # the files of config/front-asterisk as well, in place of a company's own
    registers: bool = False  # the front with its provider

    @property
    def queues(self) -> Mapping[str, str]:
        """What the PBX calls our queues."""
        names = ("sales", "production", "finance", "quality")
        return dict(zip(names, ("400", "410", "420", "430") if self.freepbx else names, strict=True))

    @property
    def inside(self) -> str:
        return f"/run-trunkline/{self.name}-{place()}"

    @property
    def folder(self) -> Path:
        return self.root / self.inside.lstrip("/")

    @property
    def cel(self) -> Path:
        return self.folder / "log/cel-custom/trunkline.csv"

    @property
    def recordings(self) -> Path:
        return self.folder / "spool/monitor"


def write(site: Site) -> None:
    """Lay the run's folder out: the shipped examples with this run's addresses, and a company around them."""
    shutil.rmtree(site.folder, ignore_errors=True)
    for part in ("etc", "lib", "spool/monitor", "run", "log/cel-custom", "log/cdr-csv", "cache"):
        (site.folder / part).mkdir(parents=True)
    for source in _OWN.glob("*.conf"):
        (site.folder / "etc" / source.name).write_text(_filled(site, source.read_text()))
    for source in _OWN.glob("freepbx/*.conf") if site.freepbx else ():
        (site.folder / "etc" / source.name).write_text(_filled(site, source.read_text()))
    for name, text in (_freepbx(site) if site.freepbx else _shipped(site)).items():
        (site.folder / "etc" / name).write_text(text)
    for name, text in _front(site).items() if site.front else ():
        (site.folder / "etc" / name).write_text(text)


def _front(site: Site) -> dict[str, str]:
    ports = site.ports
    media = ports.rtp_first, ports.rtp_last
    return front_files(Place(ports.sip, ports.outside, *media, site.tester_secret, site.registers))


def _filled(site: Site, text: str) -> str:
    modules = next(
        path for where in ("*/asterisk", "asterisk") for path in (site.root / "usr/lib").glob(f"{where}/modules")
    )
    agents = "\n".join(_phone(site, extension) for extension in AGENTS) + _account(OFFLINE_AGENT)
    for name, value in {
        "RUN": site.inside,
        "CONTEXT": site.context or ("from-trunk" if site.freepbx else "trunkline"),
        "SECOND": site.ports.second,
        "MODULES": "/" + str(modules.relative_to(site.root)),
        "DESKS": site.agent_context or ("from-internal" if site.freepbx else "agents"),
        "SIP": site.ports.sip,
        "AMI": site.ports.ami,
        "OUTSIDE": site.ports.outside,
        "RTP_FIRST": site.ports.rtp_first,
        "RTP_LAST": site.ports.rtp_last,
        "TESTER_SECRET": site.tester_secret,
        "AGENTS": agents,
    }.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _phone(site: Site, extension: int) -> str:
    contact = f"contact = sip:{extension}@127.0.0.1:{site.ports.phone(extension)}"
    return f"{_account(extension)}{contact}\n"


def _account(extension: int) -> str:
    return (
        f"[{extension}](agent)\naors = {extension}\ncallerid = Agent {extension} <{extension}>\n"
        f"[{extension}]\ntype = aor\nmax_contacts = 2\n"
    )


def _freepbx(site: Site) -> dict[str, str]:
    """The files the command writes for this run."""
    given = Given(
        url=f"http://127.0.0.1:{site.ports.router}",
        token=site.token,
        fallback=f"ext-queues,{site.queues['quality']},1",
        secret=site.ami_secret,
    )
    return {name: merged("", text.replace(PRESS_ONE, PRESS_ONE_SOONER)) for name, text in files_of(given).items()}


def _shipped(site: Site) -> dict[str, str]:
    """The files an administrator copies, with this run's secrets and ports, and shorter waits."""
    queue_member = "Local/{0}@desks/n" if site.queue_through_local else "PJSIP/{0}"
    changes: dict[str, list[tuple[str, str]]] = {
        "manager.conf": [
            ("CHANGE-ME-ami-secret", site.ami_secret),
            ("port = 5038", f"port = {site.ports.ami}"),
        ],
        "extensions_trunkline.conf": [
            ("127.0.0.1:8070", f"127.0.0.1:{site.ports.router}"),
            ("127.0.0.1:4573", f"127.0.0.1:{site.ports.router + 1}"),
            ("CHANGE-ME-api-token", site.token),
            ("TRUNKLINE_PHONES = from-internal", f"TRUNKLINE_PHONES = {site.agent_context or 'agents'}"),
            (PRESS_ONE, PRESS_ONE_SOONER),
            *([("TRUNKLINE_RECORD =", f"TRUNKLINE_RECORD = {site.inside}/spool/monitor")] if site.recording else []),
        ],
        "cel.conf": [],
        "cel_custom.conf": [],
        "queues_trunkline.conf": [
            ("timeout = 20", f"timeout = {site.member_timeout}"),
            ("wrapuptime = 5", "wrapuptime = 0"),
            ("strategy = rrmemory", "strategy = linear"),
            *((f"=> PJSIP/{agent}", "=> " + queue_member.format(agent)) for agent in AGENTS),
        ],
    }
    files = {}
    for name, pairs in changes.items():
        text = (SHIPPED / f"{name}.example").read_text()
        for old, new in pairs:
            text = text.replace(old, new)
        files[name] = text
    files["manager.conf"] += '#include "manager_test.conf"\n'
    files["queues.conf"] = '[general]\n#include "queues_trunkline.conf"\n'
    return files
