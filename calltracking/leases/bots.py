"""Whether a browser says it is a robot: those see the page's own number and take none. No I/O here."""

import re
from functools import lru_cache

_ROBOT = re.compile(
    r"bot\b|bot[/_-]|crawl|spider|slurp|mediapartners|lighthouse|pagespeed|headless|phantomjs|preview|validator"
    r"|facebookexternalhit|whatsapp/|telegrambot|vkshare|yandex\w*/|yadirectfetcher|google-\w+|googleother|adsbot"
    r"|gptbot|claude|perplexity|ccbot|bytespider|pingdom|uptime|monitor|statuscake|python-|curl/|wget/|go-http|java/"
    r"|okhttp|libwww|scrapy|httpclient",
    re.IGNORECASE,
).search
_BROWSERS_OF_PEOPLE = re.compile(r"yabrowser/|yandexsearch/|yasearchbrowser/|yaapp_|cubot", re.IGNORECASE).sub


@lru_cache(4096)
def is_robot(agent: str) -> bool:
    """Whether `agent` (User-Agent) is empty or names a robot."""
    return not agent.strip() or _ROBOT(_BROWSERS_OF_PEOPLE("", agent)) is not None
