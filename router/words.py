"""The facts of a decision in the reader's words, for the page and the command that try a call. No I/O here."""

from router.facts import Facts
from router.staff import Agent
from trunkline.calls.explain import place_in_words
from trunkline.calls.places import Names
from trunkline.numbering.region import Region, RegionKind
from trunkline.numbering.words import region_in_words
from trunkline.web.i18n import gettext


def facts_in_words(facts: Facts, names: Names, *, money: bool = True) -> list[tuple[str, object]]:
    """Name and value of each fact; what is not known, or of `money` not to be seen, has no value.

    `names` are those of queues.
    """
    votes = f"{facts.spam_votes} ({facts.spam_source})" if facts.spam_votes else None
    return [
        (gettext("Caller"), facts.caller),
        (gettext("Name"), facts.name),
        (gettext("Company"), facts.company),
        (gettext("Class"), gettext(facts.klass.value)),
        (gettext("Overdue, roubles"), (facts.overdue or None) if money else None),
        (gettext("Responsible"), _agent_in_words(facts.responsible)),
        (gettext("Deputy"), _agent_in_words(facts.deputy)),
        (gettext("Region"), region_in_words(_region(facts)) or None),
        (gettext("Spam votes"), votes),
        (gettext("Line"), facts.line),
        (gettext("Whose visitor holds the number"), facts.site),
        (gettext("The line's own default"), place_in_words(facts.fallback, names)),
        (gettext("State of the directory"), facts.directory),
    ]


def _agent_in_words(agent: Agent | None) -> str | None:
    return f"{agent.name} ({agent.extension})" if agent else None


def _region(facts: Facts) -> Region:
    """The region the facts speak of."""
    kind = RegionKind(facts.region_kind)
    if kind is RegionKind.COUNTRY:
        return Region(kind, country=facts.region[0] if facts.region else "")
    return Region(kind, facts.region)
