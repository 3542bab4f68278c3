# mirrorvip: one static binary. `make help` lists what can be made.

# What a shell would take for something else, or make.
ODD := ' " $$ & ; < > | ( ) ` %
ifneq ($(strip $(words $(CURDIR)) $(foreach each,$(ODD),$(findstring $(each),$(CURDIR)))),1)
$(error the path of the checkout must hold no blank and none of $(ODD))
endif

# --- Tools and machine. CROSS=aarch64-linux-gnu- builds for another one; B=... builds elsewhere.

B      := build
CROSS  :=
CC     := $(CROSS)gcc
AR     := $(CROSS)ar
RANLIB := $(CROSS)ranlib
OBJCOPY := $(CROSS)objcopy
LD     := $(CROSS)ld
HOSTCC := gcc
PYTHON := /usr/bin/python3

# Debian packages, by what needs them.
DEPS_build := gcc libc6-dev make binutils tar xz-utils patch
DEPS_check := libcmocka-dev
DEPS_demo  := python3 iproute2 procps openssl
DEPS_clusters := corosync pacemaker pacemaker-cli-utils keepalived resource-agents
DEPS_callers := libxml2-utils patroni $(DEPS_clusters)
DEPS_fuzz  := clang libclang-rt-14-dev
DEPS_long  := $(DEPS_check) $(DEPS_fuzz) python3 afl++
DEPS_test  := $(DEPS_demo) python3-pytest python3-pytest-xdist python3-boto3 python3-cryptography python3-prometheus-client awscli strace libcap2-bin nftables mandoc systemd valgrind \
	$(DEPS_callers) $(DEPS_fuzz) minisign signify-openbsd busybox-static qemu-user
DEPS_bench := $(DEPS_demo) python3-boto3 resource-agents awscli curl
DEPS_faults := $(DEPS_check) $(DEPS_test) curl
DEPS_release := gcc-aarch64-linux-gnu libc6-dev-arm64-cross
DEPS_coverage := $(DEPS_check) gcovr python3
# npm may be there from elsewhere than Debian, whose own package would then not go with it.
DEPS_rebuild = checksec devscripts disorderfs mmdebstrap python3-jsonschema $(if $(shell command -v npm),,npm)

# All cores, unless told otherwise (an explicit -j wins).
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory
# What would have the tools do something else for one user than for another.
unexport CDPATH CPATH CPPFLAGS C_INCLUDE_PATH LDFLAGS LD_RUN_PATH LIBCC LIBRARY_PATH
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# --- Flags

knows = $(shell echo | $(CC) $(1) -Werror -E -xc - >/dev/null 2>&1 && echo $(1))

# For everything in the binary, vendor code too. Unwind tables are of no use in it. Code for aarch64 takes more room, and
# even BearSSL, which computes, must be small there.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
HARDEN := $(if $(filter aarch64,$(MACHINE)),-Os -fno-unwind-tables,-O2) -fPIE -fstack-protector-strong $(call knows,-ftrivial-auto-var-init=zero) \
	-fno-common -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-ffile-prefix-map=$(CURDIR)=. -Werror=date-time

WARN := -Werror -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wundef -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough -Wpointer-arith -Wnull-dereference

include vendor/vendor.mk

C       := -std=c11 -D_GNU_SOURCE -Isrc -isystem $(VB)/bearssl-src/inc
# Our own code waits for the network: it is made small, and the vendor code, which computes, fast.
CFLAGS  := $(C) $(HARDEN) -Os -g $(WARN)
LDFLAGS := -nostdlib -static-pie -Wl,-z,text,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,--gc-sections,--build-id=none,--fatal-warnings
# Relocations take a hundredth of the room where the linker can pack them, as it can from 2.38 on.
LDFLAGS += $(shell $(CC) -Wl,--help 2>/dev/null | grep -q pack-relative-relocs && echo -Wl,-z,pack-relative-relocs)

