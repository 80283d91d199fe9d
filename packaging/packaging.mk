# What a release consists of. The Makefile includes this file. All of it is made from the sources of one commit and dated
# by it, so that a second build has the same bytes.

# The version stands in builder-config.yaml alone. A test compares all other mentions with it.
VERSION           := $(shell sed -n 's/^  version: //p' builder-config.yaml)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# nfpm stands outside internal/dev/tools/go.mod for the same reason as golangci-lint. Later versions need modules that the
# Go module proxy does not serve.
NFPM_VERSION := v2.45.0
NFPM         := $(CURDIR)/.tools/nfpm-$(NFPM_VERSION)/nfpm

PLATFORMS ?= linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64
PACKAGED  ?= linux_amd64 linux_arm64

##@ To release

.PHONY: dist
dist: $(PLATFORMS:%=dist/%) ## Build the programs for each of PLATFORMS, and pack them, into dist/.
	@rm -rf dist/release/*.tar.gz dist/release/*.zip
	@mkdir -p dist/release
	@for platform in $(PLATFORMS); do \
		case $$platform in windows*) form=zip ;; *) form=tar.gz ;; esac; \
		cp LICENSE README.md CHANGELOG.md dist/$$platform/ && \
		go run ./internal/dev/release archive dist/release/agent-visits_$(VERSION)_$$platform.$$form dist/$$platform || exit 1; \
	done
	@$(MAKE) --no-print-directory checksums

dist/%: FORCE | bin/go.mod
	@echo "Compiling for $*."
	@sh packaging/build.sh $(subst _, ,$*) $@

.PHONY: packages
packages: $(PACKAGED:%=dist/%) $(NFPM) ## Build the deb and the rpm for each of PACKAGED, into dist/release/.
	@mkdir -p dist/release
	@for platform in $(PACKAGED); do for form in deb rpm; do \
		ARCH=$${platform#linux_} VERSION=$(VERSION) $(NFPM) package -f packaging/linux/nfpm.yaml -p $$form -t dist/release/ || exit 1; \
	done; done
	@$(MAKE) --no-print-directory checksums

.PHONY: checksums
checksums: # Write the sums of what lies in dist/release.
	@go run ./internal/dev/release checksums dist/release > dist/SHA256SUMS && mv dist/SHA256SUMS dist/release/

$(NFPM):
	@echo "Building nfpm $(NFPM_VERSION)."
	@GOBIN=$(@D) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)

.PHONY: FORCE
FORCE:
