"""Running a study: what is stale, each step aside, results put in place together."""
