"""What the company's rules tell whom, by which channel, when: rules, their decisions, the log of what was told."""
