# SPDX-License-Identifier: GPL-2.0-only
# See README.md; `make help' lists the targets.

lab := tools-testing/lab
platforms := $(notdir $(wildcard $(lab)/platforms/*))

PLATFORM ?= x86-pv
KERNEL ?= ours
DEBUG ?=
# These are shell commands: make must not expand their $
override CMD := $(value CMD)
override GUEST_CMD := $(value GUEST_CMD)
# Without SUITE: the scripts refuse a wrong one, but here it would be a wrong platform
arch = $(or $(shell top=. SUITE= && . scripts/env.sh && platform_arch $(PLATFORM) 2>/dev/null), \
	$(error no platform $(PLATFORM), only: $(platforms)))
# For targets that run on all platforms, unless PLATFORM is set
chosen := $(if $(filter command line environment,$(origin PLATFORM)),$(PLATFORM),$(platforms))

# Environment of the lab.  make exports variables of its command line itself:
# GUESTS, OVERLAY, GUEST_OVERLAY, TIMEOUT, XEN_ARGS, LINUX_ARGS, GUEST_LINUX_ARGS, DETERMINISTIC, ...
export PLATFORM KERNEL DEBUG CMD GUEST_CMD

help:
	@echo 'make demo               show a guest'\''s screen with zero copies, print what that saves'
	@echo '  MODE=import PLATFORM=x86-pvh|arm64  with buffers that domain 0 allocates'
	@echo '  BACKEND=qemu PLATFORM=x86-pv        with QEMU, which it builds, instead of displ-backend'
	@echo 'make check              run the tests: what each platform needs, debug kernel on x86-pv'
	@echo '  T=NAME PLATFORM=NAME  only that group of tests (or a list), only that platform'
	@echo '  DEBUG=0|1|kcsan       only the release or only the debug kernel, or that which looks'
	@echo '                        for data races'
	@echo '  ALL=1                 also what takes too long for each change'
	@echo 'make check-all          run all groups on all kernels and Debian releases; takes hours'
	@echo 'make soak               run tests with many more rounds and pages, and lint-random'
	@echo 'make peer               run the tests on mainline'\''s driver and on this one, print a table'
	@echo 'make bench              count instructions of exports and imports, compare with mainline'
	@echo '  REPEAT=N SOAK=1       boot each kernel N times (default 2); up to 10,000 buffers'
	@echo '  SLOW=1                measure a driver that was slowed down: must fail'
	@echo 'make run PLATFORM=NAME [KERNEL=mainline] [DEBUG=1] CMD=...'
	@echo '                        boot Xen with guests, run CMD in domain 0'
	@echo '  KERNEL_VERSION=7.3    the kernel of that release (default 6.12); for check, too'
	@echo '  SUITE=bookworm        the Xen and libraries of that Debian (default trixie);'
	@echo '                        for check, bench, demo and xen-tools, too'
	@echo 'make shell PLATFORM=... boot the same, with a shell on the console'
	@echo 'make lint               run checkpatch, sparse, builds with W=1 and other configurations'
	@echo 'make lint-random        build with random configurations'
	@echo '  SEED=N COUNT=N        seed of the first one, number of them (default 6)'
	@echo 'make docs               build the pages of Documentation-* as HTML in build/docs/html'
	@echo 'make figure             draw the figure of the README from its .dot file'
	@echo 'make kernels            build all kernels and programs that check needs'
	@echo 'make xen-tools          build libxengnttab with our patches in build/xen-tools'
	@echo '  XEN_SRC=DIR           source of Xen, 4.17 or newer (default Debian'\''s 4.17)'
	@echo 'make deb                build the Debian packages in build/deb, check them with lintian'
	@echo 'make series             make the patch series for Linux and Xen in build/series'
	@echo '  CHECK=1               test them: apply, build each step, run KUnit, boot the last'
	@echo '  VERSION=N KERNEL_SRC=DIR  version of the series, the tree that it is for'
	@echo 'make send-dry-run       print what git send-email would send, and to whom'
	@echo 'make clean              remove build/, but not the cache'
	@echo 'platforms: $(platforms)'
	@echo 'NAME=1: 1 is on, empty is off; DEBUG=0 and CHECK=0 are also off'

# Before all other work: what the user gave may be wrong
inputs:
	@scripts/inputs $(MAKECMDGOALS)

build/.setup: scripts/setup | inputs
	@scripts/setup
	@mkdir -p build
	@touch $@

# ---- Kernels and programs.  The scripts build only what is not up to date.

kernel: build/.setup
	@scripts/platform-kernel $(PLATFORM) $(KERNEL) $(DEBUG)

programs: build/.setup
	@scripts/programs $(arch)

kernels: build/.setup
	@for arch in x86_64 arm64; do for debug in '' debug; do \
		scripts/kernel ours $$arch $$debug && scripts/programs $$arch || exit; \
	done; done

xen-tools: build/.setup
	@for arch in x86_64 arm64; do scripts/xen-tools $$arch || exit; done

deb: build/.setup
	@scripts/deb

series: build/.setup
	@scripts/series make
	@[ ! "$(filter-out 0,$(CHECK))" ] || scripts/series check all

send-dry-run: series
	@scripts/series send

run: kernel programs
	@$(lab)/run

shell: kernel programs
	@SHELL_CONSOLE=1 $(lab)/run

demo: inputs
	@$(MAKE) --no-print-directory KERNEL=ours DEBUG= kernel programs
	@tools-testing/demo/run

check: build/.setup
	@T="$(T)" tools-testing/check $(chosen)

check-all: build/.setup
	@T="$(T)" tools-testing/check-all $(chosen)

soak: build/.setup
	@T='export contig revoke display' DEBUG=0 SOAK=1 tools-testing/check $(chosen)
	@T='import fuzz parsers volume deaths asan offer' ALL=1 DEBUG=0 SOAK=1 tools-testing/check $(chosen)
	@[ ! "$(filter x86-pv,$(chosen))" ] || \
		T='export import contig revoke fuzz volume' DEBUG=kcsan ALL=1 tools-testing/check x86-pv
	@scripts/lint-builds random $(COUNT)

peer: build/.setup
	@T="$(T)" tools-testing/peer $(chosen)

bench: build/.setup
	@tools-testing/bench/run $(chosen)

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

.PHONY: help inputs kernel programs kernels xen-tools deb series send-dry-run run shell demo check check-all soak peer bench lint lint-random docs clean
