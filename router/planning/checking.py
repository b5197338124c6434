"""Every mistake of a plan at once, those of shape and those of sense. No I/O here.

`read_plan` tells all mistakes of shape, or else all of sense; here what is wrong is taken out and the rest read again.
"""

import copy
import re
from collections.abc import Collection

from router.plan import read_plan
from router.planning.forms import Body
from trunkline.errors import InvalidInput, Mistake

_MOST_ROUNDS = 5


def mistakes_in(body: Body, queues: Collection[str]) -> list[Mistake]:
    """Everything that keeps `body` from being published, each place once."""
    found: dict[str, Mistake] = {}
    rest = copy.deepcopy(body)
    for _round in range(_MOST_ROUNDS):
        try:
            read_plan(rest, queues=queues)
        except InvalidInput as error:
            fresh = [mistake for mistake in error.mistakes if mistake.path not in found]
            if not fresh:
                break
            for mistake in fresh:
                found[mistake.path] = mistake
                _take_out(rest, mistake.path)
        else:
            break
    return list(found.values())


def _take_out(body: Body, path: str) -> None:
    """Remove what stands at `path`; where nothing stands there, the table that should have held it."""
    place: Body = body
    holder, held = body, ""
    for name in re.sub(r"\[\d+\]", "", path).split("."):
        if name not in place:
            break
        holder, held = place, name
        if not isinstance(place[name], dict):
            break
        place = place[name]
    holder.pop(held, None)
