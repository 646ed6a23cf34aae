"""A warm process: it has imported what steps import, and what runs a step is a copy of it, made by fork.

Starting Python and importing pandas, matplotlib and the kernel takes each notebook longer than most of its work. The
warm process does that once. It imports and does nothing else, has one thread, and forks; what a copy does stays in the
copy, be it a notebook's kernel or a call of a function. This is the only door: without a warm process (elsewhere than
on Linux, or with COMPENDIUM_KERNELS=plain) kernels are started as Jupyter starts them and functions are called where
they are asked for, which takes longer and gives the same results.

Standard library only, as it begins before anything else is imported.
"""

import ast
import contextlib
import gc
import importlib
import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from analysis import paths
from analysis.run import notebooks

ADDRESS = "COMPENDIUM_WARM"
"""Environment variable with the path of the warm process's socket."""

KERNELS = "COMPENDIUM_KERNELS"
"""Environment variable; `plain` has every kernel started on its own."""

KERNEL = "ipykernel.kernelapp"
"""What every kernel imports."""

INLINE = "module://matplotlib_inline.backend_inline"
"""Where a kernel has matplotlib draw, which matplotlib reads when it is imported: into the notebook."""


class Cold(Exception):
    """There is no warm process, or it has ended."""


@contextlib.contextmanager
def process(scratch: Path, needs: Iterable[Sequence[str]]) -> Iterator[None]:
    """Have a warm process while the block runs; kernels and calls find it by the variable ADDRESS.

    `needs` are the names of the modules that each step imports. The first step can begin as soon as its own are there.

    Its kernels end with it, and it ends with this process, however this process ends. Without it (elsewhere than on
    Linux, or if it ends early) kernels are started one by one. `scratch` is the folder of `environment.stable`.
    """
    if sys.platform != "linux" or os.environ.get(KERNELS) == "plain":
        yield
        return
    address = str(scratch / "warm")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        command = [sys.executable, "-m", "analysis.run.warm", str(listener.fileno()), *map(" ".join, needs)]
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        warm = subprocess.Popen(
            command,
            cwd=paths.ROOT,
            stdin=subprocess.PIPE,
            **nowhere,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    os.environ[ADDRESS] = address
    try:
        yield
    finally:
        del os.environ[ADDRESS]
        warm.stdin.close()  # the end of its input is its end
        try:
            warm.wait(timeout=10)
        except subprocess.TimeoutExpired:
            warm.kill()
            warm.wait()


def imported(source: Path) -> list[str]:
    """The names of the modules that a notebook imports, in alphabetical order."""
    names = set()
    for cell in notebooks.load(source)["cells"]:
        if cell["cell_type"] == "code":
            for node in _statements(notebooks.text(cell["source"])):
                if isinstance(node, ast.Import):
                    names.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    names.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
    return sorted(names)


def _statements(code: str) -> list[ast.stmt]:
    try:
        return ast.parse(code).body
    except SyntaxError:  # the kernel will say so, or it is a line for IPython
        return []


class Process:
    """A kernel forked from the warm process, with what jupyter_client uses of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], environment: dict[str, str], folder: str | None):
        """Ask for a kernel. Raises Cold."""
        kernel = {"arguments": arguments, "environment": environment, "folder": folder or str(Path.cwd())}
        answer = _asked({"kernel": kernel})
        if not answer:
            raise Cold
        self.pid = int(answer)
        self.returncode = None
        # Names this very process even after its number has gone to another one.
        self._handle = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """None while it runs, then a number, always the same: only its parent, the warm process, knows the true one."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired("kernel", timeout)
        return self.returncode

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], timeout)[0]:
            self.returncode = 1
            os.close(self._handle)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end, unless it has ended."""
        self.send_signal(signal.SIGTERM)


def call(module: str, function: str, arguments: Sequence, environment: dict[str, str]) -> None:
    """Have a copy of the warm process call a function, with these environment variables besides its own.

    Raises what the function raises, Cold, and RuntimeError if the copy does not come to its end.
    """
    wanted = {"module": module, "function": function, "arguments": arguments, "environment": environment}
    try:
        error = pickle.loads(_asked({"call": wanted}))
    except EOFError:
        raise RuntimeError("It ended its Python process (out of memory?).") from None
    if error is not None:
        raise error


def _asked(request: dict) -> bytes:
    """All that is answered to a request; nothing if what answers has ended. Raises Cold."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.environ[ADDRESS])
            connection.sendall(json.dumps(request).encode() + b"\n")
            return connection.makefile("rb").read()
    except (KeyError, OSError):
        raise Cold from None


