"""`trunkline why CALL`: where a call went, and every rule that was looked at, in plain words."""

import os
from collections.abc import Mapping
from contextlib import closing
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from trunkline.calls.decisions import StoredDecision, decisions_of, find_call, zone_of
from trunkline.calls.explain import done, missing, title, trace_in_words
from trunkline.calls.phone import NamedKind, format_number, parse
from trunkline.calls.places import Names, queue_names
from trunkline.cli.context import Config, database, fail, run, settings_of
from trunkline.directory.reader import Directory
from trunkline.settings import Settings
from trunkline.web.i18n import LANGUAGES, SOURCE_LANGUAGE, Reader, Translations, gettext, reading


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command("why")(why)


def why(
    call: Annotated[str, typer.Argument(help="The call's id, the PBX's id of it, or a phone number (its last call).")],
    config: Config = None,
) -> None:
    """Tell why a call went where it went."""
    if not call.strip():
        fail("name a call: its id, the PBX's id of it, or the phone number it came from")
    settings = settings_of(config, level="warning")
    turns, zone = run(_turns(settings, call))
    names = _queue_names(settings)
    with reading(Reader(language_of(os.environ)), Translations(("trunkline.calls",))):
        if not turns:
            fail(gettext("Nobody asked about the call %(call)s.") % {"call": call})
        for line in story(turns, zone, names):
            typer.echo(line)


def language_of(environ: Mapping[str, str]) -> str:
    """The language the terminal speaks: LC_ALL, LC_MESSAGES or LANG; English when it is none of ours."""
    spoken = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    language = spoken.partition("_")[0].lower()
    return language if language in LANGUAGES else SOURCE_LANGUAGE


def story(turns: list[StoredDecision], zone: ZoneInfo, names: Names = str) -> list[str]:
    """The lines that tell the call's turns; times by the clock of `zone`; `names` are those of queues."""
    first = turns[0]
    about = {"caller": _shown(first.caller), "line": _shown(first.line), "pbx": first.pbx, "id": first.linkedid}
    lines = [gettext("%(caller)s called %(line)s (PBX %(pbx)s, %(id)s)") % about]
    if first.caller_name:
        lines.append(gettext("Known as: %(name)s") % {"name": first.caller_name})
    for turn in turns:
        lines += ["", *_turn_lines(turn, zone, names)]
    return lines


def _turn_lines(turn: StoredDecision, zone: ZoneInfo, names: Names) -> list[str]:
    at = turn.at.astimezone(zone)
    said = f" [{turn.status or turn.digits}]" if turn.status or turn.digits else ""
    lines = [f"{at:%Y-%m-%d %H:%M:%S} {zone.key}  {turn.turn}.{said} {done(turn, names)}  ({title(turn.rule)})"]
    lines += [f"    {_mark(matched)} {name}: {why_so}" for name, matched, why_so in trace_in_words(turn.trace, names)]
    lines += [f"    ! {part}" for part in missing(turn.degraded)]
    if turn.advised:
        lines.append("    " + gettext("Advised: %(done)s") % {"done": done(turn.advised, names)})
        advised = trace_in_words(turn.advised.trace, names)
        lines += [f"        {_mark(hit)} {name}: {why_so}" for name, hit, why_so in advised]
    return lines


def _mark(matched: bool) -> str:
    return "✓" if matched else "·"


def _shown(number: str) -> str:
    known = parse(number)
    return number or "—" if isinstance(known, NamedKind) else format_number(known)


def _queue_names(settings: Settings) -> Names:
    """From the directory's file; without one that may be read, queues are called as the PBX calls them."""
    try:
        with closing(Directory.open(settings.data_dir / "directory")) as directory:
            return queue_names(directory.head)
    except OSError:
        return str


async def _turns(settings: Settings, call: str) -> tuple[list[StoredDecision], ZoneInfo]:
    """The turns, and the zone of the plan that answered: its sentences tell the time there."""
    usual = ZoneInfo(settings.web.timezone)
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        call_id = await find_call(connection, call)
        turns = await decisions_of(connection, call_id) if call_id else []
        return turns, (await zone_of(connection, turns[0].plan) if turns else None) or usual
