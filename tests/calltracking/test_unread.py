"""Bodies on the public listener that do not come whole."""

import json

import pytest

from tests.calltracking.conftest import Street
from tests.fakes.rude import as_served, rude

_SENT = ("swap", "beat", "tap", "form", "callback")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_packed_body_is_refused(street: Street, caplog: pytest.LogCaptureFixture, coding: str) -> None:
    headers = {"Content-Encoding": coding}
    with as_served():
        for what in _SENT:
            answer = await street.client.post(f"/calltracking/v1/{what}", data=b"garbage", headers=headers)

            assert (answer.status, (await answer.json())["field"]) == (415, "$")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_late_body_gets_408_and_the_connection_is_closed(
    street: Street, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calltracking.leases.public.BODY_SECONDS", 0.05)
    with as_served():
        async with rude(street.client.server.port) as client:
            client.send("POST /calltracking/v1/swap", b"{", length=2)
            head, _, body = (await client.heard()).partition(b"\r\n\r\n")

    assert head.split()[1] == b"408"
    assert b"connection: close" in head.lower()
    assert json.loads(body) == {"error": "did not come in time", "field": "$"}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
