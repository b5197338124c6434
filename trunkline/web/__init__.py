"""The web shell: who may enter, how pages look, what a request and an answer are."""
