"""What every visit is given: the statements that decide it once a day, and those that add it up.

No I/O here. Sums of a day and what a reader of some lines or departments sees of it come from the same rows, so that
they agree; whoever may not see a visit is told its share by what the conversion itself is known by (decision 326).
"""

from typing import Any, Final

from calltracking.models.crediting import OWN_WINDOWS, arguments_of, credited
from calltracking.models.model import BY_NAME, MODELS, WHOLE, Model
from calltracking.results.facts import Kept
from calltracking.results.result import By
from calltracking.results.statements import (
    ALIKE,
    PIECES,
    SURENESS,
    Seen,
    Statement,
    arguments,
    asked_sums,
    numbered,
    pieced,
)
from trunkline.db.sql import load_queries
from trunkline.reports.days import Days

_SQL: Final = load_queries("calltracking.results", "shares.sql")
_ALIKE_TEXT: Final = ", ".join(f"'{by}'" for by in ALIKE)
_ANY_MODEL: Final = -1
"""Stands for all models where they give the same."""
_ANY: Final = BY_NAME["last"]
ALL: Final = ("", *By)
"""The sum, and every kind of rows."""


def laid_shares(seen: Seen) -> list[Statement]:
    """Statements that lay aside what each model gives where they differ, after what `laid_aside` lays."""
    return [
        Statement(_SQL["lay_table"], ()),
        *(_laid(place, model, seen) for place, model in enumerate(MODELS)),
        Statement(_SQL["look_over"], ()),
    ]


def kept_shares(days: Days) -> list[Statement]:
    """Statements that keep what was laid aside, and take it up again."""
    given = {**_days(days), "zone": days.zone.key, "models": len(MODELS), "whole": WHOLE}
    texts = (_SQL["clear_shares"], _SQL["keep_shares"].replace("{sureness}", SURENESS))
    return [*(numbered(text, given) for text in texts), Statement(_SQL["take_up"], ())]


def kept_sums(days: Days) -> list[Statement]:
    """Statements that add up what is kept of these days into report_credits."""
    alike = f'(not told.parted or rows."by" in ({_ALIKE_TEXT}))'
    differ = [by for by in ALL if by not in ALIKE]
    return [
        _summed(days, _ANY, _ANY_MODEL, list(ALL), alike),
        *(_summed(days, model, place, differ, "told.parted") for place, model in enumerate(MODELS)),
    ]


def kept_sums_to(model: Model, kept: Kept, seen: Seen, by: By) -> Statement:
    """What the model gives to a reader of a part: of each kept day, and by row in all, by band."""
    days = kept.days
    more = {**_days(days), "place": _place(model), "changed": list(kept.changed)}
    given = arguments(days.since, days.until, days, seen, **more)
    told = _told("c.visit_site = any ({sites}::uuid[])", pieced(_SQL["part"]))
    return numbered(f"{told}\n{asked_sums(by)}", {**given, "by": by.value})


def _laid(place: int, model: Model, seen: Seen) -> Statement:
    text = credited(
        model,
        touches=PIECES["touches_laid"],
        conversions="select * from tracking_conversions where parted",
        reading=_SQL["lay_model"],
        back=OWN_WINDOWS,
    )
    return numbered(text, {"place": place}, arguments_of(model, seen.back.visits))


def _summed(days: Days, model: Model, stored_as: int, bys: list[str], only: str) -> Statement:
    told = _told("c.visit_site is not null", "true")
    text = pieced(_SQL["keep_sums"].replace("{told}", told).replace("{only}", only))
    return numbered(text, {**_days(days), "place": _place(model), "model": stored_as, "bys": bys})


def _told(shown: str, whose: str) -> str:
    return _SQL["told"].replace("{shown}", shown).replace("{whose}", whose)


def _place(model: Model) -> int:
    """Where an array that counts from one holds it."""
    return MODELS.index(model) + 1


def _days(days: Days) -> dict[str, Any]:
    return {"first": days.first, "after": days.after}
