# The benchmark runs; what it measures is nobody's test.

load helpers

@test "bench: a flare of one's own" {
	run --separate-stderr "$root/scripts/bench" --runs 1 --program "$FLAREPROF" "$flares/slow-growth"
	equal status "$status" 0
	contains "$output" 'commands / flareprof'
	contains "$output" 'by hand / flareprof'
	contains "$output" 'flareprof / floor'
	contains "$output" 'flareprof itself: CPU up to the first pprof'
	contains "$output" 'the largest pprof: memory'
}

@test "bench: --help, and a go that is none" {
	run "$root/scripts/bench" --help
	equal status "$status" 0
	contains "$output" '--many'
	run "$root/scripts/bench" --go nonexistent-go "$flares/slow-growth"
	equal status "$status" 1
	contains "$output" "no go command 'nonexistent-go'"
}
