"""How much of a call each visit before it is given, by eight models; and what kind of call it was."""
