"""Fields of Exolve's requests in our words, and the list of numbers that stand for our extensions and queues. No I/O.

The question is JSON-RPC with its fields in `params` [T]; the vendor's page shows them at the top [O]: both are read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trunkline.pbx.hooks.fields import mapping_of, text_of
from trunkline.pbx.hooks.numbers import extension_in
from trunkline.pbx.hooks.request import HookRequest

METHOD: Final = "getControlCallFollowMe"
LONGEST_ID: Final = 200


def asked(request: HookRequest, name: str) -> str:
    """A field of the question, in `params` or at the top."""
    return text_of(mapping_of(request.fields.get("params")).get(name)) or request.text(name)


def is_question(request: HookRequest) -> bool:
    """Whether it asks where a call goes."""
    return request.text("method") == METHOD or bool(asked(request, "numberA") and asked(request, "sip_id"))


def call_of(request: HookRequest) -> str:
    """The call's id; older text names it `h323_conf_id`."""
    return asked(request, "call_sid") or asked(request, "h323_conf_id")


def is_event(request: HookRequest) -> bool:
    """Whether it tells something of a call."""
    return bool(request.text("type")) and bool(call_of(request))


def numbers_of(target: str, settings: Mapping[str, Any]) -> Sequence[str]:
    """The numbers there of an extension or queue of ours, rung at once; none where the list does not name it."""
    return split(_listed(settings).get(target, ""))


def split(text: object) -> Sequence[str]:
    """`79001, 79002` as Exolve writes numbers, without a plus."""
    return tuple(one for part in str(text).split(",") if (one := part.strip().removeprefix("+")))


def extension_of(number: str, settings: Mapping[str, Any]) -> str:
    """Whose own number it is: the extension in whose line it stands alone."""
    return next(
        (ours for ours, there in _listed(settings).items() if split(there) == (number,) and extension_in(ours)), ""
    )


def _listed(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = settings.get("numbers")
    return listed if isinstance(listed, dict) else {}
