"""Where the embedded servers of a data directory are to be reached; any process that may read the key can tell."""

import hashlib
import hmac
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

DATABASE = "trunkline"
CLUSTER = "postgres"
POSTGRES_PORT = 5432  # only names the socket file; nothing listens on TCP
_LONGEST_SOCKET_FOLDER = 80


def cluster_made(data_dir: Path) -> bool:
    """Whether the embedded PostgreSQL of `data_dir` was ever started: its cluster appears whole or not at all."""
    return (data_dir / CLUSTER / "PG_VERSION").exists()


def postgres_url(data_dir: Path, key: bytes) -> str:
    """The URL of the embedded PostgreSQL's database."""
    folder = quote(str(socket_folder(data_dir)), safe="")
    return f"postgresql://{DATABASE}:{postgres_password(key)}@/{DATABASE}?host={folder}&port={POSTGRES_PORT}"


def valkey_url(data_dir: Path) -> str:
    """The URL of the embedded Valkey."""
    return f"unix://{socket_folder(data_dir) / 'valkey.sock'}"


def postgres_password(key: bytes) -> str:
    """Derived, so that it is kept nowhere."""
    return hmac.digest(key, b"embedded postgres", "sha256").hex()


def socket_folder(data_dir: Path) -> Path:
    """`run/` of the data directory, or a short twin where that path would exceed a Unix socket's 107 bytes."""
    folder = data_dir / "run"
    if len(str(folder)) < _LONGEST_SOCKET_FOLDER:
        return folder
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"trunkline-{os.geteuid()}-{digest}"
