"""Kept views of the report sent by e-mail: when, to whom, and the letter itself."""
