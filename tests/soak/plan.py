"""The calls of a soak: which call begins when, by whom, and what has to become of it. No I/O here.

A plan is made of its arguments alone, so each of the soak's processes makes the same one for itself.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.fakes.dialogue import call_again, cel_again, paced

LINE = "+74951234567"
"""What the recorded callers dial."""
HOST, KEY = "www.example.ru", "soaksite0001"
BEAT_SECONDS = 10
WINDOW_SECONDS = 25.0
"""How long a visitor counts as present after a beat: two and a half of them (docs/calltracking.md)."""
AGENTS = tuple(f"{101 + place}" for place in range(60))

_CLIENT, _CALLED, _AGENT = b"+79161234567", b"79265550101", re.compile(rb"\b101\b")
_BRIDGE = re.compile(rb"\b[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")
_CHANNEL = re.compile(rb"(PJSIP/\w+-)([0-9a-f]{8})\b")
_ID_STEP = 1000
"""`call_again` moves the ids of a copy by so many; channels' names go with them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A recorded dialogue (tests/scenarios/NAME.ami), what it comes to, and its part of all calls, in percent."""

    name: str
    part: int
    direction: str
    outcome: str
    hidden: bool = False
    """The caller shows no number: no CRM is told of him (docs/crm-http.md)."""
    recorded: bool = False


SHAPES = (
    Shape("simple_answered", 22, "in", "answered"),
    Shape("queue_answered", 14, "in", "answered"),
    Shape("queue_abandoned", 8, "in", "missed"),
    Shape("caller_hangs_up_ringing", 8, "in", "missed"),
    Shape("simple_no_answer", 8, "in", "missed"),
    Shape("outgoing_call", 13, "out", "answered"),
    Shape("recorded_mixmonitor", 2, "in", "answered", recorded=True),
    # One CRM takes 20 posts a second (docs/crm-http.md): of 20 calls a second it is told of 15, and can catch up.
    Shape("anonymous_caller", 25, "in", "answered", hidden=True),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `at` in seconds from the load's begin, `number` counts from 1."""

    number: int
    at: float
    shape: Shape
    client: str
    dialled: str
    agent: str

    def linkedid(self, begun: float) -> str:
        """Its id at the PBX, where the load began at `begun`."""
        first = call_again(self.shape.name, self.number, begun + self.at)[0]
        return first.partition(b"\r\nLinkedid: ")[2].partition(b"\r\n")[0].decode()

    def frames(self, begun: float) -> list[tuple[float, bytes]]:
        """What the AMI says of it, and when."""
        return [
            (moment, self._dressed(frame)) for moment, frame in paced(self.shape.name, self.number, begun + self.at)
        ]

    def rows(self, begun: float) -> list[tuple[float, bytes]]:
        """What Asterisk writes of it into the CEL file, and when."""
        return [
            (moment, self._dressed(row)) for moment, row in cel_again(self.shape.name, self.number, begun + self.at)
        ]

    def _dressed(self, said: bytes) -> bytes:
        """With parties, channels and bridges of its own."""
        said = _BRIDGE.sub(rb"%08x\1" % self.number, said)
        said = _CHANNEL.sub(self._channel, said)
        said = _AGENT.sub(self.agent.encode(), said)
        if self.shape.direction == "out":
            return said.replace(_CALLED, self.client[1:].encode())
        said = said.replace(LINE.encode(), self.dialled.encode())
        return said if self.shape.hidden else said.replace(_CLIENT, self.client.encode())

    def _channel(self, match: re.Match[bytes]) -> bytes:
        return b"%s%08x" % (match[1], int(match[2], 16) + _ID_STEP * self.number)


def calls(rate: float, seconds: float, lines: Sequence[str], seed: int) -> Iterator[Call]:
    """Calls at an even `rate` a second; each has a client of its own, as new clients cost the most."""
    chance = random.Random(seed)
    parts = [shape.part for shape in SHAPES]
    for place in range(int(rate * seconds)):
        shape = chance.choices(SHAPES, parts)[0]
        client = f"+79{chance.randrange(10):d}{place:08d}"
        dialled = chance.choice(lines)
        yield Call(place + 1, place / rate, shape, client, dialled, AGENTS[place % len(AGENTS)])


def number_of(place: int) -> str:
    """A number of the site's pool, which is a line too."""
    return f"+7495{9000000 + place}"
