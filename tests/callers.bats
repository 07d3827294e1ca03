# Who calls a library's function, as pprof shows it when it is asked for that one alone.

load helpers

same_as_pprof() { # FLARE
	analyse "$1"
	PPROF_TMPDIR=$PWD HOME=$PWD GOENV=off "$PYTHON" -I "$root/tests/callers.py" "$1"/*/
}

# Prints a row of the main process's table: `row cpu rows runtime.cgocall`.
row() { # PROFILE TABLE FUNCTION
	model "[[r['component'], r['team'], r['agent_function'], r['agent_percent'], r['library']]
		for r in m['processes'][0]['$1']['$2'] if r['function'] == '$3'][0]"
}

@test "callers: as pprof shows them" {
	local flare

	for flare in python-cpu cpu-spread healthy-busy contention leak check-leak churn; do
		same_as_pprof "$flares/$flare"
	done
}

@test "callers: as pprof of Go 1.27 wrote the profiles" {
	same_as_pprof "$root/fixtures/flares-go1.27/contention"
}

@test "callers: C code is below Python checks, which own it" {
	local cgocall

	analyse "$flares/python-cpu"
	cgocall=$(row cpu rows runtime.cgocall)
	contains "$cgocall" "['Python checks through rtloader (cgo)', '@DataDog/agent-runtimes"
	contains "$cgocall" "collector/python._Cfunc_rtloader_run_check', 100, 'C code called through"
	grep -qF '| `runtime.cgocall` | Python checks through rtloader (cgo) via `python._Cfunc_' report.md
}

@test "callers: what nobody of the Agent is above has no owner" {
	analyse "$flares/python-cpu"
	equal epollwait "$(row cpu rows runtime.epollwait)" \
		"['Go runtime and standard library', None, None, None, 'Go runtime and standard library']"
	grep -qE '\| `runtime.epollwait` \| Go runtime and standard library \|$' report.md
}

@test "callers: what was allocated and not kept has some too" {
	local row='[r for r in m["processes"][0]["heap"]["allocated_rows"]
		if r["function"] == "strconv.formatBits"][0]'

	analyse "$flares/check-leak"
	equal agent "$(model "${row}['agent_function'].split('/')[-1]")" \
		'docker.(*DockerCheck).collectEvents'
	equal percent "$(model "${row}['agent_percent']")" 100
	equal library "$(model "${row}['library']")" 'Go runtime and standard library'
}

@test "callers: the number of rows does not change who calls the first" {
	local few many

	analyse -n 1 "$flares/cpu-spread"
	few=$(model 'm["processes"][0]["cpu"]["rows"][0]')
	analyse -n 1000 "$flares/cpu-spread"
	many=$(model 'm["processes"][0]["cpu"]["rows"][0]')
	equal row "$many" "$few"
}
