"""Looking at cases: pick, read one, cross two variables."""