# A page may have 64 kB on aarch64, and the linker would fill the file up to the next one before each segment. So there they
# follow each other in the file, and each begins on a page of its own in memory only. What would work around a defect of
# Cortex-A53, which no instance has, takes whole pages of 4 kB or nothing, by chance.
ifeq ($(MACHINE),aarch64)
LINK_SCRIPT := $(B)/link.script
LDFLAGS += -mno-fix-cortex-a53-843419 -Wl,-T,$(LINK_SCRIPT)
endif

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g

# What this is, in three words: its version, its commit, and the time of that. A source bundle has them in a file.
STAMP   := $(or $(shell cat VERSION 2>/dev/null || { git --git-dir=.git describe --tags --always --abbrev=12 --dirty && \
	git --git-dir=.git log -1 --format='%H %ct'; } 2>/dev/null),unknown unknown 0)
VERSION := $(patsubst v%,%,$(word 1,$(STAMP)))
COMMIT  := $(word 2,$(STAMP))
EPOCH   := $(word 3,$(STAMP))

# --- The binary

SRC  := $(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c))
OBJ  := $(SRC:%.c=$(B)/obj/%.o) $(B)/obj/gen/anchors.o
PURE := $(foreach layer,base wire aws core app,$(filter src/$(layer)/%,$(SRC)))

all: $(B)/mirrorvip ## build the binary, build/mirrorvip (the default)
vendor: ## fetch and verify the pinned sources, and build musl and BearSSL
	@vendor/fetch
	@$(MAKE) -s $(VENDOR_READY)

$(B)/mirrorvip: $(B)/mirrorvip.debug tests/check/elf
	@$(OBJCOPY) --strip-all $< $@
	@tests/check/elf $@

$(B)/mirrorvip.debug: $(OBJ) $(VENDOR_READY) $(B)/link $(LINK_SCRIPT)
	@echo "  link"
	@$(call linked,$(OBJ))

# What hardening does, tried out by a program that is made as the binary is.
$(B)/hardened: LDFLAGS += -Wl,--wrap=__stack_chk_fail,--wrap=prctl
$(B)/hardened: $(patsubst %,$(B)/obj/%.o,tests/check/hardened src/host/process src/host/sandbox src/host/wait src/host/clock src/base/text src/base/format) \
		$(VENDOR_READY) $(B)/link $(LINK_SCRIPT)
	@$(call linked,$(filter %.o,$^))

linked = $(CC) $(LDFLAGS) -o $@ $(MUSL)/lib/rcrt1.o $(MUSL)/lib/crti.o $(shell $(CC) -print-file-name=crtbeginS.o) \
	$(1) $(BEARSSL)/libbearssl.a $(MUSL)/lib/libc.a $(shell $(CC) -print-libgcc-file-name) \
	$(shell $(CC) -print-file-name=crtendS.o) $(MUSL)/lib/crtn.o

# What is closed once it is relocated takes the rest of its last page as well, so that all of it can be.
in_next_page = . = ALIGN($(1), CONSTANT (MAXPAGESIZE)) + ($(1) \& (CONSTANT (MAXPAGESIZE) - 1));
$(B)/link.script: Makefile
	@mkdir -p $(@D)
	@$(LD) -pie -z separate-code -z relro -z now --verbose | sed '1,/^=====/d; /^=====/,$$d' | sed \
		-e 's/^  \. = ALIGN(CONSTANT.*/  $(call in_next_page,.)/' \
		-e 's/^  \. = DATA_SEGMENT_ALIGN.*/  $(call in_next_page,.)\n  . = DATA_SEGMENT_ALIGN (1, 1);/' \
		-e 's/^  \. = DATA_SEGMENT_RELRO_END.*/  HIDDEN (__relro_end = .);\n  .relro_padding : { . = ALIGN(CONSTANT (MAXPAGESIZE)); }\n&\n  $(call in_next_page,__relro_end)/' >$@

$(B)/obj/%.o: %.c $(B)/flags $(VENDOR_READY)
	@echo "  $<"
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(VENDOR_INCLUDES) -MMD -MP -c -o $@ $<

# Generated code full of casts, so without our warnings.
$(B)/obj/gen/%.o: $(B)/gen/%.c $(B)/flags $(VENDOR_READY)
	@mkdir -p $(@D)
	@$(CC) $(C) $(HARDEN) $(VENDOR_INCLUDES) -MMD -MP -c -o $@ $<

