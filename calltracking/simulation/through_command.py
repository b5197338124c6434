"""`trunkline simulate through`: the simulated traffic before a Trunkline that runs, and what that said of its calls."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
import typer

from calltracking.simulation.mix import Mix
from calltracking.simulation.score import Score, score
from calltracking.simulation.shapes import BIN, DAY
from calltracking.simulation.street import PlayFailed, Site
from calltracking.simulation.table import COLUMNS
from calltracking.simulation.through import Played, Wires, play_through, playing_pbx, require_readable
from calltracking.simulation.traffic import Traffic, traffic
from trunkline.cli.context import fail, read_text, run

MOST_VISITS = 50_000
_MINUTES = int(BIN // 60)
_RULES = (("the server's attribution", "ours"), ("last lease", "last"))


def through(
    public: Annotated[str, typer.Argument(help="The public listener, e.g. http://127.0.0.1:8081.")],
    *,
    site: Annotated[str, typer.Option(help="The site's key.")],
    origin: Annotated[str, typer.Option(help="Of its pages, e.g. https://www.example.ru.")],
    pbx: Annotated[str, typer.Option(help="The PBX there whose AMI is this simulator.")],
    ami_port: Annotated[int, typer.Option(min=1, max=65535, help="Where it looks for that AMI, on 127.0.0.1.")],
    ami_secret_file: Annotated[Path, typer.Option(help="File with that AMI user's secret.")],
    token_file: Annotated[Path, typer.Option(help="File with an API token that has calls.read.")],
    pages: Annotated[str, typer.Option(help="The listener of pages and API.")] = "http://127.0.0.1:8080",
    placement: Annotated[str, typer.Option(help="Of the site, with a pool.")] = "main",
    visitors_per_hour: Annotated[float, typer.Option(min=0.1, max=100_000, help="On average.")] = 60,
    minutes: Annotated[int, typer.Option(min=_MINUTES, max=1440, help=f"Of traffic; whole {_MINUTES}s.")] = 60,
    speed: Annotated[
        float, typer.Option(min=1, max=100, help="Minutes of traffic in one. Above 1 it is no benchmark.")
    ] = 1,
    calls: Annotated[float, typer.Option(min=0.01, max=1, help="Calls a visit.")] = Mix().calls,
    seed: Annotated[int, typer.Option(min=0, help="Of the traffic.")] = 6,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one object, shares from 0 to 1.")] = False,
) -> None:
    """Play visitors and their calls through a Trunkline that runs here, and score what it says of them.

    They come over the wires of the world: HTTP, AMI, API. docs/accuracy.md says how to set it up and what the
    figures mean. It leaves its visits and calls there: take one for trials.
    """
    if minutes % _MINUTES:
        fail(f"--minutes: must be a multiple of {_MINUTES}")
    if visitors_per_hour * minutes / 60 > MOST_VISITS:
        fail(f"--visitors-per-hour and --minutes make over {MOST_VISITS:,} visits; take fewer of one of them")
    place = Site(_url(public, "the public listener"), site, placement, _url(origin, "--origin"))
    wires = Wires(_url(pages, "--pages"), read_text(token_file, "--token-file").strip(), pbx)
    secret = read_text(ami_secret_file, "--ami-secret-file").strip()
    made = traffic(seed, per_hour=visitors_per_hour, days=minutes * 60 / DAY, mix=Mix(calls=calls, hidden=0))
    try:
        played = run(_play(made, place, wires, ami_port, secret, speed))
    except (PlayFailed, aiohttp.ClientError, OSError, TimeoutError) as error:
        fail(str(error) or type(error).__name__)
    _tell(played, speed, as_json=as_json)


async def _play(made: Traffic, site: Site, wires: Wires, port: int, secret: str, speed: float) -> Played:
    await require_readable(wires)
    async with playing_pbx(port, secret) as exchange:
        return await play_through(made, site, wires, exchange, speed)


def _tell(played: Played, speed: float, *, as_json: bool) -> None:
    scores: dict[str, Score] = {name: score([played.run], rule) for name, rule in _RULES}
    told = {"speed": speed, "placed": played.placed, "explained": played.explained, "refused": played.refused}
    if as_json:
        typer.echo(json.dumps(told | {name: asdict(one) for name, one in scores.items()}, indent=1))
        return
    first = scores[_RULES[0][0]]
    typer.echo(f"{first.visits:,} visits, {first.calls:,} calls, {played.placed:,} of them to a number of the pool")
    for name, one in scores.items():
        typer.echo(f"{name}: " + ", ".join(f"{title} {getattr(one, field):.3f}" for field, title in COLUMNS))
    if played.placed > played.explained:
        typer.echo(f"Not told of within half a minute: {played.placed - played.explained:,} calls.")
    if played.refused:
        typer.echo("Refused: " + ", ".join(f"{what} {number:,}" for what, number in sorted(played.refused.items())))
    if speed > 1:
        typer.echo(f"At speed {speed:g} visits and delays are shorter than those the attribution was fitted on.")


def _url(text: str, name: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.path not in {"", "/"}:
        fail(f"{name}: must be http:// or https:// and a host, e.g. http://127.0.0.1:8081")
    return text.rstrip("/")
