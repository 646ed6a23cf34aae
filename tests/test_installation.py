"""The environment: how it is made, from where, and what is said where it cannot be made."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analysis import paths
from analysis.errors import UserError
from analysis.language import messages
from analysis.run import installation


@pytest.fixture
def clone(tmp_path):
    """What makes an environment, in a folder without one, whose lock names one small package."""
    folder = tmp_path / "ny klon"
    (folder / "data" / "raw").mkdir(parents=True)
    for name in ("Makefile", "installer.lock"):
        shutil.copy(paths.ROOT / name, folder)
    shutil.copy(paths.CODEBOOK, folder / "data" / "raw")
    shutil.copytree(paths.PACKAGE, folder / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    wheel = folder / "my wheels" / "small-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = "small-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("small.py", "number = 7\n")
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", f"small.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    lock(folder, hashlib.sha256(wheel.read_bytes()).hexdigest())
    return folder


def lock(folder: Path, digest: str) -> None:
    (folder / "requirements.lock").write_text(f"small==1.0 --hash=sha256:{digest}\n")


def command(*settings: str) -> list[str]:
    return [sys.executable, "-m", "analysis", "env", *settings]


def made(folder: Path, *settings: str, **variables: str) -> subprocess.CompletedProcess:
    """Make the environment from the folder of wheels, which holds no uv, so that pip makes it."""
    taken = command(*(settings or ["--wheelhouse=my wheels"]))
    return subprocess.run(
        taken, cwd=folder, env=os.environ | variables, capture_output=True, text=True, timeout=120, check=False
    )


def asked(folder: Path, code: str) -> str:
    """What the environment's Python prints, started elsewhere."""
    python = folder / ".venv" / "bin" / "python"
    return subprocess.run([python, "-c", code], cwd="/", capture_output=True, text=True, check=True).stdout


@pytest.mark.long
def test_an_environment_is_made_without_a_network_and_only_from_what_the_lock_names(clone):
    done = made(clone)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Making the environment in .venv with Python")
    assert asked(clone, "import small; print(small.number)") == "7\n"
    lock(clone, "0" * 64)
    done = made(clone, "--wheelhouse=my wheels", "--labels=sv")
    assert done.returncode == 1
    assert done.stderr.startswith("Miljön gick inte att göra. pip säger: ")
    assert "Ett paket är inte det som requirements.lock anger" in done.stderr
    assert not (clone / ".venv" / "requirements.lock").exists()
    (clone / "requirements.lock").write_text(f"smaller==2.0 --hash=sha256:{'0' * 64}\n")
    assert "my wheels must hold all packages of requirements.lock for this Python" in made(clone).stderr


@pytest.mark.long
def test_settings_of_pip_that_say_where_packages_go_are_not_followed(clone, tmp_path):
    (tmp_path / "pip.conf").write_text(
        "[install]\nuser = true\nno-binary = :all:\n[global]\nrequire-virtualenv = true\n"
    )
    wrong = {"PIP_TARGET": str(tmp_path / "there"), "PIP_PREFIX": str(tmp_path / "there"), "PIP_DRY_RUN": "1"}
    done = made(clone, PIP_CONFIG_FILE=str(tmp_path / "pip.conf"), **wrong)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "there").exists()
    assert asked(clone, "import small; print(small.number)") == "7\n"


@pytest.mark.long
def test_the_package_is_found_from_everywhere_also_after_a_move(clone):
    assert made(clone).returncode == 0
    moved = clone.rename(clone.with_name("en annan: plats"))
    code = "import analysis, small, pathlib; print(pathlib.Path(analysis.__file__).parent.parent.name)"
    assert asked(moved, code) == "en annan: plats\n"


def test_what_says_where_packages_come_from_is_told_to_pip_and_uv(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://a.example.org https://b.example.org")
    monkeypatch.setenv("PIP_CERT", "/certificates.pem")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("UV_TARGET", "/elsewhere")
    sources = installation._sources(installation._pip("en"))
    pip, uv = installation._as_pip(sources), installation._as_uv(sources)
    assert pip["PIP_INDEX_URL"] == uv["UV_DEFAULT_INDEX"] == "https://example.org/simple"
    assert (
        pip["PIP_EXTRA_INDEX_URL"].split()
        == uv["UV_INDEX"].split()
        == ["https://a.example.org", "https://b.example.org"]
    )
    assert pip["PIP_CERT"] == uv["SSL_CERT_FILE"] == "/certificates.pem"
    assert "PIP_USER" not in pip and "UV_TARGET" not in uv


def test_the_locks_are_refreshed_within_the_limits_that_the_project_sets(monkeypatch):
    ran = []

    def run(command, variables=None, given=""):
        ran.append((command, variables, given))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(installation, "_uv", lambda *_: Path("uv"))
    monkeypatch.setattr(installation, "_run", run)
    installation.refresh("en")
    compiled = [(command, variables, given) for command, variables, given in ran if "compile" in command]
    assert [command[-1] for command, _, _ in compiled] == ["requirements.lock", "installer.lock"]
    for command, variables, _ in compiled:
        assert "--generate-hashes" in command
        assert "UV_NO_CONFIG" not in variables, "the limits stand in pyproject.toml"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "env_hash"),
        ("WARNING: Retrying ... NameResolutionError\nERROR: No matching distribution found for x==1", "env_network"),
        ("ERROR: Could not install packages due to an OSError: [SSL: CERTIFICATE_VERIFY_FAILED]", "env_network"),
        ("ERROR: Can not perform a '--user' install.", "env_again"),
        ("", "env_again"),
    ],
)
@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_network_is_blamed_only_where_pip_says_so(said, remedy, language):
    assert installation._failure(said, language, None).endswith(messages.text(remedy, language))


def test_what_keeps_an_environment_from_being_made_is_said_at_once(clone, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path / "a:b")
    with pytest.raises(UserError, match="The path of this folder has a colon in it"):
        installation._check_surroundings("en")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000_000))
    with pytest.raises(UserError, match="Här finns mindre än 1500 MB ledigt på disken"):
        installation._check_surroundings("sv")
    done = made(clone, "--wheelhouse=gone")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no folder gone, which WHEELHOUSE names.\n"


def test_a_python_without_pip_and_without_what_brings_it_is_told(monkeypatch):
    monkeypatch.setattr(installation.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(installation, "PYTHON", Path("/bin/false"))
    with pytest.raises(UserError, match="lacks the module ensurepip, and pip"):
        installation._pip("en")


@pytest.mark.long
def test_of_two_at_once_one_makes_the_environment(clone):
    running = [
        subprocess.Popen(command("--wheelhouse=my wheels"), cwd=clone, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = "".join(process.communicate(timeout=120)[0] for process in running)
    assert [process.returncode for process in running] == [0, 0, 0]
    assert said.count("Making the environment") == 1
    assert said.count("Another make is making the environment: waiting for it ...") == 2
    assert made(clone).stdout == "", "it is made already"
