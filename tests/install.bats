# What `make install` puts where, and that the program works from there.

load helpers

setup_file() {
	make -s -C "$root" BUILD="$BATS_FILE_TMPDIR/build" DESTDIR="$BATS_FILE_TMPDIR/tree" \
		PREFIX=/usr install
}

@test "install: the installed program finds its templates" {
	unset FLAREPROF_TEMPLATES
	"$BATS_FILE_TMPDIR/tree/usr/bin/flareprof" -q -o report.md "$flares/leak"
	grep -q 'Memory Leak' report.md
}

@test "install: through a link in PATH" {
	unset FLAREPROF_TEMPLATES
	mkdir bin
	ln -s "$BATS_FILE_TMPDIR/tree/usr/bin/flareprof" bin/flareprof
	PATH=$PWD/bin:$PATH bash -c 'flareprof -q -o report.md "$1"' - "$flares/leak"
	grep -q 'Memory Leak' report.md
}

@test "install: everybody may read what was installed" {
	[ -z "$(find "$BATS_FILE_TMPDIR/tree" -type f ! -perm -a+r)" ]
	[ -z "$(find "$BATS_FILE_TMPDIR/tree" -type d ! -perm -a+rx)" ]
}

@test "install: uninstall leaves nothing" {
	cp -r "$BATS_FILE_TMPDIR/tree" tree
	make -s -C "$root" BUILD="$BATS_FILE_TMPDIR/build" DESTDIR="$PWD/tree" PREFIX=/usr uninstall
	equal left "$(find tree -type f -o -type l)" ""
}
