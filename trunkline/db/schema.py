"""The whole schema as one file for readers: what all migrations together make, written by PostgreSQL itself."""

import os
import re
import subprocess
from importlib import resources

from trunkline.db.programs import client_environment, client_program

_NOISE = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)$")


def dump_schema(url: str) -> str:
    """The schema of the database of `url`, without monthly partitions, comments of the dump and session settings."""
    done = subprocess.run(
        [
            *(client_program("pg_dump"), "--schema-only", "--no-owner", "--no-privileges"),
            *("--exclude-table=*_20[0-9][0-9]_[01][0-9]", "--exclude-table=migrations"),
        ],
        env={**os.environ, **client_environment(url)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line for line in done.stdout.splitlines() if not _NOISE.match(line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def kept_schema() -> str:
    """What trunkline/db/schema.sql says."""
    return resources.files("trunkline.db").joinpath("schema.sql").read_text(encoding="utf-8")
