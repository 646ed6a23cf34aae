"""Loaded before any plugin of pytest (see pyproject.toml), in each of its processes."""

import os
import sys

# As in `environment.stable`, which comes too late for nbval: it would cost each process a second or more.
sys.modules["rfc3987_syntax"] = None

# Where the environment keeps Python from storing compiled modules, each process and kernel would compile them anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
