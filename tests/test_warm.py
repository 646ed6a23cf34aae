"""Kernels forked from the warm process: real kernels, apart from each other, with the results of plain ones."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import INGEST

from analysis import paths
from analysis.run import execution, warm
from analysis.run.steps import STEPS

PARENT = """
import os
from pathlib import Path
print(*Path(f"/proc/{os.getppid()}/cmdline").read_text().split("\\0"))"""

READ = "(paths.derived(study) / 'claims.csv').write_text('id,verdict\\n')"

FAILING = """
from analysis.errors import UserError

class Odd(Exception):
    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")
"""

pytestmark = pytest.mark.long
linux = pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere kernels are not forked")


def parent_of_kernel(project, needed: str = "", **settings) -> str:
    """The command line of the process that started the kernel of the second notebook, which needs something."""
    project.write_notebook("02_count", needed, PARENT, READ)
    done = project.run(**settings)
    assert done.returncode == 0, done.stderr
    return (project.derived / "notebooks" / "02_count.ipynb").read_text()


@linux
@pytest.mark.parametrize("kernels", ["forked", "plain"])
def test_kernels_are_forked_unless_plain_ones_are_asked_for(project, kernels):
    assert ("analysis.run.warm" in parent_of_kernel(project, COMPENDIUM_KERNELS=kernels)) == (kernels == "forked")


@linux
@pytest.mark.parametrize("notebook", ["01_ingest", "02_count"])
def test_once_a_module_started_a_thread_nothing_is_forked_and_what_was_goes_on(project, notebook):
    module = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
    (project.root / "analysis" / "threaded.py").write_text(module)
    (project.root / "analysis" / "slow.py").write_text("import time\ntime.sleep(3)\n")
    needed = "from analysis import threaded" if notebook == "02_count" else ""
    # Imported slowly, so that the first kernel is asked for, and forked, before the other notebook's modules follow.
    later = "import paths, threaded" if notebook == "01_ingest" else "import paths, slow; slow.time.sleep(2)"
    first = project.notebook("01_ingest")
    first.write_text(first.read_text().replace("import paths", later))
    assert "analysis.run.warm" not in parent_of_kernel(project, needed)


@linux
def test_a_kernel_stands_back_from_where_the_run_stands(project):
    project.write_notebook("01_ingest", INGEST, "import os; print('stands at', os.nice(0))")
    project.write_notebook("02_count", READ, "import os; print('stands at', os.nice(0))")
    command = project.command("-m", "analysis", "all")
    done = subprocess.run(**command | {"args": ["nice", "-n", "3", *command["args"]]}, timeout=300)
    assert done.returncode == 0, done.stderr
    stands = [
        int(re.search(r"stands at (\d+)", (project.derived / "notebooks" / f"{name}.ipynb").read_text())[1])
        for name in ("01_ingest", "02_count")
    ]
    assert stands == [os.nice(0) + 3, os.nice(0) + 3 + execution.STAND_BACK]


@pytest.mark.parametrize("kernels", ["forked", "plain"])
@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ('raise UserError("Name the study.")', "Name the study."),
        ("1 / 0", "report: ZeroDivisionError: division by zero"),
        ("raise Odd(1, 2)", "report: Odd: 1 and 2"),  # no process can hand it to another
    ],
)
def test_a_report_that_fails_is_told_alike_wherever_it_is_made(project, kernels, fails, said):
    report = f"{FAILING}\n\ndef build(*_):\n    {fails}\n"
    (project.root / "analysis" / "report" / "build.py").write_text(report)
    before = project.results()
    done = project.run(COMPENDIUM_KERNELS=kernels)
    assert done.returncode == 1
    assert said in done.stderr.replace("RuntimeError: ", "")
    assert done.stderr.splitlines()[-1].startswith("All other results are in place")
    made = project.results()
    assert {name for name in before if "report" not in name} <= set(made)
    earlier = {name.partition("/earlier/")[2]: content for name, content in made.items() if "/earlier/" in name}
    assert earlier == {name: before[name] for name in earlier} != {}
    traces = [content for name, content in made.items() if ".failed." in name]
    assert traces and all(b"in build" in content for content in traces)


@linux
def test_a_report_whose_process_ends_is_told(project):
    (project.root / "analysis" / "report" / "build.py").write_text("import os\n\n\ndef build(*_):\n    os._exit(1)\n")
    done = project.run()
    assert done.returncode == 1
    assert "ended its Python process (out of memory?)" in done.stderr


def test_forked_and_plain_kernels_give_the_same_bytes(new_project):
    drawing = "import matplotlib.pyplot as plt\ndrawn = plt.figure().subplots().plot([1, 4, 2])"
    new_project.write_notebook("01_ingest", INGEST, drawing)
    made = []
    for kernels in ("forked", "plain"):
        shutil.rmtree(new_project.derived, ignore_errors=True)
        done = new_project.run(COMPENDIUM_KERNELS=kernels)
        assert done.returncode == 0, done.stderr
        made.append(new_project.results())
    assert made[0] == made[1]
    assert b"image/png" in made[0]["data/derived/stockholm/notebooks/01_ingest.ipynb"]


def test_what_a_notebook_does_to_its_process_stays_there(project):
    project.write_notebook(
        "01_ingest",
        "import os, random\nrandom.seed(1); os.environ['LEAK'] = 'yes'; paths.LEAK = True; os.chdir('/')",
        "import sys\nsys.path.append('/leak'); sys.modules['leak'] = sys",
        "paths.derived(study).mkdir(parents=True, exist_ok=True)",
        "(paths.derived(study) / 'cases.csv').write_text('7')",
    )
    project.write_notebook(
        "02_count",
        "import os\nassert 'LEAK' not in os.environ and not hasattr(paths, 'LEAK') and '/leak' not in sys.path",
        "assert 'leak' not in sys.modules and os.getcwd() == str(paths.ROOT)",
        "(paths.derived(study) / 'claims.csv').write_text('id,verdict\\n')",
    )
    done = project.run()
    assert done.returncode == 0, done.stderr


def test_what_a_notebook_imports_is_known_from_it():
    assert {"IPython.display", "analysis.report.contents"} <= set(warm.imported(paths.NOTEBOOKS / "01_ingest.ipynb"))
    assert {"analysis.api", "analysis.printed.findings"} <= set(
        warm.imported(paths.NOTEBOOKS / "06_published_figures.ipynb")
    )


@linux
def test_the_notebooks_import_no_module_that_starts_a_thread():
    modules = [name for step in STEPS if step.notebook for name in warm.imported(step.notebook)]
    code = "import sys; from analysis.run import warm; sys.exit(0 if warm.load(sys.argv[1:]) else 'a thread')"
    command = [sys.executable, "-c", code, warm.KERNEL, *modules]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
