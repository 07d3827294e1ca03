# flareprof: GNU make. CFLAGS and LDFLAGS are yours; the rest is below.
CC ?= cc
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
CFLAGS ?= -O2 -g
VERSION := 0.1.0

PACKAGES := libpcre2-8 libcjson yaml-0.1 zlib libarchive libcmark-gfm nettle
PACKAGES += $(if $(filter Linux,$(shell uname -s)),libseccomp)
PKG_CONFIG ?= pkg-config
# The data's way, from argv to the report, then what it stands on.
MODULES := options suggest batch flare nearby root unpacking extract source zip profile unpack pprof reports \
	talk session top callers stacks raw status sections checks lines expvar telemetry settings vitals \
	goroutines goroutine_groups goroutine_stack evidence conclusion facts gate sampling \
	figures doubts labels locks verdict notes ledger context ask component owner advice \
	model model_goroutines model_causes model_flames model_process model_verdict fields seal view \
	customer roster decorate discreet words render html flame charts page wrap outcome toolchain places resolved \
	progress templates proc job sandbox scratch tree secret pattern mustache sink output \
	cost gap file units text signals buf pool error

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
SHARE = $(PREFIX)/share/flareprof
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) $(shell $(PKG_CONFIG) --cflags $(PACKAGES)) $(CPPFLAGS) $(CFLAGS)
DEFINES = -DVERSION='"$(VERSION)"' -DTEMPLATES='"$(SHARE)/templates"'
# The shared libarchive brings libxml2, ICU and libstdc++, to load which takes longer than all of
# our own work on a small flare: where it and what it stands on are there to link with, they are.
# cmark-gfm's extensions have no package of their own to ask for.
LIBDIR := $(shell $(PKG_CONFIG) --variable=libdir libarchive)
PARTS := cmark-gfm-extensions cmark-gfm archive bz2 lzma zstd nettle
STATIC := $(wildcard $(PARTS:%=$(LIBDIR)/lib%.a))
DYNAMIC := -lcmark-gfm-extensions $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lm
LIBS = $(if $(filter $(words $(PARTS)),$(words $(STATIC))),$(PARTS:%=$(LIBDIR)/lib%.a) \
	$(shell $(PKG_CONFIG) --libs $(filter-out libarchive libcmark-gfm nettle,$(PACKAGES))) -lm,$(DYNAMIC))
OBJECTS := $(MODULES:%=$(BUILD)/%.o)
TESTS := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/fuzz_*.c))
SANITIZE := -O1 -g -Werror -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all

all: $(BUILD)/flareprof

$(BUILD)/flareprof: $(BUILD)/main.o $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: src/%.c Makefile | $(BUILD)
	$(CC) $(ALL_CFLAGS) $(DEFINES) -MMD -c -o $@ $<

# These write archives too, for which the shared libarchive does.
$(BUILD)/test_%: tests/test_%.c $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -Isrc -MMD -o $@ $< $(OBJECTS) $(DYNAMIC) -lcmocka

$(BUILD):
	@$(PKG_CONFIG) --exists --print-errors $(PACKAGES) || \
	    { echo 'libraries are missing: run scripts/install-deps' >&2; exit 1; }
	mkdir -p $@

# What is compiled in changes with PREFIX.
$(BUILD)/templates.o: $(BUILD)/prefix
$(BUILD)/prefix: FORCE | $(BUILD)
	@echo '$(SHARE)' | cmp -s - $@ || echo '$(SHARE)' >$@

# Everything is tested with the sanitizers on, in a directory of its own.
asan:
	$(MAKE) BUILD=$(BUILD)/asan CFLAGS='$(SANITIZE)' all tests

tests: $(TESTS)

# Readers of foreign text, each with clang's libFuzzer around it; scripts/fuzz runs them.
fuzz:
	$(MAKE) BUILD=$(BUILD)/fuzz CC=clang \
	    CFLAGS='$(SANITIZE) -fsanitize=fuzzer-no-link -Wno-string-concatenation' fuzzers

fuzzers: $(FUZZERS)

$(BUILD)/fuzz_%: tests/fuzz_%.c $(OBJECTS)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -Isrc -MMD -o $@ $< $(OBJECTS) $(LIBS)

check: asan
	scripts/run-tests $(BUILD)/asan

# The goldens are what the program says now; the diff is the review.
bless: all
	scripts/bless $(BUILD)/flareprof

lint:
	scripts/lint

install: all
	packaging/install '$(BUILD)' '$(DESTDIR)$(PREFIX)'

uninstall:
	packaging/install --remove '$(BUILD)' '$(DESTDIR)$(PREFIX)'

install-skill:
	@packaging/install-skill '$(SKILLS_DIR)'

# What is committed; and the Debian package of that.
dist: | $(BUILD)
	@packaging/make-dist flareprof-$(VERSION) $(BUILD)/flareprof-$(VERSION).tar.gz

deb: dist
	@packaging/make-deb $(VERSION) $(BUILD)/flareprof-$(VERSION).tar.gz $(BUILD)

clean:
	rm -rf $(BUILD)

.PHONY: FORCE all asan tests fuzz fuzzers check bless lint install uninstall install-skill dist deb clean
-include $(wildcard $(BUILD)/*.d)
