"""How fast the full rule set decides: presence, teams by strategy, last talks, lengths and reservations, in process."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec

from bench._numbers import contact_number, write_directory
from bench._question import CONTACTS, SPAM, callers
from bench.figures import ROUNDS, Context, Figure, absolute, percentile
from router.presence_feed import DeviceFeed
from router.state import StateBook
from router.switchboard import Switchboard
from router.wiring import calm_collector
from tests.router.company import ANNA, BORIS, OFFICE, PLAN, THURSDAY_NOON, head_of
from trunkline.crypto import SecretBox
from trunkline.directory.changelog import Batch
from trunkline.directory.reader import Directory
from trunkline.directory.values import AgentBrief, Head, LastTalk, PresenceBrief, QueueBrief, QueueMember, number_key
from trunkline.pbx.devices import DeviceState, encode_change
from trunkline.pbx.live import AGENT, QUEUE, AgentCount
from trunkline.pbx.port import Question
from trunkline.presence.state import Absence, Manual, ManualState, Shift

ROWS = ("routing.decide_full_p99",)
_DECISIONS = 20_000
_TALKS = 50_000
_TEAM = 12
_STRATEGIES = ("ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear", "wrandom")
_STATES = (DeviceState.NOT_INUSE, DeviceState.INUSE, DeviceState.RINGING, DeviceState.UNAVAILABLE)


def measure(context: Context, wanted: frozenset[str]) -> Iterator[Figure]:
    """The rows wanted."""
    if "routing.decide_full_p99" in wanted:
        switchboard, asked = _company(context.folder / "decide")
        with calm_collector():
            _round(switchboard, asked)
            rounds = [_round(switchboard, asked) for _ in range(ROUNDS)]
        yield absolute("routing.decide_full_p99", rounds, "µs", "<=", 150)


def _round(switchboard: Switchboard, asked: list[Question]) -> float:
    """The p99 in µs of a round; every third question is decided again without telephones that ring elsewhere."""
    took = []
    for place, question in enumerate(asked):
        started = time.perf_counter_ns()
        reply = switchboard.answer(question, THURSDAY_NOON)
        if place % 3 == 0:
            switchboard.without(question, reply, ("101", "203", "205"), THURSDAY_NOON)
        took.append(time.perf_counter_ns() - started)
    return percentile(took, 0.99) / 1000


def _company(folder: Path) -> tuple[Switchboard, list[Question]]:
    """A company that uses everything: a team of twelve for strangers, another for suppliers, two for overflow."""
    write_directory(folder, contacts=CONTACTS, spam=SPAM, head=_head(), build=1)
    directory = Directory.open(folder)
    talks = [(number_key(contact_number(place)), LastTalk(ANNA, THURSDAY_NOON - 86400)) for place in range(CONTACTS)]
    talks += [(number_key(f"+7{4_000_000_000 + place}"), LastTalk(BORIS, THURSDAY_NOON)) for place in range(_TALKS)]
    directory._view = directory.view.after([Batch("", all_talks=talks)])
    switchboard = Switchboard(directory, StateBook(SecretBox(b"k" * 32)), _feed())
    numbers = callers(_DECISIONS, contacts=CONTACTS, spam=SPAM)
    return switchboard, [
        Question("office", f"1786006800.{place}", number, OFFICE) for place, number in enumerate(numbers)
    ]


def _head() -> Head:
    plan = PLAN | {
        "classes": {"unknown": "team:leastrecent", "client": "team:rrmemory", "supplier": "team:fewestcalls"},
        "responsible": {"classes": ["client"], "last_talk_days": 30, "wrap_up_seconds": 15},
        "overflow": {"target": "queue:reserve", "length": 5},
    }
    people = [UUID(int=1000 + place) for place in range(_TEAM)]
    agents = {one: AgentBrief(one, f"Агент {place}", str(201 + place)) for place, one in enumerate(people)}
    members = tuple(QueueMember(one, place // 4) for place, one in enumerate(people))
    known = head_of(plan)
    teams = {name: QueueBrief(name, name, f"q-{name}", name, None, members) for name in _STRATEGIES}
    week = tuple(Shift(day, 9 * 60, 18 * 60) for day in range(5))
    away = (Absence(0.0, 1.0), Absence(THURSDAY_NOON - 1, THURSDAY_NOON + 1, BORIS))
    presence = {one: PresenceBrief(Manual(), away if place % 5 == 4 else (), week) for place, one in enumerate(people)}
    presence[ANNA] = PresenceBrief(Manual(ManualState.BREAK, "обед", THURSDAY_NOON - 60), (), week)
    return msgspec.structs.replace(known, agents=known.agents | agents, queues=known.queues | teams, presence=presence)


def _feed() -> DeviceFeed:
    feed = DeviceFeed(clock=lambda: THURSDAY_NOON)
    feed.connected = True
    states = {str(201 + place): _STATES[place % 4] for place in range(_TEAM)} | {"101": DeviceState.NOT_INUSE}
    counts = {
        f"{AGENT}{201 + place}": AgentCount(place, THURSDAY_NOON - 60 * place, THURSDAY_NOON - 30 * place).encode()
        for place in range(_TEAM)
    }
    feed.take("office", encode_change(states | counts | {f"{QUEUE}q-sales": "3"}, THURSDAY_NOON))
    return feed
