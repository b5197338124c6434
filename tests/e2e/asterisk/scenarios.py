"""The calls that are recorded: who does what, and what the router answers.

What each should become is in tests/scenarios.
"""

from dataclasses import dataclass, field

from tests.e2e.asterisk.answers import line
from tests.e2e.asterisk.sipp import Party

CLIENT = "+79161234567"
LINE = "+74951234567"
MOBILE = "79265550101"
_RINGING = "Newstate ChannelStateDesc=Ringing"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call: the parties, the router's answers turn by turn, and a click-to-call when there is one."""

    name: str
    parties: tuple[Party, ...]
    answers: tuple[str, ...] = ()
    originate: dict[str, str] = field(default_factory=dict)
    queue_through_local: bool = False
    recording: bool = False
    races: bool = False  # Asterisk's own threads decide who changes bridges


def _client(part: str, pause: int = 1000, number: str = CLIENT, name: str = "", **more: str) -> Party:
    return Party(part, "caller", dials=LINE, number=number, name=name, pause=pause, more=more)


def _phone(part: str, extension: int, pause: int = 700, **more: str) -> Party:
    return Party(part, str(extension), pause=pause, more=more)


def _ring(extension: int, ring: int = 5, then: str = "end", **more: str) -> str:
    return line("extension", target=extension, ring=ring, next=then, state="s1", **more)


def _mobile() -> str:
    """Ring an agent's mobile: who answers there presses 1."""
    return line("number", target=f"+{MOBILE}", ring=15, confirm=1, next="ask", state="s1")


def _mobile_presses(*arguments: str) -> Party:
    return Party("phone_presses", "outside", more={"digit": "1"}, arguments=arguments)


def _queue(wait: int = 20, then: str = "end") -> str:
    return line("queue", target="sales", wait=wait, prio=0, next=then, state="s1")


_JOIN = ("-3pcc", "127.0.0.1:{join}")  # the two lines of the phone that transfers
_END = line("reject", next="end")

SIMPLE = (
    Scenario("simple_answered", (_phone("phone_answers", 101), _client("caller_talks", 1500)), (_ring(101),)),
    Scenario("simple_no_answer", (_phone("phone_rings", 101), _client("caller_refused")), (_ring(101, 2, "ask"), _END)),
    Scenario("simple_busy", (_phone("phone_busy", 101), _client("caller_refused")), (_ring(101, 5, "ask"), _END)),
    Scenario(
        "caller_hangs_up_ringing", (_phone("phone_rings", 101), _client("caller_cancels", 1500)), (_ring(101, 20),)
    ),
    Scenario("phone_hangs_up", (_phone("phone_hangs_up", 101, 1500), _client("caller_stays")), (_ring(101),)),
    Scenario("phone_offline", (_client("caller_refused"),), (_ring(109, 5, "ask"), _END)),
    Scenario(
        "anonymous_caller",
        (_phone("phone_answers", 101), _client("caller_talks", number="anonymous", name="Anonymous")),
        (_ring(101),),
    ),
    Scenario(
        "cyrillic_caller_name",
        (_phone("phone_answers", 101), _client("caller_talks")),
        (_ring(101, name="«Иванов & Ко, ООО+»"),),
    ),
)

QUEUES = (
    Scenario("queue_answered", (_phone("phone_answers", 101), _client("caller_talks", 2500)), (_queue(),)),
    Scenario("queue_abandoned", (_phone("phone_rings", 101), _client("caller_talks", 1800)), (_queue(),)),
    Scenario(
        "queue_ring_no_answer_then_second_agent",
        (_phone("phone_rings", 101), _phone("phone_answers", 102), _client("caller_talks", 6000)),
        (_queue(),),
    ),
    Scenario(
        "queue_timeout_overflow",
        (_phone("phone_rings", 101), _phone("phone_answers", 201), _client("caller_talks", 5000)),
        (_queue(2, "ask"), line("extension", target=201, ring=10, next="end", state="s2")),
    ),
    Scenario(
        "ring_group_answered",
        (
            _phone("phone_rings", 101),
            _phone("phone_answers", 102),
            _phone("phone_rings", 103),
            _client("caller_talks", 1500),
        ),
        (line("targets", targets="101-102-103", ring=10, next="end", state="s1"),),
    ),
    Scenario(
        "local_legs",
        (_phone("phone_answers", 101), _client("caller_talks", 2500)),
        (_queue(),),
        queue_through_local=True,
    ),
)

