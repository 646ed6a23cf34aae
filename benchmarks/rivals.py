"""Other tools on inputs they can take. Runs in an environment of its own, so it imports nothing of this repository.

python rivals.py NAME       reads the problem as JSON, prints as JSON what the tool says and its processor seconds
"""

import importlib
import json
import logging
import math
import statistics
import sys
import time
import warnings


def grim(problem: dict) -> str:
    """Whether the printed mean can be a mean of so many whole numbers, in every rounding the package knows."""
    from grim import mean_tester

    possible = mean_tester.summary_consistency_check(problem["mean"], str(problem["files"]))
    return f"the mean alone is possible in {sum(possible.values())} of {len(possible)} ways to round"


def scrutipy(problem: dict) -> str:
    """Every sample with the printed mean; CLOSURE needs a standard deviation too, so that of the counts is given."""
    from scrutipy import closure

    printed = _values(problem)
    samples = closure(
        float(problem["mean"].replace(",", ".")), round(statistics.stdev(printed), 1), problem["files"], min(printed),
        max(printed), 0.05, 0.05,
    )  # fmt: skip
    same = sum(sorted(sample) == printed for sample in samples)
    return f"{len(samples)} samples have the mean; {same} of them have the printed distribution"


def pysprite(problem: dict) -> str:
    """One sample with the printed mean and the printed counts, by local search."""
    from pysprite import Sprite

    printed = _values(problem)
    spread = round(statistics.stdev(printed), 1)
    counts = {int(value): count for value, count in problem["counts"].items()}
    try:
        Sprite(problem["files"], float(problem["mean"]), spread, 1, 1, min(printed), max(printed), counts)
    except ValueError as error:
        return f"stops: “{error}”"
    return "a sample"


def cpmpy(problem: dict) -> str:
    """All smallest conflicts and corrections, by MARCO with OR-tools."""
    import cpmpy
    from cpmpy.tools.explain import marco

    rows = {name: cpmpy.boolvar(shape=problem["files"], name=name) for name in problem["names"]}
    stated = [
        cpmpy.sum([cpmpy.all(cpmpy.any(rows[name][row] for name in names) for names in condition)
                   for row in range(problem["files"])]) == number
        for condition, number in problem["stated"]
    ]  # fmt: skip
    kinds = [kind for kind, _ in marco(stated)]
    return f"conflicts: {kinds.count('MUS')}; ways out: {kinds.count('MCS')}"


def humanleague(problem: dict) -> str:
    """A table with the margins; whatever is no margin cannot be given to it."""
    import humanleague as tool
    import numpy

    margins = [numpy.array([problem["files"] - number, number]) for number in problem["margins"]]
    said = []
    for given in (margins, [*margins, numpy.array([0, problem["total"]])]):
        try:
            _, summary = tool.qis([numpy.array([axis]) for axis in range(len(given))], given)
            said.append("a table" if summary["conv"] else "no table")
        except (RuntimeError, ValueError) as error:
            said.append(f"“{error}”")
    return f"margins of {problem['files']} files: {said[0]}; with a margin of {problem['total']}: {said[1]}"


def _values(problem: dict) -> list[int]:
    return sorted(int(value) for value, count in problem["counts"].items() for _ in range(count))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable()
    tool, problem = globals()[sys.argv[1]], json.load(sys.stdin)
    importlib.import_module("cpmpy.tools.explain" if tool is cpmpy else sys.argv[1])
    start = time.process_time()
    said = tool(problem)
    print(json.dumps({"said": said, "seconds": math.ceil((time.process_time() - start) * 1000) / 1000}))
