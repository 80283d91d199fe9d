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
REBUILD   ?= yes

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

# Go itself knows what is to be compiled again, so this always asks it. REBUILD= takes what is there.
dist/%: FORCE | bin/go.mod
	@if [ -n "$(REBUILD)" ] || [ ! -d $@ ]; then echo "Compiling for $*."; sh packaging/build.sh $(subst _, ,$*) $@; fi

.PHONY: packages
packages: $(PACKAGED:%=dist/%) $(NFPM) ## Build the deb and the rpm for each of PACKAGED, into dist/release/.
	@mkdir -p dist/release
	@for platform in $(PACKAGED); do for form in deb rpm; do \
		ARCH=$${platform#linux_} VERSION=$(VERSION) $(NFPM) package -f packaging/linux/nfpm.yaml -p $$form -t dist/release/ || exit 1; \
	done; done
	@$(MAKE) --no-print-directory checksums

IMAGE ?= ghcr.io/agentvisits/agent-visits:$(VERSION)

.PHONY: release
release: ## Build everything of a release into dist/release/: archives, packages, bill of materials, notes, checksums.
	@rm -rf dist/release && mkdir -p dist/release
	@$(MAKE) --no-print-directory dist
	@$(MAKE) --no-print-directory packages REBUILD=
	@go run ./internal/dev/sbom dist/linux_amd64/agent-visits-collector > dist/release/sbom.cdx.json
	@go run ./internal/dev/release notes $(VERSION) > dist/release/NOTES.md 2>/dev/null || \
		go run ./internal/dev/release notes Unreleased > dist/release/NOTES.md
	@$(MAKE) --no-print-directory checksums
	@echo "The release $(VERSION) is in dist/release/."

.PHONY: release-check
release-check: ## May this tag be released? TAG=v0.1.0. The version and the changelog must say so.
	@test "$(TAG)" = "v$(VERSION)" || { \
		echo "The tag is $(TAG) and builder-config.yaml says $(VERSION): set dist::version there, commit, and tag again." >&2; exit 1; }
	@go run ./internal/dev/release notes $(VERSION) >/dev/null

.PHONY: image
image: $(PACKAGED:%=dist/%) image-only ## Build the container image for each of PACKAGED, with buildah.

.PHONY: image-only
image-only: # Build the image from programs that were compiled before.
	@command -v buildah >/dev/null || { echo "buildah is not installed. On Debian: apt-get install buildah" >&2; exit 1; }
	@test -f /etc/ssl/certs/ca-certificates.crt || { echo "No certificates. On Debian: apt-get install ca-certificates" >&2; exit 1; }
	@mkdir -p dist/image/state && cp /etc/ssl/certs/ca-certificates.crt dist/image/
	@buildah manifest rm $(IMAGE) >/dev/null 2>&1 || true
	@for platform in $(PACKAGED); do \
		buildah build --isolation chroot --format docker --timestamp $(SOURCE_DATE_EPOCH) --platform linux/$${platform#linux_} \
			--manifest $(IMAGE) -f packaging/image/Dockerfile . || exit 1; \
	done

.PHONY: image-test
image-test: ## Run the image as its users do, and look at what is in it. As root, with podman.
	@sh packaging/image/test.sh $(IMAGE)

.PHONY: packages-test
packages-test: dist/linux_amd64 $(NFPM) ## Install, use, upgrade and remove the deb and the rpm in a container with systemd. As root, on Debian.
	@mkdir -p bin/packages
	@for form in deb rpm; do \
		for version in 0.0.1 $(VERSION); do \
			ARCH=amd64 VERSION=$$version $(NFPM) package -f packaging/linux/nfpm.yaml -p $$form -t bin/packages/$$version.$$form || exit 1; \
		done; \
		sh packaging/linux/test/run.sh $${OLD:-bin/packages/0.0.1}.$$form bin/packages/$(VERSION).$$form || exit 1; \
	done

.PHONY: module-test
module-test: ## Build a Collector from the committed module as ocb fetches it from a proxy, without a clone.
	cd e2e && MODULE=1 go test -count=1 -run TestTheTaggedModule ./shipped

.PHONY: checksums
checksums: # Write the sums of what lies in dist/release.
	@go run ./internal/dev/release checksums dist/release > dist/SHA256SUMS && mv dist/SHA256SUMS dist/release/

$(NFPM):
	@echo "Building nfpm $(NFPM_VERSION)."
	@GOBIN=$(@D) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)

.PHONY: FORCE
FORCE:
