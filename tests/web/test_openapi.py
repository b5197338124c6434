"""The API's description: every route is in it, and the running servers do what it says, whatever they are sent."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from aiohttp import ClientSession, web
from aiohttp.test_utils import BaseTestServer, TestServer
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from yarl import URL

from router.wiring import build_question_app, question_routes
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
    question.add_routes(question_routes())
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
    whole: dict[str, Any] = json.loads(text())
    return whole | {"paths": {path: item for path, item in whole["paths"].items() if path.startswith(prefix)}}


def hold(described: dict[str, Any], url: str, headers: Mapping[str, str], examples: int = _EXAMPLES) -> list[str]:
    """Send each operation what its description allows and what it does not; what was answered wrongly."""
    failures = []
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        )
        def answered(case: Any) -> None:
            response = case.call(base_url=url, headers=dict(headers))
            if not is_no_http(response):
                case.validate_response(response, checks=_CHECKS)

        try:
            answered()
        except FailureGroup as error:
            failures.append(f"{operation.label}: {error.exceptions}")
    return failures


def is_no_http(response: Any) -> bool:
    """Whether the HTTP library refused a request none of ours saw: a header with a NUL in it, say (docs/http.md)."""
    kind = response.headers.get("content-type", [""])[0]
    return bool(response.status_code == 400 and kind.startswith("text/plain"))


async def test_what_is_no_http_is_refused_by_the_library(server: BaseTestServer) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET /api/v1/lines HTTP/1.1\r\nHost: x\r\nX-Odd: a\x00b\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.split(b" ")[1] == b"400"
    assert b"Content-Type: text/plain" in answer


@pytest.fixture
async def token(pool: Pool, add_person: AddPerson) -> dict[str, str]:
    """The header of somebody who may do everything."""
    return await token_of(pool, await add_person("root", Role.ADMINISTRATOR, every_department=True))


@pytest.fixture
async def server(database_url: str, valkey_url: str, data_dir: Path) -> AsyncIterator[BaseTestServer]:
    """The private listener."""
    async with TestServer(compose(database_url, valkey_url, data_dir)) as server:
        yield server


@pytest.fixture
async def question(write_directory: WriteDirectory, tmp_path: Path) -> AsyncIterator[BaseTestServer]:
    """The question's listener."""
    directory = Directory.open(write_directory())
    with SpoolWriter(tmp_path / "spool", cap_bytes=1 << 24) as spool:
        app = build_question_app(load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path / "data")}), directory, spool)
        async with TestServer(app) as server:
            yield server


@pytest.mark.timeout(300)
async def test_the_api_answers_as_described(server: BaseTestServer, token: dict[str, str]) -> None:
    assert await asyncio.to_thread(hold, of("/api/"), str(server.make_url("/")), token) == []


async def test_the_question_answers_as_described(question: BaseTestServer) -> None:
    assert await asyncio.to_thread(hold, of("/router/"), str(question.make_url("/")), {}) == []


async def test_what_is_not_as_described_is_noticed(question: BaseTestServer) -> None:
    described = of("/router/v1/route")
    described["components"]["schemas"]["Answer"]["properties"]["rule"] = {"type": "integer"}
    found = await asyncio.to_thread(hold, described, str(question.make_url("/")), {})
    assert ["POST /router/v1/route" in failure for failure in found] == [True]


WITH_NUL = [
    ("GET", "/api/v1/contacts?name=%00", b""),
    ("GET", "/api/v1/spam?source=a%00b", b""),
    ("GET", "/api/v1/calls?queue=%00", b""),
    ("GET", "/api/v1/lines?cursor=Ilx1MDAwMCI", b""),
    ("POST", "/api/v1/spam", rb'{"number": "+79161234567", "note": "\u0000"}'),
    ("POST", "/api/v1/contacts", rb'{"external_id": "\\\u0000", "name": "a", "phones": ["+79161234567"]}'),
]


async def test_nul_is_refused_wherever_it_stands(server: BaseTestServer, token: dict[str, str]) -> None:
    base = str(server.make_url("/")).rstrip("/")
    async with ClientSession(headers=token) as session:
        for method, path, body in WITH_NUL:
            async with session.request(method, URL(base + path, encoded=True), data=BytesIO(body)) as answer:
                assert answer.status == 400, f"{method} {path}: {await answer.text()}"