# Only what prints the version is compiled again when it changes.
VERSIONED := $(if $(SRC),$(patsubst %.c,$(B)/obj/%.o,$(shell grep -l MIRRORVIP_VERSION $(SRC))))
$(VERSIONED): CFLAGS += -include $(B)/gen/version.h
$(VERSIONED): $(B)/gen/version.h

$(B)/gen/version.h: vendor/versions vendor/lock vendor/anchors $(FETCHED) $(B)/version
	@mkdir -p $(@D)
	@vendor/versions $(VERSION) $(COMMIT) >$@.part && mv $@.part $@

# Files that change only when what they hold does, for targets that depend on more than files.
when-changed = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' >$@
$(B)/version: FORCE
	$(call when-changed,$(VERSION) $(COMMIT))
$(B)/flags: FORCE
	$(call when-changed,$(CC) $(CFLAGS))
$(B)/link: FORCE
	$(call when-changed,$(LDFLAGS) $(OBJ))

tools:
	@for t in $(CC) $(HOSTCC) $(AR) $(RANLIB) $(OBJCOPY) ar tar xz patch; do command -v $$t >/dev/null || \
		{ echo "mirrorvip needs $$t to build. On Debian: apt-get install $(DEPS_build)"; exit 1; }; done

# --- The release

# What it is made for, and the compiler's prefix for what is not this machine.
ARCHS := x86_64 aarch64
NATIVE := $(shell uname -m)
cross  = $(if $(filter $(1),$(NATIVE)),,$(1)-linux-gnu-)
OUT   := release/out
built  = $(B)$(if $(call cross,$(1)),/$(1))

release: ## the bundles for x86_64 and aarch64 and of the source, in release/out, with all that vouches for them
	@release/tools/committed
	@$(MAKE) -s programs
	@COMPILERS="$(foreach arch,$(ARCHS),$(or $(patsubst %,%gcc,$(call cross,$(arch))),$(CC)))" release/tools/pack $(OUT) $(VERSION) $(COMMIT) $(EPOCH) $(foreach arch,$(ARCHS),$(arch)=$(call built,$(arch))/mirrorvip)

programs:
	@vendor/deps $(DEPS_build) $(if $(filter aarch64,$(filter-out $(NATIVE),$(ARCHS))),$(DEPS_release))
	@$(foreach arch,$(ARCHS),$(MAKE) -s all CROSS=$(call cross,$(arch)) B=$(call built,$(arch)) &&) :

vendor-audit: ## the known defects of BearSSL and musl after the pinned versions, and whether they reach us
	@$(MAKE) -s programs
	@vendor/audit $(foreach arch,$(ARCHS),$(call built,$(arch))/mirrorvip.debug)

# --- Checks and tests

