"""Asterisk: the AMI link, what its events mean, who acts for it, and what CEL tells of gaps."""
