# The model that --json writes is what templates/report.schema.json says.

load helpers

schema=$root/templates/report.schema.json

setup_file() {
	[ -e "$schema" ] || skip "there is no templates/report.schema.json yet"
	"$PYTHON" -I -c 'import jsonschema' || {
		echo "$PYTHON has no jsonschema: scripts/install-deps --test installs it" >&3
		return 1
	}
}

valid() { # MODEL...
	"$PYTHON" -I "$root/tests/schema.py" "$schema" "$@"
}

@test "schema: every flare; its trees are what its tables say, and its page is whole" {
	local flare count=0

	for flare in "$flares"/*/ "$root"/fixtures/flares-go1.27/*/; do
		count=$((count + 1))
		analyse --html "$count.html" "$flare"
		mv model.json "$count-$(basename "$flare").json"
	done
	[ "$count" -gt 10 ]
	valid ./*.json
	"$PYTHON" -I "$root/tests/page.py" ./*.html
	run "$PYTHON" -I "$root/tests/flames.py" ./*.json
	equal status "$status" 0
	[[ $output =~ ^([0-9]+)\ trees,\ ([0-9]+)\ rows$ ]] || wrong "$output"
	[ "${BASH_REMATCH[1]}" -gt 50 ] && [ "${BASH_REMATCH[2]}" -gt 300 ]
}

@test "schema: as little as there can be, and as many rows" {
	local copy

	analyse -n 1000 --customer Ann --ticket 1 "$flares/multiple"
	mv model.json rows.json
	copy=$(copy_flare leak)
	find "$copy" -type f ! -name core-cpu.pprof -delete
	analyse "$copy"
	mv model.json cpu-alone.json
	: >"$copy/profiles/core-cpu.pprof"
	analyse "$copy"
	mv model.json nothing.json
	valid ./*.json
}

@test "schema: a flare whose pprof fails" {
	fake_go go "$fakes/pprof-exit-2"
	analyse --go ./go "$flares/leak"
	valid model.json
}

@test "schema: it refuses what is none" {
	analyse "$flares/leak"
	sed -i 's/"flat":/"flut":/' model.json
	run valid model.json
	[ "$status" -ne 0 ]
}
