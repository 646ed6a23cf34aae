# The only front door: `make` prints the commands, each described by the ## beside it.
# Settings: STUDY (a folder below data/raw), STUDIES (several), LABELS (language of labels), PYTHON (to make .venv with),
# WHEELHOUSE (a folder of packages, to make .venv without the network; `wheelhouse` if there is one).

SETTINGS := STUDY STUDIES LABELS PYTHON WHEELHOUSE

$(if $(wildcard requirements.lock),,$(error Run make in the folder of this Makefile, or with -C and that folder. / \
    Kör make i mappen där denna Makefile ligger, eller med -C och den mappen))

# make takes no notice of a misspelt setting, so this does.
given = $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)))
unknown := $(filter-out $(SETTINGS),$(given))
$(if $(unknown),$(error There is no setting $(unknown). There are: $(SETTINGS)))

# make itself runs what a $ begins, so such a setting is refused unread. The shell takes them from its environment, where
# no sign means anything.
$(foreach name,$(SETTINGS),$(if $(findstring $$,$(value $(name))), \
    $(error $(name) holds a dollar sign, which make would run. Write it without. \
        $(name) innehåller ett dollartecken, som make skulle köra. Skriv det utan)))
GIVEN := $(if $(STUDY),--study="$$STUDY") $(if $(STUDIES),--studies="$$STUDIES") $(if $(LABELS),--labels="$$LABELS")
WITH_PACKAGES := $(if $(WHEELHOUSE),--wheelhouse="$$WHEELHOUSE")

# What a shell has Python do elsewhere (PYTHONPATH, PYTHONHOME ...) is not meant for this.
unexport $(filter-out PYTHON,$(filter PYTHON%,$(.VARIABLES)))

PY := exec .venv/bin/python

# Sets $$python in a recipe. A command that is found may still not run (a shim of a version manager), so it is tried.
NONE_FOUND := $(if $(PYTHON),PYTHON names no Python 3.11 or newer that runs. / \
    PYTHON anger inget Python 3.11 eller nyare som går att köra.,$\
    Python 3.11 or newer was not found: install it and run make again. / \
    Python 3.11 eller nyare hittades inte: installera det och kör make igen.)
define find_python
for python in $(if $(PYTHON),"$$PYTHON",python3.14 python3.13 python3.12 python3.11 python3 python); do \
    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
done; \
[ -n "$$python" ] || { echo "$(NONE_FOUND)"; exit 1; }
endef

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help env all test test-long campaigns lab check new reconstruct compare verify guard accept audit bench clean lock wheelhouse

help: ## print the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

all: env ## rerun what is stale of a study (or several: STUDIES="one other"), and say what it gives
	@$(PY) -m analysis all $(GIVEN)

test: env ## check everything that is quick to check, every notebook among it
	@$(PY) -m pytest -n auto --dist loadfile -m "not long"

test-long: env ## what takes longer: browser, office, own studies, clones, faults, random studies
	@$(PY) -m pytest -n auto --dist loadfile --durations=25 -m "long and not campaign"

campaigns: env ## what takes longest: every data set of larger studies, hundreds of random sheets
	@$(PY) -m pytest -n auto --dist loadfile --durations=25 -m campaign

lab: env ## open the notebooks in JupyterLab (with STUDY: copies of them, with that study's results)
	@$(PY) -m analysis lab $(GIVEN)

check: env ## list every problem of a study's workbook, by sheet and cell
	@$(PY) -m analysis check $(GIVEN)

new: env ## begin a study: make new STUDY=name
	@$(PY) -m analysis new $(GIVEN)

reconstruct: env ## make the coded sheet of a reconstructed study anew from its printed figures
	@$(PY) -m analysis reconstruct $(GIVEN)

compare: env ## put studies side by side: make compare STUDIES="one other"
	@$(PY) -m analysis compare $(GIVEN)

verify: ## check that data, code and results are those of the last run (needs no environment)
	@[ ! -x .venv/bin/python ] || exec .venv/bin/python -m analysis verify $(GIVEN); \
	$(find_python); exec "$$python" -m analysis verify $(GIVEN)

guard: ## refuse private data in what git holds (needs no environment; as a hook see .githooks)
	@$(find_python); exec "$$python" -m tools.guard

accept: env ## show what changed in the notebooks' outputs, and store them and the metadata
	@$(PY) -m analysis accept $(GIVEN)

audit: env ## check what a program can check of STANDARDS.md, and name one next step
	@$(PY) -m analysis audit $(GIVEN)

bench: env ## measure speed and growth, and other tools beside ours (takes long, needs the network)
	@for name in engine first speed scale many disclosure; do .venv/bin/python -m benchmarks.$$name || exit; done

clean: ## remove the environment, caches and executed notebooks; studies and results stay
	rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis data/derived/*/notebooks
	find . -name __pycache__ -prune -exec rm -rf {} +

# What is compared lies in .cache meanwhile. If the run fails, `git checkout requirements.lock installer.lock` brings
# the versions back.
lock: all ## take the newest releases, run all, and show which versions and results changed
	@mkdir -p .cache/before && cp requirements.lock data/derived/stockholm/manifest.json .cache/before
	@.venv/bin/python -m analysis refresh
	@$(MAKE) --no-print-directory all
	@$(PY) -m analysis changed .cache/before

wheelhouse: env ## keep the packages of the lock in a folder, for machines with this system and Python but no network
	@$(PY) -m analysis wheelhouse $(WITH_PACKAGES)

# The copy of the lock inside .venv says that everything in it was installed.
env: ## make the environment (.venv) from requirements.lock, without the network if there is a wheelhouse
	@[ -x .venv/bin/python ] && cmp -s requirements.lock .venv/requirements.lock || { \
	    $(find_python); exec "$$python" -m analysis env $(GIVEN) $(WITH_PACKAGES); }

.DEFAULT:
	@echo "There is no such command: make alone prints all of them." \
	    "/ Det kommandot finns inte: make ensamt visar alla som finns."; exit 1
