# Every number in the tables is the one that `go tool pprof` prints for the same profile.

load helpers

same_as_pprof() { # FLARE
	analyse -n 1000 "$1"
	PPROF_TMPDIR=$PWD HOME=$PWD GOENV=off "$PYTHON" -I "$root/tests/numbers.py" "$1"/*/
}

@test "numbers: leak" {
	same_as_pprof "$flares/leak"
}

@test "numbers: check-leak, below runtime/pprof.Do" {
	same_as_pprof "$flares/check-leak"
}

@test "numbers: moving-memory, which shrinks as much as it grows" {
	same_as_pprof "$flares/moving-memory"
}

@test "numbers: cpu-spread" {
	same_as_pprof "$flares/cpu-spread"
}

@test "numbers: contention" {
	same_as_pprof "$flares/contention"
}

@test "numbers: backpressure" {
	same_as_pprof "$flares/backpressure"
}

@test "numbers: multiple" {
	same_as_pprof "$flares/multiple"
}

@test "numbers: contention and backpressure of Go 1.27" {
	same_as_pprof "$root/fixtures/flares-go1.27/contention"
	same_as_pprof "$root/fixtures/flares-go1.27/backpressure"
}

@test "numbers: leak of Go 1.27" {
	same_as_pprof "$root/fixtures/flares-go1.27/leak"
}

@test "numbers: checks, modules and garbage" {
	same_as_pprof "$flares/check-cpu"
	same_as_pprof "$flares/probe-module"
	same_as_pprof "$flares/churn"
	same_as_pprof "$flares/leak-and-churn"
}

# What the report tells people to type shows the numbers of the table above it.
@test "numbers: the commands in the report work as they stand" {
	local command count=0

	analyse "$flares/multiple"
	cd "$flares"/multiple/*/
	while IFS= read -r command; do
		PPROF_TMPDIR=$BATS_TEST_TMPDIR HOME=$BATS_TEST_TMPDIR bash -c "$command" >"$BATS_TEST_TMPDIR/out"
		grep -q 'flat%' "$BATS_TEST_TMPDIR/out" || wrong "$command"
		count=$((count + 1))
	done < <(grep -oE 'go tool pprof -top [^`]+' "$OLDPWD/report.md" | sort -u)
	[ "$count" -ge 4 ] || wrong "$count commands"
}

# Escaping that belongs into tables only would change what a command selects.
@test "numbers: the commands in the report are the model's, letter by letter" {
	analyse "$flares/multiple"
	model '"\n".join(t[k] for p in m["processes"] for t in p.values() if isinstance(t, dict)
		for k in t if k.endswith("command") and t[k])' | sort -u >commands
	grep -oE 'go tool pprof -top [^`]+' report.md | sort -u >shown
	[ -s shown ]
	equal strangers "$(comm -13 commands shown)" ""
}

@test "numbers: made-up profiles of a few hundred stacks, as scripts/bench makes them" {
	local copy

	copy=$(copy_flare contention)
	rm "$copy"/profiles/*
	(cd "$root/fixtures/generate" && GOENV=off GOTOOLCHAIN=local go build -o "$BATS_TEST_TMPDIR/large" ./cmd/large)
	"$BATS_TEST_TMPDIR/large" -out "$copy" -process core -samples 300
	same_as_pprof "$PWD/contention"
}
