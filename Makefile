# Two commands matter: `make run` and `make test`. Everything they need is put into .local.
# Each target is `python3 -m dev <target>`; variables (DB, PORT, T, K, N, ARGS, BROWSER, ODOO_PATH,
# PYTHON, PG*) reach it through the environment. README.md explains them.

COMMANDS := run test demo screenshots receiver n8n test-n8n bench faults lint format shell verify stop clean pot catalogue modules setup
PYTHON ?= $(shell for p in python3.11 python3; do \
	$$p -c "" >/dev/null 2>&1 && echo $$p && break; done)

.PHONY: help $(COMMANDS)
.DEFAULT_GOAL := help

help: .python
	@$(PYTHON) -B -m dev help

$(COMMANDS): .python
	@$(PYTHON) -B -m dev $@ $(ARGS)

.PHONY: .python
.python:
	@$(or $(PYTHON),false) -c "" >/dev/null 2>&1 || { \
	echo "error: no working Python found$(if $(PYTHON), at $(PYTHON))" >&2; \
	echo "remedy: install python3.11 with its venv module (Debian: apt-get install python3-venv)," \
	"or name one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
