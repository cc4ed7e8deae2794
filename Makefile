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

# Only what was said, on make's command line or in the environment: the rest is for course.toml to say.
said        = $(if $(filter command environment,$(firstword $(origin $(1)))),$(call option,$(1),$(2)))
flag        = $(if $($(1)),--$(2))
BOOK        = $(call said,ASSIGNMENT,assignment) $(call said,OUT,out) $(call option,GRADEBOOK,gradebook)
RUBRICS     = $(BOOK) $(call option,RUBRIC,rubric)
HAND_INS    = $(RUBRICS) $(call option,ROSTER,roster) $(call option,PLATFORM,platform) $(call option,DATA,data) \
              $(call option,ONLY,only) $(call option,MODE,mode) $(call option,RECIPE,recipe)
CLASS       = $(HAND_INS) $(call option,TIME_ZONE,time-zone) $(call said,JOBS,jobs) \
              $(call option,LOG_FORMAT,log-format) $(call flag,FORCE,force) $(call flag,ALLOW_LOWER,allow-lower)
SUBMITTED   = $(if $(SUBMISSIONS),-- $(call quote,$(SUBMISSIONS)))

.PHONY: help setup grade grade-all regrade why show diff export feedback similarity config check-notebook explain \
        template student-wheel test test-slow test-browser test-student-wheel check format validate accepted fuzz bench bench-class clean

help:
	@echo "make grade SUBMISSION=path [ASSIGNMENT=name or folder] [OUT=results] [MARKS=marks.toml] [DATA=reviews.csv]"
	@echo "     [ONLY=functions|notebook|accuracy] [MODE=auto|smoke|full] [RECIPE=fast|published] [RUBRIC=my.toml]"
	@echo "make grade-all SUBMISSIONS=folder or zip [the same] [ROSTER=roster.csv] [PLATFORM=canvas] [JOBS=2] [FORCE=1]"
	@echo "     [GRADEBOOK=url] [TIME_ZONE=Europe/Berlin] [ALLOW_LOWER=1] [LOG_FORMAT=json]   what is known is not graded again"
	@echo "make regrade SUBMISSIONS=… [ITEM=lab1.b] [APPLY=1]   whose points would change; with APPLY=1 they do"
	@echo "make why | show STUDENT=name                what would run again, and why; every grading and mark"
	@echo "make diff BEFORE=1 AFTER=2                  whose points changed between two runs, by which check"
	@echo "make export FORMAT=canvas [PARTIAL=1]       the grades as a platform reads them"
	@echo "make feedback [PLATFORM=moodle]             a page for each student, in one zip"
	@echo "make similarity SUBMISSIONS=… [AGAINST=last-year]   hand-ins that are alike, for a person to look at"
	@echo "make config                                 every setting, and where it comes from (course.toml)"
	@echo "make check-notebook NOTEBOOK=LabRNN.ipynb   a student's public checks on their own notebook"
	@echo "make explain [ITEM=lab1.a] [ASSIGNMENT=labrnn] [RUBRIC=my.toml]   checks, weights, what a course changed"
	@echo "make template [ASSIGNMENT=labrnn]           notebooks and module from the reference's one source"
	@echo "make student-wheel [ASSIGNMENT=labrnn]      what students install: the public checks alone, into dist/"
	@echo "make setup [PYTHON=python3.12]              .venv with all packages; the others make it when it is missing"
	@echo "make test | test-slow | check               the project's own tests; the slow ones; with lint and types"
	@echo "make test-browser                           class.html in Debian's Chromium"
	@echo "make test-student-wheel                     that wheel alone, in a terminal and in JupyterLab"
	@echo "make format | clean                         tidy the sources; remove .venv, caches and results/"
	@echo "make validate [TIER=1..3] | bench           the corpus of faults, in one tier of isolation; speed"
	@echo "make bench-class [N=1000] [KILLS=50]        a whole class: costs as ratios; with KILLS what kill -9 does to it"
	@echo "make accepted                               what every check must accept: reference, template, variants"
	@echo "make fuzz [N=1000]                          mutated hand-ins: the grader never fails at one"

setup: $(READY)

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

bench-class: $(READY)
	$(PY) -m fixtures.bench_class --count $(call quote,$(N)) --jobs $(JOBS) $(call option,KILLS,kills)

bench: $(READY)
	$(PY) -m fixtures.bench $(call quote,$(ASSIGNMENT)) --jobs $(JOBS) $(call option,DATA,data)

clean:
	rm -rf $(VENV) results .mypy_cache .ruff_cache .pytest_cache
