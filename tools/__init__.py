"""Checks of the repository itself. No study needs them."""
