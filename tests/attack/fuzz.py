"""Coverage-guided fuzzing of every parser of foreign bytes, by atheris: `make fuzz`.

Each target has a process of its own (tests/attack/fuzzed.py). It begins with what tests/attack/mutations.py makes of
its samples, and fails by what it raises beside its refusals, by ten seconds for one input, or by 2 GiB. What made it
fail is kept, and belongs into tests/attack/samples.py then, so that `make test` tries it for good.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from tests.attack.mutations import mutants
from tests.attack.targets import TARGETS, Target

_SEEDS: Final = 100
_LIMITS: Final = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=65536", "-verbosity=0", "-print_final_stats=1")
_TOLD: Final = 30


def main(
    seconds: Annotated[int, typer.Option(help="for each parser")] = 20,
    only: Annotated[str, typer.Option(help="parsers whose names hold this")] = "",
    keep: Annotated[Path, typer.Option(help="where what makes one fail is written")] = Path("build/fuzz"),
) -> None:
    """Fuzz every parser of foreign bytes."""
    keep.mkdir(parents=True, exist_ok=True)
    wanted = [target for target in TARGETS if only.casefold() in target.name.casefold()]
    if not wanted:
        raise SystemExit(f"no parser's name holds {only}; there are {', '.join(target.name for target in TARGETS)}")
    failed = []
    for target in wanted:
        tried, said = _fuzzed(target, seconds, keep)
        typer.echo(f"{target.name}: {tried} inputs, {'it fell' if said else 'fine'}")
        if said:
            failed.append(target.name)
            typer.echo("\n".join(f"    {line}" for line in said))
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}; what made them fail is in {keep}")


def _fuzzed(target: Target, seconds: int, keep: Path) -> tuple[int, list[str]]:
    """How many inputs were tried, and the last lines of what it said where it fell."""
    with tempfile.TemporaryDirectory(prefix="trunkline-fuzz-") as corpus:
        for place, seed in enumerate((*target.samples, *mutants(target.samples, _SEEDS))):
            (Path(corpus) / str(place)).write_bytes(seed)
        prefix = keep / "-".join((*target.name.replace("/", " ").split(), ""))
        timed = (f"-max_total_time={seconds}", f"-artifact_prefix={prefix}")
        child = subprocess.run(
            [sys.executable, "-m", "tests.attack.fuzzed", target.name, corpus, *_LIMITS, *timed],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )  # fmt: skip
    lines = child.stdout.splitlines()
    tried = next((int(line.split()[-1]) for line in lines if "number_of_executed_units" in line), 0)
    return tried, lines[-_TOLD:] if child.returncode else []


if __name__ == "__main__":
    typer.run(main)
