"""What a refused request gets, by its provider's contract or without one."""

from trunkline.pbx.hooks.port import HookReply, Verdict
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.refusal import REFUSED, Refusing, refusal_of


def test_a_contract_that_says_nothing_of_it_means_403() -> None:
    silent = [one for one in PROVIDERS.values() if not isinstance(one, Refusing)]

    assert {refusal_of(one, Verdict.FORGED) for one in silent} == {REFUSED}
    assert HookReply(b"", "text/plain", 403) == REFUSED
