# The whole report and the summary of telling flares, byte for byte. `make bless` rewrites them.

load helpers

setup_file() {
	"$root/scripts/bless" "$FLAREPROF" "$BATS_FILE_TMPDIR"
}

same() { # SUFFIX
	local golden failed=0

	for golden in "$root"/tests/golden/*."$1"; do
		diff -u "$golden" "$BATS_FILE_TMPDIR/$(basename "$golden")" || failed=1
	done
	return $failed
}

@test "golden: reports" {
	same md
}

@test "golden: summaries" {
	same txt
}

@test "golden: customer messages of all flares" {
	same out
}
