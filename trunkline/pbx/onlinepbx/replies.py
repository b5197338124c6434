"""What goes back to the HTTP request on an incoming call: by templates of the PBX's own page. No I/O here.

The vendor's text on that request could not be read (pbx.md §1.7 [U]), so no key of it stands in code: which fields are
asked for and what is said are settings, until a captured request settles them.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trunkline.pbx.hooks.fields import json_of
from trunkline.pbx.hooks.port import Account, HookReply
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Question

_ROUTE: Final = "route"
"""What stands behind the secret in the address of that request."""
NOTHING: Final = HookReply(b"", "text/plain")
_NOTHING_KNOWN: Final = "nothing"
_FIELDS: Final = {"call": "uuid", "caller": "caller", "line": "gateway"}
"""The webhooks' names, which are documented; the request's own are the setting `asked`."""
_MARK: Final = re.compile(r"\{(target|name|seconds)\}")


def is_route(path: str) -> bool:
    """Whether `path`, what stands behind the secret, is that of the request."""
    return path.strip("/") == _ROUTE


def question_of(request: HookRequest, account: Account) -> Question | None:
    """The question; None where no words for an answer were given, so nothing we say could be understood."""
    names = {**_FIELDS, **_pairs(account, "asked")}
    call, caller, line = (request.text(str(names[one])) for one in ("call", "caller", "line"))
    if not _pairs(account, "reply") or not (call or caller):
        return None
    return Question(account.pbx, call or f"{caller}-{request.received}", caller, line)


def route(decision: Decision | None, account: Account) -> HookReply:
    """The decision in the words of the setting `reply`; what has no words there gets those of `nothing`."""
    words = _pairs(account, "reply")
    template = words.get(decision.action.value) if decision is not None else None
    if template is None or decision is None:
        return _written(str(words.get(_NOTHING_KNOWN, "")), {})
    target = decision.target or next(iter(decision.targets), "")
    values = {
        "target": str(_pairs(account, "places").get(target, target)),
        "name": decision.caller_name,
        "seconds": str(decision.ring_seconds or decision.wait_seconds),
    }
    return _written(str(template), values)


def _written(template: str, values: Mapping[str, str]) -> HookReply:
    """A template that is JSON is filled in value by value, so that no name can break it."""
    shape = json_of(template.encode()) if template[:1] in ("{", "[") else None
    if shape is None:
        return HookReply(_filled(template, values).encode(errors="replace"), "text/plain") if template else NOTHING
    return HookReply(msgspec.json.encode(_walked(shape, values)), "application/json")


def _walked(shape: Any, values: Mapping[str, str]) -> Any:
    if isinstance(shape, dict):
        return {key: _walked(value, values) for key, value in shape.items()}
    if isinstance(shape, list):
        return [_walked(value, values) for value in shape]
    if shape == "{seconds}":
        return int(values.get("seconds") or 0)
    return _filled(shape, values) if isinstance(shape, str) else shape


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _MARK.sub(lambda mark: values.get(mark[1], ""), text)


def _pairs(account: Account, name: str) -> Mapping[str, Any]:
    pairs = account.settings.get(name)
    return pairs if isinstance(pairs, dict) else {}
