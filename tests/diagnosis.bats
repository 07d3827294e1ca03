# Who, why, how sure, and what to do next: each rule fires where it must, and only there.

load helpers

setup_file() {
	local flare

	cd "$BATS_FILE_TMPDIR" || return
	export FLAREPROF_TEMPLATES=$root/templates
	for flare in "$flares"/*/; do
		"$FLAREPROF" -q -o report.md --json "$(basename "$flare").json" "$flare"
	done
	rm -f report.md
}

rules() { # GROUP
	cd "$BATS_FILE_TMPDIR" || return
	"$PYTHON" -I "$root/tests/diagnosis.py" "$1"
}

@test "diagnosis: whose CPU time it is" {
	rules cpu
}

@test "diagnosis: whether a heap diff is valid, and leak or churn" {
	rules heap
}

@test "diagnosis: what the memory is made of" {
	rules memory
}

@test "diagnosis: locks, joined" {
	rules locks
}

@test "diagnosis: crowds of goroutines" {
	rules goroutines
}

@test "diagnosis: what is out of the ordinary" {
	rules context
}

@test "diagnosis: what is asked for, once" {
	rules asking
}

@test "diagnosis: recommendations" {
	rules advice
}

@test "diagnosis: shares and parts add up" {
	rules sums
}

# The leak's snapshots with memory stats in which no collection ended between them.
@test "diagnosis: growth without a collection between is stale" {
	local host

	host=$(copy_flare leak)
	"$PYTHON" -I - "$host/expvar/memstats" <<-'EOT'
		import pathlib, re, sys
		path = pathlib.Path(sys.argv[1])
		text = path.read_text()
		ends = re.search(r"PauseEnd:\n((?:- .*\n)+)", text).group(1)
		start = 1.6e18
		listed = "".join(f"- {start + i * 1e9:.17g}\n" for i in range(256))
		text = text.replace(ends, listed)
		text = re.sub(r"LastGC: .*", f"LastGC: {start + 255e9:.17g}", text)
		text = re.sub(r"NumGC: .*", "NumGC: 256", text)
		path.write_text(text)
	EOT
	analyse "$host"
	equal verdict "$(verdict)" Inconclusive
	equal validity "$(model 'm["processes"][0]["heap"]["validity"]')" stale
	contains "$(model 'm["recommendations"][0]["action"]')" '--profile 120'
	flareprof -q --exit-code -o report.md "$host"
	equal status "$status" 4
}

# So little was allocated since the last collection that growth cannot have been a leak.
@test "diagnosis: without a collection between, little can have grown" {
	local host live

	host=$(copy_flare gc-off)
	analyse "$host"
	live=$(model 'm["processes"][0]["heap"]["total_bytes"]')
	sed -i "s/^HeapAlloc: .*/HeapAlloc: $((live - 5500000))/" "$host/expvar/memstats"
	analyse "$host"
	equal verdict "$(verdict)" Normal
	equal validity "$(model 'm["processes"][0]["heap"]["validity"]')" bounded
	contains "$(cat report.md)" 'growth cannot have been more'
}

@test "diagnosis: memory without telemetry.log" {
	local host

	host=$(copy_flare native-memory)
	rm "$host/telemetry.log"
	analyse "$host"
	has_gap 'memory (RSS) is unknown'
	equal source "$(model 'm["ledgers"][0]["source"]')" expvar/memstats
	equal RSS "$(model 'm["ledgers"][0]["resident_bytes"]')" None
	equal outside "$(model 'm["ledgers"][0]["outside"]')" False
	rm "$host/expvar/memstats"
	analyse "$host"
	equal ledgers "$(model 'len(m["ledgers"])')" 0
}

@test "diagnosis: memory of the trace-agent from the status alone" {
	local host

	host=$(copy_flare leak)
	analyse "$host"
	equal process "$(model 'm["ledgers"][1]["process"]')" trace
	equal source "$(model 'm["ledgers"][1]["source"]')" status.log
	equal parts "$(model '[(p["kind"], p["part_bytes"]) for p in m["ledgers"][1]["parts"]]')" \
		"[('heap', 23456789)]"
}

@test "diagnosis: lock profiles since a start that is unknown" {
	local host

	host=$(copy_flare locks-since-start)
	sed -i '/Agent start:/d; /agent_startup_time_ms/d' "$host/status.log"
	analyse "$host"
	equal state "$(model 'm["processes"][0]["judged"]["locks"]["state"]')" unknown
	equal verdict "$(verdict)" Normal
	contains "$(cat report.md)" 'counts since the process started'
}

@test "diagnosis: what lock profiles of an old Go mean" {
	local host

	host=$(copy_flare contention)
	analyse "$host"
	contains "$(cat report.md)" 'older than 1.22'
	sed -i 's/Go Version: .*/Go Version: go1.16.15/' "$host/status.log"
	analyse "$host"
	contains "$(cat report.md)" 'older than 1.17'
	sed -i 's/Go Version: .*/Go Version: go1.25.7/' "$host/status.log"
	analyse "$host"
	run ! grep -q 'older than' report.md
}

@test "diagnosis: what is missing is asked for first, in one command" {
	local host

	host=$(copy_flare leak)
	rm "$host"/profiles/core-{2nd-heap,cpu}.pprof
	analyse "$host"
	equal verdict "$(verdict)" Inconclusive
	equal first "$(model 'm["recommendations"][0]["wants"]')" "['missing', 'locks']"
	equal questions "$(model 'sum(1 for r in m["recommendations"] if r["command"])')" 1
}

# The customer message names no team and no function, whatever was found.
@test "diagnosis: the customer message is for customers" {
	local flare message

	for flare in "$flares"/*/; do
		analyse --customer 'Jane Doe' --ticket 123456 "$flare"
		message=$(sed -n '/^## Customer Message/,/^## Escalation/p' report.md)
		contains "$message" 'Hello Jane Doe'
		contains "$message" 'flare 123456 --profile'
		! grep -v '^Thank you' <<<"$message" | grep -E '@DataDog|github\.com|runtime\.|\(\*|goroutine|pprof' ||
			wrong "$flare"
	done
}
