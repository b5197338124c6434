"""The name on telephones that take one otherwise than their PBX is set. No I/O here.

It is looked at once the decision is made: who the caller is makes no difference to a rule, and where no telephone has a
style of its own there is nothing to look at.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from trunkline.calls.names import NameStyle, shown_name
from trunkline.directory.values import Head
from trunkline.pbx.port import Action, Decision
from trunkline.pbx.seats import WorksOn

Styles = Mapping[str, NameStyle]
"""By extension, of the telephones that have a style of their own."""

_LEAST_FIRST: Final = (NameStyle.LATIN, NameStyle.UTF8, NameStyle.OFF)


def styles_of(head: Head) -> Styles:
    """Those of `head`; who works on a mobile outside has no telephone here."""
    return {
        agent.extension: agent.names
        for agent in head.agents.values()
        if agent.names is not None and agent.extension and agent.works_on != WorksOn.FORWARDED
    }


def for_telephones(decision: Decision, styles: Styles) -> Decision:
    """`decision` with the name as the extensions it rings take it; a queue's members see it as the PBX is set."""
    facts = decision.facts
    if not styles or not facts.name:
        return decision
    style = style_together([styles.get(each, facts.names) for each in _ringing(decision)], facts.names)
    if style is facts.names:
        return decision
    return msgspec.structs.replace(decision, caller_name=shown_name(facts.name, facts.company, style))


def style_together(styles: Iterable[NameStyle], otherwise: NameStyle) -> NameStyle:
    """The style of telephones that ring at once, for a PBX has one name for all of them; `otherwise` of none.

    Latin letters where one needs them, for everybody reads those; no name only where none of them is to show one.
    """
    asked = set(styles)
    return next((style for style in _LEAST_FIRST if style in asked), otherwise)


def _ringing(decision: Decision) -> tuple[str, ...]:
    if decision.action is Action.TARGETS:
        return decision.targets
    return (decision.target,) if decision.action is Action.EXTENSION else ()
