"""Orders about calls that go on: move a waiting one, pass one's own on with a word, listen to an agent's."""
