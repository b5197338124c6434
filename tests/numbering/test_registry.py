"""Three layouts of one table, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.numbering.files import DATA, LAYOUT_2020, LAYOUT_ABC, OF_2020, OF_2023, OF_2026
from trunkline.contacts.rows import Problem
from trunkline.errors import InvalidInput
from trunkline.numbering.region import RegionKind
from trunkline.numbering.registry import Entry, NumberRange, decoded, merged, read_entries, without_overlaps
from trunkline.numbering.subjects import Place

KRASNODAR, ROSTOV = Place(RegionKind.SUBJECT, ("23",)), Place(RegionKind.SUBJECT, ("61",))


def entries(text: str) -> list[Entry]:
    return [found for found in read_entries(text.split("\n")) if isinstance(found, Entry)]


def refused(text: str) -> list[Problem]:
    return [found for found in read_entries(text.split("\n")) if isinstance(found, Problem)]


@pytest.mark.parametrize(
    ("header", "line", "region"),
    [
        (OF_2020, '900;0000000;0061999;62000;ООО "Т2 Мобайл";Краснодарский край', KRASNODAR),
        (OF_2023, '900;0;61999;62000;"ООО ""Т2 Мобайл""";Краснодарский край;7743895280', KRASNODAR),
        (OF_2026, '900;0000000;0061999;62000;ООО "Т2 Мобайл";-;Краснодарский край;7743895280', KRASNODAR),
        (OF_2026, '900;0;61999;62000;ООО "Т2 Мобайл";Ростовская обл.;Краснодарский край;7743895280', ROSTOV),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_one_range_in_every_layout(header: str, line: str, region: Place, encoding: str, ending: str) -> None:
    (entry,) = entries(decoded(f"{header}{ending}{line}{ending}".encode(encoding)))

    assert entry.range == NumberRange(9_000_000_000, 9_000_061_999, region, 'ООО "Т2 Мобайл"')
    assert (entry.line, entry.problems) == (2, ())


def test_the_layout_of_2020_and_the_abc_files() -> None:
    assert [entry.range.place.subjects for entry in entries(decoded(LAYOUT_2020))] == [
        ("23",), ("61",), ("75",), ("50", "77"),
    ]  # fmt: skip
    assert [entry.range.place.kind for entry in entries(decoded(LAYOUT_ABC))] == [
        RegionKind.BAIKONUR,
        RegionKind.NATIONWIDE,
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("900;0;999;1000;МТС", "has 5 columns, the first line has 6"),
        ("90;0;999;1000;МТС;Томская обл.", "АВС/ DEF '90' is no code of three digits"),
        ("900;x;999;1000;МТС;Томская обл.", "От 'x' is no number of up to seven digits"),
        ("900;0;12345678;1000;МТС;Томская обл.", "До '12345678' is no number of up to seven digits"),
        ("900;999;0;1000;МТС;Томская обл.", "0 is below От 999"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_the_rest_goes_in(line: str, message: str) -> None:
    text = f"{OF_2020}\n900;1000;1999;1000;МТС;Томская обл.\n\n{line}\n900;2000;2999;1000;МТС;Томская обл.\n"

    assert [(problem.line, problem.message, problem.refused) for problem in refused(text)] == [(4, message, True)]
    assert [entry.range.first for entry in entries(text)] == [9_000_001_000, 9_000_002_000]


def test_a_lone_quotation_mark_swallows_nothing() -> None:
    text = f'{OF_2020}\n900;0;999;1000;"МТС;Томская обл.\n900;1000;1999;1000;МТС;Омская обл.\n'

    assert [(entry.range.operator, entry.range.place.subjects) for entry in entries(text)] == [
        ("МТС", ("70",)),
        ("МТС", ("55",)),
    ]


def test_an_odd_line_goes_in_with_a_note() -> None:
    (entry,) = entries(f"{OF_2020}\n900;0;999;7;МТС;Атлантида\n")

    assert entry.range == NumberRange(9_000_000_000, 9_000_000_999, Place(RegionKind.UNKNOWN), "МТС")
    assert [(problem.column, problem.refused) for problem in entry.problems] == [("Емкость", False), ("Регион", False)]


@pytest.mark.parametrize("text", ["", "\n", "name;phone\nАнна;+79161234567\n", "\0\0\0"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no numbering registry"):
        list(read_entries(text.split("\n")))


def test_of_two_that_overlap_the_later_line_is_refused() -> None:
    text = (
        f"{OF_2020}\n900;5000;5999;1000;МТС;Омская обл.\n900;0;5000;5001;МТС;Омская обл.\n"
        "900;6000;6999;1000;МТС;Омская обл.\n900;6999;7999;1001;МТС;Омская обл.\n"
    )
    kept, problems = without_overlaps(entries(text))

    assert [entry.line for entry in kept] == [2, 4]
    assert [(problem.line, problem.message) for problem in problems] == [
        (3, "overlaps the range of line 2"),
        (5, "overlaps the range of line 4"),
    ]


def test_neighbours_of_one_place_and_operator_are_one() -> None:
    text = (
        f"{OF_2020}\n899;9999000;9999999;1000;МТС;Омская обл.\n900;0;999;1000;МТС;Омская обл.\n"
        "900;1000;1999;1000;МТС;Омская обл.\n900;2000;2999;1000;Т2;Омская обл.\n900;4000;4999;1000;Т2;Омская обл.\n"
    )

    assert [(found.first, found.last) for found in merged(entries(text))] == [
        (8_999_999_000, 8_999_999_999),
        (9_000_000_000, 9_000_001_999),
        (9_000_002_000, 9_000_002_999),
        (9_000_004_000, 9_000_004_999),
    ]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12), st.sampled_from(("МТС", "Т2"))), max_size=25))
def test_what_is_kept_covers_the_same_numbers_once(ranges: list[tuple[int, int, str]]) -> None:
    lines = [f"900;{first};{first + length};;{operator};Омская обл." for first, length, operator in ranges]
    kept, problems = without_overlaps(entries("\n".join([OF_2020, *lines])))
    owner: dict[int, str] = {}
    for entry in kept:
        for number in range(entry.range.first, entry.range.last + 1):
            assert number not in owner
            owner[number] = entry.range.operator
    again = {n: found.operator for found in merged(kept) for n in range(found.first, found.last + 1)}

    assert again == owner
    assert len(kept) + len(problems) == len(ranges)


@given(st.binary(max_size=400))
def test_any_bytes_are_entries_or_told_wrong(data: bytes) -> None:
    for found in read_entries([OF_2026, *decoded(data).split("\n")]):
        assert isinstance(found, Entry | Problem)


@pytest.mark.skipif(not DATA.is_dir(), reason="TRUNKLINE_TEST_DATA has no folder numbering")
@pytest.mark.parametrize(
    ("name", "lines", "numbers"),
    [("DEF-9xx-2023.csv", 9_677, 627_670_533), ("DEF-9xx-2026.csv", 17_059, 706_567_081)],
)
def test_the_registry_itself(name: str, lines: int, numbers: int) -> None:
    found = list(read_entries(decoded((DATA / name).read_bytes()).split("\n")))
    kept, overlaps = without_overlaps([entry for entry in found if isinstance(entry, Entry)])

    assert (len(found), len(kept), overlaps) == (lines, lines, [])
    assert [entry for entry in kept if entry.problems] == []
    assert sum(each.size for each in merged(kept)) == numbers
