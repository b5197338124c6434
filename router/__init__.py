"""Where does this call go? The plan, the rules, and the question a PBX asks."""
