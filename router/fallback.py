"""What of the plan still holds while nobody can be asked: each line's place, and known callers' places. No I/O here.

Only classes with a place other than the one strangers go to are listed: of 14,500 contacts that is the suppliers and
contractors, and a PBX's own database is no place for the rest.
"""

from collections.abc import Iterator

from router.devices import NoDevices
from router.facts import gather
from router.policy import Policies, Policy, no_policies, policies_of
from router.staff import NO_ROSTERS
from router.target import PBX_DEFAULT, Target
from trunkline.calls.phone import NamedKind, Number, parse
from trunkline.directory.reader import View
from trunkline.directory.values import ContactClass, Head, LineBrief, LineMode
from trunkline.pbx.fallback import UNLED, Fallback, is_safe
from trunkline.pbx.port import Question


def fallback_of(view: View) -> Fallback:
    """The fallback as `view` has it; raises InvalidInput, msgspec.DecodeError when its plan cannot be read."""
    policies = policies_of(view.head)
    lines = view.head.lines.values()
    led = {line.number: _line_place(policies, line.number, line.fallback) for line in lines if _is_led(line)}
    named = {number: str(place) for number, place in led.items() if place != PBX_DEFAULT}
    named |= {line.number: UNLED for line in lines if not _is_led(line)}
    own = {number for number, place in named.items() if place == UNLED or _is_own(policies, number)}
    for alias, number in _aliases(view.head):
        if number in named and alias not in named:
            named[alias] = named[number]
            own |= {alias} if number in own else set()
    return Fallback(
        lines={number: place for number, place in sorted(named.items()) if is_safe(place)},
        own=frozenset(own),
        callers=dict(_callers(view, policies.common)),
        left_out={number: place for number, place in sorted(named.items()) if not is_safe(place)},
    )


def _aliases(head: Head) -> Iterator[tuple[str, str]]:
    """Other numbers a trunk calls a line by, as the dialplan will have them; one with letters never comes there."""
    for alias, number in head.aliases.items():
        if alias.isascii() and alias.removeprefix("+").isdecimal():
            known = parse(alias)
            yield alias if isinstance(known, NamedKind) else known, number


def _is_led(line: LineBrief) -> bool:
    return line.mode is LineMode.ROUTE


def _line_place(policies: Policies, number: str, written: str) -> Target:
    policy = policies.of(number)
    if written not in policies.targets and policy.line_target is not None:
        return policy.line_target
    return policies.fallback(written, policy)


def _is_own(policies: Policies, number: str) -> bool:
    """Whether who calls makes no difference on this line, or another one than on the others."""
    policy = policies.of(number)
    return policy.line_target is not None or policy.classes != policies.common.classes


def _callers(view: View, policy: Policy) -> Iterator[tuple[str, str]]:
    places, nobody = _own_places(policy), no_policies()
    for number in view.numbers() if places else ():
        if not any(contact.klass in places for contact in view.contacts(number)):
            continue  # most: spared the facts
        facts = gather(Question("", "", from_=number), view, NoDevices(), nobody, NO_ROSTERS, 0.0)
        if (place := places.get(facts.klass)) is not None:
            yield Number(number), place


def _own_places(policy: Policy) -> dict[ContactClass, str]:
    """Classes with a place of their own."""
    common = policy.classes.get(ContactClass.UNKNOWN) or policy.default
    named = {klass: str(place) for klass, place in policy.classes.items() if place != common}
    return {klass: place for klass, place in named.items() if klass is not ContactClass.UNKNOWN and is_safe(place)}
