"""`trunkline simulate calltracking`: how right a pool of numbers would be, beside the policies vendors document."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from calltracking.attribution.parameters import shipped
from calltracking.simulation.mix import Mix
from calltracking.simulation.playing import Setup
from calltracking.simulation.policies import POLICIES, PolicyName
from calltracking.simulation.shapes import Shape
from calltracking.simulation.table import COLUMNS, Line, legend, lines, markdown, plain
from calltracking.simulation.through_command import through
from trunkline.cli.context import fail

app = typer.Typer(
    help="Play made-up traffic with a known truth, and score what we would have said.", no_args_is_help=True
)

MOST_SEEDS = 1_000
MOST_VISITS_A_SEED, MOST_VISITS = 2_000_000, 20_000_000


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.add_typer(app, name="simulate")


@app.callback()
def _simulate() -> None:
    """Play made-up traffic with a known truth, and score what we would have said."""


app.command("through")(through)


@app.command("calltracking")
def calltracking(
    *,
    numbers: Annotated[int, typer.Option(min=1, max=10_000, help="Numbers of the pool.")] = 50,
    visitors_per_hour: Annotated[float, typer.Option(min=0.1, max=100_000, help="On average over the day.")] = 60,
    shape: Annotated[Shape, typer.Option(help="How visitors come over the day.")] = "flat",
    policy: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(POLICIES)}; repeat for several. All, if left out.")
    ] = None,
    hold: Annotated[float, typer.Option(min=0, max=10_080, help="Minutes a number rests after its visitor.")] = 5,
    seeds: Annotated[str, typer.Option(help="As 6-20, or 1,2,5. The shipped figures were fitted on 1-5.")] = "6-20",
    days: Annotated[float, typer.Option(min=1, max=366, help="Of each seed.")] = 30,
    sites: Annotated[int, typer.Option(min=1, max=1_000, help="Sites that share the numbers.")] = 5,
    strangers: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of the calls by people who never saw a page.")
    ] = 0,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The table as docs/accuracy.md has it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one object, shares from 0 to 1.")] = False,
) -> None:
    """Coverage, precision, risky reuse and calibration of a pool, beside the policies vendors document.

    The same arguments print the same figures on any machine. docs/accuracy.md explains every column and what the
    simulated visitors are like.
    """
    chosen = seeds_of(seeds)
    _bound(visitors_per_hour * 24 * days, len(chosen))
    setup = Setup(
        numbers=numbers, per_hour=visitors_per_hour, shape=shape, hold_minutes=hold, sites=sites, days=days,
        mix=Mix(strangers=strangers),
    )  # fmt: skip
    policies = _policies(policy or [])
    if "sites" in policies and sites > numbers:
        fail(f"--sites: {sites} sites cannot each have one of {numbers} numbers; take --policy without sites, or fewer")
    found = _played(setup, policies, chosen, quiet=as_json or as_markdown)
    if as_json:
        typer.echo(json.dumps(_object(setup, chosen, found), indent=1))
    elif as_markdown:
        typer.echo("\n".join(markdown(found)))
    else:
        _print(setup, chosen, found)


def _bound(a_seed: float, seeds: int) -> None:
    """End the command where it would play more visits than memory and patience hold."""
    if a_seed > MOST_VISITS_A_SEED or a_seed * seeds > MOST_VISITS:
        fail(
            f"--seeds, --days and --visitors-per-hour make over {MOST_VISITS_A_SEED:,} visits a seed or "
            f"{MOST_VISITS:,} in all; take fewer of one of them"
        )


def seeds_of(text: str) -> list[int]:
    """`6-20` or `1,2,5` or both; ends the command where it is neither."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() if dash else True)):
            fail(f"--seeds: {part.strip() or text!r} is no seed; write 6-20, or 1,2,5")
        begin, end = int(first), int(last or first)
        if end < begin or end - begin >= MOST_SEEDS:
            fail(f"--seeds: {part.strip()} should go upwards, over at most {MOST_SEEDS} seeds")
        found += range(begin, end + 1)
    return list(dict.fromkeys(found))[:MOST_SEEDS]


def _policies(names: list[str]) -> tuple[PolicyName, ...]:
    for name in names:
        if name not in POLICIES:
            fail(f"--policy: {name!r} is none of {', '.join(POLICIES)}")
    return tuple(policy for policy in POLICIES if not names or policy in names)


def _played(setup: Setup, policies: tuple[PolicyName, ...], seeds: list[int], *, quiet: bool) -> list[Line]:
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as shown:
        task = shown.add_task("Simulating", total=len(policies) * len(seeds))
        return list(lines(setup, policies, seeds, played=lambda: shown.advance(task)))


def _object(setup: Setup, seeds: list[int], found: list[Line]) -> dict[str, object]:
    told = asdict(setup)
    del told["policy"], told["signals"]
    return {"setup": told, "seeds": seeds, "fitted": shipped().provenance, "lines": plain(found)}


def _print(setup: Setup, seeds: list[int], found: list[Line]) -> None:
    first = found[0].score
    typer.echo(
        f"{setup.numbers} numbers, {setup.per_hour:g} visitors an hour ({setup.shape}), hold {setup.hold_minutes:g}"
        f" min, {len(seeds)} seeds of {setup.days:g} days: {first.visits:,} visits, {first.calls:,} calls"
    )
    table = Table(Column("policy", no_wrap=True), *(title for _, title in COLUMNS))
    for line in found:
        table.add_row(line.name, *(f"{getattr(line.score, field):.3f}" for field, _ in COLUMNS))
    Console(width=max(Console().width, 112)).print(table)
    for text in legend(found):
        typer.echo(text)
    typer.echo("A rule without a confidence counts as sure of every call: its ECE is its share of wrong ones.")
