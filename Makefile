# The two commands a newcomer needs, each of which makes .venv first if it is not there:
#   make demo   opens the lesson in JupyterLab
#   make test   runs every check and every test
# and, for those who work on lr_widget:
#   make lint   only the checks (ruff, mypy, tsc, Biome)
#   make fast   the checks, and the tests that need no browser and are no matrices (three minutes)
#   make lesson the whole lesson in a browser, which `make test` runs shortened (some minutes)
#   make matrix every loop with every optimizer and every ending of a sweep (about an hour)
#   make hosts  the picker in marimo, Voila, JupyterHub, Panel, Solara, Shiny and bare pages (some
#               minutes, after a first one that installs them all into .venv-hosts)
#   make trainers  TRL, Sentence Transformers and 8-bit optimizers (a minute, after a first one that
#               installs them into .venv-trainers)
#   make bench  what a sweep costs, beside bare loops and other tools (half an hour, a quiet machine)
#   make gpu    all that only a machine with CUDA can tell (six minutes, no network; see docs/cost.md)
#   make clean  removes .venv, .venv-hosts, .venv-trainers and all that is built
# PYTHON=python3.12 chooses the Python that .venv is made from (3.10 or newer).

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
HOSTS := .venv-hosts
TRAINERS := .venv-trainers

# Programs of .venv first, node and npm among them: whatever the machine has of its own is not used.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# torch's threads wait for one another asleep, not spinning: beside a browser that wants a core of
# its own, spinning made a sweep up to ten times as long.
export OMP_WAIT_POLICY := passive

.DELETE_ON_ERROR:
.PHONY: demo test fast lint lesson matrix hosts trainers bench gpu gpu-wheels page browser install clean

# As many processes as there are cores, but no more than four: each that gets browser tests has a
# JupyterLab and a Chromium of its own. One that has done its share takes from another's.
PYTEST := python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

demo: install page
	python tools/demo.py

test: lint browser
	cd js && npm test
	$(PYTEST)

fast: lint
	cd js && npm test
	$(PYTEST) -m "not browser and not thorough and not hosts and not trainers"

lesson: install page browser
	python -m pytest tests/browser/test_lesson.py --whole-lesson

matrix: install page
	$(PYTEST) tests/test_matrix.py --matrix

hosts: page browser $(HOSTS)/.installed
	PATH="$(CURDIR)/$(HOSTS)/bin:$$PATH" $(PYTEST) -m "hosts or not hosts" \
		tests/browser/hosts tests/browser/test_bare_pages.py tests/browser/test_page.py \
		tests/browser/test_sandboxed_host.py

trainers: page $(TRAINERS)/.installed
	$(TRAINERS)/bin/python -m pytest -m trainers tests/trainers

bench: install page browser
	for script in step_cost once loops snapshot_cost early_end trials with_browser \
		live_bytes live_lag live_drag suggestions; do \
		python benchmarks/$$script.py || exit 1; \
	done

# Installs nothing, since it may run where there is no network: with the Python of .venv if there is
# one, else with $(PYTHON). WHEELS=folder names what lr_widget needs beside torch.
gpu:
	$(if $(wildcard $(VENV)/bin/python),python,$(PYTHON)) benchmarks/gpu.py --write gpu.md $(if $(WHEELS),--wheels $(WHEELS))

# A folder of wheels to carry to such a machine.
gpu-wheels: install page
	python tools/gpu_wheels.py $(or $(WHEELS),wheels)

lint: install page
	ruff check
	ruff format --check
	mypy
	cd js && npm run check

# The page's files; does nothing where they are as the sources are.
page: install
	python hatch_build.py

# A Chromium for the browser tests. Without one the other tests run all the same, but not in CI.
browser: install
	python tools/chromium.py || test -z "$$CI"

install: $(INSTALLED)

$(INSTALLED): pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "lr_widget needs Python 3.10 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	python -m pip install --disable-pip-version-check --editable '.[notebooks,test]'
	touch $@

# What those hosts load from a CDN, and the hub's proxy, are packages of npm.
$(HOSTS)/.installed: pyproject.toml
	test -x $(HOSTS)/bin/python || $(PYTHON) -m venv $(HOSTS)
	$(HOSTS)/bin/python -m pip install --disable-pip-version-check --editable '.[hosts]'
	PATH="$(CURDIR)/$(HOSTS)/bin:$$PATH" npm install --prefix $(HOSTS) --no-audit --no-fund \
		configurable-http-proxy@5 @jupyter-widgets/html-manager@1 requirejs@2 \
		@widgetti/solara-vuetify3-app@5
	touch $@

$(TRAINERS)/.installed: pyproject.toml
	test -x $(TRAINERS)/bin/python || $(PYTHON) -m venv $(TRAINERS)
	$(TRAINERS)/bin/python -m pip install --disable-pip-version-check --editable '.[trainers]'
	touch $@

clean:
	rm -rf $(VENV) $(HOSTS) $(TRAINERS) js/node_modules lr_widget/static build dist
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
