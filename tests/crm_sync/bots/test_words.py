"""Whatever a bot says it can say in the company's language: by the catalogs of who says it."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from crm_sync.bots import hearing
from trunkline.app import worker
from trunkline.web.i18n import Translations

ROOT: Final = Path(__file__).parents[3]
BOTS: Final = sorted((ROOT / "crm_sync" / "bots").rglob("*.py"))
HEARD: Final = [*BOTS, ROOT / "trunkline/presence/change.py", ROOT / "trunkline/spam/words.py"]
"""Who hears people tells them what these say of a command too."""


def sentences(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="_" | "gettext" | "mark"), args=[ast.Constant(value=str(sentence)), *_]):
                yield sentence


@pytest.mark.parametrize(
    ("catalogs", "paths"), [(worker.TRANSLATED, BOTS), (hearing.TRANSLATED, HEARD)], ids=["worker", "ear"]
)
def test_each_sentence_is_in_a_catalog_that_is_loaded(catalogs: Sequence[str], paths: Sequence[Path]) -> None:
    spoken = Translations(catalogs).spoken("ru")
    said = {sentence for path in paths for sentence in sentences(path)}
    assert len(said) > 50
    assert {one for one in said if spoken.gettext(one) == one} == set()
