"""The command line behind the Makefile: `python -m analysis COMMAND`."""

import argparse
import os
import signal
import sys
from math import inf
from pathlib import Path
from typing import NoReturn

from analysis import paths
from analysis.errors import NO_ROOM, UserError
from analysis.language import chosen
from analysis.run import environment
from analysis.run.steps import STEPS


def main(arguments: list[str]) -> int:
    """Run a command; give the exit code. What a person can put right is said without a traceback."""
    try:
        options = _read(arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        if options.is_of_study and not getattr(options, "studies", None):
            paths.check_study(options.study)
        code = options.command(options) or 0
        sys.stdout.flush()
        return code
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # nobody reads on, as after `make all | head`
        _drop_output()
        return 128 + signal.SIGPIPE
    except ImportError as error:
        if (name := error.name or str(error)).partition(".")[0] == paths.PACKAGE.name:
            raise
        (paths.ROOT / ".venv" / paths.LOCK.name).unlink(missing_ok=True)  # so that it no longer counts as made
        print(_spoken("env_lacks", options, name=name.partition("\n")[0]), file=sys.stderr)
        return 1
    except OSError as error:
        _drop_output()
        print(_said_by_the_system(error, options), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_spoken("run_stopped", options), file=sys.stderr)
        return 130


def _drop_output() -> None:
    """Let what was printed and cannot be written go nowhere; else Python complains about it as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said_by_the_system(error: OSError, options: argparse.Namespace) -> str:
    """What the system refused, what to do, and that nothing is lost."""
    if error.errno in NO_ROOM:
        said = _spoken("system_full", options, why=error.strerror, folder=paths.output_root())
    else:
        why = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        said = _spoken("system_says", options, why=why)
    return f"{said}\n{_spoken('run_earlier', options)}"


def _spoken(key: str, options: argparse.Namespace, **facts: object) -> str:
    """A sentence in the language of the study that was asked for, or in every one."""
    from analysis.language import messages

    try:
        return messages.text(key, chosen.of(options.study, options.labels), **facts)
    except (AttributeError, UserError, OSError):
        return messages.both(key, **facts)


def _all(options: argparse.Namespace) -> None:
    """run what is stale of a study, or of several"""
    from analysis.language import messages
    from analysis.run import batch, execution

    if options.studies is not None:
        if options.study != paths.DEFAULT_STUDY:
            raise UserError(messages.both("command_one_or_several"))
        if not (names := options.studies.split()):
            raise UserError(messages.both("studies_none", example='make all STUDIES="uppsala boden"'))
        batch.run(names, options.labels)
        return
    execution.run(options.study, chosen.of(options.study, options.labels))


def _accept(options: argparse.Namespace) -> None:
    """show what changed in the outputs of the shipped study's notebooks, and store them"""
    from analysis.run import execution
    from tools import crate

    execution.accept()
    crate.write()


def _audit(options: argparse.Namespace) -> int:
    """check what a program can check of the standards, and name one next step"""
    from tools import audit

    answers = audit.audit()
    print(audit.report(answers))
    return 0 if audit.is_in_order(answers) else 1


def _bounds(options: argparse.Namespace) -> None:
    """say what the printed figures leave open about a count"""
    from analysis.language import messages
    from analysis.printed import bounds, prompt
    from analysis.study import expressions, studies

    study, labels = studies.read(options.study), chosen.of(options.study, options.labels)
    if not 0 <= options.seconds < inf:
        raise UserError(messages.text("bounds_seconds", labels, found=options.seconds))
    if not study.claims:
        raise UserError(messages.text("bounds_no_print", labels, study=study.name))
    print_ = {"codebook": study.codebook, "claims": study.claims, "seconds": options.seconds, "language": labels}
    if (names := expressions.crosstab(options.expression, labels)) is None:
        answer = bounds.bounds(options.expression, **print_)
        print(prompt.left_open(answer, study.claims, study.codebook, labels, options.witness))
        return
    if options.witness:
        raise UserError(messages.text("bounds_no_witness", labels, example="files(sex == female and n_plans == 2)"))
    print(prompt.crossed(bounds.crosstab_bounds(*names, **print_), *names, study.claims, study.codebook, labels))


def _changed(options: argparse.Namespace) -> None:
    """show which versions and results are not those of an earlier manifest and lock"""
    from analysis.run import execution

    execution.show_changes(options.folder)


def _check(options: argparse.Namespace) -> None:
    """list every problem of a study's workbook"""
    from analysis.collaboration import scales
    from analysis.language import messages
    from analysis.privacy import disclosure
    from analysis.sheets import workbook
    from analysis.study import stated, studies

    problems: list[str] = []
    study = studies.read(options.study, problems)
    paths.private(paths.raw(study.name))
    labels = chosen.of(study.name, options.labels)
    is_fine, report = workbook.check(paths.raw(study.name), study.codebook, labels, study.status)
    problems += [] if is_fine else [report]
    parts = (
        disclosure.rules,
        lambda settings: scales.judgement(settings, study.codebook),
        lambda settings: stated.check(settings, study.codebook),
    )
    for part in parts:
        try:
            part(study.settings)
        except UserError as error:
            problems.append(str(error))
    if problems:
        raise UserError("\n".join(problems))
    print(report)
    if not study.settings.get("title"):
        print(messages.text("settings_title", labels, study=study.name))
    print(messages.text("report_next", labels, study=study.name))


def _compare(options: argparse.Namespace) -> None:
    """put several studies side by side"""
    from analysis.language import messages
    from analysis.report import comparison
    from analysis.run import environment

    names = (options.studies or "").split()
    labels = chosen.of(names[0] if names else paths.DEFAULT_STUDY, options.labels)
    with environment.stable():
        made = comparison.compare(names, labels)
    common = "+".join(names)
    folders = [path.relative_to(paths.output_root()) for path in (paths.derived(common), paths.figures(common))]
    print(messages.text("compare_made", labels, number=len(made), folder=folders[0], figures=folders[1]))


def _env(options: argparse.Namespace) -> None:
    """make the environment that everything runs in"""
    from analysis.run import installation

    installation.make(chosen.of(options.study, options.labels), options.wheelhouse)


def _lab(options: argparse.Namespace) -> None:
    """open the notebooks in JupyterLab; those of another study or language in copies"""
    from analysis.run import lab

    lab.start(options.study, chosen.of(options.study, options.labels))


def _new(options: argparse.Namespace) -> None:
    """begin a study: a folder with an empty workbook and its settings"""
    from analysis.language import messages
    from analysis.sheets import beginning, workbook

    labels = chosen.of(options.study, options.labels)
    if options.study == paths.DEFAULT_STUDY:
        raise UserError(messages.text("study_unnamed", labels))
    folder = beginning.begin(options.study, labels).relative_to(paths.ROOT)
    print(messages.text("study_begun", labels, folder=folder, file=workbook.WORKBOOK, study=options.study))


def _reconstruct(options: argparse.Namespace) -> None:
    """make the sheet of a reconstructed study from print"""
    from analysis.language import messages
    from analysis.printed import model, reconstruction
    from analysis.sheets import workbook
    from analysis.study import studies
    from tools import guard

    study, labels = studies.read(options.study), chosen.of(options.study)
    if study.status != reconstruction.STATUS:
        raise UserError(messages.text("reconstruct_status", labels, study=study.name, status=study.status or "?"))
    if not study.claims:
        raise UserError(messages.text("reconstruct_no_print", labels, study=study.name))
    stated = study.settings.get("reconstruction")
    seed = stated.get("seed") if isinstance(stated, dict) else None
    if type(seed) is not int:
        raise UserError(messages.text("reconstruct_seed", labels, study=study.name))
    try:
        made = reconstruction.reconstruct(study.codebook, study.claims, seed)
    except model.NotDecided:
        raise UserError(messages.text("reconstruct_too_large", labels, study=study.name)) from None
    kept = reconstruction.guarantees(study.codebook, study.claims, made)
    path = paths.raw(study.name) / workbook.WORKBOOK
    workbook.write(path, made.units, study.codebook, study.status, guarantees=kept)
    if study.name == paths.DEFAULT_STUDY:
        guard.ship([str(path)])  # made from print alone, so it may lie in git
    print(messages.text("reconstruct_made", labels, file=path.relative_to(paths.ROOT)))
    print(*(f"  {name}" for statement in made.gave_way for name in statement.ids), sep="\n")


def _refresh(options: argparse.Namespace) -> None:
    """write the newest releases of all packages into the locks"""
    from analysis.run import installation

    installation.refresh(chosen.here())


def _step(options: argparse.Namespace) -> None:
    """run one step of a study over its results, for another engine, which knows what must come before"""
    from analysis.run import execution

    execution.run_alone(options.step, options.study, chosen.of(options.study))


def _verify(options: argparse.Namespace) -> None:
    """check that data, code and results are those of the last run"""
    from analysis.language import messages
    from analysis.run import provenance

    labels = chosen.of(options.study)
    print(messages.text("run_verified", labels, number=provenance.verify(options.study, labels)))


def _wheelhouse(options: argparse.Namespace) -> None:
    """keep the packages in a folder, for machines without a network"""
    from analysis.language import messages
    from analysis.run import installation

    spoken = chosen.here()
    print(messages.text("env_filled", spoken, folder=installation.fill(spoken, options.wheelhouse)))


_ASKED = """\
what can be asked:
  "files(sex == female and n_plans >= 2)"        a count; authorities(...) counts the rows of another sheet
  "files(sex == female) / files()"               a share
  "files(n_plans >= 2) - files(n_plans == 4)"    a difference; + adds
  "mean(n_plans)"                                a mean; also sum, minimum, maximum
  "crosstab(sex, n_plans)"                       every cell of two variables

conditions:
  sex == female, residence in (regular, family), n_plans >= 2, before_health_addiction (it is ticked)
  joined by and, or, not, any(A, B), all(A, B), atleast(2, A, B, C)

Names and codes stand in data/raw/codebook.csv.
"""


class _Parser(argparse.ArgumentParser):
    """Says in every language how a command that cannot be read is given; argparse says in English what is wrong."""

    given = ""

    def error(self, message: str) -> NoReturn:
        from analysis.language import messages

        usage = " ".join(self.format_usage().partition(" ")[2].split())
        raise UserError(messages.both("command_wrong", found=self.given, usage=usage))


def _read(arguments: list[str]) -> argparse.Namespace:
    """The command and its settings. Raises UserError."""
    from analysis.language import messages

    _Parser.given = " ".join(arguments)
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if others:
        names = [_named(other) for other in others if other.startswith("--")]
        if len(names) < len(others):
            parser.error("")
        allowed = ", ".join(map(_named, options.allowed))
        facts = {"command": options.command.__name__.removeprefix("_"), "found": ", ".join(names), "allowed": allowed}
        raise UserError(messages.both("command_settings" if allowed else "command_no_settings", **facts))
    return options


def _named(option: str) -> str:
    """A setting as the Makefile calls it: STUDY for --study=x."""
    return option.partition("=")[0].removeprefix("--").upper()


def _parser() -> _Parser:
    study = argparse.ArgumentParser(add_help=False)
    study.add_argument("--study", default=paths.DEFAULT_STUDY, help="a folder below data/raw (%(default)s)")
    labels = argparse.ArgumentParser(add_help=False)
    labels.add_argument("--labels", help="language of labels (that of study.yml, else " + paths.DEFAULT_LABELS + ")")
    expression = argparse.ArgumentParser(add_help=False)
    expression.add_argument("expression", help="what is asked, see below")
    expression.add_argument("--seconds", type=float, default=60, help="after which it is not decided (%(default)s)")
    expression.add_argument("--witness", action="store_true", help="show a set of rows for each end too")
    several = argparse.ArgumentParser(add_help=False)
    several.add_argument("--studies", help="folders below data/raw, apart by spaces")
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument("folder", type=Path, help="holds the earlier requirements.lock and manifest.json")
    step = argparse.ArgumentParser(add_help=False)
    step.add_argument("step", choices=[step.name for step in STEPS], metavar="step", help="a notebook, or report")
    packages = argparse.ArgumentParser(add_help=False)
    packages.add_argument("--wheelhouse", help="a folder of packages, to be filled or to take all of them from")
    parser = _Parser(prog="python -m analysis", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command, settings in (
        (_all, [study, several, labels]),
        (_accept, []),
        (_audit, []),
        (_bounds, [expression, study, labels]),
        (_changed, [folder]),
        (_check, [study, labels]),
        (_compare, [several, labels]),
        (_env, [study, several, labels, packages]),
        (_lab, [study, labels]),
        (_new, [study, labels]),
        (_reconstruct, [study]),
        (_refresh, []),
        (_step, [step, study]),
        (_verify, [study]),
        (_wheelhouse, [packages]),
    ):
        name = command.__name__.removeprefix("_")
        here = commands.add_parser(
            name, help=command.__doc__, description=command.__doc__, parents=settings,
            epilog=_ASKED if command is _bounds else None, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        allowed = [
            option for action in here._actions for option in action.option_strings if option not in ("-h", "--help")
        ]
        is_of_study = study in settings and command not in (_env, _new)  # which may come before it
        here.set_defaults(command=command, allowed=allowed, is_of_study=is_of_study)
    return parser


if __name__ == "__main__":
    environment.shield()
    sys.exit(main(sys.argv[1:]))
