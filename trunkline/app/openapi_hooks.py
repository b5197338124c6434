"""Hooks of hosted PBXs in the API's description: the way in and what may go back are ours. No I/O here.

What stands in a request and a reply is the contract of its provider (docs/pbx/), written down there and not here.
"""

from typing import Final

from trunkline.app.operation import Json
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.request import LONGEST_BODY

PATH: Final = "/router/v1/hooks/{provider}/{secret}"
_PARAMETERS: Final[dict[str, Json]] = {
    "provider": {"type": "string", "enum": list(PROVIDERS)},
    "secret": {"type": "string", "description": "What the page of the PBX showed once."},
    "rest": {"type": "string", "description": "What a provider writes behind the address, as `events/call`."},
}
_REPLY: Final[Json] = {
    "application/json": {"schema": {"type": "object"}},
    "text/xml": {"schema": {"type": "string"}},
    "text/plain": {"schema": {"type": "string"}},
}
_REFUSAL: Final[Json] = {media: _REPLY[media] for media in ("application/json", "text/plain")}
_RESPONSES: Final[Json] = {
    "200": {
        "description": "The provider's own reply, also where nothing is known or it was unreadable.",
        "content": _REPLY,
    },
    "400": {"description": "Unreadable, in the words of a provider that has some for it.", "content": _REFUSAL},
    "401": {"description": "Not its token, in the words of a provider that has some for it.", "content": _REFUSAL},
    "403": {"description": "The provider did not send it, or not from one of its addresses.", "content": _REFUSAL},
    "404": {"description": "No such address; nothing more is said."},
    "413": {"description": f"The body is longer than {LONGEST_BODY} bytes."},
}
_BODY: Final[Json] = {
    media: {"schema": {"type": "object"}}
    for media in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
}
_SUMMARIES: Final = {
    "get": "A hosted PBX looks whether the address is ours, or tells by the query",
    "post": "A hosted PBX asks where a call goes, or tells what became of it",
}


def hook_paths() -> dict[str, Json]:
    """The paths and what they answer."""
    return {path: {method: _operation(method, path) for method in _SUMMARIES} for path in (PATH, PATH + "/{rest}")}


def _operation(method: str, path: str) -> Json:
    names = [name for name in _PARAMETERS if f"{{{name}}}" in path]
    described: Json = {
        "summary": _SUMMARIES[method],
        "operationId": f"{method}_router_v1_hooks{'_rest' if 'rest' in names else ''}",
        "tags": ["hooks"],
        "security": [],
        "parameters": [{"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]} for name in names],
        "responses": _RESPONSES,
    }
    if method == "post":
        described["requestBody"] = {"required": False, "content": _BODY}
    return described
