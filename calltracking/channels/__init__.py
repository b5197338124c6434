"""From a landing page and its referrer to a channel, a source and a campaign. Everything here is pure."""
