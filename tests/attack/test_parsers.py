"""No parser of foreign bytes does anything with bytes that it cannot read but say so, and in time."""

import pytest

from tests.attack.mutations import endless, mutants
from tests.attack.targets import TARGETS, Target

_MUTANTS = 300
_LENGTH = 1 << 17

each = pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
# openpyxl warns of what it leaves out of a workbook.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def refuses(target: Target, data: bytes) -> bool:
    """Whether it says that it cannot read them; what else it raises is the test's failure."""
    try:
        target.read(data)
    except target.refusals:
        return True
    return False


@each
def test_it_reads_what_it_is_there_for(target: Target) -> None:
    assert not all(refuses(target, sample) for sample in target.samples)


@each
def test_it_reads_or_refuses(target: Target) -> None:
    for data in mutants(target.samples, _MUTANTS):
        refuses(target, data)


@pytest.mark.timeout(20)  # each takes a tenth of a second, and hours where its work grows with a power of the length
@each
def test_it_comes_to_an_end(target: Target) -> None:
    if target.in_child:
        return
    for data in endless(target.samples, _LENGTH):
        refuses(target, data)
