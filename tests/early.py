"""Loaded before any plugin of pytest (see pyproject.toml), in each of its processes."""

import sys

# As in `environment.stable`, which comes too late for nbval: it would cost each process a second or more.
sys.modules["rfc3987_syntax"] = None
