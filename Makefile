# The only front door: `make` prints the commands, each described by the ## beside it.
# Settings: STUDY (a folder below data/raw), STUDIES (several), LABELS (language of labels), PYTHON (to make .venv with),
# WHEELHOUSE (a folder of packages, to make .venv without the network; `wheelhouse` if there is one).

STUDY_ONLY := $(if $(STUDY),--study "$(STUDY)")
SETTINGS := $(STUDY_ONLY) $(if $(LABELS),--labels "$(LABELS)")
PY := exec .venv/bin/python
MEGABYTES := 1500

# Sets $$python in a recipe. A command that is found may still not run (a shim of a version manager), so it is tried.
define find_python
for python in $(if $(PYTHON),"$(PYTHON)",python3.14 python3.13 python3.12 python3.11 python3 python); do \
    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
done; \
[ -n "$$python" ] || { echo "Python 3.11 or newer was not found: install it, then run make again."; exit 1; }
endef

# make takes no notice of a misspelt setting, so this does.
given = $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)))
unknown := $(filter-out STUDY STUDIES LABELS PYTHON WHEELHOUSE,$(given))
$(if $(unknown),$(error There is no setting $(unknown). There are: STUDY, STUDIES, LABELS, PYTHON, WHEELHOUSE))

.DEFAULT_GOAL := help
.PHONY: help env all test test-long lab check new reconstruct compare verify guard accept audit bench clean lock wheelhouse

help: ## print the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

all: env ## rerun what is stale of a study (or several: STUDIES="one other"), and say what it gives
	@$(PY) -m analysis all $(SETTINGS) $(if $(STUDIES),--studies "$(STUDIES)")

test: env ## check everything that is quick to check, every notebook among it
	@$(PY) -m pytest -n auto --dist loadfile -m "not long"

test-long: env ## the long campaigns: browser, office, own studies, clones, faults, fuzzing
	@$(PY) -m pytest -n auto --dist loadfile --durations=25 -m long

lab: env ## open the notebooks in JupyterLab
	@$(PY) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00_index.ipynb

check: env ## list every problem of a study's workbook, by sheet and cell
	@$(PY) -m analysis check $(SETTINGS)

new: env ## begin a study: make new STUDY=name
	@$(PY) -m analysis new $(SETTINGS)

reconstruct: env ## make the coded sheet of a reconstructed study anew from its printed figures
	@$(PY) -m analysis reconstruct $(STUDY_ONLY)

compare: env ## put studies side by side: make compare STUDIES="one other"
	@$(PY) -m analysis compare --studies "$(STUDIES)" $(if $(LABELS),--labels "$(LABELS)")

verify: ## check that data, code and results are those of the last run (needs no environment)
	@[ ! -x .venv/bin/python ] || exec .venv/bin/python -m analysis verify $(STUDY_ONLY); \
	$(find_python); exec "$$python" -m analysis verify $(STUDY_ONLY)

guard: ## refuse private data in what git holds (needs no environment; as a hook see .githooks)
	@$(find_python); exec "$$python" -m analysis.guard

accept: env ## show what changed in the notebooks' outputs, and store them and the metadata
	@$(PY) -m analysis accept

audit: env ## check what a program can check of STANDARDS.md, and name one next step
	@$(PY) -m analysis audit

bench: env ## measure speed and growth, and other tools beside ours (takes long, needs the network)
	@for name in engine speed scale many disclosure; do .venv/bin/python -m benchmarks.$$name || exit; done

clean: ## remove the environment, caches and executed notebooks; studies and results stay
	rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis data/derived/*/notebooks
	find . -name __pycache__ -prune -exec rm -rf {} +

# What is compared lies in .cache meanwhile. If the run fails, `git checkout requirements.lock` brings the versions back.
lock: all ## take the newest releases, run all, and show which versions and results changed (needs uv: pip install uv)
	@mkdir -p .cache/before && cp requirements.lock data/derived/stockholm/manifest.json .cache/before
	uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	    --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock
	@$(MAKE) --no-print-directory all
	@$(PY) -m analysis changed .cache/before

wheelhouse: env ## keep the packages of the lock in a folder, for machines with this system and Python but no network
	@.venv/bin/python -m pip download -qq --disable-pip-version-check --require-hashes -r requirements.lock \
	    --dest "$(or $(WHEELHOUSE),wheelhouse)" && \
	echo "Filled $(or $(WHEELHOUSE),wheelhouse): take it along, and \`make env\` needs no network."

# The copy of the lock inside .venv says that everything in it was installed. Of several makes one makes it: the system
# takes the file lock back when that make ends, however it ends.
env: ## make the environment (.venv) from requirements.lock, without the network if there is a wheelhouse
	@ready() { [ -x .venv/bin/python ] && cmp -s requirements.lock .venv/requirements.lock; }; \
	ready && exit 0; \
	$(find_python); \
	mkdir -p .cache; exec 9>.cache/env.lock; \
	"$$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null || { \
	    echo "Another make is making the environment: waiting for it ..."; \
	    "$$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' 2>/dev/null; ready && exit 0; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$$python lacks its module venv: install it (Debian, Ubuntu: package python3-venv), then run make again."; exit 1; }; \
	[ "$$(df -Pk . | awk 'END { print int($$4 / 1024) }')" -ge $(MEGABYTES) ] || { \
	    echo "Less than $(MEGABYTES) MB of disk space is free here: make room, then run make again."; exit 1; }; \
	set --; remedy="Is the network there? Run make again to go on."; \
	if [ -d "$(or $(WHEELHOUSE),wheelhouse)" ]; then \
	    set -- --no-index --find-links "$(or $(WHEELHOUSE),wheelhouse)"; \
	    remedy="Does $(or $(WHEELHOUSE),wheelhouse) hold all of requirements.lock for this Python? \`make wheelhouse\` fills it."; \
	elif [ -n "$(WHEELHOUSE)" ]; then echo "There is no folder $(WHEELHOUSE)."; exit 1; fi; \
	echo "Making the environment in .venv with $$("$$python" --version) (about a minute, 650 MB) ..."; \
	.venv/bin/python -m pip --version >/dev/null 2>&1 || "$$python" -m venv --clear .venv && \
	.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes "$$@" -r requirements.lock && \
	cp requirements.lock .venv/.requirements.lock && mv .venv/.requirements.lock .venv/requirements.lock || { \
	    echo "The environment could not be made (see above). $$remedy"; exit 1; }
