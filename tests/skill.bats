# The skill for agents: its form, every command and exit status in it, and how it finds the program.

load helpers

skill=$root/skills/flare-profiling-analysis
find=$skill/scripts/find-flareprof

lint_skill() { # WHAT [ARGUMENT...]
	"$PYTHON" -I "$root/tests/skill.py" "$skill" "$@"
}

# A directory in which nothing of flareprof is found, but by what a test names.
bare() { # [NAME=VALUE...] PROGRAM [ARGUMENT...]
	run --separate-stderr env -u FLAREPROF -u FLAREPROF_SOURCE "HOME=$PWD/home" "$@"
}

skip_where_installed() {
	local place

	for place in /usr/local/bin /usr/bin /opt/flareprof/bin; do
		[ ! -x "$place/flareprof" ] || skip "flareprof is installed in $place"
	done
	[ ! -d /usr/local/src/flareprof ] || skip "flareprof's source is in /usr/local/src"
}

# Makes ./NAME, a source tree whose build is a shell command.
make_tree() { # NAME RECIPE
	mkdir -p "$1/src" "$1/templates"
	touch "$1/src/verdict.c" "$1/templates/report.mustache"
	printf 'all:\n\t%s\n' "$2" >"$1/Makefile"
}

make_program() { # FILE
	mkdir -p "$(dirname "$1")"
	printf '#!/bin/sh\necho flareprof 0.0.0\n' >"$1"
	chmod +x "$1"
}

copy_skill() { # DIRECTORY
	mkdir -p "$1"
	cp -r "$skill" "$1/flare-profiling-analysis"
	rm -rf "$1/flare-profiling-analysis/evals"
}

@test "skill: its form is by the specification" {
	lint_skill frontmatter "$skill/SKILL.md"
	lint_skill size
	lint_skill references
}

@test "skill: a frontmatter against the rules is refused" {
	local change

	copy_skill .
	for change in 's/^name: /name: a-/' 's/^license: /kanban: /' '1d' 's/^description: .*/description: short/' \
		's/It runs flareprof/It runs <flareprof>/' 's/"heap analysis", //' 's/Not for /Never for /' \
		's/judged, or asks/judged: or asks/'; do
		sed "$change" "$skill/SKILL.md" >flare-profiling-analysis/SKILL.md
		run lint_skill frontmatter flare-profiling-analysis/SKILL.md
		equal "status after $change" "$status" 1
	done
}

@test "skill: its verdicts are the program's" {
	lint_skill verdicts
}

