# make course   set up, show the site in build/site, then run every lesson and show it anew
# make site     the same site from the outputs that the notebooks hold, without running them
# make slides   a deck per lesson and language in build/slides
# make handout  the lecture decks as PDF files in build/handout
# make pdf      a PDF per lesson and one book per language in build/pdf, from the site (ANSWERS=--answers: answers open)
# make lab      set up, open JupyterLab on your own copies of the lessons (EDITION=en: the English ones first)
# make test     set up, run the test suite
# make test-slow   the tests that take minutes: killed trainings, a class of thirty at once …
# make bench    measure the performance claims (takes a while); bench/gpu.py, for a graphics card, is run by itself
# make sync     lay the English translations into copies of the Korean lessons
# make clean    remove .venv and build; your own copies in my/ and the data in datasets/cache stay
# make help     this list (PYTHON=python3.12 with any of them: the Python that the environment is made with)
# make fork REPOSITORY=https://github.com/OWNER/NAME   point badges and bootstrap cells at a fork

PYTHON ?= python3
THIS := $(if $(filter command,$(origin PYTHON)),--this)
EDITION ?= ko
ifeq ($(OS),Windows_NT)
RUN := .venv/Scripts/python
else
RUN := .venv/bin/python
endif

.PHONY: course site slides pdf handout lab test test-slow bench sync fork clean help setup setup-site setup-dev

course: setup-site
	$(RUN) tools/course.py

site: setup-site
	$(RUN) tools/course.py --stored

slides: setup-site
	$(RUN) tools/slides.py

pdf: setup-dev
	$(RUN) tools/course.py --stored
	$(RUN) tools/pdf.py $(ANSWERS)

handout: setup-dev
	$(RUN) tools/handout.py

lab: setup
	$(RUN) tools/lab.py --edition $(EDITION)

test: setup-dev
	$(RUN) tools/test.py

test-slow: setup-dev
	$(RUN) tools/test.py --slow

bench: setup-dev
	@for script in $(filter-out bench/gpu.py bench/memory.py, $(wildcard bench/*.py)); do echo "== $$script"; $(RUN) $$script || exit 1; done

sync: setup
	$(RUN) tools/sync.py

fork: setup
	$(RUN) tools/address.py $(REPOSITORY)

setup:
	@$(PYTHON) tools/install.py $(THIS)

setup-site:
	@$(PYTHON) tools/install.py --site $(THIS)

setup-dev:
	@$(PYTHON) tools/install.py --dev $(THIS)

help:
	@sed -n 's/^# //p' Makefile

clean:
	rm -rf build .venv
