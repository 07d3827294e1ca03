# The skill's evals expect what the program says, and their score notices wrong answers.

load helpers

skill=$root/skills/flare-profiling-analysis

check_evals() { # WHAT [DIRECTORY]
	"$PYTHON" -I "$root/tests/evals.py" "$skill" "$@"
}

# Runs each eval's flare as the skill says, once for all tests; the answers are as good as they get.
make_runs() {
	local id ticket=()

	runs=$BATS_FILE_TMPDIR/runs
	[ ! -e "$runs/made" ] || return 0
	for id in $(jq -r '.evals[].id' "$skill/evals/evals.json"); do
		FLAREPROF=$FLAREPROF "$skill/evals/prepare" "$id" "$runs/$id" >"$runs.prompt" 2>"$runs.hint"
		ticket=()
		case $id in
		memory-leak) ticket=(--ticket 4711) ;;
		multiple) ticket=(--ticket 8150 --customer Initech) ;;
		network | no-go | no-profiles) continue ;;
		esac
		cd "$runs/$id" || return
		"$FLAREPROF" -q --json flare-profiling.json "${ticket[@]}" ./*_example_com*
	done
	cd "$BATS_TEST_TMPDIR/work" || return
	check_evals runs "$runs"
	touch "$runs/made"
}

@test "evals: they expect what was planted, and what the program says" {
	make_runs
	check_evals triggers
}

@test "evals: no profiles, no Go" {
	make_runs
	cd "$runs/no-profiles"
	flareprof ./*.zip
	equal status "$status" 1
	contains "$stderr" "no profiles/"
	cd "$runs/no-go"
	run -3 bin/flareprof ./*_example_com
	contains "$output" https://go.dev/dl/
	[ ! -e investigations ]
}

@test "evals: good answers pass, a report does for one" {
	make_runs
	run "$skill/evals/score" --all "$runs"
	[ "$status" -eq 0 ] || wrong "$(grep -E '^FAIL|^not run' <<<"$output")"
	contains "$output" "pass rate: with_skill 1.0"
	contains "$output" "READ memory-leak: For a reader: "
	run "$skill/evals/score" healthy-busy "$runs"/healthy-busy/investigations/*.md
	[ "$status" -eq 0 ] || wrong "$output"
	run "$skill/evals/score" multiple "$runs/multiple/flare-profiling.json"
	[ "$status" -eq 0 ] || wrong "$output"
	contains "$output" "multiple: 1 of 1 passed, "
}

@test "evals: each kind of wrong answer fails" {
	make_runs
	check_evals doctored "$runs"
}

@test "evals: with and without the skill" {
	make_runs
	mkdir -p some/network bare/network
	cp "$runs/network/answer.md" some/network
	echo 'I found nothing.' >bare/network/answer.md
	run --separate-stderr "$skill/evals/score" --json --all some --baseline bare
	equal status "$status" 1 # not all were run
	equal delta "$(jq -c '[.run_summary.delta.pass_rate > 0, (.not_run | length > 10), (.evals | length)]' <<<"$output")" \
		'[true,true,1]'
}

@test "evals: what cannot be scored" {
	run "$skill/evals/score" no-such-eval .
	equal status "$status" 2
	contains "$output" "no eval 'no-such-eval'"
	run "$skill/evals/score" network nowhere.md
	equal status "$status" 2
	contains "$output" "cannot read 'nowhere.md'"
	echo '{}' >model.json
	run "$skill/evals/score" network model.json
	equal status "$status" 2
	contains "$output" "no model of flareprof"
	run "$skill/evals/score" --all .
	equal status "$status" 2
	run "$skill/evals/score"
	equal status "$status" 2
	run "$skill/evals/prepare" network .
	equal status "$status" 1
	run "$skill/evals/prepare" no-such-eval new
	equal status "$status" 2
}
