# Every habit of this repository is a target here. `make` lists them.

MAKEFLAGS += --no-print-directory
SHELL     := /bin/sh
.DEFAULT_GOAL := help

# The workspace decides, whatever the caller's shell says. Modules outside it,
# and checks of a module alone, say GOWORK=off for themselves.
export GOWORK :=

INSIDE   := pkg $(patsubst %/go.mod,%,$(wildcard services/*/go.mod)) test
OUTSIDE  := $(patsubst %/go.mod,%,$(wildcard services/*/*/go.mod test/*/go.mod))
CORPORA  := $(filter services/%/corpus,$(OUTSIDE))
DEMOS    := $(filter services/%/demo,$(OUTSIDE))
SERVICES := $(notdir $(patsubst %/go.mod,%,$(wildcard services/*/go.mod)))

# What a build says it is: the release, or the last one and the commits since.
VERSION := $(patsubst pkg/v%,%,$(shell git describe --tags --match 'pkg/v*' --dirty 2>/dev/null))
STAMP   := $(if $(VERSION),-X github.com/mcpfleet/mcpfleet/pkg/server.version=$(VERSION))

GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Flags for every go test, such as GOTEST=-v.
GOTEST   ?=
# Runs of each fuzz target: a number, because at the end of a time go test may
# fail for no reason but the time.
FUZZTIME ?= 20000x
# Where fuzz targets are looked for.
FUZZED   ?= pkg services test

# each runs a command in the folder of every module named, and stops at the
# first that fails.
each = @set -e; for m in $(1); do echo "$$m: $(2)"; (cd $$m && $(2)); done

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' Makefile

##@ run

.PHONY: up
# A program of its own rather than go run, which would not pass a signal on.
up: ## build and run every service; Ctrl-C ends them all. DEMO=1 has emulators of GitHub and Slack, ARGS="calculator" runs that one, ARGS="-shift 100" moves the ports
	@go build -o bin/ ./test/up
	@exec bin/up $(if $(filter-out 0,$(DEMO)),-demo) $(ARGS)

.PHONY: build
build: ## build every service and its demo into bin/, static, with its version
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w $(STAMP)' -o bin/ $(foreach s,$(SERVICES),./services/$(s)/cmd/...)
	$(call each,$(DEMOS),CGO_ENABLED=0 GOWORK=off go build -trimpath -ldflags '-s -w' -o $(CURDIR)/bin/ ./cmd/...)

TOOL := go run ./test/internal/tool/cmd/tool

.PHONY: chart
chart: ## package the Helm chart into dist/, with its version
	@mkdir -p dist
	$(TOOL) helm package helm/mcp-fleet --destination dist $(if $(VERSION),--version $(VERSION) --app-version $(VERSION))

.PHONY: images
images: ## the image of every service, at most 25 MiB each, into dist/images; with Docker where it runs, else ko. ARGS="-base REFERENCE calculator" builds that one on another base
	@go run ./test/image $(if $(VERSION),-version $(VERSION)) -revision '$(shell git rev-parse HEAD 2>/dev/null)' $(ARGS)

.PHONY: mcpb
mcpb: ## each service as an MCP bundle for desktop clients into dist/mcpb, and its server.json for the MCP registry into dist/registry; PLATFORMS=all has those of a release, ARGS="files" packs that one
	@go run ./test/bundle $(if $(VERSION),-version $(VERSION)) -platforms '$(PLATFORMS)' $(ARGS)

.PHONY: compose-secrets
compose-secrets: ## keys and passwords for deploy/compose.yaml, into deploy/secrets
	@sh deploy/compose/secrets.sh

##@ test

.PHONY: test
test: export CGO_ENABLED := 0
test: vet verify-work verify-tidy test-alone ## all that needs only Go, git, make and the module proxy
	go test -shuffle=on -timeout 10m $(GOTEST) work
	$(call each,$(OUTSIDE),GOWORK=off go test -shuffle=on -timeout 10m $(GOTEST) ./...)

.PHONY: test-alone
test-alone: # each module builds without the workspace, as for those who import it
	$(call each,$(INSIDE) $(OUTSIDE),GOWORK=off go build -o /dev/null ./...)

# The rest of test/ runs programs, which are not built with the race detector.
RACE := $(foreach m,$(filter-out test,$(INSIDE)),./$(m)/...) ./test/up ./test/conformance/...

