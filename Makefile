# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.
# Anything longer than a line or two lives in a script under Tests/.

SWIFT ?= swift
ARGS ?=
RELEASE := .build/release/switchboard

.DEFAULT_GOAL := help
.PHONY: help deps test-deps build demo test test-long bench check clean

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

deps: ## Installs the system packages that are missing (root or sudo)
	@Tests/install-packages.sh

test-deps: ## The same, with what only the tests need: a PostgreSQL server
	@Tests/install-packages.sh postgresql

build: deps ## Builds the program and the bundled plugins, optimised
	$(SWIFT) build -c release

demo: build ## Plays the demo against the emulators; ARGS=--once plays, checks and exits
	$(RELEASE) demo $(ARGS)

test: test-deps ## Runs every test: Swift, then the foreign clients against the emulators
	@SWIFT="$(SWIFT)" Tests/run-tests.sh $(ARGS)

test-long: test-deps ## The same, with ten times the kills, power cuts and full disks
	@SWITCHBOARD_LONG=1 SWIFT="$(SWIFT)" Tests/run-tests.sh $(ARGS)

bench: build ## Measures the figures that the documentation quotes
	@Tests/bench/with-postgres.sh $(RELEASE) bench $(ARGS)

check: deps ## The quick look before a commit: house rules, shipped flows and rules, pages
	$(SWIFT) test --filter 'TidyTests|ExampleTests' $(ARGS)

clean: ## Removes what was built here
	rm -rf .build .venv
