"""Runs one notebook with papermill, in a kernel of its own. Import it only inside `environment.stable()`."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import papermill
from jupyter_client import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG
from traitlets import Integer, Unicode
from traitlets.config import Config

from analysis.run import notebooks, warm

CELL_SECONDS = 600
"""A cell that runs longer has hung, and its notebook stops."""

OUTPUT_CHARACTERS = 5_000_000
"""A notebook that outputs more, pictures included, has run wild and stops."""

STOPPED = "Stopped"
"""The name of the error in a notebook that did not end by itself."""

logging.getLogger("papermill").disabled = True  # what it would say is in the errors raised here
logging.getLogger("asyncio").disabled = True  # a cell that is stopped leaves a task behind, which it would report


class Kernel(AsyncKernelManager):
    """A Python kernel on local sockets (quicker than TCP, and silent about encryption)."""

    root = Unicode(help="The root below which the notebook's results go.").tag(config=True)
    nice = Integer(help="How far it stands back for others, as in nice(1).").tag(config=True)

    used: ClassVar[set] = set()

    def __init__(self, **settings):
        name = Path(os.environ["JUPYTER_RUNTIME_DIR"]) / f"{uuid.uuid4().hex[:8]}.json"
        super().__init__(transport="ipc", connection_file=str(name), **settings)
        self.used.add(self)

    def start_kernel(self, **settings):
        settings |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # else it repeats all output there
        self.kernel_id = uuid.uuid4().hex
        self.provisioner = Provisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return super().start_kernel(env=os.environ | {"COMPENDIUM_OUTPUT": self.root}, **settings)

    def kill(self) -> None:
        """Kill the kernel and the processes it started; these may live longer than it."""
        if group := getattr(self.provisioner, "pid", None):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


class Provisioner(LocalProvisioner):
    """Has kernels forked from the warm process, or starts them as Jupyter does where there is none."""

    async def launch_kernel(self, cmd, **settings):
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        try:
            self.process = warm.Process(arguments, settings["env"], settings.get("cwd"))
            self.pid = self.pgid = self.process.pid
        except warm.Cold:
            await super().launch_kernel(cmd, **settings)
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self.pid, os.getpriority(os.PRIO_PROCESS, 0) + self.parent.nice)
        return self.connection_info


def kill_all() -> None:
    """Kill every kernel in use, with the processes it started; its notebook then ends as failed."""
    for kernel in list(Kernel.used):
        kernel.kill()


@dataclass(frozen=True)
class Failure:
    """A cell that failed, counted as Jupyter does, and why.

    `is_ours`: the text is meant for the user (`UserError`). `is_end`: the notebook was stopped there, in the midst of
    what it may have been writing.
    """

    cell: int
    text: str
    is_ours: bool
    is_end: bool


class Client(PapermillNotebookClient):
    """papermill's own client, which also kills a kernel whose outputs find no end."""

    received = 0
    """Characters of output so far."""

    def process_message(self, msg, cell, cell_index):
        if "data" in msg["content"] or msg["msg_type"] == "stream":
            self.received += len(str(msg["content"]))
        if self.received <= OUTPUT_CHARACTERS:
            return super().process_message(msg, cell, cell_index)
        self.km.kill()
        return None


class Engine(NBClientEngine):
    """papermill's own engine, which also keeps a notebook whose kernel died or whose cell never ended.

    After a cell that fails the others run all the same: what one of them explores or checks costs no other result.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, config, **_):
        client = Client(
            nb_man,
            kernel_name=kernel_name,
            kernel_manager_class=Kernel,
            config=config,
            timeout=CELL_SECONDS,
            allow_errors=True,
            coalesce_streams=True,
            record_timing=False,
            shutdown_kernel="immediate",
        )
        kernel = client.create_kernel_manager()
        try:
            client.execute()
        except (DeadKernelError, CellTimeoutError) as error:
            begun = [cell for cell in nb_man.nb.cells if cell.metadata.papermill["status"] != nb_man.PENDING]
            if client.received > OUTPUT_CHARACTERS:
                reason = f"output more than {OUTPUT_CHARACTERS / 1e6:.0f} million characters and was stopped"
            elif isinstance(error, CellTimeoutError):
                reason = f"ran longer than {CELL_SECONDS} seconds and was stopped"
            else:
                reason = "ended its Python process (out of memory?)"
            begun[-1].execution_count = sum(cell.cell_type == "code" for cell in begun)
            begun[-1].outputs.append(new_output("error", ename=STOPPED, evalue=reason, traceback=[reason]))
        finally:
            kernel.kill()
            Kernel.used.remove(kernel)


papermill_engines.register("compendium", Engine)


def run(source: Path, target: Path, changes: dict[str, str], root: Path, nice: int = 0) -> tuple[Failure, ...]:
    """Run a notebook and write its executed copy, normalised; give the cells that failed.

    Not given are those that failed only for want of a name that an earlier one would have made.

    Parameters
    ----------
    source, target : Path
        The notebook, and where the executed copy goes, which shows every error.
    changes : dict
        Parameters that differ from the notebook's own.
    root : Path
        The root below which the notebook's results go (`paths.output_root` in its kernel).
    nice : int
        How far its kernel stands back for other processes, as in nice(1).

    Raises
    ------
    OSError
        If the copy cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(PapermillExecutionError):
        papermill.execute_notebook(
            source,
            target,
            parameters=changes,
            engine_name="compendium",
            config=Config(Kernel={"root": str(root), "nice": nice}),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
        )
    executed = json.loads(target.read_text("utf-8"))
    executed["cells"] = [cell for cell in executed["cells"] if ERROR_MARKER_TAG not in cell["metadata"].get("tags", [])]
    target.write_text(notebooks.normalised(executed), "utf-8", newline="\n")
    errors = [
        (cell["execution_count"], output)
        for cell in executed["cells"]
        for output in cell.get("outputs", ())
        if output["output_type"] == "error"
    ]
    return tuple(
        _failure(cell, error)
        for place, (cell, error) in enumerate(errors)
        if not place or error["ename"] != "NameError"
    )


def _failure(cell: int, error: dict) -> Failure:
    """What an output of the type `error` says. An error of ours shows no traceback, only its message (`UserError`)."""
    own = "\n".join(error["traceback"]) == error["evalue"]
    last = error["evalue"] if own else f"{error['ename']}: {error['evalue']}".strip(": \n").splitlines()[-1]
    is_end = error["ename"] == STOPPED
    return Failure(cell, last, own and not is_end, is_end)
