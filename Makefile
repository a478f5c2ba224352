# SPDX-License-Identifier: GPL-2.0-only
# See README.md; `make help' lists the targets.

lab := tools-testing/lab
platforms := $(notdir $(wildcard $(lab)/platforms/*))

PLATFORM ?= x86-pv
KERNEL ?= ours
DEBUG ?=
# Shell, not make: a $ in it stays one
override CMD := $(value CMD)
override GUEST_CMD := $(value GUEST_CMD)
arch = $(or $(shell top=. && . scripts/env.sh && platform_arch $(PLATFORM) 2>/dev/null), \
	$(error no platform $(PLATFORM), only: $(platforms)))
debug := $(filter-out 0,$(DEBUG))

# The lab reads these from its environment.  What the command line sets, make
# exports by itself: GUESTS, OVERLAY, GUEST_OVERLAY, TIMEOUT, XEN_ARGS, DETERMINISTIC, ...
export PLATFORM KERNEL DEBUG CMD GUEST_CMD

help:
	@echo 'make demo               show a guest'\''s screen with zero copies, print what that saves'
	@echo '  MODE=import PLATFORM=x86-pvh|arm64  the guest draws into buffers of domain 0'
	@echo 'make check              all tests on all platforms, release and debug kernel'
	@echo '  T=NAME PLATFORM=NAME  only that group of tests (or those), only that platform'
	@echo 'make soak               the tests that count rounds and pages, with many of both,'
	@echo '                        and lint-random'
	@echo 'make peer               the same tests on mainline'\''s version and ours, as a table'
	@echo 'make bench              what exports and imports cost, beside the floor and mainline'
	@echo '  REPEAT=N              boot each kernel N times (2)'
	@echo 'make figure             draw the figure of the README again from its .dot file'
	@echo 'make run PLATFORM=NAME [KERNEL=mainline] [DEBUG=1] CMD=...'
	@echo '                        boot Xen with guests, run CMD in domain 0'
	@echo 'make shell PLATFORM=... the same with a shell on the console'
	@echo 'make lint               checkpatch, sparse, W=1, builds of other configurations'
	@echo 'make lint-random        the same builds with random ones'
	@echo '  SEED=N COUNT=N        beginning with that one, which it prints; so many (6)'
	@echo 'make docs               the pages of Documentation-* as HTML, in build/docs/html'
	@echo 'make kernels            build what check needs'
	@echo 'make xen-tools          libxengnttab that knows the requests, in build/xen-tools'
	@echo '  XEN_SRC=DIR           from that Xen tree, 4.17 or newer (Debian'\''s 4.17)'
	@echo 'make clean              remove build/, not the cache'
	@echo 'platforms: $(platforms)'

build/.setup: scripts/setup
	@scripts/setup
	@mkdir -p build
	@touch $@

# ---- Kernels and programs; the scripts know what is up to date

kernel: build/.setup
	@scripts/kernel $(KERNEL) $(arch) $(if $(debug),debug)

programs: build/.setup
	@scripts/programs $(arch)

kernels: build/.setup
	@for arch in x86_64 arm64; do for debug in '' debug; do \
		scripts/kernel ours $$arch $$debug && scripts/programs $$arch || exit; \
	done; done

xen-tools: build/.setup
	@for arch in x86_64 arm64; do scripts/xen-tools $$arch || exit; done

run: kernel programs
	@$(lab)/run

shell: kernel programs
	@SHELL_CONSOLE=1 $(lab)/run

demo:
	@$(MAKE) --no-print-directory KERNEL=ours DEBUG= kernel programs
	@tools-testing/demo/run

check: build/.setup
	@T="$(T)" tools-testing/check \
		$(if $(filter command line environment,$(origin PLATFORM)),$(PLATFORM),$(platforms))

soak:
	@$(MAKE) --no-print-directory check T='export import contig display' DEBUG=0 SOAK=1
	@$(MAKE) --no-print-directory lint-random

peer: build/.setup
	@T="$(T)" tools-testing/peer \
		$(if $(filter command line environment,$(origin PLATFORM)),$(PLATFORM),$(platforms))

bench: build/.setup
	@tools-testing/bench/run \
		$(if $(filter command line environment,$(origin PLATFORM)),$(PLATFORM),$(platforms))

lint: build/.setup
	@scripts/lint

# The SVG files are committed: only a change of a figure needs this
figure:
	@scripts/figure
.PHONY: figure

lint-random: build/.setup
	@scripts/lint-builds random $(COUNT)

docs: build/.setup
	@scripts/docs

clean:
	rm -rf build

.PHONY: help kernel programs kernels xen-tools run shell demo check soak peer bench lint lint-random docs clean
