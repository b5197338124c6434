"""A secret that came in the open is not kept, however it was spelled."""

import json
from urllib.parse import quote, urlencode

import pytest

from trunkline.pbx.hooks.hiding import spelled, without_secrets

SECRET = 'ключ "1"&+'


@pytest.mark.parametrize(
    "body",
    [
        urlencode({"cmd": "contact", "crm_token": SECRET}),
        f"crm_token={quote(SECRET, safe='')}",
        json.dumps({"crm_token": SECRET}, ensure_ascii=False),
        SECRET,
    ],
)
def test_it_is_hidden(body: str) -> None:
    kept = without_secrets(body.encode(), spelled(["other-secret", SECRET])).decode()

    assert "***" in kept
    assert "1" not in kept


def test_everything_else_stays() -> None:
    body = b"event=NOTIFY_START&call_start=2026-03-02&x=\xff"

    assert without_secrets(body, spelled(["secret-of-the-api", "", "ev"])) == body
