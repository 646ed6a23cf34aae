"""A notebook as a file: what a person wrote in it, its parameters, the form in which it is stored, what changed.

Standard library only.
"""

import ast
import difflib
import hashlib
import json
from pathlib import Path

from analysis.errors import UserError
from analysis.language import messages

INJECTED = "injected-parameters"
"""Tag of the cell that a run puts into its copy for parameters that differ from the notebook's own."""

LINES_SHOWN = 12
"""Changed lines of a cell that are shown; the rest are counted."""


def load(path: Path) -> dict:
    """The notebook as nested dicts, as nbformat 4 has them. Raises UserError if it cannot be read."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"]
    except (ValueError, KeyError) as error:
        raise UserError(messages.both("own_unreadable", file=path.name, why=error)) from None
    return notebook


def text(value: str | list[str]) -> str:
    """A multi-line string of a notebook file, which may be stored as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def source_digest(path: Path) -> str:
    """The sha256 of what a person wrote in a notebook, or in that of which it is the executed copy.

    That is kinds, sources and tags of its cells; not the outputs, nor the cell with the parameters of a run.
    """
    cells = [
        (cell["cell_type"], text(cell["source"]), cell["metadata"].get("tags", []))
        for cell in load(path)["cells"]
        if INJECTED not in cell["metadata"].get("tags", [])
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def parameters(path: Path) -> dict[str, str]:
    """The names in the cell tagged `parameters` and their values. Raises UserError if there is no such cell."""
    for cell in load(path)["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            return {name: ast.literal_eval(value) for name, value in _assigned(text(cell["source"])).items()}
    raise UserError(messages.both("notebook_no_parameters", file=path.name))


def _assigned(source: str) -> dict[str, ast.expr]:
    """Each name that the code gives a value, and that value."""
    assignments = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: node.value for node in assignments}


def injected(notebook: dict) -> dict[str, str]:
    """The parameters that an executed copy got beside the notebook's own; `notebook` is that copy as from `load`."""
    cells = [cell for cell in notebook["cells"] if "injected-parameters" in cell["metadata"].get("tags", [])]
    return {name: ast.literal_eval(value) for cell in cells for name, value in _assigned(text(cell["source"])).items()}


def with_values(source: str, wanted: dict[str, str]) -> str:
    """The code of a cell of parameters with other values in the place of its own; comments stay."""
    lines = source.splitlines(keepends=True)
    for name, value in _assigned(source).items():
        if name in wanted:  # each value stands in one line, and no two in the same
            line = lines[value.lineno - 1].encode()
            new = json.dumps(wanted[name], ensure_ascii=False).encode()
            lines[value.lineno - 1] = (line[: value.col_offset] + new + line[value.end_col_offset :]).decode()
    return "".join(lines)


def changed_parameters(path: Path, wanted: dict[str, str]) -> dict[str, str]:
    """Those of the wanted parameters that differ from the notebook's own.

    Raises UserError for one that the notebook does not have: papermill would only warn and run without it.
    """
    own = parameters(path)
    if unknown := sorted(wanted.keys() - own.keys()):
        raise UserError(messages.both("notebook_parameter", file=path.name, name=unknown[0], found=", ".join(own)))
    return {name: value for name, value in wanted.items() if value != own[name]}


def normalised(notebook: dict) -> str:
    """The notebook as the text of a file, without anything that tells when, where and by what it was run."""
    for cell in notebook["cells"]:
        cell["metadata"] = {key: cell["metadata"][key] for key in ("jupyter", "tags") if cell["metadata"].get(key)}
        if INJECTED in cell["metadata"].get("tags", []):
            cell["id"] = INJECTED
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return json.dumps(notebook, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def differences(stored: dict, executed: dict) -> list[str]:
    """Of two runs of the same notebook, in words: each cell whose outputs differ, with the lines that changed."""
    found = []
    for number, (before, after) in enumerate(zip(stored["cells"], executed["cells"], strict=True), 1):
        old, new = _shown(before), _shown(after)
        if old != new:
            lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
            changed = [line for line in lines if not line.startswith("@@")]
            found.append(f"  cell {number}: {text(after['source']).splitlines()[0]}")
            found += [f"    {line[:150]}" for line in changed[:LINES_SHOWN]]
            found += [f"    ... and {len(changed) - LINES_SHOWN} more lines"] if len(changed) > LINES_SHOWN else []
    return found or ["  only how the file is written, not what it says"]


def _shown(cell: dict) -> list[str]:
    """The outputs of a cell as lines; a picture as its digest."""
    lines = []
    for output in cell.get("outputs", []):
        contents = output.get("data") or {output.get("name", output["output_type"]): output.get("text", "")}
        for kind, content in sorted(contents.items()):
            content = text(content)
            if kind.startswith("image/"):
                content = hashlib.sha256(content.encode()).hexdigest()[:12]
            lines += [f"{kind}: {line}" for line in content.splitlines()]
    return lines
