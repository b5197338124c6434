"""What every PBX is to us: the question and its answer, and what a link tells. One folder a PBX."""