# With a copy of the skill and an archive alone, from nowhere near the source tree.
@test "skill: every command in it runs" {
	local command

	copy_skill skills
	mkdir agent
	"$PYTHON" -I -m zipfile -c agent/flare.zip "$(copy_flare multiple)"
	lint_skill commands "$FLAREPROF" >to-run
	touch said
	cd agent
	while IFS= read -r -d '' command; do
		command=${command//SKILL_DIR/$PWD/../skills/flare-profiling-analysis}
		command=${command//PATH_OF_FLARE/flare.zip}
		command=${command//REPORT/$(sed -n 's/^Report: //p' ../said)}
		FLAREPROF=$FLAREPROF PATH=$(dirname "$FLAREPROF"):$PATH bash -euc "$command" >../out
		[ -s ../out ] || wrong "nothing came of: $command"
		cat ../out >>../said
	done <../to-run
	contains "$(<../said)" "Best regards,"
	contains "$(<../said)" "--- process: Contention ---"
	contains "$(<../said)" '{"rule":"mutex_delay","process":"process",'
	[ "$(tr -dc '\0' <../to-run | wc -c)" -ge 5 ]
}

@test "skill: the keys that it reads are the model's" {
	local case models=()

	for case in multiple cpu-spread no-gc partial healthy-idle; do
		analyse "$flares/$case"
		mv model.json "$case.json"
		models+=("$case.json")
	done
	lint_skill keys "${models[@]}"
	[ "$(jq -r '.processes[0].heap.validity' no-gc.json)" = stale ]
}

@test "skill: every exit status in it is there" {
	local copy

	skip_where_installed
	equal statuses "$(lint_skill statuses | tr ' ' '\n' | sort | xargs)" "0 1 2 3 4 5 6 7 8"
	copy=$(copy_flare leak)
	flareprof "$copy"
	equal status "$status" 0
	flareprof --exit-code "$copy"
	equal status "$status" 4
	flareprof --no-such-option "$copy"
	equal status "$status" 2
	flareprof --go /nonexistent "$copy"
	equal status "$status" 3
	contains "$stderr" https://go.dev/dl/
	rm -r "$copy/profiles"
	flareprof "$copy"
	equal status "$status" 1
	contains "$stderr" "no profiles/"
	contains "$stderr" "datadog-agent flare <CASE_ID> --profile 60 -M -B"
	copy_skill copy
	bare FLAREPROF=/nonexistent "$find"
	equal status "$status" 5
	bare copy/flare-profiling-analysis/scripts/find-flareprof
	equal status "$status" 6
	make_tree tree '@echo libraries are missing; exit 1'
	bare FLAREPROF_SOURCE=tree "$find"
	equal status "$status" 7
	make_tree tree '@exit 1'
	bare FLAREPROF_SOURCE=tree "$find"
	equal status "$status" 8
}

@test "find-flareprof: by FLAREPROF, path and name" {
	make_program bin/flareprof
	bare FLAREPROF=bin/flareprof "$find"
	equal path "$output" "$PWD/bin/flareprof"
	make_program bin/my-flareprof
	bare FLAREPROF=my-flareprof "PATH=$PWD/bin:$PATH" "$find"
	equal path "$output" "$PWD/bin/my-flareprof"
	bare FLAREPROF=/bin/true "$find"
	equal status "$status" 5
	equal stdout "$output" ""
	contains "$stderr" "FLAREPROF is '/bin/true'"
}

@test "find-flareprof: in PATH, in the home, one that does not work" {
	skip_where_installed
	copy_skill .
	make_program home/.local/bin/flareprof
	bare flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/home/.local/bin/flareprof"
	make_program bin/flareprof
	bare "PATH=$PWD/bin:$PATH" flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/bin/flareprof"
	printf '#!/bin/sh\nexit 1\n' >bin/flareprof
	bare "PATH=$PWD/bin:$PATH" flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/home/.local/bin/flareprof"
	contains "$stderr" "passed over $PWD/bin/flareprof"
}

@test "find-flareprof: the tree around the skill, through a link too, is built once" {
	skip_where_installed
	# shellcheck disable=SC2016 # for make
	make_tree tree '@echo made >>log; mkdir -p build; printf "\043!/bin/sh\necho flareprof 0\n" >build/flareprof; chmod +x build/flareprof'
	copy_skill tree/skills
	mkdir agent
	ln -s ../tree/skills/flare-profiling-analysis agent/flare-profiling-analysis
	bare agent/flare-profiling-analysis/scripts/find-flareprof
	equal status "$status" 0
	equal path "$output" "$PWD/tree/build/flareprof"
	contains "$stderr" "building flareprof in $PWD/tree"
	bare tree/skills/flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/tree/build/flareprof"
	equal stderr "$stderr" ""
	equal builds "$(wc -l <tree/log)" 1
}

@test "find-flareprof: a copy finds the tree by FLAREPROF_SOURCE, its file, and in the home" {
	skip_where_installed
	copy_skill .
	make_tree home/src/flareprof false
	make_program home/src/flareprof/build/flareprof
	bare flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/home/src/flareprof/build/flareprof"
	make_tree named false
	make_program named/build/flareprof
	echo "$PWD/named" >flare-profiling-analysis/scripts/source-tree
	bare flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/named/build/flareprof"
	make_tree "by variable" false
	make_program "by variable/build/flareprof"
	bare "FLAREPROF_SOURCE=by variable" flare-profiling-analysis/scripts/find-flareprof
	equal path "$output" "$PWD/by variable/build/flareprof"
	bare FLAREPROF_SOURCE=home flare-profiling-analysis/scripts/find-flareprof
	equal status "$status" 5
	contains "$stderr" "no source tree of flareprof"
}

@test "find-flareprof: what does not build" {
	skip_where_installed
	make_tree tree '@echo "x.c:1: fatal error: pcre2.h: No such file or directory" >&2; exit 1'
	bare FLAREPROF_SOURCE=tree "$find"
	equal status "$status" 7
	equal stdout "$output" ""
	contains "$stderr" "pcre2.h"
	contains "$stderr" "$PWD/tree/scripts/install-deps"
	make_tree tree '@echo "x.c:1: error: oh no" >&2; exit 1'
	bare FLAREPROF_SOURCE=tree "$find"
	equal status "$status" 8
	contains "$stderr" "oh no"
	make_tree tree '@true'
	bare FLAREPROF_SOURCE=tree "$find"
	equal status "$status" 8
	contains "$stderr" "make made no flareprof"
	mkdir bin
	ln -s "$(command -v sh)" "$(command -v dirname)" "$(command -v readlink)" bin
	bare FLAREPROF_SOURCE=tree "PATH=$PWD/bin" "$find"
	equal status "$status" 7
	contains "$stderr" "there is no make"
}

@test "find-flareprof: its usage" {
	bare "$find" --help
	equal status "$status" 0
	contains "$output" "Exit status: 0 found;"
	bare "$find" somewhere
	equal status "$status" 2
	equal stdout "$output" ""
	contains "$stderr" "see find-flareprof --help"
}
