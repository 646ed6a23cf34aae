"""What printed figures allow: contradictions, ranges, forced facts, and sheets that agree with them."""
