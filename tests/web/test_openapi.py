"""The API's description: every route is in it, and the running servers do what it says, whatever they are sent."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from router.web import routes as router_routes
from router.wiring import build_question_app
from tests.people.company import AddPerson
from tests.router.conftest import WriteDirectory, write_directory
from tests.web.composed import compose, token_of
from trunkline.app.openapi import document, text
from trunkline.app.web import build
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.people.roles import Role
from trunkline.settings import load
from trunkline.spool import SpoolWriter
from trunkline.web.rights import routes_of

__all__ = ["write_directory"]

_EXAMPLES = 12
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
_KEPT = Path(__file__).parents[2] / "trunkline" / "web" / "openapi.json"


def test_the_kept_document_is_what_the_code_says() -> None:
    """Else: python -m trunkline.app.openapi > trunkline/web/openapi.json"""
    assert _KEPT.read_text(encoding="utf-8") == text()


def test_every_route_of_the_api_is_described(tmp_path: Path) -> None:
    question = web.Application()
    question.add_routes(router_routes())
    private = build(load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path)}))
    registered = {
        (method, path)
        for app in (private, question)
        for method, path in routes_of(app)
        if path.startswith(("/api/v1/", "/router/v1/"))
    }

    assert {(m.upper(), path) for path, methods in document()["paths"].items() for m in methods} == registered


def test_every_operation_names_itself_once() -> None:
    names = [one["operationId"] for methods in document()["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"\w+", name) for name in names)


def of(prefix: str) -> dict[str, Any]:
    """The document with the paths under `prefix` alone."""
    whole = json.loads(text())
    return whole | {"paths": {path: item for path, item in whole["paths"].items() if path.startswith(prefix)}}


def hold(described: dict[str, Any], url: str, headers: Mapping[str, str]) -> list[str]:
    """Send each operation what its description allows and what it does not; what was answered wrongly."""
    failures = []
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        )
        def answered(case: schemathesis.Case) -> None:
            case.call_and_validate(base_url=url, headers=dict(headers), checks=_CHECKS)

        try:
            answered()
        except Exception as error:
            failures.append(f"{operation.label}: {error}")
    return failures


@pytest.mark.timeout(120)
async def test_the_api_answers_as_described(
    database_url: str, valkey_url: str, data_dir: Path, pool: Pool, add_person: AddPerson
) -> None:
    token = await token_of(pool, await add_person("root", Role.ADMINISTRATOR, every_department=True))
    async with TestServer(compose(database_url, valkey_url, data_dir)) as server:
        failures = await asyncio.to_thread(hold, of("/api/"), str(server.make_url("/")), token)

    assert failures == []


async def test_the_question_answers_as_described(write_directory: WriteDirectory, tmp_path: Path) -> None:
    directory = Directory.open(write_directory())
    with SpoolWriter(tmp_path / "spool", cap_bytes=1 << 24) as spool:
        app = build_question_app(load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path / "data")}), directory, spool)
        async with TestServer(app) as server:
            failures = await asyncio.to_thread(hold, of("/router/"), str(server.make_url("/")), {})

    assert failures == []
