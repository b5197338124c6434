"""Run SIPp parties: the provider's callers, people outside, and the agents' phones."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.waiting import PACE, until

_SCENARIOS = Path(__file__).parent / "sip"
_LIMIT = 90  # seconds of the longest scenario: a party that hangs must not outlive the test
_TONE = bytes((0xD5, 0xB4, 0xA4, 0xB4, 0xD5, 0x34, 0x24, 0x34)) * 4000  # 1 kHz in A-law, four seconds


class SippError(AssertionError):
    """A SIP party did not live through its part of the scenario; the text carries its error file."""


@dataclass(frozen=True, slots=True)
class Party:
    """One SIP party: `part` names the scenario file, `at` who it is: "caller" ("caller2", …), "outside", an extension,
    or "stranger", of an address nobody knows.

    One that calls has `dials`; the others wait for a call. `pause` is the scenario's one free pause, in milliseconds.
    """

    part: str
    at: str
    dials: str = ""
    number: str = ""  # what it shows as its own number
    name: str = ""
    pause: int = 1000
    more: dict[str, str] = field(default_factory=dict)
    after: str = ""  # start only when this AMI event has come: "Newstate ChannelStateDesc=Ringing"
    calls: int = 1
    rate: int = 10
    lasting: bool = False  # here for as long as the others are: nobody waits until all its calls have come
    arguments: tuple[str, ...] = ()
    sound: bytes = field(default=_TONE, repr=False)  # what it says, A-law


class Running:
    """A SIPp process on its way."""

    def __init__(self, site: Site, party: Party, number: int, folder: Path) -> None:
        self.party = party
        self._folder = folder / f"{number}-{party.part}-{party.at}"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "tone.alaw").write_bytes(party.sound)
        command = _command(site, party, number)
        with (self._folder / "screen").open("wb") as screen:
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdout=screen, stderr=screen, stdin=subprocess.DEVNULL
            )

    @property
    def done(self) -> bool:
        return self._process.poll() is not None

    @property
    def failed(self) -> bool:
        return self._process.poll() not in {None, 0}

    def wait(self, limit: float = _LIMIT) -> None:
        """Wait for its end; raises SippError when its calls did not go as the scenario says."""
        until(lambda: self.done, f"SIPp {self.party.part} at {self.party.at} to end", limit)
        if self._process.returncode != 0:
            raise SippError(f"{self.party} ended {self._process.returncode}: {self.errors()}")

    def messages(self) -> str:
        """Every SIP message it sent or got."""
        return "\n".join(path.read_text(errors="replace") for path in self._folder.glob("messages*"))

    def errors(self) -> str:
        texts = [path.read_text(errors="replace") for path in self._folder.glob("errors*")]
        return "\n".join(texts)[-3000:] or (self._folder / "screen").read_text(errors="replace")[-1500:]

    def end(self) -> None:
        """End it whatever it does."""
        if not self.done:
            self._process.kill()
        self._process.wait(5)


class Parties:
    """Every SIP party of one call: those who wait are started before those who call, and all are ended on exit."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._folder = site.folder / "sipp"
        shutil.rmtree(self._folder, ignore_errors=True)
        self.running: list[Running] = []

    def __enter__(self) -> "Parties":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self.running:
            one.end()

    def start(self, party: Party) -> Running:
        """Start one party; one that waits for calls is listening when this returns."""
        one = Running(self._site, party, len(self.running), self._folder)
        self.running.append(one)
        if not party.dials:
            port = port_of(self._site, party)
            until(lambda: one.done or _bound(port), f"SIPp to listen at {port}", 5)
        elif party.part.startswith("second_line"):
            # The first line connects to it, once: refused, it dies, and this one would wait for ever.
            until(lambda: one.done or _listens(self._site.ports.join), "the second line to listen", 5)
        return one

    def wait_all(self, limit: float = _LIMIT) -> None:
        """Wait for the end of all but the lasting ones; the first that fails is told at once."""
        awaited = [one for one in self.running if not one.party.lasting]
        until(lambda: any(one.failed for one in self.running) or all(one.done for one in awaited), "SIPp", limit)
        for one in sorted(awaited, key=lambda one: not one.failed):
            one.wait(limit)


def port_of(site: Site, party: Party) -> int:
    """Where a party listens: a phone that calls does so from a port beside the one it is called at."""
    if party.at.startswith("caller"):  # caller, caller2, …
        return site.ports.caller + int(party.at[6:] or 1) - 1
    if party.at == "outside":
        return site.ports.outside
    if party.at == "second":
        return site.ports.second
    if party.at == "stranger":
        return site.ports.stranger
    return site.ports.phone(int(party.at)) + (500 if party.dials else 0)


def _listens(port: int) -> bool:
    wanted = f":{port:04X} 00000000:0000 0A "  # 0A: TCP_LISTEN
    return wanted in Path("/proc/net/tcp").read_text()


def _bound(port: int) -> bool:
    wanted = f":{port:04X} "
    return any(wanted in row for row in Path("/proc/net/udp").read_text().splitlines())


def _command(site: Site, party: Party, number: int) -> list[str]:
    address = "127.0.0.1" if party.at.isdigit() else {"stranger": "127.0.0.3"}.get(party.at, "127.0.0.2")
    keys = {"number": party.number or party.at, "name": party.name, "pbx": f"127.0.0.1:{site.ports.sip}", **party.more}
    command = ["sipp", f"127.0.0.1:{site.ports.sip}", "-sf", str(_SCENARIOS / f"{party.part}.xml")]
    command += ["-i", address, "-p", str(port_of(site, party)), "-mp", str(site.ports.media + 20 * number)]
    command += ["-m", str(party.calls), "-l", str(max(party.calls, 1)), "-r", str(party.rate)]
    command += ["-d", str(round(party.pause * PACE))]
    command += ["-s", party.dials or "nobody", "-nostdin", "-trace_err", "-error_file", "errors.log"]
    command += [
        "-trace_msg",
        "-message_file",
        "messages.log",
        "-timeout",
        f"{_LIMIT * PACE:g}s",
        "-timeout_error",
    ]
    for name, value in keys.items():
        command += ["-key", name, value]
    return [*command, *(argument.format(join=site.ports.join) for argument in party.arguments)]
