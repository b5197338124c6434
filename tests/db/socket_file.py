"""Where the test's PostgreSQL listens: ours on a socket file alone, and so the one of `scripts/with-postgres-15`."""

from urllib.parse import parse_qs, urlsplit


def socket_file(url: str) -> str:
    """The path of its socket; 5432 where `url` names no port, as for libpq."""
    asked = parse_qs(urlsplit(url).query)
    return f"{asked['host'][0]}/.s.PGSQL.{asked.get('port', ['5432'])[0]}"
