"""What a refused request gets, by its provider's contract or without one."""

import pytest

from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.refusal import REFUSED, Refusing, refusal_of
from trunkline.pbx.hooks.request import HookRequest


def test_a_contract_that_says_nothing_of_it_means_403() -> None:
    silent = [one for one in PROVIDERS.values() if not isinstance(one, Refusing)]

    assert {refusal_of(one, Verdict.FORGED, HookRequest(), Account("cloud")) for one in silent} == {REFUSED}
    assert HookReply(b"", "text/plain", 403) == REFUSED


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("zadarma", b""),
        ("uis", b'{"returned_code":1}'),
        ("sipuni", b'{"success": true}'),
        ("telphin", b'<?xml version="1.0" encoding="UTF-8"?>\n<Response></Response>'),
        ("onlinepbx", b""),
    ],
)
def test_what_cannot_be_read_gets_nothing_known_so_that_sending_goes_on(name: str, nothing: bytes) -> None:
    provider, account = PROVIDERS[name], Account("cloud", {"default_code": "1"})
    request = HookRequest(body=b"\xff")

    verdict = provider.verify(request, account)
    reply = refusal_of(provider, verdict, request, account)

    assert (verdict, reply.status, reply.body) == (Verdict.UNREADABLE, 200, nothing)
