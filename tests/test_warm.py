"""Kernels forked from the warm process: real kernels, apart from each other, with the results of plain ones."""

import shutil
import subprocess
import sys

import pytest
from conftest import INGEST

from analysis import paths, warm
from analysis.steps import STEPS

PARENT = """
import os
from pathlib import Path
print(*Path(f"/proc/{os.getppid()}/cmdline").read_text().split("\\0"))"""

pytestmark = pytest.mark.long
linux = pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere kernels are not forked")


def parent_of_kernel(project, **settings) -> str:
    """The command line of the process that started the kernel of the second notebook."""
    project.write_notebook("02_count", PARENT, "(paths.derived(study) / 'claims.csv').write_text('id,verdict\\n')")
    done = project.run(**settings)
    assert done.returncode == 0, done.stderr
    return (project.derived / "notebooks" / "02_count.ipynb").read_text()


@linux
@pytest.mark.parametrize("kernels", ["forked", "plain"])
def test_kernels_are_forked_unless_plain_ones_are_asked_for(project, kernels):
    assert ("analysis.warm" in parent_of_kernel(project, COMPENDIUM_KERNELS=kernels)) == (kernels == "forked")


@linux
def test_a_module_that_starts_a_thread_is_not_forked(project):
    module = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
    (project.root / "analysis" / "threaded.py").write_text(module)
    first = project.notebook("01_ingest")
    first.write_text(first.read_text().replace("from analysis import paths", "from analysis import paths, threaded"))
    assert "analysis.warm" not in parent_of_kernel(project)


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
    assert {"IPython.display", "analysis.contents"} <= set(warm.imported(paths.NOTEBOOKS / "01_ingest.ipynb"))
    assert "analysis.contradictions" in warm.imported(paths.NOTEBOOKS / "06_published_figures.ipynb")


@linux
def test_the_notebooks_import_no_module_that_starts_a_thread():
    modules = [name for step in STEPS if step.notebook for name in warm.imported(step.notebook)]
    code = "import sys; from analysis import warm; sys.exit(0 if warm.load(sys.argv[1:]) else 'a thread')"
    command = [sys.executable, "-c", code, warm.KERNEL, *modules]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
