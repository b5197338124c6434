"""A client of the demo is called: what the simulated PBX says then is an outgoing call to his number."""

import random
from collections.abc import Iterable

from trunkline.demo.exchange import Exchange
from trunkline.demo.traffic import Answer, Cast, Traffic

PHONE, LINE = "+79161112233", "+74952000000"


class Heard(Exchange):
    """Somebody listens, and writes down what is said."""

    def __init__(self) -> None:
        super().__init__("s3cret", ["101"])
        self.said = b""

    async def until_heard(self) -> None:
        """At once."""

    def play(self, frames: Iterable[tuple[float, bytes]]) -> None:
        self.said += b"".join(frame for _, frame in frames)


async def test_the_client_is_called_by_one_of_ours() -> None:
    async def ask(_question: dict[str, object]) -> Answer:
        raise AssertionError("an outgoing call asks nothing")

    exchange, people = Heard(), [str(number) for number in range(101, 106)]
    await Traffic(Cast([], [], [LINE], {}, people), exchange, ask, random.Random(1)).call_client(PHONE)

    said = exchange.said.decode()
    assert f"Exten: {PHONE[1:]}\r\n" in said
    assert any(f"PJSIP/{one}-" in said for one in people)
    assert "79265550101" not in said
