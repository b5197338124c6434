"""The tree of our errors; it knows no HTTP (trunkline/web/middlewares.py maps it to statuses).

TrunklineError
├── SettingsError        the settings file or the environment is wrong; every mistake at once
├── EmbeddedServerError  PostgreSQL or Valkey of ours cannot be started
│   └── AlreadyRunning   another process owns the data directory
├── DatabaseUnfit        the database cannot hold our data rightly (locale, version, schema)
├── SpoolFull            the spool has reached its cap; nothing more is accepted
├── DirectoryUnusable    the packed directory is absent, cut or damaged
├── InvalidInput         what a person or program sent; names the field
├── NotFound             the thing named does not exist or may not be seen
├── Forbidden            known who asks, and he may not
└── Overloaded           more waits than this machine can do in time; a later try may succeed
"""

from dataclasses import dataclass


class TrunklineError(Exception):
    """Something Trunkline foresaw went wrong."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in one place: `path` says where (`limits.spool_mb`), `message` what would be right."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class SettingsError(TrunklineError):
    """The settings are wrong."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class EmbeddedServerError(TrunklineError):
    """PostgreSQL or Valkey of ours cannot be started."""


class AlreadyRunning(EmbeddedServerError):
    """Another process owns the data directory."""


class DatabaseUnfit(TrunklineError):
    """The database cannot hold our data rightly."""


class SpoolFull(TrunklineError):
    """The spool has reached its cap; nothing more is accepted."""


class DirectoryUnusable(TrunklineError):
    """The packed directory is absent, cut or damaged."""


class InvalidInput(TrunklineError):
    """What was sent is wrong; `mistakes` name each field and what would be right."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("; ".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class NotFound(TrunklineError):
    """The thing named does not exist or may not be seen."""


class Forbidden(TrunklineError):
    """Known who asks, and he may not."""


class Overloaded(TrunklineError):
    """More waits than this machine can do in time; a try in `again` seconds may succeed."""

    def __init__(self, message: str, again: int = 60) -> None:
        super().__init__(message)
        self.again = again
