"""Named SQL: each `queries.sql` holds statements under `-- name:` lines, so that editors and psql can read them."""

import re
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


def load_queries(package: str, file: str = "queries.sql") -> Mapping[str, str]:
    """Statements of `package`'s `file` by name; a doubled name or an empty statement is an error."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    queries: dict[str, str] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        statement = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
        if name in queries or not statement:
            raise ValueError(f"{package}/{file}: {name} is {'there twice' if name in queries else 'empty'}")
        queries[name] = statement.rstrip(";")
    return MappingProxyType(queries)
