"""What a study states: its codebook, the layout of its tables, its printed figures and its settings."""
