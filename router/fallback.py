"""What of the plan still holds while nobody can be asked: each line's place, and known callers' places. No I/O here.

Only classes with a place other than the one strangers go to are listed: of 14,500 contacts that is the suppliers and
contractors, and a PBX's own database is no place for the rest.
"""

from collections.abc import Iterator

from router.facts import gather
from router.policy import Policies, Policy, no_policies, policies_of
from router.staff import NoDevices
from router.target import PBX_DEFAULT, Target
from trunkline.calls.phone import Number
from trunkline.directory.reader import View
from trunkline.directory.values import ContactClass
from trunkline.pbx.fallback import Fallback, is_safe
from trunkline.pbx.port import Question


def fallback_of(view: View) -> Fallback:
    """The fallback as `view` has it; raises InvalidInput, msgspec.DecodeError when its plan cannot be read."""
    policies = policies_of(view.head)
    places = {line.number: _line_place(policies, line.number, line.fallback) for line in view.head.lines.values()}
    named = {number: str(place) for number, place in places.items() if place != PBX_DEFAULT}
    return Fallback(
        lines={number: place for number, place in sorted(named.items()) if is_safe(place)},
        own=frozenset(number for number in named if _is_own(policies, number)),
        callers=dict(_callers(view, policies.common)),
        left_out={number: place for number, place in sorted(named.items()) if not is_safe(place)},
    )


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
        facts = gather(Question("", "", from_=number), view, NoDevices(), nobody, 0.0)
        if (place := places.get(facts.klass)) is not None:
            yield Number(number), place


def _own_places(policy: Policy) -> dict[ContactClass, str]:
    """Classes with a place of their own."""
    common = policy.classes.get(ContactClass.UNKNOWN) or policy.default
    named = {klass: str(place) for klass, place in policy.classes.items() if place != common}
    return {klass: place for klass, place in named.items() if klass is not ContactClass.UNKNOWN and is_safe(place)}