MOVES = (
    Scenario(
        "pickup",
        (
            _phone("phone_rings", 101),
            _client("caller_talks", 2500),
            Party("caller_stays", "103", dials="*8", after=_RINGING),
        ),
        (_ring(101, 20),),
    ),
    Scenario(
        "blind_transfer",
        (
            _phone("phone_transfers_blind", 101, 1200, to="102"),
            _phone("phone_answers", 102),
            _client("caller_talks", 4000),
        ),
        (_ring(101),),
    ),
    Scenario(
        "attended_transfer",
        (
            _phone("phone_answers", 102),
            Party("second_line_talks", "101", dials="102", pause=1200, arguments=_JOIN),
            Party("phone_transfers_attended", "101", pause=1000, more={"to": "102"}, arguments=_JOIN),
            _client("caller_talks", 5000),
        ),
        (_ring(101),),
    ),
    Scenario(
        "blonde_transfer",
        (
            _phone("phone_answers", 102, 2500),
            Party("second_line_rings", "101", dials="102", pause=700, arguments=_JOIN),
            Party("phone_transfers_attended", "101", pause=1000, more={"to": "102"}, arguments=_JOIN),
            _client("caller_talks", 5000),
        ),
        (_ring(101),),
    ),
    Scenario(
        "forwarded_to_mobile",
        (_phone("phone_forwards", 101, forward=MOBILE), _mobile_presses(), _client("caller_talks", 2000)),
        (_ring(101, 15),),
    ),
    Scenario(
        "forwarded_to_voicemail",
        (
            _phone("phone_forwards", 101, forward=MOBILE),
            Party("phone_answers", "outside"),
            _phone("phone_answers", 102),
            _client("caller_talks", 2000),
        ),
        (_ring(101, 15, "ask"), _ring(102)),
    ),
    Scenario(
        "local_optimized_away",
        (
            _phone("phone_forwards", 101, forward=MOBILE),
            _mobile_presses("-rtp_echo"),
            _client("caller_talks_aloud", 2000),
        ),
        (_ring(101, 15),),
        races=True,
    ),
    Scenario(
        "press_one_missing",
        (
            Party("phone_answers", "outside"),
            _phone("phone_answers", 101),
            _client("caller_talks", 3000),
        ),
        (_mobile(), _ring(101)),
    ),
    Scenario(
        "press_one",
        (_mobile_presses(), _client("caller_talks", 2000)),
        (_mobile(),),
    ),
    Scenario("hold_unhold", (_phone("phone_holds", 101, 1500), _client("caller_stays")), (_ring(101),)),
)

OTHERS = (
    Scenario(
        "recorded_mixmonitor",
        (_phone("phone_answers", 101), _client("caller_talks", 1500)),
        (_ring(101),),
        recording=True,
    ),
    Scenario(
        "outgoing_call",
        (Party("phone_answers", "outside"), Party("caller_talks", "101", dials=MOBILE, pause=1500)),
    ),
    Scenario(
        "originate_click_to_call",
        (_phone("phone_answers", 101), Party("phone_hangs_up", "outside", pause=1500)),
        originate={
            "Channel": "PJSIP/101",
            "Exten": MOBILE,
            "Context": "agents",
            "Priority": "1",
            "CallerID": "Trunkline <101>",
            "ChannelId": "trunkline-click-1",
            "OtherChannelId": "trunkline-click-1-other",
        },
    ),
    Scenario(
        "spam_challenge_passed",
        (_phone("phone_hangs_up", 101, 1200), _client("caller_presses", 1500, digit="3")),
        (line("challenge", target=3, sound="beep", next="ask", state="s1"), _ring(101)),
    ),
)

ALL = (*SIMPLE, *QUEUES, *MOVES, *OTHERS)
