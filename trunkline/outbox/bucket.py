"""The token bucket of bucket.lua as a value, for one worker alone while Valkey is away. No I/O here."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Bucket:
    """`tokens` were there at `at` (Unix seconds); nothing goes before `pause`."""

    tokens: float
    at: float
    pause: float = 0.0


def take(
    bucket: Bucket, *, now: float, rate: float, burst: float, want: int, reserve: float = 0.0
) -> tuple[Bucket, int, float]:
    """The bucket after taking up to `want` tokens, how many there were, and the seconds until there is one more.

    The last `reserve` tokens are not given.
    """
    if now > bucket.at:
        bucket = replace(bucket, tokens=min(burst, bucket.tokens + (now - bucket.at) * rate), at=now)
    if now < bucket.pause:
        return bucket, 0, math.ceil((bucket.pause - now) * 1000) / 1000
    granted = max(0, min(want, math.floor(bucket.tokens - reserve)))
    bucket = replace(bucket, tokens=bucket.tokens - granted)
    return bucket, granted, max(0, math.ceil((1 + reserve - bucket.tokens) / rate * 1000)) / 1000
