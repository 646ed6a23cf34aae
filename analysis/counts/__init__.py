"""Rows counted: tables, verdicts, and what missing answers leave open."""
