# make help lists the targets.
GO ?= go
PKG ?= ./...
DOCS ?= app/sandbox/sample/repos/support/docs
QUESTIONS ?= app/sandbox/sample/questions/blind.yml
FUZZTIME ?= 60s
FUZZGATE ?= 1000000x
BENCH ?= .
IMAGE ?= oioi
VERSION ?= dev
LDFLAGS = -s -w -X github.com/oioi-app/oioi/app.Version=$(VERSION)
SBOM = github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "For one package: make test PKG=./workflow/..."

.PHONY: run
run: ## Try OiOi in the sandbox
	$(GO) run ./cmd/oioi sandbox

.PHONY: build
build: ## Build the stripped, static program as bin/oioi
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="$(LDFLAGS)" -o bin/oioi ./cmd/oioi

.PHONY: release
release: ## Build the programs of a release, their checksums and what is in them, in dist (VERSION=v1.2.3)
	@rm -rf dist && mkdir -p dist
	@for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do \
		name=dist/oioi-$${target%/*}-$${target#*/}; \
		case $$target in windows/*) name=$$name.exe ;; esac; \
		echo "$$name"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -trimpath -ldflags="$(LDFLAGS)" -o "$$name" ./cmd/oioi || exit 1; \
	done
	@cd dist && sha256sum oioi-* > checksums.txt
	$(GO) run $(SBOM) app -json -licenses -main cmd/oioi -output dist/oioi.cdx.json

.PHONY: test
test: ## Run the tests
	$(GO) test $(PKG)

.PHONY: check
check: ## Run everything that CI runs; installs what is missing
	bash .ci/run

.PHONY: lint
lint: ## Format check, vet, golangci-lint, go mod tidy
	bash .ci/run format vet lint tidy

CHAOS = TestKilledAtEveryBoundary|TestRestartResumesWithinASecond|TestNoDeliveryIsMissed|TestEveryFaultOnEveryEndpoint|TestManyWritersOnFewTickets|TestAWriteThatWasAcceptedUnheardIsNotRepeated|TestWhatNobodyKnowsAsksAPerson|TestNoStaleApprovalIsCarriedOut|TestCancelEndsAModelCall|TestCancelEndsABackoff|TestNoDeliveryIsAcknowledgedInVain
PROOFS = 23

.PHONY: chaos
chaos: ## Kill, lose, repeat and cut off at every place, and print a table of what was lost or doubled
	@mkdir -p .cache
	@OIOI_CHAOS=full $(GO) test -count 1 -timeout 120m -parallel 4 -v -run '^($(CHAOS)|TestSQLite)$$' ./app ./app/store > .cache/chaos.txt 2>&1; failed=$$?; \
	echo '| proof | what was done | what came of it |'; echo '| --- | --- | --- |'; \
	sed -n 's/^.* chaos: //p' .cache/chaos.txt; \
	grep -E '^ *--- FAIL|^FAIL|^panic:' .cache/chaos.txt; \
	rows=$$(grep -c ' chaos: ' .cache/chaos.txt); \
	if [ $$rows -ne $(PROOFS) ]; then echo "$$rows of $(PROOFS) proofs were given"; failed=1; fi; \
	if [ $$failed -ne 0 ]; then echo 'Failed; .cache/chaos.txt says why.'; fi; exit $$failed

.PHONY: bench
bench: ## Run the benchmarks (BENCH= selects some)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

.PHONY: eval
eval: ## Measure answers on a help center: DOCS=folder QUESTIONS=file (default: the sandbox's); MISSES=1 lists what went wrong
	$(GO) run ./cmd/oioi eval --docs '$(DOCS)' --questions '$(QUESTIONS)' $(if $(MISSES),--misses)

.PHONY: redteam
redteam: ## Play the hostile tickets against a model that does its worst, and print what held
	$(GO) test -count 1 -v -run RedTeam ./app/redteam ./app

.PHONY: fuzz
fuzz: ## Fuzz each parser for FUZZTIME (60s) and what decides what leaves with FUZZGATE inputs each (1000000x)
	OIOI_FUZZTIME=$(FUZZTIME) OIOI_FUZZGATE=$(FUZZGATE) bash .ci/run fuzz

.PHONY: cover
cover: ## Show what the tests do not reach, in .cache/coverage.html
	@mkdir -p .cache
	$(GO) test -coverpkg=./... -coverprofile=.cache/coverage.out $(PKG)
	$(GO) tool cover -html=.cache/coverage.out -o .cache/coverage.html
	$(GO) tool cover -func=.cache/coverage.out | tail -n 1

.PHONY: vuln
vuln: ## Look for known vulnerabilities that OiOi can reach (needs the internet)
	$(GO) run $(GOVULNCHECK) $(PKG)

.PHONY: tidy
tidy: ## Format the code and tidy go.mod
	gofmt -w app cmd templates workflow .ci
	$(GO) mod tidy

.PHONY: docker
docker: ## Build the container image
	docker build -t $(IMAGE) .
