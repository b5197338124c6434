"""Reference pages made from the code: `python -m tests.reference` writes them, tests/test_docs.py holds them."""

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from prometheus_client import REGISTRY

import trunkline.web.metrics  # noqa: F401  (registers every metric)
from trunkline.settings import ALIASES

DOCS = Path(__file__).parent.parent / "docs"
_SECTION = re.compile(r"^\[(\w+)\]$")
_SETTING = re.compile(r"^(\w+) = (.+)$")


def settings_page() -> str:
    """docs/settings.md from trunkline/default.toml: each setting, its default, its comment."""
    lines = [
        "# Settings",
        "",
        "One TOML file, named by `--config` or `TRUNKLINE_CONFIG`; each setting also as an environment variable,",
        "which wins. `trunkline check-config` tells every mistake at once. What a company edits (PBXs, lines, plan,",
        "people) is not here: it is edited in the pages and kept in the database.",
        "Of two variables of one setting the longer one wins.",
        "Made from `trunkline/default.toml`; do not edit.",
    ]
    section = ""
    comment: list[str] = []
    for line in resources.files("trunkline").joinpath("default.toml").read_text(encoding="utf-8").splitlines():
        if match := _SECTION.match(line):
            section, comment = match[1], []
            lines += ["", f"## [{section}]", "", "| setting | default | environment | |", "|---|---|---|---|"]
        elif match := _SETTING.match(line):
            short = [name for name, path in ALIASES.items() if path == f"{section}.{match[1]}"]
            variables = ", ".join(f"`{name}`" for name in [f"TRUNKLINE_{section}_{match[1]}".upper(), *short])
            lines.append(f"| `{match[1]}` | `{match[2]}` | {variables} | {' '.join(comment)} |")
            comment = []
        elif line.startswith("#"):
            comment.append(line.lstrip("# "))
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """docs/metrics.md from trunkline/web/metrics.py: each metric, its kind, labels and meaning."""
    lines = [
        "# Metrics",
        "",
        "`GET /metrics` on the private web listener, in Prometheus's text format, all processes of the machine added",
        "up. It is answered to this machine and to those with the right `operations.read`. Made from the code; do not",
        "edit.",
        "",
        "| metric | kind | labels | |",
        "|---|---|---|---|",
    ]
    own = {
        collector
        for collector, names in REGISTRY._collector_to_names.items()  # no public way lists collectors
        if any(name.startswith("trunkline_") for name in names)
    }
    rows = []
    for collector in own:
        family = next(iter(collector.describe() if hasattr(collector, "describe") else collector.collect()))
        labels = ", ".join(f"`{label}`" for label in getattr(collector, "_labelnames", ()))
        suffix = "_total" if family.type == "counter" else ""
        rows.append(f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join([*lines, *sorted(rows)]) + "\n"


PAGES: dict[str, Callable[[], str]] = {"settings.md": settings_page, "metrics.md": metrics_page}


if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
