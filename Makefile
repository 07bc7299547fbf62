# make course   set up, run every lesson, write readable pages to build/
# make lab      set up, open JupyterLab on the lessons
# make test     set up, run the whole test suite
# make bench    measure the performance claims (takes a while)
# make sync     lay the English translations into copies of the Korean lessons
# make fork REPOSITORY=https://github.com/OWNER/NAME   point badges and bootstrap cells at a fork

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
RUN := .venv/Scripts/python
else
RUN := .venv/bin/python
endif

.PHONY: course lab test bench sync fork clean setup setup-dev

course: setup
	$(RUN) tools/course.py

lab: setup
	$(RUN) -m jupyterlab notebooks

test: setup-dev
	$(RUN) tools/test.py

bench: setup-dev
	@for script in bench/*.py; do echo "== $$script"; $(RUN) $$script || exit 1; done

sync: setup
	$(RUN) tools/sync.py

fork: setup
	$(RUN) tools/address.py $(REPOSITORY)

setup:
	@$(PYTHON) tools/install.py

setup-dev:
	@$(PYTHON) tools/install.py --dev

clean:
	rm -rf build .venv