.PHONY: test-race
# The detector makes everything many times slower, and finds a race early.
test-race: export FILES_RACE_FLIPS ?= 2000
test-race: export FILES_KILLS ?= 20
test-race: export FILES_WATCH_CHANGES ?= 2000
test-race: export FILES_READ_BYTES ?= 33554432
test-race: export FILES_IGNORE_TREES ?= 50
test-race: ## the tests under the race detector; needs a C compiler
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 15m $(GOTEST) $(RACE)

# Where goroutines meet in the database service: sessions, the catalog's cache,
# listening, and calls with subscriptions.
DATABASE_RACES := ^Test(Read|ReadStops|Cancel|CancelEarly|Transaction|Write|Restart|Terminated|Cut|Busy|Snapshot|LoadWhileChanging|ManyWatchesOfOneConnection|ConnectionThatIsKilled|ServerThatRestarts|WhatIsNotified|Burst|Pages|OneAnswerIsForOneChange|PoolMetrics|RowsAtOnce)$$

.PHONY: test-database-race
test-database-race: ## the database service on PostgreSQL under the race detector; needs a C compiler and PostgreSQL
	CGO_ENABLED=1 go test -race -tags e2e -shuffle=on -timeout 10m -run '$(DATABASE_RACES)' $(GOTEST) ./services/database ./services/database/internal/postgres ./services/database/internal/catalog ./services/database/internal/notify

.PHONY: test-e2e
test-e2e: ## built services against the conformance suite, an authorization server, Redis, real clients, a host of views and pages in Chromium, hosts of MCP servers, the examples of the documents, hostile input and signals, files against devices, mounts and ripgrep, databases on PostgreSQL 15 and 18, GitHub's and Slack's descriptions of their APIs and emulators of them, and what is computed against others; needs npm, redis-server, qalc, bc, rg, strace, PostgreSQL with contrib and hypopg, pgbouncer and root
	go test -tags e2e -shuffle=on -timeout 20m $(GOTEST) ./pkg/localpg/... ./pkg/oauth/... ./pkg/server/internal/limit/... ./services/database/... ./services/files/... ./test/apps/... ./test/conformance/... ./test/docs/... ./test/e2e/... ./test/github/... ./test/slack/... ./test/internal/browser/... ./test/internal/emulator/... ./test/node/... ./test/page/... ./test/bundle/...
	go test -tags e2e -shuffle=on -timeout 5m -run '^TestDemo' $(GOTEST) ./test/up
	$(call each,$(filter-out services/database/corpus,$(CORPORA)) $(DEMOS),CGO_ENABLED=0 GOWORK=off go test -tags e2e -shuffle=on -timeout 20m $(GOTEST) ./...)
	cd services/database/corpus && CGO_ENABLED=1 GOWORK=off DATABASE_LEXER_INPUTS=500000 go test -tags e2e -shuffle=on -timeout 20m $(GOTEST) ./...

.PHONY: test-chart
# The first time helm and what judges the chart are built, which takes ten
# minutes of two cores; after that they come from the user's cache directory.
test-chart: ## the Helm chart and deploy/compose.yaml as they are rendered: valid, hardened, without secrets, with variables and metrics that the services know; needs the module proxy
	cd test/chart && CGO_ENABLED=0 GOWORK=off go test -tags e2e -shuffle=on -timeout 20m $(GOTEST) ./...

# Where test-images leaves what test-k8s loads into its cluster.
IMAGE_ARCHIVES ?= dist/archives

# A relative path is seen from here, the tests run elsewhere.
.PHONY: test-k8s
test-k8s: export IMAGE_ARCHIVES := $(abspath $(IMAGE_ARCHIVES))
test-k8s: export K8S_CLUSTER := $(if $(K8S_CLUSTER),$(abspath $(K8S_CLUSTER)))
test-k8s: ## the chart and its services on a Kubernetes cluster: of the program that K8S_CLUSTER names, or of kind where Docker runs; needs what make test-images made, helm, kubectl, PostgreSQL and root
	CGO_ENABLED=0 go test -tags k8s -count=1 -parallel 4 -timeout 30m $(GOTEST) ./test/k8s

.PHONY: test-images
test-images: export IMAGE_ARCHIVES := $(abspath $(IMAGE_ARCHIVES))
test-images: ## deploy/Dockerfile under buildah, with images of this machine's Go and of certificates to build on; needs buildah, crun, busybox-static and root; the images stay in dist/archives
	go test -tags e2e -count=1 -timeout 15m $(GOTEST) ./test/image

