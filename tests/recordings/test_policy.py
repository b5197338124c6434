"""Which recordings are written down."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.policy import Rule, Talk, Verdict, decide
from recordings.transcript import TextStop
from trunkline.errors import SettingsError
from trunkline.settings import load

_ID = UUID(int=49)  # 49 of a hundred are drawn before it
_LINE = "+74951234567"


@pytest.mark.parametrize(
    ("rules", "direction", "line", "seconds", "verdict"),
    [
        (["all least=60"], "in", _LINE, 60.0, None),
        (["all least=60"], "in", _LINE, 59.9, TextStop.SHORT),
        (["all"], "in", _LINE, 59.9, TextStop.SHORT),
        (["all least=0"], "", "", 0.1, None),
        ([], "in", _LINE, 600.0, TextStop.POLICY),
        (["out"], "in", _LINE, 600.0, TextStop.POLICY),
        (["internal none", "all"], "internal", "", 600.0, TextStop.POLICY),
        (["internal none", "all"], "out", "", 600.0, None),
        (["in line=+74951234567 least=5", "all none"], "in", _LINE, 6.0, None),
        (["in line=+74951234567 least=5", "all none"], "in", "+74950000000", 6.0, TextStop.POLICY),
        (["all sample=50"], "in", _LINE, 600.0, None),
        (["all sample=49"], "in", _LINE, 600.0, TextStop.POLICY),
        (["in sample=0", "all"], "in", _LINE, 600.0, TextStop.POLICY),  # the first that fits decides
    ],
)
def test_the_first_rule_that_fits_decides(
    rules: list[str], direction: str, line: str, seconds: float, verdict: TextStop | None
) -> None:
    found = decide([Rule.read(rule) for rule in rules], Talk(_ID, direction, line, seconds))

    assert found.stop is verdict
    assert found.told in {*rules, "no rule fits it"}


@given(st.uuids(version=4), st.integers(0, 100), st.integers(0, 100))
def test_a_larger_sample_holds_the_smaller(recording: UUID, one: int, other: int) -> None:
    few, many = sorted((one, other))

    def drawn(sample: int) -> Verdict:
        return decide([Rule.read(f"all sample={sample}")], Talk(recording, "in", "", 600.0))

    assert drawn(few) == drawn(few)
    assert drawn(few).stop is not None or drawn(many).stop is None
    assert drawn(100).stop is None
    assert drawn(0).stop is TextStop.POLICY


@pytest.mark.parametrize(
    "rule", ["everything", "all least=sixty", "in line=84951234567", "all sample=101", "all none 5"]
)
def test_what_is_no_rule_is_refused_with_one_that_is(rule: str) -> None:
    with pytest.raises(SettingsError, match=r"recordings.text.*must be rules such as"):
        load(None, {"TRUNKLINE_RECORDINGS_TEXT": f"in, {rule}"})
