"""A secret that came in the open is not kept, however it was spelled, right or wrong; nothing else is taken for one."""

import json
from urllib.parse import quote, urlencode

import pytest

from trunkline.pbx.hooks.fields import fields_of
from trunkline.pbx.hooks.hiding import carried_by, spelled, without_secrets, words_without_secrets
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import PROVIDERS

SECRET = 'ключ "1"&+ 1'
PART = "--x\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n"
IN_A_FIELD = [
    urlencode({"cmd": "contact", "crm_token": SECRET, "phone": "79"}),
    f"crm_token={quote(SECRET, safe='')}&cmd=contact&phone=79",
    json.dumps({"crm_token": SECRET, "cmd": "contact", "phone": "79"}, ensure_ascii=False),
    json.dumps({"cmd": "contact", "phone": "79", "crm_token": SECRET}),
    '{"crm_token": 1111, "cmd": "contact", "phone": "79"}',
    PART.format(name="cmd", value="contact")
    + PART.format(name='"crm_token"\r\nContent-Type: text/plain', value=SECRET)
    + PART.format(name="phone", value="79")
    + "--x--",
]


@pytest.mark.parametrize("body", [*IN_A_FIELD[:3], SECRET])
def test_a_known_one_is_hidden_wherever_it_stands(body: str) -> None:
    kept = without_secrets(body.encode(), spelled(["other-secret-one", SECRET])).decode()

    assert "***" in kept
    assert "1" not in kept


@pytest.mark.parametrize("body", IN_A_FIELD)
def test_a_field_that_carries_one_is_hidden_whatever_it_holds(body: str) -> None:
    kept = without_secrets(body.encode(), [], carried_by(PROVIDERS["megafon"]))

    assert b"1" not in kept
    assert fields_of("", "", kept) == {"cmd": "contact", "crm_token": "***", "phone": "79"}


def test_everything_else_stays() -> None:
    body = b"event=NOTIFY_START&call_start=2026-03-02&x=\xff&old_crm_token=7"

    assert without_secrets(body, spelled(["secret-of-the-api", "", "ev"]), ["crm_token"]) == body


def test_a_key_that_an_api_repeats_is_hidden_in_its_words() -> None:
    account = Account("cloud", {}, {"token": SECRET, "token_before": "another-long-one"})

    said = words_without_secrets(f"Token {SECRET} and another-long-one are not known: \ud800", account)
    assert said == "Token *** and *** are not known: ?"


def test_a_short_password_changes_no_number() -> None:
    assert without_secrets(b"ANI=79161234567", spelled(["1234"])) == b"ANI=79161234567"
