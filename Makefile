# The commands of this repository. They need Go, make and git; those that need more say so. What they build is in bin/,
# dist/ and .tools/, which git ignores and `make clean` removes.

# The modules that hold Go code. Each has its own go.mod, so that no dependency of a test or an example reaches the
# exporter's users.
MODULES := . e2e bench examples/demo

# golangci-lint is not in internal/dev/tools/go.mod; that file says why.
GOLANGCI_VERSION := v2.15.0
GOLANGCI         := $(CURDIR)/.tools/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
# gremlins stands outside it for the same reason.
GREMLINS_VERSION := v0.6.0
GREMLINS         := $(CURDIR)/.tools/gremlins-$(GREMLINS_VERSION)/gremlins
GO_TOOL          := go tool -modfile=internal/dev/tools/go.mod

# The newest Collector release. The exporter must work with it, too. First the modules below v1, then the stable ones.
LATEST_BETA    := v0.165.0
LATEST_STABLE  := v1.71.0
# The same of contrib, which has patch releases of its own.
LATEST_CONTRIB := v0.165.1

COLLECTOR := $(CURDIR)/bin/agent-visits-collector
# What a Collector is compiled from.
SOURCES   := $(shell find . \( -path ./bin -o -path ./.tools -o -path ./cmd -o -path ./e2e -o -path ./bench -o -path ./examples -o -path ./internal/dev \) -prune \
	-o -name '*.go' ! -name '*_test.go' -print)

# The Collector of the tests with several Collectors.
BALANCER := $(CURDIR)/bin/live/balancer/balancer

# The Collector that compares exporters.
BENCH_COLLECTOR := $(CURDIR)/bin/bench/bench-collector

# What mdatagen writes.
GENERATED := generated_*_test.go internal/metadata internal/metadatatest documentation.md

# The race detector needs a C compiler on most systems. If Go finds none, tests run without the race detector.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# Where the collections of other projects' logs are, if anywhere. `make fidelity` runs them.
SHARED ?= ../shared

FUZZTIME  ?= 10s
PACKAGES  ?= delivery queue translate redact destination
BENCH     ?= .
BENCHTIME ?= 100ms
ROUNDS    ?= 8

# The place where the linker happens to put a function changes the cost of a visit by a tenth. Benchmarks compare code,
# not places, so all functions begin at the start of a cache line.
BENCH_FLAGS := -ldflags=-funcalign=64

# The steps of `make test`, in this order: cheap checks first. The vulnerability check is not one of them. It asks a
# database on the internet, so its result can change from day to day although the code does not. Neither are e2e-latest
# and module-test, which each build a Collector of their own.
TEST_STEPS := check-generate check-licences check-tidy check-fmt lint unit check-agents collector e2e check-demo check-bench check-run latest

.DELETE_ON_ERROR:

.DEFAULT_GOAL := help
include packaging/packaging.mk

##@ To use

.PHONY: help
help: ## Show this list (default).
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: collector bin/demo bin/preview ## Watch real requests become visits. Stops by itself; DEMO=forever keeps it running.
	@exec bin/demo -collector $(COLLECTOR) -preview $(CURDIR)/bin/preview

.PHONY: collector
collector: $(COLLECTOR) ## Build the Collector from builder-config.yaml into bin/.
	@echo "The Collector is bin/$(notdir $(COLLECTOR))."

# ocb writes the Collector's sources. Go compiles them as ocb would, and this also shows the progress.
bin/go.mod: builder-config.yaml go.mod go.sum
	@echo "Writing the Collector's sources with ocb. The first time this fetches modules, which can take a minute."
	@$(GO_TOOL) builder --config builder-config.yaml --skip-strict-versioning=false --skip-compilation

$(COLLECTOR): bin/go.mod $(SOURCES)
	@echo "Compiling the Collector: some minutes the first time, seconds later."
	@cd bin && { CGO_ENABLED=0 go build -v -trimpath -ldflags="-s -w" -o $(@F) . 2>&1 || echo "go build failed"; } | { \
		compiled=0; failed=0; \
		while read -r line; do case $$line in \
			"go build failed") failed=1 ;; \
			*[!A-Za-z0-9./_-]*) echo "$$line" ;; \
			*) compiled=$$((compiled + 1)); \
				if [ $$((compiled % 100)) = 0 ]; then echo "  $$compiled packages of about 1,000"; fi ;; \
		esac; done; exit $$failed; }
	@touch $@

