"""What is told of a study: its report, its publication, a comparison."""
