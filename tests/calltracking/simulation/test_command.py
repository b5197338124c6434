"""`trunkline simulate calltracking`: what it prints, and how it refuses."""

import json

import pytest
from typer.testing import CliRunner

from trunkline.app.command import application

SMALL = ["simulate", "calltracking", "--seeds", "1", "--days", "1", "--numbers", "10"]


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(application, arguments)
    return done.exit_code, done.output + (str(done.exception) if isinstance(done.exception, SystemExit) else "")


def test_prints_every_policy() -> None:
    code, text = run(*SMALL)

    assert code == 0
    for words in ("trunkline, attribution", "trunkline, last lease", "hard, last lease", "sites, last lease", "ECE"):
        assert words in text


def test_json_is_for_programs() -> None:
    code, text = run(*SMALL, "--policy", "trunkline", "--json")
    told = json.loads(text)

    assert code == 0
    assert [line["rule"] for line in told["lines"]] == ["ours", "last"]
    assert told["setup"]["numbers"] == 10


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seeds", "x"], "--seeds: 'x' is no seed; write 6-20, or 1,2,5"),
        (["--seeds", "9-3"], "--seeds: 9-3 should go upwards"),
        (["--policy", "magic"], "--policy: 'magic' is none of trunkline, hard, random, recent, sites"),
        (["--numbers", "2"], "--sites: 5 sites cannot each have one of 2 numbers"),
        (["--visitors-per-hour", "90000", "--days", "300"], "take fewer of one of them"),
        (["--shape", "round"], "--shape"),
    ],
)
def test_refuses_in_words(more: list[str], message: str) -> None:
    code, text = run(*SMALL, *more)

    assert code != 0
    assert message in text