.PHONY: run
run: ## Run a Collector that delivers to each destination whose key is set in the environment.
	@sh examples/run/configs.sh >/dev/null
	@$(MAKE) --no-print-directory collector
	@echo "It takes OTLP on localhost:4317 (gRPC) and localhost:4318 (HTTP). Ctrl-C delivers what is queued, for up to ten seconds for each API and signal, and stops it."
	@exec $(COLLECTOR) $$(sh examples/run/configs.sh)

.PHONY: replay
replay: ## Build bin/replay, which reads logs that exist: bin/replay report access.log*. See docs/replay.md.
	@mkdir -p bin
	@go build -trimpath -o bin/replay ./cmd/replay
	@go build -trimpath -o bin/replay-deliver ./cmd/replay/deliver
	@echo "bin/replay report access.log* says what AI agents did; bin/replay deliver -h delivers the past."

.PHONY: privacy-check
privacy-check: ## Show what a configuration would deliver from a request full of secrets: FILE=config.yaml.
	@go run ./cmd/privacycheck $(or $(FILE),$(error name the configuration: make privacy-check FILE=config.yaml))

##@ To check

.PHONY: test
test: ## Run what CI runs, but for vulncheck, e2e-latest and module-test.
	@begin=$$(date +%s); \
	for step in $(TEST_STEPS); do \
		echo; echo "==> $$step"; start=$$(date +%s); \
		$(MAKE) --no-print-directory $$step || { \
			echo "==> $$step failed after $$(($$(date +%s) - start)) s. To run it alone: make $$step"; exit 1; }; \
		echo "==> $$step passed in $$(($$(date +%s) - start)) s"; \
	done; \
	echo; echo "All steps passed in $$(($$(date +%s) - begin)) s."

.PHONY: unit
unit: ## Test the exporter, with the race detector and the fuzz tests' seeds.
	@$(if $(RACE),,echo "No C compiler found: testing without the race detector.")
	go test $(RACE) -shuffle=on ./...
	@# The race detector watches one in eight of the long simulations. All of them run without it.
	$(if $(RACE),go test ./internal/delivery)

# Go remembers that a test passed, and does not see that the Collector or a file outside of the test's module has changed.
.PHONY: e2e
e2e: collector $(if $(LIVE),$(BALANCER)) ## Drive the built Collector end to end.
	@command -v chromium chromium-browser google-chrome >/dev/null || echo "No Chromium is installed: skipping the tests of the preview's page."
	cd e2e && COLLECTOR=$(COLLECTOR) go test -count=1 -timeout 20m $(RACE) -shuffle=on ./...

.PHONY: live
live: collector $(BALANCER) ## Install real servers and send requests to them (nginx, Apache, HAProxy, lighttpd, Caddy, Express); also gateways, Kafka and alerts.
	@sh e2e/live/install.sh
	cd e2e && COLLECTOR=$(COLLECTOR) LIVE=1 go test -count=1 $(RACE) -shuffle=on -run '^TestLive' .

bin/live/balancer/go.mod: e2e/live/builder-config.yaml go.mod go.sum
	@mkdir -p $(@D)
	@echo "Writing the sources of a Collector that balances."
	@$(GO_TOOL) builder --config e2e/live/builder-config.yaml --skip-strict-versioning=false --skip-compilation

$(BALANCER): bin/live/balancer/go.mod $(SOURCES)
	@echo "Compiling it: some minutes the first time."
	@cd $(@D) && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o $(@F) .
	@touch $@

.PHONY: screenshots
screenshots: bin/preview ## Make the pictures of the preview's page in docs/images. Needs Chromium. ALL=1 also makes others, in bin/screenshots.
	@mkdir -p bin/screenshots docs/images
	@cd e2e && TZ=UTC go run ./browser/screenshots -preview $(CURDIR)/bin/preview -into $(CURDIR)/$(if $(ALL),bin/screenshots -all,docs/images)

# confighttp is below v1 in go.mod and has become stable since.
.PHONY: latest
latest: ## Test the exporter against the newest Collector release. Does not change go.mod.
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && cp go.sum "$$dir" && \
	sed -E -e '/ indirect$$/d' \
		-e 's,(go\.opentelemetry\.io/collector/config/confighttp) v0\.[0-9.]+,\1 $(LATEST_STABLE),' \
		-e 's,(go\.opentelemetry\.io/collector[^ ]*) v0\.[0-9.]+,\1 $(LATEST_BETA),' \
		-e 's,(go\.opentelemetry\.io/collector[^ ]*) v1\.[0-9.]+,\1 $(LATEST_STABLE),' go.mod > "$$dir/go.mod" && \
	echo "Testing against $(LATEST_BETA) and $(LATEST_STABLE)." && \
	go mod tidy -modfile="$$dir/go.mod" && \
	go test -modfile="$$dir/go.mod" -skip '^Test(TheSchemaIs|TheTableOfOptions)' ./... # these show the options of one release