.PHONY: test-clients
test-clients: ## built services against Claude Code, MCP Inspector, mcp-remote and the TypeScript SDK; needs npm
	go test -tags e2e -timeout 10m -run Client $(GOTEST) ./test/e2e/...

.PHONY: test-long
test-long: ## all tests three times over, in another order each time, replicas ten times against the conformance suite (npm), files under many more races, kills and changes (root), 20,000 expressions against other calculators (npm, qalc, bc), a million runs of each fuzz target and an hour of the calculator's
	CGO_ENABLED=0 go test -count=3 -shuffle=on -timeout 60m $(GOTEST) work
	go test -tags e2e -count=10 -timeout 60m -run '^TestReplicas$$' $(GOTEST) ./test/conformance/...
	$(MAKE) test-files-long
	cd services/calculator/corpus && CGO_ENABLED=0 GOWORK=off CALCULATOR_DIFFERENTIAL=20000 go test -tags e2e -count=1 -timeout 60m -run '^TestDifferential$$' -v .
	$(MAKE) test-database-long
	$(MAKE) fuzz-short FUZZTIME=1000000x
	$(MAKE) fuzz-hour

.PHONY: test-files-long
test-files-long: export FILES_RACE_FLIPS := 100000
test-files-long: export FILES_KILLS := 1000
test-files-long: export FILES_WATCH_CHANGES := 100000
test-files-long: export FILES_READ_BYTES := 1073741824
test-files-long: export FILES_IGNORE_TREES := 3000
test-files-long: ## the files service with ten times the races, kills, changes and sizes, and a file of 1 GiB; needs npm, rg and root
	CGO_ENABLED=0 go test -tags e2e -count=1 -p 1 -timeout 120m $(GOTEST) ./services/files/...
	go test -tags e2e -count=1 -timeout 120m -run 'Kill|HostileArguments' -v $(GOTEST) ./test/e2e/...

.PHONY: test-database-long
test-database-long: export DATABASE_FAULTS := 10
test-database-long: export DATABASE_REGRESS_SHARE := 1
test-database-long: ## the database service with 5,000,000 random statements against PostgreSQL's own scanner, all of its tests on PostgreSQL 18 too, all statements of PostgreSQL's regression tests, and each fault ten times; needs what test-e2e does
	cd services/database/corpus && CGO_ENABLED=1 GOWORK=off DATABASE_LEXER_INPUTS=5000000 go test -tags e2e -count=1 -timeout 60m -v $(GOTEST) .
	go test -tags e2e -count=1 -timeout 60m $(GOTEST) ./services/database/...
	DATABASE_TEST_POSTGRES=18 go test -tags e2e -count=1 -timeout 60m $(GOTEST) ./services/database/...
	go test -tags e2e -count=1 -timeout 60m -run 'Postgres|Connection|NotNow|HangUpEnds|LargeResults|PgBouncer|OfTheDatabase' -v $(GOTEST) ./test/e2e/...

.PHONY: fuzz-short
fuzz-short: ## 20,000 runs of each fuzz target; more with FUZZTIME=1000000x, some with FUZZED=services/calculator
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' $(FUZZED)); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
			CGO_ENABLED=0 go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$file); \
		done; \
	done

.PHONY: fuzz-minute
fuzz-minute: ## about a minute of the calculator's fuzz targets on two cores
	@$(MAKE) fuzz-short FUZZED=services/calculator FUZZTIME=80000x

.PHONY: fuzz-hour
# On two cores FuzzEvaluate ran 11,000 times a second, 300,000 times in 27 s.
fuzz-hour: ## more than an hour of the calculator's fuzz targets on two cores
	@$(MAKE) fuzz-short FUZZED=services/calculator/internal/eval FUZZTIME=50000000x
	@$(MAKE) fuzz-short FUZZED=services/calculator FUZZTIME=2000000x

.PHONY: bench
bench: ## what a call costs beside other servers; ARGS="-write ../../docs/benchmarks.md" keeps it
	cd test/bench && GOWORK=off go run . $(ARGS)

.PHONY: bench-start
bench-start: ## how long a newcomer waits from git clone to an answer, to all services, and for their pages; nothing else should run meanwhile
	@bash test/bench/start.sh

.PHONY: bench-calculator
bench-calculator: ## what a calculation costs beside mathjs, and what hostile ones cost; ARGS as for bench
	cd test/bench && GOWORK=off go run ./calculator $(ARGS)

