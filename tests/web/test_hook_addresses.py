"""Secrets in addresses of ours: they stay what they were, several may be live, and nothing else is taken."""

from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from trunkline.crypto import SecretBox
from trunkline.web.hook_addresses import is_live, secret_of, whose_address

BOX = SecretBox(b"k" * 32)
WHOSE = UUID(int=7)


def test_secrets_that_were_given_out_hold() -> None:
    assert secret_of(BOX, "crm hook", WHOSE.bytes) == "aVVKN9drAF6kScsN8X_5-g"
    assert secret_of(BOX, "1c rows", WHOSE.bytes, 1) == "hvleSKOyotbv8hP_MNHXuQ"


def test_each_purpose_whose_and_turn_has_its_own() -> None:
    made = {
        secret_of(BOX, purpose, UUID(int=whose).bytes, turn)
        for purpose in ("crm hook", "chat address")
        for whose in (7, 8)
        for turn in (None, 0, 1)
    }
    assert len(made) == 12


def test_two_secrets_are_live_while_one_follows_the_other() -> None:
    old, new = (secret_of(BOX, "pbx hook", WHOSE.bytes, turn) for turn in (1, 2))
    assert is_live(old, old, new)
    assert is_live(new, old, new)
    assert not is_live(old, new)
    assert not is_live("", old, new)
    assert not is_live("\udcff\0", old, new)
    assert not is_live(old)


@pytest.mark.parametrize("told", [{"whose": "none", "secret": "right"}, {"whose": str(WHOSE), "secret": "wrong"}])
def test_whose_address_it_is(told: dict[str, str]) -> None:
    def asked(**match_info: str) -> UUID:
        return whose_address(make_mocked_request("POST", "/", match_info=match_info), "whose", lambda _: ["right"])

    assert asked(whose=str(WHOSE), secret="right") == WHOSE
    with pytest.raises(web.HTTPNotFound):
        asked(**told)
