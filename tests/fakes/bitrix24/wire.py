"""How the portal reads a request and writes an answer. No I/O but the body of the request.

crm.md §2.5 (events are `application/x-www-form-urlencoded` with PHP's bracket keys) and §2.1 (JSON bodies); the
examples of the vendor's pages send both to every method. An empty PHP array is `[]` in JSON, whatever it would hold.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

_KEY = re.compile(r"\[([^\]]*)\]")
_MOSCOW = timezone(timedelta(hours=3))


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][]=1` as PHP reads it; what has the keys 0, 1, 2 … is a list."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        path = [head, *(_KEY.findall(name) if bracket else [])]
        node = tree
        for step in path[:-1]:
            below = node.setdefault(step or str(len(node)), {})
            if not isinstance(below, dict):
                below = node[step] = {}
            node = below
        node[path[-1] or str(len(node))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    within = {name: _listed(one) for name, one in value.items()}
    return list(within.values()) if list(within) == [str(n) for n in range(len(within))] else within


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """The pairs of `nested`, as `http_build_query` writes them: nothing for null, 1 and 0 for truth."""
    if isinstance(value, Mapping):
        steps = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list | tuple):
        steps = [(str(key), one) for key, one in enumerate(value)]
    elif value is None:
        return []
    else:
        return [(name, str(int(value)) if isinstance(value, bool) else str(value))]
    return [pair for key, one in steps for pair in flat(one, f"{name}[{key}]" if name else key)]


def query(text: str) -> dict[str, Any]:
    """The parameters of `a=1&b[c]=2`."""
    return nested(parse_qsl(text, keep_blank_values=True))


async def read(request: web.Request) -> dict[str, Any]:
    """All parameters of a request: those of the body stand over those of the address. Raises ValueError."""
    params = query(request.query_string)
    if request.method != "POST":
        return params
    if request.content_type == "application/json":
        body = json.loads(await request.text() or "{}")
        if not isinstance(body, dict):
            raise ValueError("the body is no object")
        return params | body
    return params | query(await request.text())


def iso(at: float) -> str:
    """A moment as the portal writes it, in Moscow's time, whole seconds."""
    return datetime.fromtimestamp(int(at), UTC).astimezone(_MOSCOW).isoformat()


def moment(text: object) -> float | None:
    """A moment of ISO-8601; None for what is none. Without a zone it is Moscow's."""
    try:
        read_as = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (read_as if read_as.tzinfo else read_as.replace(tzinfo=_MOSCOW)).timestamp()


def number(value: object) -> int | None:
    """A whole number however it was sent; None for what is none."""
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        return None
    return int(str(value))


def listed(value: object) -> list[Any]:
    """A list however it was sent: PHP makes `[1 => …]` of some, and a single value of others."""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]


def numbers(value: object) -> list[int]:
    """The whole numbers of a list, or of one."""
    return [found for one in listed(value) if (found := number(one)) is not None]