.PHONY: bench-files
bench-files: ## what searching and reading files costs beside ripgrep, fd and the reference server; ARGS as for bench; needs rg, fdfind and npm
	cd test/bench && GOWORK=off go run ./files $(ARGS)

.PHONY: bench-database
bench-database: ## what a query costs beside other servers for PostgreSQL; ARGS as for bench; needs PostgreSQL's programs and npm
	cd test/bench && GOWORK=off go run ./database $(ARGS)

.PHONY: bench-github
bench-github: ## what mcp-github costs a model beside GitHub's API, and a batch of repositories; ARGS as for bench; needs npm
	cd test/bench && GOWORK=off go run ./github $(ARGS)

.PHONY: bench-slack
bench-slack: ## the first answers and the memory of mcp-slack in a large workspace, and a page of messages beside other servers; ARGS as for bench; needs npm
	cd test/bench && GOWORK=off go run ./slack $(ARGS)

##@ check and fix

.PHONY: vet
vet: # gofmt and go vet
	@unformatted=$$(gofmt -l $(INSIDE)); [ -z "$$unformatted" ] || { echo "make fix formats:"; echo "$$unformatted"; exit 1; }
	go vet work
	go vet -tags e2e,k8s work
	$(call each,$(OUTSIDE),GOWORK=off go vet ./...)
	$(call each,$(CORPORA) $(DEMOS) test/chart,GOWORK=off go vet -tags e2e ./...)

.PHONY: lint
lint: vet ## vet, and golangci-lint with staticcheck; building it takes a minute or two the first time
	$(call each,$(INSIDE) $(OUTSIDE),GOWORK=off go run $(GOLANGCI) run --config $(CURDIR)/.golangci.yml ./...)

.PHONY: fix
fix: ## what lint finds and can mend
	gofmt -w $(INSIDE)
	$(call each,$(INSIDE) $(OUTSIDE),GOWORK=off go run $(GOLANGCI) run --fix --config $(CURDIR)/.golangci.yml ./...)

.PHONY: generate
generate: ## golden files, then the tables in the README files
	$(call each,$(patsubst %,services/%,$(SERVICES)),go test -run '^TestContract$$' . -update)
	go run ./test/readme

.PHONY: generate-chart
generate-chart: ## the chart's README, from the comments of values.yaml
	$(TOOL) helm-docs --chart-search-root helm/mcp-fleet --sort-values-order file --log-level warning

.PHONY: verify-generated
verify-generated: ## fail if make generate would change something
	$(call each,$(patsubst %,services/%,$(SERVICES)),go test -count=1 -run '^TestContract$$' .)
	go run ./test/readme -check

.PHONY: accuracy
accuracy: ## the tables of docs/calculator-accuracy.md, as they are measured; needs what test-e2e does
	cd services/calculator/corpus && CGO_ENABLED=0 GOWORK=off CALCULATOR_DIFFERENTIAL=5000 CALCULATOR_SEED=1 go test -tags e2e -count=1 -timeout 30m . -update

.PHONY: work
work: ## write go.work from the folders
	cd test && GOWORK=off go run ./work

.PHONY: verify-work
verify-work: ## fail if make work would change something
	cd test && GOWORK=off go run ./work -check

.PHONY: tidy
tidy: ## go mod tidy in every module
	$(call each,$(INSIDE) $(OUTSIDE),GOWORK=off go mod tidy)

.PHONY: verify-tidy
verify-tidy: ## fail if make tidy would change something
	$(call each,$(INSIDE) $(OUTSIDE),GOWORK=off go mod tidy -diff)

##@ grow

.PHONY: new
new: ## a new service in the shape of the calculator: make new NAME=weather
	@go run ./test/scaffold $(or $(NAME),$(error say make new NAME=weather))

.PHONY: release
release: ## the tags of one version of the whole fleet: make release V=1.2.3 BASE=sha256:..., the digest of the image that images are built on
	@go run ./test/release $(or $(V),$(error say make release V=1.2.3 BASE=sha256:...)) '$(BASE)'

.PHONY: checksums
checksums: ## SHA-256 of what is in dist/, but for images of tests, into dist/SHA256SUMS
	cd dist && find . -type f ! -name SHA256SUMS ! -path './archives/*' | LC_ALL=C sort | sed 's|^\./||' | xargs -r -d '\n' sha256sum >SHA256SUMS

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist
