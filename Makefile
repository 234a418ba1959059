# The two commands are `make run` and `make test`; the others are for developers.
# PORT=8080 chooses another port; DEMO=0 starts empty, with a first-run page.
.PHONY: run test reset bench client release check lint format messages lock help
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv/bin/python
FLEETWARD := $(VENV) -m fleetward.cli.main
ifneq ($(PORT),)
export PORT
endif

run: .python-found ## Set up what is missing and start Fleetward on http://127.0.0.1:8000
	@$(PYTHON) tools/environment.py runtime
	@$(VENV) tools/build_assets.py
	@$(VENV) tools/messages.py compile
	@$(FLEETWARD) up $(if $(filter 0,$(DEMO)),--empty)

test: .python-found ## Set up what tests need and run every check and test
	@$(PYTHON) tools/environment.py dev
	@$(VENV) tools/build_assets.py
	@$(VENV) tools/messages.py compile
	@$(VENV) tools/check.py

reset: ## Forget the data of `make run`
	@if [ -x $(VENV) ]; then $(FLEETWARD) reset; fi

bench: .python-found ## Measure the speed; ROWS=100000 for a quick one
	@$(PYTHON) tools/environment.py dev
	@$(VENV) -m tests.bench $(if $(ROWS),--rows $(ROWS))

client: .python-found ## Build the Python package fleetward-client into dist/
	@$(PYTHON) tools/environment.py dev
	@$(VENV) tools/build_client.py

release: .python-found ## Build the packages of a release into dist/, with their digests
	@$(PYTHON) tools/environment.py dev
	@$(VENV) tools/build_assets.py
	@$(VENV) tools/messages.py compile
	@rm -rf dist
	@$(VENV) -m hatchling build -t wheel
	@$(VENV) tools/build_client.py
	@cd dist && sha256sum * > SHA256SUMS && cat SHA256SUMS

check: ## The checks without the tests
	@$(VENV) tools/check.py --no-tests

lint: check

format: ## Put the code into its form
	@$(VENV) -m ruff check --fix --quiet . ; $(VENV) -m ruff format --quiet .

messages: ## Bring the texts of the sources into the .po files
	@$(VENV) tools/messages.py update

lock: ## Choose the newest versions that requirements/*.in allow (needs uv)
	@sh tools/lock.sh

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: .python-found
.python-found:
	@test -n "$(PYTHON)" || { echo "Fleetward needs Python 3.11 or newer."; exit 1; }
