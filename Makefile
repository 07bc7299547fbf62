# make course   set up, run every lesson, build the site in build/site
# make site     the same site from the outputs that the notebooks hold, without running them
# make slides   a deck per lesson and language in build/slides
# make handout  the lecture decks as PDF files in build/handout
# make lab      set up, open JupyterLab on the lessons
# make test     set up, run the test suite
# make test-slow   the tests that take minutes: killed trainings, a class of thirty at once …
# make bench    measure the performance claims (takes a while)
# make sync     lay the English translations into copies of the Korean lessons
# make fork REPOSITORY=https://github.com/OWNER/NAME   point badges and bootstrap cells at a fork

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
RUN := .venv/Scripts/python
else
RUN := .venv/bin/python
endif

.PHONY: course site slides handout lab test test-slow bench sync fork clean setup setup-site setup-dev

course: setup-site
	$(RUN) tools/course.py

site: setup-site
	$(RUN) tools/course.py --stored

slides: setup-site
	$(RUN) tools/slides.py

handout: setup-dev
	$(RUN) tools/handout.py

lab: setup
	$(RUN) -m jupyterlab notebooks

test: setup-dev
	$(RUN) tools/test.py

test-slow: setup-dev
	$(RUN) tools/test.py --slow

bench: setup-dev
	@for script in bench/*.py; do echo "== $$script"; $(RUN) $$script || exit 1; done

sync: setup
	$(RUN) tools/sync.py

fork: setup
	$(RUN) tools/address.py $(REPOSITORY)

setup:
	@$(PYTHON) tools/install.py

setup-site:
	@$(PYTHON) tools/install.py --site

setup-dev:
	@$(PYTHON) tools/install.py --dev

clean:
	rm -rf build .venv
