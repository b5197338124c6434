"""What people call a call's queues and agents, by what rules and PBXs call them; the unknown stays. No I/O here."""

from collections.abc import Callable
from operator import attrgetter

from trunkline.directory.values import Head, QueueBrief

Names = Callable[[str], str]


def queue_names(head: Head) -> Names:
    """Names of queues, by what the PBX calls them or the plan does."""
    queues = _queues(head)
    names = {queue.id: queue.name for queue in queues} | {queue.target: queue.name for queue in queues}
    return lambda queue: names.get(queue) or queue


def queue_targets(head: Head) -> Names:
    """Backwards: what the PBX calls a queue whose name, or whose id in the plan, somebody wrote."""
    queues = _queues(head)
    targets = {queue.id: queue.target for queue in queues}
    targets |= {queue.name.casefold(): queue.target for queue in queues if queue.name}
    own = {queue.target for queue in queues}
    return lambda text: text if text in own else targets.get(text.casefold(), text)


def agent_names(head: Head) -> Names:
    """Names of agents by extension, with it: `Anna (101)`."""
    names = {agent.extension: f"{agent.name} ({agent.extension})" for agent in head.agents.values()}
    return lambda extension: names.get(extension, extension)


def agent_called(head: Head) -> Names:
    """Names of agents by extension, without it; nothing for who is none."""
    names = {agent.extension: agent.name for agent in head.agents.values()}
    return lambda extension: names.get(extension, "")


def _queues(head: Head) -> list[QueueBrief]:
    """The last wins where two PBXs call their queues alike: the one whose id comes first, as in lists of queues."""
    return sorted(head.queues.values(), key=attrgetter("id"), reverse=True)
