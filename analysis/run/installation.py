"""Makes the environment (.venv) that everything runs in, from requirements.lock. Standard library only.

uv installs it, a program that pip fetches first, by the hashes of installer.lock. Where uv cannot be had or cannot run,
pip installs the same files, which takes some minutes instead of seconds. Both take packages from where the user's
settings of pip say, and look at none of those settings that say where packages go.
"""

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from ast import literal_eval
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis import paths
from analysis.errors import UserError
from analysis.language import messages

ENVIRONMENT = paths.ROOT / ".venv"
"""The environment. The copy of the lock in it says that everything was installed."""

PYTHON = ENVIRONMENT / "bin" / "python"
"""Its interpreter."""

INSTALLER = paths.ROOT / "installer.lock"
"""Version and hashes of uv."""

UV = paths.ROOT / ".cache" / "uv"
"""Where uv is put. The copy of its lock says that it is all there."""

WHEELHOUSE = "wheelhouse"
"""The folder in the repository that packages are taken from, if there is one."""

MEGABYTES = 1500
"""What must be free on the disk: 500 for the environment, as much for what is downloaded, and room to work."""

SOURCES = (
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert", "client-cert",
    "default-timeout", "timeout", "retries", "keyring-provider", "cache-dir", "no-cache-dir",
)  # fmt: skip
"""The settings of pip that say where packages come from, and how they are reached."""

SECTIONS = ("global", "install", ":env:")
"""The parts of the settings of pip, of which a later one outdoes an earlier one."""

