# musl, BearSSL and the trust anchors, built from the files that vendor/lock names.
# The including Makefile gives B, CC, AR, RANLIB, HOSTCC and HARDEN.

VB      := $(B)/vendor
MUSL    := $(VB)/musl
BEARSSL := $(VB)/bearssl

# The file of vendor/cache whose name starts and ends so.
locked = vendor/cache/$(shell awk '$$4 ~ /^$(1)_.*\.$(2)$$/ { print $$4 }' vendor/lock)

# A program that sees musl's headers and, behind them, the kernel's; nothing of the machine's libc.
VENDOR_INCLUDES := -nostdinc -isystem $(MUSL)/include -isystem $(shell $(CC) -print-file-name=include 2>/dev/null) \
	-idirafter $(VB)/kernel

# BearSSL's own sources of time and randomness are compiled out: the program must give both, and
# a connection without a seed or a date then fails instead of going on with something weaker.
BEARSSL_FLAGS := -DBR_USE_URANDOM=0 -DBR_USE_GETENTROPY=0 -DBR_RDRAND=0 -DBR_USE_UNIX_TIME=0

VENDOR_READY := $(MUSL)/lib/libc.a $(BEARSSL)/libbearssl.a

# What a rule makes in several steps it makes aside, as NAME.part, and renames when it is whole. So what an interrupted
# make leaves is never taken for done. This makes the folder $@, with a command that fills $@.part.
unpacked = @rm -rf $@ $@.part && mkdir -p $@.part && $(1) && touch $@.part && mv $@.part $@

$(VB)/flags: FORCE
	$(call when-changed,$(CC) $(HARDEN) $(BEARSSL_FLAGS))

# Beside what it stands for, so that it goes with it.
FETCHED := vendor/cache/.fetched

$(FETCHED): vendor/lock vendor/fetch vendor/vendor.mk | tools
	@vendor/fetch
	@touch $@

$(MUSL)/lib/libc.a: $(FETCHED) $(VB)/flags
	@echo "  musl"
	@rm -rf $(MUSL) $(MUSL).part $(VB)/musl-src $(VB)/kernel && mkdir -p $(MUSL).part $(VB)/musl-src $(VB)/kernel
	@tar -C $(VB)/musl-src --strip-components=1 -xf $(call locked,musl,orig.tar.gz)
	@tar -C $(VB)/musl-src -xf $(call locked,musl,debian.tar.xz)
	@cd $(VB)/musl-src && for p in $$(cat debian/patches/series); do patch -s -p1 <debian/patches/$$p || exit 1; done
	@cd $(VB)/musl-src && CFLAGS="$(HARDEN)" ./configure --prefix=/ --disable-shared --disable-gcc-wrapper \
		CC="$(CC)" AR="$(AR)" RANLIB="$(RANLIB)" >../musl.log 2>&1 || { cat ../musl.log; exit 1; }
	@$(MAKE) -s -C $(VB)/musl-src DESTDIR=$(abspath $(MUSL)).part install-headers install-libs \
		>>$(VB)/musl.log 2>&1 || { tail $(VB)/musl.log; exit 1; }
	@for h in linux asm asm-generic; do ln -s "$$(echo "#include <$$h/types.h>" | $(CC) -E -xc - | \
		sed -n "s|^# 1 \"\(/.*/$$h\)/types.h\".*|\1|p" | head -1)" $(VB)/kernel/$$h || exit 1; done
	@mv $(MUSL).part $(MUSL)

$(BEARSSL)/libbearssl.a: $(MUSL)/lib/libc.a $(VB)/bearssl-src
	@echo "  BearSSL"
	@rm -rf $(BEARSSL) $(BEARSSL).part && mkdir -p $(BEARSSL).part
	@$(MAKE) -s -C $(VB)/bearssl-src lib BUILD=$(abspath $(BEARSSL)).part CC="$(CC)" AR="$(AR)" ARFLAGS=-rcsD \
		CFLAGS="$(HARDEN) $(BEARSSL_FLAGS) $(patsubst $(VB)/%,$(abspath $(VB))/%,$(VENDOR_INCLUDES))" \
		>$(VB)/bearssl.log 2>&1 || { tail $(VB)/bearssl.log; exit 1; }
	@mv $(BEARSSL).part $(BEARSSL)

$(VB)/bearssl-src: $(FETCHED)
	$(call unpacked,tar -C $@.part --strip-components=1 -xf $(call locked,bearssl,orig.tar.xz))

# Runs on this machine, so it takes the few BearSSL files it needs as they are.
$(VB)/anchors: vendor/anchors.c $(VB)/bearssl-src
	@$(HOSTCC) -O1 -Wall -Wextra -isystem $(VB)/bearssl-src/inc -I$(VB)/bearssl-src/src -o $@.part $< \
		$(addprefix $(VB)/bearssl-src/src/,x509/x509_decoder.c codec/pemdec.c codec/dec32be.c codec/enc32be.c hash/sha2small.c)
	@mv $@.part $@

$(VB)/certs: $(FETCHED)
	$(call unpacked,ar p $(call locked,ca-certificates,deb) data.tar.xz | \
		tar -C $@.part --strip-components=5 -xJ ./usr/share/ca-certificates/mozilla)

$(B)/gen/anchors.c: vendor/anchors $(VB)/anchors $(VB)/certs
	@echo "  anchors"
	@mkdir -p $(@D)
	@$(VB)/anchors vendor/anchors $(VB)/certs >$@.part && mv $@.part $@
