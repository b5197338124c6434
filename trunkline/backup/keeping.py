"""The key a backup carries: put in place where there is none, refused where another is. It seals every secret, and the
embedded PostgreSQL's password is made of it, so it must lie there before that is first started.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trunkline.backup.archive import Manifest, read_key
from trunkline.crypto import keep_key
from trunkline.embedded.addresses import cluster_made
from trunkline.errors import InvalidInput, Mistake
from trunkline.settings import Settings


@contextmanager
def key_in_place(settings: Settings, file: Path, manifest: Manifest) -> Iterator[bool]:
    """Whether the backup's key was put in place, for the restore within; one that fails leaves none behind.

    Raises InvalidInput where the installation has another key, before anything is touched.
    """
    if not manifest.with_key:
        yield False
        return
    key = read_key(file)
    if settings.secrets.key or settings.key_file.exists():
        if settings.secret_key() != key:
            raise InvalidInput(Mistake(str(file), _other_key(settings, file)))
        yield False
        return
    made_before = cluster_made(settings.data_dir)
    keep_key(settings.key_file, key)
    try:
        yield True
    except BaseException:
        # A cluster made meanwhile has its password from this key.
        if made_before or not cluster_made(settings.data_dir):
            settings.key_file.unlink(missing_ok=True)
        raise


def told_of_keys(settings: Settings, manifest: Manifest, *, placed: bool) -> Iterator[str]:
    """What a person must know of the key after a restore."""
    if placed:
        yield f"The backup's key was put in place: {settings.key_file}. Keep a copy of it in another place."
    fingerprint = settings.secret_box().fingerprint()
    if manifest.key_fingerprint and manifest.key_fingerprint != fingerprint:
        where = "secrets.key of the settings" if settings.secrets.key else settings.key_file
        again = "" if settings.database.url else f"move all of {settings.data_dir} away, "
        yield (
            f"The backup was made with another key than {where}: passwords and other secrets in it cannot be opened. "
            f"To have them, {again}put the key of the original there, and restore again; "
            "or give each again: `trunkline doctor` names them."
        )


def _other_key(settings: Settings, file: Path) -> str:
    """What to do; --replace throws away data, never a key: what another database holds may be sealed with it."""
    embedded = not settings.database.url and cluster_made(settings.data_dir)
    if settings.secrets.key:
        beside = f" with an empty data_dir (now {settings.data_dir})" if embedded else ""
        return (
            "carries another key than secrets.key of the settings, and --replace replaces no key; "
            f"set that to what `tar -xOf {file} secret.key` prints, and restore again{beside}"
        )
    away = f"all of {settings.data_dir}" if embedded else "that file"
    return (
        f"carries another key than {settings.key_file}, and --replace replaces no key; "
        f"move {away} away, and restore again"
    )
