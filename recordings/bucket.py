"""A bucket of an S3-compatible store, by the settings `recordings.s3_*`, and what its errors mean.

Nothing of Amazon's environment variables is taken: two installations on a machine would share them. Single deletes,
as not every store knows the other kind.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from obstore.store import S3Store

from trunkline.settings import Recordings

_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
_LONGEST: Final = 300
_RIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NoSuchBucket": "there is no such bucket: make it, or mend recordings.s3_bucket",
        "InvalidAccessKeyId": "it does not know the key: mend recordings.s3_key_id",
        "SignatureDoesNotMatch": "the secret is not that of the key: mend recordings.s3_secret",
        "AccessDenied": "the key may not do this: it has to list the bucket, and to get, put and delete what is in it",
        "AuthorizationHeaderMalformed": "the bucket is in another region: mend recordings.s3_region",
        "PermanentRedirect": "the bucket is in another region: mend recordings.s3_region and s3_endpoint",
        "InsufficientCapacity": "the store is full",
        "QuotaExceeded": "the store is full",
        "XMinioStorageFull": "the store is full",
    }
)
"""Of the codes of errors of S3 (Amazon S3 API reference, Error responses) those that somebody can put right."""


def bucket_of(settings: Recordings) -> S3Store:
    """The bucket; nothing is asked of it yet. It is given up after some 10 s, or a minute in which nothing comes."""
    credentials = {
        "access_key_id": settings.s3_key_id,
        "secret_access_key": settings.s3_secret,
        "token": None,
        "expires_at": None,
    }
    return S3Store(
        settings.s3_bucket,
        prefix=settings.s3_prefix or None,
        config={
            "aws_endpoint_url_s3": _address_of(settings),
            "region": settings.s3_region,
            "virtual_hosted_style_request": not settings.s3_path_style,
            "disable_bulk_delete": True,
            "skip_signature": False,
        },
        client_options={
            "allow_http": settings.s3_endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=3),
            "timeout": timedelta(seconds=60),
        },
        retry_config={
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=10),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
        },
        credential_provider=lambda: credentials,  # type: ignore[arg-type]  # a plain dict is what it takes
    )


def code_of(error: BaseException) -> str:
    """The code S3 gave with an error; empty where it gave none, as to every HEAD."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def told_by(error: BaseException) -> str:
    """What an error of the bucket means, in a line: its own text is many, with what was asked in them."""
    code = code_of(error)
    if code in _RIGHT:
        return f"{_RIGHT[code]} ({code})"
    whole = str(error).splitlines()[0]
    return code or whole.rpartition(" - ")[2].strip(" :")[:_LONGEST]


def _address_of(settings: Recordings) -> str:
    """With the bucket before the host where the path does not name it: the client adds none to what it is given."""
    whole = urlsplit(settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com")
    host = whole.netloc if settings.s3_path_style else f"{settings.s3_bucket}.{whole.netloc}"
    return f"{whole.scheme}://{host}"
