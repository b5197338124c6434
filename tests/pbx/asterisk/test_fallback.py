"""The fallback's two files: what is in them, and what never is."""

import pytest

from trunkline.pbx.asterisk.fallback import Format, render
from trunkline.pbx.fallback import Fallback, is_safe

FALLBACK = Fallback(
    lines={"+74951234567": "queue:400", "+74957654321": "extension:110"},
    own=frozenset({"+74957654321"}),
    callers={"+79160000001": "queue:production"},
)


def test_dialplan() -> None:
    assert render(FALLBACK, Format.dialplan, "today") == (
        "; Written by Trunkline, today. Do not edit: it is written anew when something changes.\n"
        "\n[trunkline-did]\n"
        "exten => 74951234567,1,Return(queue:400)\n"
        "exten => 74957654321,1,Return(extension:110:own)\n"
        "\n[trunkline-caller]\n"
        "exten => 79160000001,1,Return(queue:production)\n"
    )


def test_commands_begin_by_forgetting() -> None:
    assert render(FALLBACK, Format.astdb, "today").splitlines() == [
        "database deltree trunkline-did",
        "database put trunkline-did 74951234567 queue:400",
        "database put trunkline-did 74957654321 extension:110:own",
        "database deltree trunkline-caller",
        "database put trunkline-caller 79160000001 queue:production",
    ]


def test_what_was_left_out_is_told_harmlessly() -> None:
    bad = Fallback(left_out={"+74951234567": "queue:a;-- b\n[x]"})

    _, second, *rest = render(bad, Format.dialplan, "today").splitlines()

    assert second == "; 74951234567 left out: queue:a?-- b??x? cannot stand in a dialplan"
    assert [line for line in rest if line.startswith("exten")] == []


@pytest.mark.parametrize(
    ("place", "safe"),
    [
        ("queue:400", True),
        ("targets:101-102", True),
        ("number:+74951234567", True),
        ("reject", True),
        ("queue:a b", False),
        ("queue:a,1", False),
        ("queue:${X}", False),
        ("queue:a;b", False),
        ("queue:a:own", False),
        ("queue:a\n", False),
        ("queue:", False),
    ],
)
def test_places_that_may_stand_in_a_dialplan(place: str, safe: bool) -> None:
    assert is_safe(place) is safe