def main(descriptor: str, *needs: str) -> None:
    """Import, then fork at every request that comes through the socket, until the standard input ends.

    `needs` are the modules that each step needs, apart by blanks; requests are also met between two of them.
    """
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel ends when this process is no longer its parent
    os.environ["MPLBACKEND"] = INLINE
    sys.modules["debugpy"] = None  # every kernel would import it as it starts, and nobody debugs these
    gc.set_threshold(50_000, 20, 20)  # the models of print are millions of small lists, and none of them are garbage
    copies = set()
    with socket.socket(fileno=int(descriptor)) as listener:
        heard = [sys.stdin, listener]
        for names in needs:
            if not load([KERNEL, *names.split()]):
                listener.close()  # further kernels are started one by one; those that are there need their parent
                heard.remove(listener)
                break
            if select.select([listener], [], [], 0)[0]:
                _fork(listener, copies)
        while sys.stdin not in select.select(heard, [], [])[0]:
            while copies and (ended := os.waitpid(-1, os.WNOHANG)[0]):
                copies.remove(ended)
            _fork(listener, copies)
    for copy in copies:
        os.killpg(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


def load(names: Iterable[str]) -> bool:
    """Import modules; False if that began a thread: a copy of this process would lack it and what it holds."""
    for name in names:
        with contextlib.suppress(Exception):  # `from a import b` where b is no module; else the notebook will say it
            importlib.import_module(name)
    gc.freeze()  # what is here stays here, so that no kernel looks through it or copies it
    return len(list(Path("/proc/self/task").iterdir())) == 1


def _fork(listener: socket.socket, copies: set[int]) -> None:
    """Take a request and fork for it. A kernel's number is answered here; a call answers by itself."""
    connection = listener.accept()[0]
    with connection, connection.makefile("rwb") as stream:
        request = json.loads(stream.readline())
        copy = os.fork()
        if copy == 0:
            os.setpgid(0, 0)
            listener.close()
            if "call" in request:
                _call(stream, **request["call"])
            stream.close()
            connection.close()
            _be_kernel(**request["kernel"])
        os.setpgid(copy, copy)
        copies.add(copy)
        if "kernel" in request:
            stream.write(str(copy).encode())


def _call(answer: BinaryIO, module: str, function: str, arguments: list, environment: dict[str, str]) -> None:
    """Call a function and answer with what it raises, None if nothing; never return."""
    try:
        os.environ.update(environment)
        error = None
        try:
            getattr(importlib.import_module(module), function)(*arguments)
        except Exception as raised:
            error = _portable(raised)
        answer.write(pickle.dumps(error))
        answer.flush()
    finally:
        os._exit(0)


def _portable(error: Exception) -> Exception:
    """The error with its traceback as a note, or what it says where it cannot be handed from process to process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(traceback.format_exc())
    return error


def _be_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Turn this copy into a kernel, as `python -m ipykernel_launcher` is one; never return."""
    try:
        with Path(os.devnull).open("r+b") as nothing:
            for standard in (0, 1, 2):
                os.dup2(nothing.fileno(), standard)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = ["ipykernel_launcher", *arguments]
        sys.path.remove(str(paths.ROOT))
        from ipykernel import kernelapp

        kernelapp.launch_new_instance()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
