"""The question over HTTP, as a PBX sees it."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp.test_utils import TestClient

from tests.router.company import CLIENT, OFFICE, SPAMMER, STRANGER, SUPPLIER, THURSDAY_NOON, TOKEN, TRICKY_NAME

Client = TestClient[Any, Any]


async def ask(client: Client, **fields: object) -> dict[str, Any]:
    """One turn, at noon of a working day."""
    body = {"call_id": "1786006800.1", "from": STRANGER, "to": OFFICE, "at": THURSDAY_NOON, **fields}
    response = await client.post("/router/v1/route", json=body)
    assert response.status == 200
    return await response.json()


async def test_a_stranger_goes_to_sales(client: Client) -> None:
    answer = await ask(client)

    assert (answer["action"], answer["target"], answer["wait_seconds"]) == ("queue", "q-sales", 45)
    assert (answer["rule"], answer["next"], answer["degraded"]) == ("class", "ask", [])
    assert answer["call_id"] == "1786006800.1"
    print(answer)
