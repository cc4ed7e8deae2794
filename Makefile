# `make grade` and `make test` each work as the first command on a fresh clone: they make .venv when it is missing.
# make itself answers 2 to any failure; scripts that need the exit codes call `python -m autograder` (see README).

PYTHON     ?= python3
ASSIGNMENT ?= labrnn
OUT        ?= results
N          ?= 1000
JOBS       ?= 2
VENV       := .venv
READY      := $(VENV)/.ready
PY         := $(VENV)/bin/python
quote       = '$(subst ','\'',$(1))'
option      = $(if $($(1)),--$(2) $(call quote,$($(1))))
OPTIONS     = $(call option,ASSIGNMENT,assignment) $(call option,OUT,out) $(call option,DATA,data) $(call option,ONLY,only) \
              $(call option,MARKS,marks) $(call option,MODE,mode) $(call option,RECIPE,recipe) $(call option,RUBRIC,rubric)

.PHONY: help setup grade grade-all check-notebook explain template test test-slow test-browser check format validate accepted fuzz bench clean

help:
	@echo "make grade SUBMISSION=path [ASSIGNMENT=name or folder] [OUT=results] [MARKS=marks.toml] [DATA=reviews.csv]"
	@echo "     [ONLY=functions|notebook|accuracy] [MODE=auto|smoke|full] [RECIPE=fast|published] [RUBRIC=my.toml]"
	@echo "make grade-all SUBMISSIONS=folder [the same] [JOBS=2]"
	@echo "make check-notebook NOTEBOOK=LabRNN.ipynb   a student's public checks on their own notebook"
	@echo "make explain [ITEM=lab1.a] [ASSIGNMENT=labrnn] [RUBRIC=my.toml]   checks, weights, what a course changed"
	@echo "make template [ASSIGNMENT=labrnn]           notebooks and module from the reference's one source"
	@echo "make setup [PYTHON=python3.12]              .venv with all packages; the others make it when it is missing"
	@echo "make test | test-slow | check               the project's own tests; the slow ones; with lint and types"
	@echo "make test-browser                           class.html in Debian's Chromium"
	@echo "make format | clean                         tidy the sources; remove .venv, caches and results/"
	@echo "make validate [TIER=1..3] | bench           the corpus of faults, in one tier of isolation; speed"
	@echo "make accepted                               what every check must accept: reference, template, variants"
	@echo "make fuzz [N=1000]                          mutated hand-ins: the grader never fails at one"

setup: $(READY)

$(READY): requirements.txt
	PYTHON="$(PYTHON)" sh scripts/setup.sh "$(VENV)"

grade: $(READY)
	@test -n $(call quote,$(SUBMISSION)) || { echo "Say what to grade: make grade SUBMISSION=path/to/LabRNN.ipynb"; exit 3; }
	@$(PY) -m autograder grade $(OPTIONS) -- $(call quote,$(SUBMISSION))

grade-all: $(READY)
	@test -n $(call quote,$(SUBMISSIONS)) || { echo "Say which folder: make grade-all SUBMISSIONS=folder"; exit 3; }
	@$(PY) -m autograder grade-all $(OPTIONS) --jobs $(call quote,$(JOBS)) -- $(call quote,$(SUBMISSIONS))

check-notebook: $(READY)
	@test -n $(call quote,$(NOTEBOOK)) || { echo "Say which notebook: make check-notebook NOTEBOOK=LabRNN.ipynb"; exit 3; }
	@$(PY) -m autograder check --assignment $(call quote,$(ASSIGNMENT)) -- $(call quote,$(NOTEBOOK))

explain: $(READY)
	@$(PY) -m autograder explain $(call option,ASSIGNMENT,assignment) $(call option,RUBRIC,rubric) -- $(if $(ITEM),$(call quote,$(ITEM)))

template: $(READY)
	$(PY) -m autograder.template $(call quote,$(ASSIGNMENT))

test: $(READY)
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not slow and not browser"

# What it needs besides: Debian's chromium and npm.
test-browser: $(READY)
	$(VENV)/bin/pip install -q playwright==1.65.2
	npm install --silent --no-save --prefix build/axe axe-core@4.14.1
	AXE_CORE=build/axe/node_modules/axe-core/axe.min.js $(PY) -m pytest -m browser

test-slow: $(READY)
	$(PY) -m pytest -m slow

check: $(READY)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not slow and not browser"

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

validate: $(READY)
	$(PY) -m fixtures.validate $(call quote,$(ASSIGNMENT)) --jobs $(JOBS) $(call option,TIER,tier) $(call option,SCORES,scores)

accepted: $(READY)
	$(PY) -m fixtures.validate labrnn --jobs $(JOBS) --kinds reference template variant
	$(PY) -m fixtures.validate gru_attention --jobs $(JOBS) --kinds reference template variant

fuzz: $(READY)
	$(PY) -m fixtures.fuzz --count $(call quote,$(N)) --jobs $(JOBS)

bench: $(READY)
	$(PY) -m fixtures.bench $(call quote,$(ASSIGNMENT)) --jobs $(JOBS) $(call option,DATA,data)

clean:
	rm -rf $(VENV) results .mypy_cache .ruff_cache .pytest_cache
