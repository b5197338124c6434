"""Who is calling, on the agent's screen: the page, its socket, and the feed behind it. See docs/card.md."""
