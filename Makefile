# Everything that is fetched goes to .runtime, everything that is built to .build; git ignores both.

.DEFAULT_GOAL := help
.PHONY: help run build setup test test-large test-deploy first-minutes torture bench fuzz lint format install decode tarball deb sbom clean distclean

# where swift build finds OpenVINO
export PKG_CONFIG_PATH := $(CURDIR)/.runtime/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

PREFIX := /opt/posevault
PROGRAM := .build/release/posevault

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: $(PROGRAM) ## install what is missing, build, and start on http://127.0.0.1:3000
	@Scripts/install-packages run
	@Scripts/run

build: $(PROGRAM) ## build .build/release/posevault
	@echo "$(PROGRAM) is up to date."

setup: ## install what is missing and fetch libraries and models
	@Scripts/setup

# Swift need not be asked when nothing is newer than the program; folders tell of files that are gone.
$(PROGRAM): Makefile Package.swift Scripts/setup $(shell find Sources) | setup
	@Scripts/build -c release --product posevault --static-swift-stdlib
	@touch $@

decode: ## build the helper that decodes HEIC, AVIF and clips: .build/decode/posevault-decode
	@Scripts/install-packages decode
	@Scripts/build-decode
	@echo ".build/decode/posevault-decode is up to date."

test: setup ## build and run all tests
	@Scripts/install-packages test decode
	@Scripts/test

test-large: $(PROGRAM) ## open an archive of more than 4 GiB and 65,535 entries everywhere; needs 15 GB and minutes
	@Scripts/test-large

torture: $(PROGRAM) ## play the adversary with 200 seeds on embedded storage, 20 on databases and 50 on a repository; takes hours, is taken up again
	@Scripts/install-packages test
	@Scripts/torture embedded 200 60
	@Scripts/torture databases 20 60
	@Scripts/torture repository 50 60

test-deploy: $(PROGRAM) ## try package, tarball, service and image on bare machines; as root, takes half an hour
	@Scripts/install-packages install decode deploy
	@Scripts/package tarball
	@Scripts/package deb
	@Scripts/test-deploy

first-minutes: $(PROGRAM) ## measure a newcomer's start on a bare machine; fails where it got worse; as root
	@Scripts/install-packages install decode deploy test
	@Scripts/package deb
	@Scripts/first-minutes

bench: $(PROGRAM) ## measure speed and memory, with MediaPipe in Python beside it
	@Scripts/bench

SECONDS := 60
TARGET :=
fuzz: setup ## feed the parsers broken input for SECONDS, by default 60, each or TARGET alone
	@Scripts/fuzz $(SECONDS) $(TARGET)

lint: ## check format, scripts and the page
	@Scripts/install-packages lint
	Scripts/lint-page
	Scripts/lint-labels
	swift format lint --strict --recursive Package.swift Sources Tests
	shellcheck Scripts/common.sh $$(grep -rlE "^#!.*(bash|/sh)$$" .ci Scripts Tests deploy)
	clang-format --dry-run -Werror --style=file:Helper/.clang-format Helper/*.[ch] Fuzz/*.c

format: ## put all Swift code, and the helper's C, into the project's format
	swift format --in-place --recursive Package.swift Sources Tests
	clang-format -i --style=file:Helper/.clang-format Helper/*.[ch] Fuzz/*.c

# one folder that may lie anywhere and be moved
install: $(PROGRAM) ## copy the program with all it needs to PREFIX, by default /opt/posevault
	@Scripts/install-packages install
	mkdir -p "$(PREFIX)/lib" "$(PREFIX)/models"
	install --strip $(PROGRAM) "$(PREFIX)/"
	patchelf --set-rpath '$$ORIGIN/lib' "$(PREFIX)/posevault"
	install Scripts/restore-pictures "$(PREFIX)/"
	! test -x .build/decode/posevault-decode || install --strip .build/decode/posevault-decode .build/decode/posevault-decode-clip "$(PREFIX)/"
	install -m 644 .runtime/lib/*.so.* .runtime/lib/libopenvino_intel_cpu_plugin.so "$(PREFIX)/lib/"
	install -m 644 .runtime/models/*.tflite "$(PREFIX)/models/"

tarball: $(PROGRAM) ## make an archive for Debian 12 and 13 without Swift, and another one for HEIC and AVIF
	@Scripts/install-packages install decode
	@Scripts/package tarball

deb: $(PROGRAM) ## make a package for Debian 12 and 13, and another one for HEIC and AVIF
	@Scripts/install-packages install decode
	@Scripts/package deb

sbom: $(PROGRAM) ## write the bill of materials (CycloneDX) to .build/packages/posevault.cdx.json
	@mkdir -p .build/packages
	@Scripts/sbom $(PROGRAM) > .build/packages/posevault.cdx.json
	@echo .build/packages/posevault.cdx.json

clean: ## remove what was built
	swift package clean

distclean: ## remove what was fetched, too (never data or backups)
	rm -rf .build .runtime Package.resolved
