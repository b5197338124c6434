"""Where to go after signing in: only ever a page of ours. No I/O here."""

from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 2000


def safe_next(target: object) -> str:
    """`target` where it is a path on this very host, else the home page.

    Browsers read `\\` as `/` and drop tabs and line ends (URL standard §4.4), so `/\\evil.example` and `/\\t/evil` lead
    away: any such character refuses the whole.
    """
    if not isinstance(target, str) or len(target) > _LONGEST or not target.startswith("/"):
        return HOME
    if target.startswith("//") or "\\" in target or any(not character.isprintable() for character in target):
        return HOME
    try:
        parts = urlsplit(target)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else target
