"""A company at work: a real Asterisk that asks the real product, whose calls a test makes and then looks up."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e.asterisk.ami import Ami, Message
from tests.e2e.asterisk.company import LINE
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.product import Product, Row
from tests.e2e.asterisk.record import all_hung_up, await_event
from tests.e2e.asterisk.sipp import Parties, Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSION, asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.asterisk.wire import Wire

STRANGER = "+79161234567"


@dataclass(frozen=True, slots=True)
class Office:
    """The three of them."""

    pbx: Asterisk
    product: Product
    wire: Wire

    def until_linked(self, nodes: int = 1) -> None:
        """Wait until every node is logged in to the AMI."""
        until(lambda: self._connected() >= nodes, f"{nodes} node(s) to log in to the AMI", 20)

    def _connected(self) -> int:
        return sum(
            line.split()[:1] == ["trunkline"] for line in self.pbx.run_cli("manager show connected").splitlines()
        )


@contextmanager
def at_work(
    product: Product, version: int = VERSION, site: Site | None = None, *, freepbx: bool = False
) -> Iterator[Office]:
    """Asterisk and the wire around a running product, its company settled."""
    ports = Ports(router=product.question)
    site = site or Site(asterisk_tree(version), "office", ports, member_timeout=3, freepbx=freepbx)
    with Wire(site.ports.wire, site.ports.ami) as wire, Asterisk(site) as pbx:
        product.settle(site, site.ports.wire)
        office = Office(pbx, product, wire)
        office.until_linked()
        yield office


class Talk:
    """The SIP parties of a test and a watching AMI connection; `linkedids` are the calls that began meanwhile."""

    def __init__(self, pbx: Asterisk, watcher: Ami, parties: Parties) -> None:
        self.pbx, self.watcher, self.parties = pbx, watcher, parties

    def start(self, *parties: Party) -> None:
        for party in parties:
            await_event(self.watcher, party.after)
            self.parties.start(party)

    def finish(self) -> list[str]:
        """Wait until every party has lived through its part and nothing is up; returns the calls' linkedids."""
        self.parties.wait_all()
        until(lambda: all_hung_up(self.watcher), "every channel to hang up", 20)
        # Asterisk repeats such a call for half a minute, also when it has given up: it would ring in the next test.
        assert not (unheard := _unheard(self.watcher.events())), f"{unheard} called, and no party there said anything"
        return self.linkedids

    @property
    def linkedids(self) -> list[str]:
        return [
            event["Linkedid"] for event in self.watcher.events("Newchannel") if event["Uniqueid"] == event["Linkedid"]
        ]


def _unheard(events: Sequence[Message]) -> list[str]:
    """Phones that were called and said nothing at all, not even that they ring."""
    rang = {e["Uniqueid"] for e in events if e["Event"] == "Newstate" and e["ChannelStateDesc"] in {"Ringing", "Up"}}
    given_up = [e for e in events if e["Event"] == "DialEnd" and e["DialStatus"] in {"NOANSWER", "CANCEL", "ABORT", ""}]
    silent = {e["DestChannel"] for e in given_up if e.get("DestUniqueid") not in rang and not e.get("Forward")}
    return sorted(channel for channel in silent if re.match(r"PJSIP/\d", channel))


@contextmanager
def talk(pbx: Asterisk) -> Iterator[Talk]:
    """Parties that are ended, whatever happens."""
    # A party that was ended in mid-call leaves its channel up: in a queue it would ring the next test's phones.
    pbx.run_cli("channel request hangup all")
    until(lambda: "0 active channels" in pbx.run_cli("core show channels count"), "every old channel to be gone", 10)
    with pbx.tester() as watcher, Parties(pbx.site) as parties:
        assert watcher.wait_for("FullyBooted")
        yield Talk(pbx, watcher, parties)


def client(
    part: str = "caller_talks", number: str = STRANGER, pause: int = 1000, line: str = LINE, at: str = "caller"
) -> Party:
    """Somebody outside calls the company."""
    return Party(part, at, dials=line, number=number, pause=pause)


def phone(part: str, extension: int, pause: int = 300, **more: str) -> Party:
    """An agent's phone."""
    return Party(part, str(extension), pause=pause, more=more)


def challenge(office: Office, *parties: Party, press: Callable[[str], str]) -> Row:
    """One call that is asked for a digit and presses what `press` makes of it; what the product tells of it."""
    with talk(office.pbx) as scene:
        scene.start(*parties)
        channel = until(lambda: scene.watcher.wait_for("Newchannel"), "the call")["Channel"]
        digit = until(lambda: _asked_digit(office.pbx, channel), "the challenge")
        scene.watcher.ask("PlayDTMF", Channel=channel, Digit=press(digit), Receive="true")
        (linkedid,) = scene.finish()
    return office.product.call(linkedid)


def _asked_digit(pbx: Asterisk, channel: str) -> str:
    """The digit Asterisk is just saying: the product chose it by chance."""
    rows = pbx.log.read_text(errors="replace").splitlines()
    asked = [row for row in rows if f'Read("{channel}"' in row]
    return asked[-1].split("digits/")[1][0] if asked else ""


def make(office: Office, *parties: Party) -> Sequence[Row]:
    """Let the parties live through one scenario; what the product tells of its calls, in the order they began."""
    with talk(office.pbx) as scene:
        scene.start(*parties)
        linkedids = scene.finish()
    return [office.product.call(linkedid) for linkedid in linkedids]