AS_UV_SAYS = {
    "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST", "proxy": "ALL_PROXY", "cert": "SSL_CERT_FILE", "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}  # fmt: skip
"""Of those, what uv understands, and the variable that tells it."""

NETWORK = re.compile(r"(?i)connect|resol|timed? ?out|proxy|ssl|certificate|network|unreachable|retries")
"""Words of pip where it did not reach what it asks."""


def is_ready() -> bool:
    """Whether the environment is there and was made from this lock."""
    with contextlib.suppress(OSError):
        return os.access(PYTHON, os.X_OK) and (ENVIRONMENT / paths.LOCK.name).read_bytes() == paths.LOCK.read_bytes()
    return False


def make(language: str, wheelhouse: str | None = None) -> None:
    """Make the environment anew unless it is ready, and print what is done meanwhile.

    `wheelhouse`: the folder that all packages are taken from, None for the one in the repository if there is one.
    Of several processes one makes it, and the others wait. Raises UserError that says why it could not be made.
    """
    local = _local(wheelhouse, language)
    with _alone(lambda: print(messages.text("env_other", language), flush=True)):
        if is_ready():
            return
        _check_surroundings(language)
        version = ".".join(map(str, sys.version_info[:3]))
        print(messages.text("env_begun", language, version=version), flush=True)
        venv.EnvBuilder(clear=True, symlinks=True).create(ENVIRONMENT)
        pip = _pip(language)
        sources = {} if local else _sources(pip)
        if not _with_uv(pip, sources, local, language):
            _with_pip(pip, sources, local, language)
        _show_package()
        with paths.replacing(ENVIRONMENT / paths.LOCK.name) as file:
            shutil.copyfile(paths.LOCK, file)


def fill(language: str, wheelhouse: str | None = None) -> Path:
    """Put all packages of the locks for this system and Python into a folder, and return it. Raises UserError."""
    folder = paths.ROOT / (wheelhouse or WHEELHOUSE)
    pip = _pip(language)
    for lock in (paths.LOCK, INSTALLER):
        done = _run([*pip, "download", "-q", "--require-hashes", "-r", lock, "--dest", folder], _as_pip(_sources(pip)))
        if done.returncode:
            raise UserError(_failure(done.stderr, language, None))
    return folder


def refresh(language: str) -> None:
    """Write the newest releases of everything into the locks. Raises UserError."""
    pip = _pip(language)
    sources = _sources(pip)
    uv = _uv(pip, sources, None)
    settings = ["--upgrade", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    settings += ["--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
    for asked, wanted, lock in (("pyproject.toml", "", paths.LOCK), ("-", "uv", INSTALLER)):
        command = [uv or "uv", "pip", "compile", asked, *settings, "--output-file", lock.name]
        variables = _as_uv(sources)
        del variables["UV_NO_CONFIG"]  # what must not be newer stands in pyproject.toml
        done = _run(command, variables, wanted)
        if done.returncode:
            raise UserError(_failure(done.stderr, language, None))


@contextlib.contextmanager
def _alone(waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the environment; the system lets go of it when this process ends, however it ends."""
    place = paths.ROOT / ".cache" / "env.lock"
    place.parent.mkdir(exist_ok=True)
    with place.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check_surroundings(language: str) -> None:
    """Raise UserError where an environment cannot be made here."""
    if os.pathsep in str(paths.ROOT):
        raise UserError(messages.text("env_colon", language, folder=paths.ROOT))
    if shutil.disk_usage(paths.ROOT).free < MEGABYTES * 1_000_000:
        raise UserError(messages.text("env_room", language, number=MEGABYTES))


def _local(wheelhouse: str | None, language: str) -> Path | None:
    """The folder that all packages are taken from; None where they come from the network."""
    folder = paths.ROOT / (wheelhouse or WHEELHOUSE)
    if folder.is_dir():
        return folder
    if wheelhouse:
        raise UserError(messages.text("env_wheelhouse", language, folder=wheelhouse))
    return None


@contextlib.contextmanager
def _told(what: str, language: str) -> Iterator[None]:
    """Print what the block does, and then how long it took, as a run does of its steps."""
    print(f"  {what:<24}", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    finally:
        print(f"{messages.decimal(time.monotonic() - begun, language):>5} s", flush=True)


def _pip(language: str) -> list[str | Path]:
    """The command that starts pip: of this Python, else of the environment, where it is put. Raises UserError."""
    python = sys.executable
    if not importlib.util.find_spec("pip"):
        python = PYTHON
        if _run([python, "-m", "ensurepip"], _without("PIP_")).returncode:
            raise UserError(messages.text("env_pip", language, python=sys.executable))
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def _sources(pip: list) -> dict[str, str]:
    """From where the user's settings of pip, in files and variables, have packages taken."""
    listed = _run([*pip, "config", "list"])
    found = re.findall(r"^(global|install|:env:)\.([\w-]+)=(.*)$", listed.stdout, re.MULTILINE)
    found.sort(key=lambda setting: SECTIONS.index(setting[0]))
    return {name: literal_eval(value) for _, name, value in found if name in SOURCES}


def _without(*beginnings: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(beginnings)}


def _as_pip(sources: dict[str, str]) -> dict[str, str]:
    """The variables under which pip takes packages from there, and no other notice of the user's settings."""
    told = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in sources.items()}
    return _without("PIP_") | told | {"PIP_CONFIG_FILE": os.devnull}


def _as_uv(sources: dict[str, str]) -> dict[str, str]:
    """The same for uv. Of several places the best file counts, as with pip; the hashes say which are good."""
    kept = {name: value for name, value in os.environ.items() if name in ("UV_CACHE_DIR", *AS_UV_SAYS.values())}
    told = {AS_UV_SAYS[name]: value for name, value in sources.items() if name in AS_UV_SAYS}
    if "find-links" in sources:
        told["UV_FIND_LINKS"] = ",".join(sources["find-links"].split())
    alone = {"UV_NO_CONFIG": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    alone |= {"UV_OFFLINE": "1"} if sources.get("no-index") else {}
    return _without("UV_") | kept | told | alone


def _run(command: list, variables: dict[str, str] | None = None, given: str = "") -> subprocess.CompletedProcess:
    """Run a command in the repository; what it says is kept. One that cannot be started fails as others do."""
    try:
        return subprocess.run(
            command, cwd=paths.ROOT, env=variables, input=given, capture_output=True, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def _places(local: Path | None) -> list[str | Path]:
    """The arguments that have pip and uv take packages from a folder alone."""
    return ["--no-index", "--find-links", local] if local else []


def _uv(pip: list, sources: dict[str, str], local: Path | None) -> Path | None:
    """The program uv, fetched if it is not there; None where it cannot be had."""
    program, kept = UV / "bin" / "uv", UV / INSTALLER.name
    if not (program.exists() and kept.exists() and kept.read_bytes() == INSTALLER.read_bytes()):
        shutil.rmtree(UV, ignore_errors=True)
        fetch = [*pip, "install", "-q", "--no-deps", "--only-binary=:all:", "--target", UV, *_places(local)]
        if _run([*fetch, "--require-hashes", "-r", INSTALLER], _as_pip(sources)).returncode:
            return None
        shutil.copyfile(INSTALLER, kept)
    return program


def _with_uv(pip: list, sources: dict[str, str], local: Path | None, language: str) -> bool:
    """Install all packages by uv; whether that was possible."""
    with _told("uv", language):
        uv = _uv(pip, sources, local)
    if uv is None:
        return False
    with _told(_packages(language), language):
        command = [uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", paths.LOCK]
        return _run([*command, *_places(local)], _as_uv(sources)).returncode == 0


def _with_pip(pip: list, sources: dict[str, str], local: Path | None, language: str) -> None:
    """Install all packages by pip. Raises UserError."""
    print(messages.text("env_slow", language), flush=True)
    with _told(_packages(language), language):
        command = [*pip, "--python", PYTHON, "install", "-q", "--require-hashes", "-r", paths.LOCK]
        done = _run([*command, *_places(local)], _as_pip(sources))
        if done.returncode:
            raise UserError(_failure(done.stderr, language, local))


def _packages(language: str) -> str:
    return messages.text("env_packages", language)


def _failure(said: str, language: str, local: Path | None) -> str:
    """What pip said last, and what to do about it."""
    lines = [line for line in said.splitlines() if line.strip()]
    reason = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "–")
    if "HASH" in said:
        remedy = messages.text("env_hash", language)
    elif local:
        remedy = messages.text("env_incomplete", language, folder=local.name)
    elif NETWORK.search(said):
        remedy = messages.text("env_network", language)
    else:
        remedy = messages.text("env_again", language)
    return messages.text("env_failed", language, reason=reason.removeprefix("ERROR: ")) + " " + remedy


def _show_package() -> None:
    """Let the environment find the package `analysis` from every folder, also after the repository was moved."""
    place = Path(sysconfig.get_path("purelib", "venv", {"base": str(ENVIRONMENT)}))
    (place / "repository.pth").write_text(os.path.relpath(paths.ROOT, place) + "\n", encoding="utf-8")
