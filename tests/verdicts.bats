# Every flare in fixtures/ gets the verdict that was planted in it (its truth.json).

load helpers

# Every flare of a directory; all the wrong ones are named.
judge_all() { # DIRECTORY
	local truth count=0

	for truth in "$1"/*/truth.json; do
		analyse "${truth%/truth.json}"
		mv model.json "$(basename "${truth%/truth.json}").json"
		count=$((count + 1))
	done
	[ "$count" -gt 0 ]
	"$PYTHON" -I "$root/tests/truth.py" "$1"
}

@test "verdicts: flares of Go 1.19" {
	judge_all "$flares"
}

@test "verdicts: flares of Go 1.27" {
	judge_all "$root/fixtures/flares-go1.27"
}

@test "verdicts: do not depend on the number of jobs" {
	analyse -j 1 "$flares/multiple"
	mv model.json one.json
	analyse -j 16 "$flares/multiple"
	cmp one.json model.json
}
