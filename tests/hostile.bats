# Flares that mean harm: whatever is in one, flareprof ends in time and within its memory, writes
# nothing but its outputs, tells nothing of this machine, and never takes it for Normal.

load helpers

# The corpus lies alone in a directory, so that what is written beside it is seen.
setup_file() {
	mkdir "$BATS_FILE_TMPDIR/alone"
	"$root/scripts/make-hostile" "$BATS_FILE_TMPDIR/alone/corpus"
}

# HOSTILE=PATTERN takes those alone whose path it is found in; HOSTILE=. takes the heavy ones
# into the call of all of them, too.
hostile() { # each|together
	"$PYTHON" -I "$root/tests/hostile.py" "$1" "$FLAREPROF" "$BATS_FILE_TMPDIR/alone/corpus" \
		"$BATS_TEST_TMPDIR/rooms" "${HOSTILE-}"
}

@test "hostile: each flare by itself" {
	hostile each
}

@test "hostile: all but the heavy ones in one call" {
	hostile together
}

@test "hostile: the corpus is made anew, or not at all" {
	run "$root/scripts/make-hostile" "$BATS_FILE_TMPDIR"
	equal status "$status" 1
	equal output "$output" "make-hostile: '$BATS_FILE_TMPDIR' is there already"
}
