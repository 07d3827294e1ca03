# Memory errors that the sanitizers do not see, such as reads of what was never set.

load helpers

@test "valgrind: a leak flare and a damaged one" {
	local copy path

	command -v valgrind >/dev/null || skip "valgrind is not installed"
	make -s -j2 -C "$root" BUILD="$BATS_TEST_TMPDIR/build"
	copy=$(copy_flare leak)
	: >"$copy/profiles/trace-cpu.pprof"
	damage half "$copy/status.log"
	for path in "$flares/multiple" "$copy"; do
		run valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
			--track-fds=no --trace-children=no "$BATS_TEST_TMPDIR/build/flareprof" -q \
			-o report.md --json model.json "$path"
		[ "$status" -eq 0 ] || wrong "$output"
		[ -s report.md ]
	done
}
