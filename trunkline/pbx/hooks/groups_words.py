"""What pages and commands say of the groups of hosted PBXs that we keep. No I/O here."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trunkline.pbx.asterisk.check import Finding
from trunkline.pbx.hooks.groups_store import GroupSeen
from trunkline.web.i18n import gettext as _


class GroupState(NamedTuple):
    """A few words, how grave it is, and what else there is to say of a group."""

    text: str
    kind: str
    more: tuple[str, ...] = ()


def state_of(group: GroupSeen) -> GroupState:
    """Of a group as it was last seen."""
    if group.fault:
        return GroupState(_("not kept"), "bad", (_(group.fault),))
    more = tuple(_more(group))
    if group.differs:
        return GroupState(_("differs"), "warn", more)
    return GroupState(_("as it should be"), "info" if more else "ok", more)


def _more(group: GroupSeen) -> Iterator[str]:
    if group.due_on:
        yield _("to be rung: %(people)s") % {"people": ", ".join(group.due_on)}
    if group.due_off:
        yield _("not to be rung: %(people)s") % {"people": ", ".join(group.due_off)}
    if group.absent:
        yield _("not in the group there: %(people)s") % {"people": ", ".join(group.absent)}
    if group.kept:
        yield _("nobody works, so whoever was last goes on being rung")


def found_of(groups: Sequence[GroupSeen], kept: Sequence[str], missing: Sequence[str], page: str) -> Iterator[Finding]:
    """What `trunkline pbx check` finds: `kept` are the queues with a group, `missing` labels of settings they need."""
    if not kept:
        yield Finding(_("no group is kept by us"))
        return
    if missing:
        told = _("groups are not kept; it lacks: %(names)s") % {"names": ", ".join(missing)}
        yield Finding(told, _("give them: %(page)s") % {"page": page})
        return
    seen = {one.queue: one for one in groups}
    for queue in kept:
        if queue not in seen:
            told = _("the group of the queue %(queue)s was never looked at") % {"queue": queue}
            yield Finding(told, _("look whether the process worker runs, and wait for half a minute"))
        else:
            yield _found(seen[queue])


def _found(group: GroupSeen) -> Finding:
    state = state_of(group)
    place = {"queue": group.queue, "group": group.place}
    told = _("queue %(queue)s, group %(group)s") % place + ": " + "; ".join((state.text, *state.more))
    if group.fault:
        return Finding(told, _("look at the group, the people and the key in its cabinet"))
    if group.differs:
        return Finding(told, _("it is changed only while a line of this PBX is in the mode “route”"))
    if group.absent:
        return Finding(told, _("put them into the group in its cabinet, and their names there on its page"))
    return Finding(told)