# A Collector of the newest release, without what the module proxy does not serve of it.
LATEST_COLLECTOR := $(CURDIR)/bin/latest/agent-visits-collector

.PHONY: e2e-latest
e2e-latest: ## Drive a Collector of the newest release end to end: spans, logs, and the queue on disk.
	@mkdir -p bin/latest
	@sed -E -e '/otlpjsonfilereceiver|transformprocessor|filterprocessor/d' -e 's,^(  output_path:) .*,\1 ./bin/latest,' \
		-e 's,(opentelemetry-collector-contrib/[^ ]*) v0\.[0-9.]+,\1 $(LATEST_CONTRIB),' \
		-e 's,(go\.opentelemetry\.io/collector[^ ]*) v0\.[0-9.]+,\1 $(LATEST_BETA),' \
		-e 's,(go\.opentelemetry\.io/collector[^ ]*) v1\.[0-9.]+,\1 $(LATEST_STABLE),' builder-config.yaml > bin/latest/builder-config.yaml
	@go run go.opentelemetry.io/collector/cmd/builder@$(LATEST_BETA) --config bin/latest/builder-config.yaml --skip-compilation
	@echo "Compiling a Collector $(LATEST_BETA)."
	@cd bin/latest && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o $(LATEST_COLLECTOR) .
	cd e2e && COLLECTOR=$(LATEST_COLLECTOR) go test -count=1 -run '^Test(AThousand|VisitsOnDisk|ACrash|ARestart|NoLineOfALogFile)' .

.PHONY: lint
lint: $(GOLANGCI) ## Run the linters.
	@for module in $(MODULES); do \
		echo "golangci-lint run in $$module"; (cd $$module && $(GOLANGCI) run --allow-parallel-runners ./...) || exit 1; \
	done

.PHONY: check-fmt
check-fmt: $(GOLANGCI) # Is the code formatted?
	@for module in $(MODULES); do (cd $$module && $(GOLANGCI) fmt --diff ./...) || exit 1; done

.PHONY: check-tidy
check-tidy: # Does every go.mod list exactly what is used?
	@for module in $(MODULES) internal/dev/tools; do (cd $$module && go mod tidy -diff) || exit 1; done

.PHONY: check-generate
check-generate: # Do the generated files match metadata.yaml? Compares them before and after, not with a commit.
	@sums() { find $(GENERATED) -type f -exec cksum {} + 2>/dev/null | sort; }; \
	before=$$(sums); $(MAKE) --no-print-directory generate || exit 1; \
	test "$$before" = "$$(sums)" || { \
		echo "Generated files were out of date. They are now up to date: commit them."; exit 1; }

.PHONY: check-agents
check-agents: ## Is no browser taken for an agent, and each crawler of the list found, among thousands of real user agents?
	@if command -v npm >/dev/null; then \
		files=$$(sh internal/dev/agentnames/fetch.sh $(CURDIR)/bin/useragents) && go run ./internal/dev/agentnames -strict $$files; \
	elif [ -n "$$CI" ]; then echo "npm is not installed, and CI must compare real user agents."; exit 1; \
	else echo "npm is not installed: real user agents are not compared. The tests of internal/agents have others."; fi

.PHONY: check-demo
check-demo: # Do the demo's own tests pass?
	cd examples/demo && go test -count=1 $(RACE) -shuffle=on ./...

.PHONY: check-bench
check-bench: # Do the tests of the program that compares exporters pass? They measure nothing.
	cd bench && go test -count=1 $(RACE) -shuffle=on ./...

.PHONY: check-run
check-run: collector # Does the Collector accept what `make run` composes, the recipes, and what the documents show?
	@sh examples/run/configs_test.sh $(COLLECTOR)
	@COLLECTOR=$(COLLECTOR) go test -count=1 -run TestTheCollectorAcceptsWhatIsShown .

.PHONY: chaos
chaos: collector ## Break delivery in every way for some minutes, and write the results into docs/reliability.md.
	cd e2e && COLLECTOR=$(COLLECTOR) go run ./chaos/cmd -into ../docs/reliability.md

.PHONY: check-licences
check-licences: # Does the licence of every module that users get allow any use?
	@sh internal/dev/tools/licences.sh >/dev/null

.PHONY: licences
licences: ## List the licence of each module that users get.
	@sh internal/dev/tools/licences.sh

