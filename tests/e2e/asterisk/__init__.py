"""A real Asterisk and real SIP parties for tests: nothing here is simulated."""
