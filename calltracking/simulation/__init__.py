"""Traffic with a known truth, policies that hand out numbers, and a score: the benchmark anyone can rerun."""