.PHONY: sbom
sbom: collector ## Write the Collector's bill of materials (CycloneDX) into bin/.
	@go run ./internal/dev/sbom $(COLLECTOR) > bin/sbom.cdx.json
	@echo "The bill of materials is bin/sbom.cdx.json."

.PHONY: vulncheck
vulncheck: ## Look for known vulnerabilities. Needs vuln.go.dev.
	@$(GO_TOOL) govulncheck ./...

##@ To develop

.PHONY: generate
generate: ## Write the code and documentation that come from metadata.yaml.
	go generate ./...

.PHONY: tidy
tidy: ## Tidy every go.mod.
	@for module in $(MODULES) internal/dev/tools; do (cd $$module && go mod tidy) || exit 1; done

.PHONY: fmt
fmt: $(GOLANGCI) ## Format the code.
	@for module in $(MODULES); do (cd $$module && $(GOLANGCI) fmt ./...) || exit 1; done

.PHONY: fidelity
fidelity: collector ## Compare each source's visits with the requests it was sent, and write the table in docs/sources.md.
	go test -count=1 -run TestFidelityTableIsCurrent -v ./internal/translate -update
	@sh internal/dev/tools/collections.sh $(COLLECTOR) $(SHARED)

.PHONY: agents
agents: ## Compare the list of agents with crawlers and browsers in npm packages, and print what is new or wrong. Needs npm.
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	files=$$(sh internal/dev/agentnames/fetch.sh "$$dir" newest) && go run ./internal/dev/agentnames $$files

.PHONY: agents-page
agents-page: ## Write the tables in docs/agents.md.
	go test -count=1 -run TestDocumentsShowTheList ./internal/dev/agentnames -update

.PHONY: fuzz
fuzz: ## Run each fuzz test for FUZZTIME (10s).
	@for package in $$(go list ./...); do \
		for name in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$name for $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$package || exit 1; \
		done; \
	done

.PHONY: bench
bench: ## Run the benchmarks matching BENCH (all: 8 minutes) for BENCHTIME (100ms) each, six times, and summarize.
	@mkdir -p bin
	go test $(BENCH_FLAGS) -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -count 6 -benchmem ./... > bin/bench.txt || { cat bin/bench.txt; exit 1; }
	@$(GO_TOOL) benchstat bin/bench.txt

.PHONY: bench-compare
bench-compare: ## Compare the benchmarks matching BENCH with those of another commit, in turns: BASE=main.
	@sh internal/dev/tools/benchcompare.sh '$(or $(BASE),$(error name what to compare with: make bench-compare BASE=main))' '$(BENCH)' $(BENCHTIME) $(ROUNDS)

.PHONY: bench-collector
bench-collector: $(BENCH_COLLECTOR) ## Compare CPU and memory with those of other exporters in a Collector, for about 20 minutes. Options: ARGS='-only Queue'.
	@cd bench && go run . -collector $(BENCH_COLLECTOR) $(ARGS)

bin/bench/go.mod: bench/builder-config.yaml go.mod go.sum
	@mkdir -p $(@D)
	@echo "Writing the sources of a Collector with other exporters."
	@$(GO_TOOL) builder --config bench/builder-config.yaml --skip-strict-versioning=false --skip-compilation

$(BENCH_COLLECTOR): bin/bench/go.mod $(SOURCES)
	@echo "Compiling it: some minutes the first time."
	@cd $(@D) && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o $(@F) .
	@touch $@

.PHONY: mutants
mutants: $(GREMLINS) ## Change the code in small ways, one at a time, and see whether a test fails: PACKAGES='queue redact'.
	@for package in $(PACKAGES); do \
		$(GREMLINS) unleash --workers 1 --timeout-coefficient 10 --output-statuses l ./internal/$$package || exit 1; \
	done

.PHONY: tools
tools: $(GOLANGCI) ## Build the developer tools. Other targets also do this when they need one.
	cd internal/dev/tools && go build -o $(CURDIR)/.tools/ tool

$(GOLANGCI):
	@echo "Building golangci-lint $(GOLANGCI_VERSION): two to three minutes, once."
	@GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(GREMLINS):
	@GOBIN=$(@D) go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION)

.PHONY: clean
clean: ## Remove everything that make built.
	rm -rf bin dist .tools

.PHONY: bin/demo
bin/demo:
	@echo "Building the demo."
	@cd examples/demo && go build -o $(CURDIR)/$@ .

.PHONY: bin/preview
bin/preview:
	@echo "Building the preview of both APIs."
	@go build -o $@ ./cmd/preview
