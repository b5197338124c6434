"""Whether a browser says it is a robot: those see the page's own number and take none. No I/O here.

Browsers go by the same expression: the table of a site carries it, for static rules are applied without a server.
"""

import re
from functools import lru_cache
from typing import Final

ROBOTS: Final = (
    r"(?:^u?|[^u]|[^c]u)bot(?:\b|[/_-])|crawl|spider|slurp|mediapartners|lighthouse|pagespeed|headless|phantomjs|preview"
    r"|validator|facebookexternalhit|whatsapp/|telegrambot|vkshare|yandex(?!search/)\w*/|yadirectfetcher|google-\w+"
    r"|googleother|adsbot|gptbot|claude|perplexity|ccbot|bytespider|pingdom|uptime|monitor|statuscake|python-|curl/|wget/"
    r"|go-http|java/|okhttp|libwww|scrapy|httpclient"
)
"""What robots call themselves, in small letters or not; Cubot is a telephone, YandexSearch a person's application."""
_ROBOT = re.compile(ROBOTS, re.IGNORECASE | re.ASCII).search


@lru_cache(4096)
def is_robot(agent: str) -> bool:
    """Whether `agent` (User-Agent) is empty or names a robot."""
    return not agent.strip() or _ROBOT(agent) is not None
