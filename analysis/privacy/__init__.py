"""What may be passed on without giving small groups away."""
