"""`python -m bench [PREFIX]`: run the rows whose names begin so, print a table, write build/bench.json.

A module of this folder that has `ROWS` (the names it measures) and `measure(context, wanted)` takes part.
"""

import argparse
import importlib
import json
import pkgutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.table import Table

import bench
from bench.figures import Context, Figure

OUTPUT = Path("build/bench.json")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("prefix", nargs="?", default="")
    arguments = parser.parse_args()
    figures = []
    console = Console(width=140)
    for module, wanted in _chosen(arguments.prefix):
        with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
            # The embedded servers run as another user when we are root.
            Path(folder).chmod(0o711)
            for figure in module.measure(Context(folder=Path(folder)), wanted):
                figures.append(figure)
                console.print(_line(figure))
                _write(figures)
    if not figures:
        sys.exit(f"no row begins with {arguments.prefix!r}")
    console.print(_table(figures))


def _chosen(prefix: str) -> Iterator[tuple[ModuleType, frozenset[str]]]:
    for entry in pkgutil.iter_modules(bench.__path__):
        if entry.name.startswith("_"):
            continue
        module = importlib.import_module(f"bench.{entry.name}")
        wanted = frozenset(name for name in getattr(module, "ROWS", ()) if name.startswith(prefix))
        if wanted:
            yield module, wanted


def _line(figure: Figure) -> str:
    told = [
        f"{name} {value:.4g}"
        for name, value in (("baseline", figure.baseline), ("ratio", figure.ratio))
        if value is not None
    ]
    beside = f" ({', '.join(told)})" if told else ""
    verdict = "holds" if figure.holds else "FALLS SHORT"
    return f"{figure.name}: {figure.value:.4g} {figure.unit}{beside}; goal {figure.goal}: {verdict}"


def _table(figures: list[Figure]) -> Table:
    table = Table("name", "value", "unit", "baseline", "ratio", "goal", "holds", "rounds")
    for figure in figures:
        numbers = ("" if number is None else f"{number:.4g}" for number in (figure.baseline, figure.ratio))
        verdict = "yes" if figure.holds else "NO"
        table.add_row(
            figure.name, f"{figure.value:.4g}", figure.unit, *numbers, figure.goal, verdict, str(figure.rounds)
        )
    return table


def _write(figures: list[Figure]) -> None:
    """Rows of this run; rows of earlier runs that it did not measure stay."""
    OUTPUT.parent.mkdir(exist_ok=True)
    kept = json.loads(OUTPUT.read_text()) if OUTPUT.exists() else []
    names = {figure.name for figure in figures}
    rows = [row for row in kept if row["name"] not in names] + [asdict(figure) for figure in figures]
    OUTPUT.write_text(json.dumps(sorted(rows, key=lambda row: str(row["name"])), indent=1) + "\n")


if __name__ == "__main__":
    main()
