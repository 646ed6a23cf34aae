"""What makes a run the same on every machine: settings of this process and of the kernels it starts.

Standard library only.
"""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from analysis import paths

UNATTENDED = "COMPENDIUM_UNATTENDED"
"""Environment variable of runs that nobody looks at while they go, and which therefore show no controls."""

STEPS_AT_ONCE = "COMPENDIUM_STEPS"
"""Environment variable with the number of steps of a study at a time, for runs that have other studies beside them."""

SETTINGS = {
    "SOURCE_DATE_EPOCH": "1514764800",  # the date written into figures and documents: any fixed one
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",  # sums in another order differ in the last digit
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "IPYKERNEL_CELL_NAME": "<cell>",  # else a warning names a temporary file
    UNATTENDED: "yes",
    "MATPLOTLIBRC": str(paths.MATPLOTLIBRC),
    "MPLCONFIGDIR": str(paths.ROOT / ".cache" / "matplotlib"),  # holds nothing but the list of fonts
}
"""Environment variables of every run."""

LEFT_OUT = ("MPLBACKEND", "JUPYTER_PATH")
"""Environment variables of the user that would change what a notebook does or prints, besides those of Python."""


def shield() -> None:
    """Keep from this process, and from those it starts, what the user's shell has Python do elsewhere.

    That is: packages of another place (PYTHONPATH), warnings as errors (PYTHONWARNINGS), PYTHONHOME, PYTHONOPTIMIZE and
    the like. What is said goes through to a terminal that lacks some of its signs, and nowhere if there is none.
    """
    foreign = {str(Path(entry).absolute()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry}
    sys.path[1:] = [entry for entry in sys.path[1:] if entry not in foreign]
    warnings.simplefilter("ignore")
    _forget_python()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115
        getattr(sys, name).reconfigure(errors="replace")


def _forget_python() -> None:
    """Remove the variables that tell Python what to do; PYTHON is a setting of the Makefile."""
    for name in [name for name in os.environ if name.startswith("PYTHON") and name != "PYTHON"]:
        del os.environ[name]


@contextlib.contextmanager
def stable() -> Iterator[Path]:
    """Settle this process and the kernels it starts; call before papermill, nbval or matplotlib are imported.

    Gives a temporary folder that stands in for the user's Jupyter and IPython folders, whose start-up files and
    kernels would otherwise take part. The folder goes when the block ends; the settings stay.
    """
    _forget_python()
    for name in LEFT_OUT:
        os.environ.pop(name, None)
    os.environ.update(SETTINGS)
    time.tzset()
    scratch = _scratch()
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        os.environ[name] = str(scratch)
    # Read through jupyter_events, this package costs every process that handles notebooks a second, only to check
    # international web addresses. Nothing here has such addresses.
    sys.modules["rfc3987_syntax"] = None
    try:
        if not Path(SETTINGS["MPLCONFIGDIR"]).exists():
            # Else several kernels make the list of fonts at once, and a slow machine says so in a notebook.
            subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _scratch() -> Path:
    """A new folder where the user or the system has temporary files.

    Local sockets, which kernels talk through, have paths of at most about 100 characters.
    """
    own = os.environ.get("TMPDIR", "")
    if 0 < len(own) < 50:
        with contextlib.suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="sip-", dir=own))
    return Path(tempfile.mkdtemp(prefix="sip-", dir="/tmp"))


def limit_memory() -> None:
    """Let this process, and each that it starts, have at most three quarters of the machine's memory.

    A notebook that wants more ends with a MemoryError; else the machine stands still, or the system ends what it likes.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = {os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4, soft, hard} - {resource.RLIM_INFINITY}
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
