"""Hooks answer as the API's description says, whatever they are sent: at each provider's address, and at no address."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from router.wiring import build_question_app
from tests.fakes.hosted import BEGINNINGS, address, company
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import kept
from tests.router.ways import Served, served
from tests.web.test_openapi import hold, of
from trunkline.directory.reader import Directory
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

HOOKS = "/router/v1/hooks/"
_EXAMPLES = 8
"""Of each operation at each provider's address, of what fits and of what does not."""
_ANYTHING = [{"type": kind} for kind in ("string", "integer", "boolean", "null", "object", "array")]


@pytest.fixture
async def ways(write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter) -> AsyncIterator[Served]:
    """The question's listener, of a company with an account at every provider."""
    directory = Directory.open(write_directory(head=company(settings.secret_box())))
    async with served(build_question_app(settings, directory, spool)) as served_ways:
        yield served_ways


def described(name: str, *, own: bool) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The description narrowed to one provider's address; bodies are its `own` or nearly so. And its headers."""
    whole = of(HOOKS)
    rest, kind, body, headers = BEGINNINGS[name]("917860068009", "79160000004")
    sent = json.loads(body) if kind == "application/json" else dict(parse_qsl(body.decode(), keep_blank_values=True))
    fields = {key: {"anyOf": [{"const": sent[key]}, *_ANYTHING]} for key in sent}
    said = {"const": sent} if own else {"type": "object", "properties": fields}
    given = {"provider": [name], "secret": [address(name).rpartition("/")[2]], "rest": [rest.strip("/") or "in"]}
    for methods in whole["paths"].values():
        if own:
            del methods["get"]  # it has no body
        for operation in methods.values():
            for parameter in operation["parameters"]:
                parameter["schema"] = {"enum": given[parameter["name"]]}
            for media in operation.get("requestBody", {}).get("content", {}).values():
                media["schema"] = said
    return whole, headers


DESCRIBED = [name for name in BEGINNINGS if name != "beeline"]
"""Beeline's XML is no object that could be described; tests/router/test_hooks_whatever.py makes bodies of it."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", DESCRIBED)
async def test_a_providers_address_answers_as_described(ways: Served, spool_dir: Path, name: str) -> None:
    for own in (True, False):
        whole, headers = described(name, own=own)
        assert await asyncio.to_thread(hold, whole, f"http://127.0.0.1:{ways.short}", headers, _EXAMPLES) == []
    verdicts = {hook.verdict for hook in kept(spool_dir)[0]}
    assert "fits" in verdicts
    assert verdicts - {"fits"}, "and what is no request of it"


async def test_other_addresses_answer_as_described(ways: Served, spool_dir: Path) -> None:
    assert await asyncio.to_thread(hold, of(HOOKS), f"http://127.0.0.1:{ways.short}", {}) == []
    assert kept(spool_dir)[0] == []


async def test_a_status_that_is_not_described_is_noticed(ways: Served) -> None:
    whole, headers = described("sipuni", own=True)
    for methods in whole["paths"].values():
        for operation in methods.values():
            del operation["responses"]["200"]
    found = await asyncio.to_thread(hold, whole, f"http://127.0.0.1:{ways.short}", headers)
    assert found