CMOCKA := -lcmocka
GRAMMARS := $(patsubst tests/fuzz/grammars/%.c,%,$(sort $(wildcard tests/fuzz/grammars/*.c)))
SCANNERS := http json uri xml
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
# More at once than there are cores: they wait more than they work.
PYTEST := $(PYTHON) -m pytest -p no:cacheprovider --rootdir tests -q -n $(shell expr 2 \* $$(nproc))
export PYTHONPATH := tests
export PYTHONDONTWRITEBYTECODE := 1

check: ## prove the binary's shape, the layers, and the unit tests: a minute at most, no root, no network
	@vendor/deps $(DEPS_build) $(DEPS_check)
	@$(MAKE) -s $(B)/mirrorvip $(B)/loadbase $(B)/hardened $(B)/watched $(UNIT)
	@tests/check/elf $(B)/mirrorvip $(B)/loadbase
	@$(B)/hardened
	@tests/check/layers $(OBJ)
	@tests/check/unit $(UNIT)

unit: ## the unit tests alone
	@$(MAKE) -s $(UNIT)
	@RUN=$(RUN) tests/check/unit $(UNIT)

# All but the races and the worlds, which take the binary's own objects. BearSSL is the binary's.
COVERED := $(patsubst $(B)/%,$(B)/coverage/%,$(filter-out %_race %_worlds,$(UNIT)))
coverage: ## which branches of the pure layers no unit test takes (a minute)
	@vendor/deps $(DEPS_build) $(DEPS_coverage)
	@find $(B)/coverage -name '*.gcda' -exec rm -f {} + 2>/dev/null || :
	@$(MAKE) -s unit B=$(B)/coverage VB=$(VB) UNIT='$(COVERED)' SANITIZE='-O0 --coverage'
	@tests/check/coverage $(B)/coverage

# Each program takes the layers from a library, so that one with another object serves all.
MUTABLE := $(patsubst $(B)/unit/%,$(B)/mutants/%,$(filter-out %_race %_worlds %_damage %_faults $(B)/unit/test_base% $(B)/unit/test_wire%,$(UNIT)))
MUTATE  := $(CC) $(C) -O1 -fPIC -w -fsanitize=undefined -fsanitize-undefined-trap-on-error -c
mutants: ## which small changes of core and aws no unit test notices (a quarter of an hour; FILES="src/core/pace.c ..." for some)
	@vendor/deps $(DEPS_build) $(DEPS_check) python3
	@$(MAKE) -s $(MUTABLE)
	@COMPILE="$(MUTATE)" tests/check/mutants $(B)/mutants $(FILES)

test: ## what every change must pass: install what is lacking, check, then the region, host, world and caller tests
	@vendor/deps $(DEPS_build) $(DEPS_check) $(DEPS_test)
	@$(MAKE) check UNIT='$(filter-out $(PARTLY),$(UNIT))'
	@$(MAKE) -s fuzzed $(PARTLY)
	@$(MAKE) -j2 whole suite

# What `make check` alone goes through in part; but the small worlds, four minutes of a core, are for `make test-long`.
PARTLY := $(filter %_race %_damage %_faults %core_plan %wire_http %wire_xml %wire_json %aws_profile,$(UNIT))
whole:
	WHOLE=1 nice tests/check/unit $(PARTLY)
suite:
	$(PYTEST) $(wildcard tests/region tests/faults tests/operators tests/world tests/callers tests/release tests/cost tests/fuzz)

fuzzed: $(B)/tell $(GRAMMARS:%=$(B)/fuzz/%) $(SCANNERS:%=$(B)/every/%)

# Half of the time is libFuzzer's, the other half AFL++'s, and all grammars have the same share of it. It is that of a core: two
# take half of it. What is tried out to the last before comes on top of it: some minutes.
MINUTES = $(shell expr $(HOURS) \* 60)
HOURS   := 6
test-long: ## fuzz every grammar for HOURS=6 of a core, or MINUTES=..., in all, and write what came of it into tests/PROOF.md
	@vendor/deps $(DEPS_build) $(DEPS_long)
	@$(MAKE) -s all fuzzed $(GRAMMARS:%=$(B)/afl/%) $(B)/unit/test_app_worlds
	@WHOLE=1 nice tests/check/unit $(B)/unit/test_app_worlds
	@nice $(PYTHON) -m fuzz $(MINUTES)

faults: ## every fault of tests/faults, beside what people use today, into tests/faults/RESULTS.md
	@vendor/deps $(DEPS_build) $(DEPS_faults)
	@$(MAKE) -s all $(B)/watched $(UNIT)
	@WHOLE=1 $(PYTHON) -m faults

demo: ## a failover before your eyes, on an embedded AWS region (needs root for namespaces)
	@vendor/deps $(DEPS_build) $(DEPS_demo)
	@$(MAKE) -s all
	@$(PYTHON) -m world.demo

demo-pacemaker: ## failovers of a Corosync and Pacemaker cluster, beside the agent that it replaces (three minutes)
demo-keepalived: ## failovers of a pair of keepalived, and a minute in which they flap
demo-pacemaker demo-keepalived: demo-%:
	@vendor/deps $(DEPS_build) $(DEPS_demo) $(DEPS_clusters) awscli curl
	@$(MAKE) -s all
	@$(PYTHON) -m callers.demo $*

# Besides the tests of the release that `make test` has as well: the source bundle makes the same bytes in another Debian, where
# there is no network, and all unit tests and an acquire pass on the other machine.
test-release: ## the release made again by another Debian, and the program for aarch64 under qemu (twenty minutes)
	@vendor/deps $(DEPS_build) $(DEPS_check) $(DEPS_test) $(DEPS_release) $(DEPS_rebuild)
	@$(MAKE) -s all $(B)/watched
	@$(MAKE) -s vendor-audit
	@$(MAKE) -s unit CROSS=$(call cross,aarch64) B=$(call built,aarch64) SANITIZE='-O1 -g' CMOCKA='-static -isystem tests/rebuild' RUN=qemu-aarch64
	$(PYTEST) tests/release tests/rebuild

bench: ## mirrorvip beside what people use today and beside the limit, into tests/bench (a quarter of an hour)
	@vendor/deps $(DEPS_build) $(DEPS_bench)
	@$(MAKE) -s all
	@$(PYTHON) -m bench $(BENCH)

size: ## how large the binary is, and the most memory and stack that it takes, with 200 tables of 500 routes
	@vendor/deps $(DEPS_build) $(DEPS_demo)
	@$(MAKE) -s all
	@$(PYTHON) -m bench.size

# The pure layers again, with the machine's own libc and the sanitizers. BearSSL is the binary's:
# it needs no more of a libc than memcpy and strlen. The programs, long lists of cases, are compiled as fast as can be.
$(B)/unit/%: tests/unit/%.c $(B)/unit/libpure.a $(BEARSSL)/libbearssl.a
	@$(CC) $(C) $(SANITIZE) -O0 $(WARN) -Itests/unit -MMD -MP -o $@ $< $(B)/unit/libpure.a $(BEARSSL)/libbearssl.a $(CMOCKA)

# They run so often that they take the binary's own objects, as fast as these are. A race brings what stands for a signature.
$(B)/unit/test_app_race: tests/unit/test_app_race.c $(filter-out %/sigv4.o,$(PURE:%.c=$(B)/obj/%.o))
$(B)/unit/test_app_worlds: tests/unit/test_app_worlds.c $(PURE:%.c=$(B)/obj/%.o) $(BEARSSL)/libbearssl.a
$(B)/unit/test_app_race $(B)/unit/test_app_worlds:
	@$(CC) $(C) -O2 -g $(WARN) -Itests/unit -MMD -MP -o $@ $< $(filter %.o %.a,$^) $(CMOCKA)

$(B)/unit/libpure.a: $(PURE:%.c=$(B)/unit/%.o) $(B)/link
	@rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

$(B)/unit/src/%.o: src/%.c $(B)/flags $(VB)/bearssl-src
	@mkdir -p $(@D)
	@$(CC) $(C) $(SANITIZE) $(WARN) -DMIRRORVIP_VERSION='"test"' -MMD -MP -c -o $@ $<

$(B)/mutants/test_%: tests/unit/test_%.c $(B)/mutants/libpure.so
	@$(CC) $(C) -O1 -w -Itests/unit -MMD -MP -o $@ $< -L$(@D) -lpure -lbearssl $(CMOCKA)

$(B)/mutants/libpure.so: $(PURE:%.c=$(B)/mutants/%.o) $(B)/mutants/libbearssl.so
	@$(CC) -shared -o $@ $(filter %.o,$^) -L$(@D) -lbearssl

$(B)/mutants/libbearssl.so: $(BEARSSL)/libbearssl.a
	@mkdir -p $(@D)
	@$(CC) -shared -Wl,-Bsymbolic,--whole-archive -o $@ $< -Wl,--no-whole-archive

$(B)/mutants/src/%.o: src/%.c $(B)/flags $(VB)/bearssl-src
	@mkdir -p $(@D)
	@$(MUTATE) -DMIRRORVIP_VERSION='"test"' -MMD -MP -o $@ $<

$(B)/loadbase: tests/check/loadbase.c
$(B)/watched: tests/faults/watched.c
$(B)/loadbase $(B)/watched:
	@$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -o $@ $<

# --- Fuzzing: of each input grammar a program for libFuzzer (fuzz/) and one for AFL++ (afl/), which follow every edge of it,
# BearSSL's decoders of certificates included; and all grammars in one program, which tells oracles what they make of an input.

FUZZED   := $(PURE:src/%.c=%.o) pemdec.o x509_decoder.o
FUZZ     := $(C) $(SANITIZE) -DMIRRORVIP_VERSION='"test"'
# What a harness includes, and is no object of its own.
FUZZ_ALSO := $(wildcard tests/fuzz/*.h) src/host/trust.c src/app/front/notice.c

# $(call fuzzers,FOLDER,COMPILER)
define fuzzers
$(1)/%.o: src/%.c $(B)/flags $(VB)/bearssl-src
	@mkdir -p $$(@D)
	@AFL_QUIET=1 $(2) $$(FUZZ) -MMD -MP -fsanitize=fuzzer-no-link -c -o $$@ $$<
$(1)/%.o: $(VB)/bearssl-src/src/*/%.c
	@mkdir -p $$(@D)
	@AFL_QUIET=1 $(2) $$(FUZZ) -w -I$(VB)/bearssl-src/src -fsanitize=fuzzer-no-link -c -o $$@ $$<
$(1)/fuzzed.a: $$(FUZZED:%=$(1)/%)
	@rm -f $$@ && $(AR) rcsD $$@ $$^
$(GRAMMARS:%=$(1)/%): $(1)/%: tests/fuzz/grammars/%.c tests/fuzz/fuzz.c $(FUZZ_ALSO) $(1)/fuzzed.a $(BEARSSL)/libbearssl.a
	@AFL_QUIET=1 $(2) $$(FUZZ) -fsanitize=fuzzer -DGRAMMAR=grammar_$$* -o $$@ $$(filter-out $(FUZZ_ALSO),$$^)
endef
$(eval $(call fuzzers,$(B)/fuzz,clang))
$(eval $(call fuzzers,$(B)/afl,afl-clang-fast))

$(B)/tell: tests/fuzz/tell.c $(GRAMMARS:%=tests/fuzz/grammars/%.c) $(FUZZ_ALSO) $(B)/unit/libpure.a $(BEARSSL)/libbearssl.a
	@$(CC) $(C) $(SANITIZE) $(WARN) -o $@ $(filter-out $(FUZZ_ALSO),$^)

# What every input up to a length goes through.
$(SCANNERS:%=$(B)/every/%): $(B)/every/%: tests/fuzz/every.c tests/fuzz/fuzz.c tests/fuzz/grammars/%.c $(FUZZ_ALSO) $(B)/unit/libpure.a $(BEARSSL)/libbearssl.a
	@mkdir -p $(@D)
	@$(CC) $(C) $(SANITIZE) -O2 $(WARN) -DGRAMMAR=grammar_$* -o $@ $(filter-out $(FUZZ_ALSO),$^)

# --- The rest

deps: ## install, through apt, what any of these needs
	@vendor/deps $(sort $(DEPS_build) $(DEPS_check) $(DEPS_test) $(DEPS_demo) $(DEPS_bench) $(DEPS_faults) $(DEPS_coverage) $(DEPS_long) $(DEPS_release) $(DEPS_rebuild))

clean: ## remove what was built, but keep musl and BearSSL
	@find $(B) \( -path '$(B)/vendor' -o -path '$(B)/*/vendor' \) -prune -o -type f -exec rm -f {} + 2>/dev/null || :

distclean: ## remove everything that git does not hold
	@rm -rf $(B) vendor/cache $(OUT)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r name what; do printf '  make %-16s %s\n' "$$name" "$$what"; done

FORCE:
.PHONY: all vendor release programs vendor-audit check unit coverage mutants test fuzzed test-long whole suite faults test-release demo demo-pacemaker demo-keepalived bench size deps clean distclean help tools FORCE

-include $(shell find $(B) -name vendor -prune -o -name '*.d' -print 2>/dev/null)
