"""The API described in OpenAPI 3.1: `python -m trunkline.app.openapi > trunkline/web/openapi.json`. No I/O here."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from trunkline import __version__
from trunkline.app.bodies import Mistakes, Refusal
from trunkline.app.openapi_hooks import hook_paths
from trunkline.app.operation import PATH_PARAMETERS, Json, Operation
from trunkline.app.operations import OPERATIONS

_INFO: Final = {
    "title": "Trunkline",
    "version": __version__,
    "description": "Paging, errors, tokens and idempotency are explained in docs/api.md, the question in docs/http.md.",
    "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
}
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token of /settings/tokens."},
    "pbx": {"type": "apiKey", "in": "header", "name": "X-Trunkline-Token", "description": "Or a listed address."},
}


def document() -> Json:
    """The whole document."""
    kinds = [kind for operation in OPERATIONS for kind in (operation.body, *operation.answers.values())]
    named = [kind for kind in kinds if isinstance(kind, type) and kind not in {str, type(None)}]
    unique = list(dict.fromkeys([*named, Refusal, Mistakes]))
    schemas, components = msgspec.json.schema_components(unique, ref_template="#/components/schemas/{name}")
    shapes = dict(zip(unique, schemas, strict=True))
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, shapes)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "paths": paths | hook_paths(),
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


def _operation(operation: Operation, shapes: Mapping[Any, Json]) -> Json:
    described: Json = {
        "summary": operation.summary,
        "operationId": _identifier(operation),
        "tags": [operation.path.split("/")[3] if operation.path.startswith("/api/") else "question"],
        "security": _security(operation),
        "parameters": [*_path_parameters(operation.path), *operation.query],
        "responses": {str(status): _answer(kind, shapes) for status, kind in operation.answers.items()},
    }
    if operation.needs is not None:
        more = f", and `{operation.also.value}`" if operation.also else ""
        described["description"] = f"Needs the right `{operation.needs.value}`{more}."
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body, shapes)}
    if operation.form is not None:
        form = {"type": "object", "properties": dict(operation.form), "required": ["file"]}
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    described["responses"] |= dict(_failures(operation, shapes))
    return described


def _security(operation: Operation) -> list[Json]:
    if operation.path.startswith("/router/"):
        return [{"pbx": []}, {}]
    return [{"token": []}] if operation.needs is not None else []


def _failures(operation: Operation, shapes: Mapping[Any, Json]) -> Iterator[tuple[str, Json]]:
    if operation.path.startswith("/router/"):
        yield "401", {"description": "Neither a token nor a listed address; nothing more is said."}
        if operation.body is not None:
            yield "413", {"description": "The body is too large."}
        return
    if operation.needs is None:
        return
    refusal = {"application/json": {"schema": shapes[Refusal]}}
    wrong = {"application/json": {"schema": {"anyOf": [shapes[Mistakes], shapes[Refusal]]}}}
    yield "400", {"description": "What was sent is wrong.", "content": wrong}
    for status, description in (("401", "No live token."), ("403", "The right is missing.")):
        yield status, {"description": description, "content": refusal}
    if "{" in operation.path:
        yield "404", {"description": "There is no such thing, or it may not be seen.", "content": refusal}
    if operation.body is not None or operation.form is not None:
        yield "413", {"description": "The body is too large.", "content": refusal}
    yield "503", {"description": "The database does not answer; try again.", "content": refusal}


def _path_parameters(path: str) -> list[Json]:
    names = [piece[1:-1] for piece in path.split("/") if piece.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS[name]} for name in names]


def _answer(kind: Any, shapes: Mapping[Any, Json]) -> Json:
    if kind is None:
        return {"description": "Done."}
    if kind is str:
        return {"description": "Done.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"description": "Done.", "content": _content(kind, shapes)}


def _content(kind: Any, shapes: Mapping[Any, Json]) -> Json:
    return {"application/json": {"schema": shapes.get(kind, {"type": "object"})}}


def _identifier(operation: Operation) -> str:
    words = operation.path.replace("{", "").replace("}", "").replace(".", "_").replace("-", "_").strip("/").split("/")
    return "_".join([operation.method, *words])


def text() -> str:
    """The document as it is kept."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
