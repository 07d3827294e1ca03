# shellcheck disable=SC2001,SC2030,SC2031 # what is long to say; each test is by itself
# What is printed for people: on a terminal in its width and in colour, elsewhere plain.

load helpers

escape=$'\033'

# Runs the program on a terminal so wide; what it printed is $output. Progress is taken away.
on_terminal() { # COLUMNS ARGUMENT...
	run "$PYTHON" -I "$root/tests/terminal.py" "$1" timeout 60 "$FLAREPROF" "${@:2}"
	output=$(sed $'s/\r[^\r]*\033\\[K//g' <<<"$output")
	check_sound
}

plain() {
	sed $'s/\033\\[[0-9;]*m//g' <<<"$1"
}

# Characters of the longest line, but for lines that are nothing but a path.
widest() { # TEXT
	plain "$1" | grep -v '^ *[^ ]*/[^ ]*$' | LC_ALL=C.UTF-8 awk '{ print }' |
		"$PYTHON" -I -c 'import sys; print(max(map(len, sys.stdin.read().split("\n"))))'
}

@test "terminal: every flare in 80 columns" {
	local flare

	export TERM=xterm
	for flare in "$flares"/*/; do
		on_terminal 80 "$flare"
		equal "status of $flare" "$status" 0
		[ "$(widest "$output")" -le 80 ] || wrong "$output"
		contains "$(plain "$output")" "Report: investigations/flare-profiling-"
	done
}

@test "terminal: the finding in so many columns, with what it begins with in front" {
	export TERM=dumb
	on_terminal 80 "$flares/leak"
	equal "80 columns" "$output" "leak-01.example.com: Memory Leak (core)

  core: memory leak, high confidence
    the heap of core grows by 212.9 MB per 30 s, most in
    \`aggregator.(*contextResolver).trackContext\`; threshold 10.0 MB

  1 thing(s) out of the ordinary, see the top of the report
  4 data gap(s), see Data Quality in the report
Report: investigations/flare-profiling-leak-01.example.com.md"
	on_terminal 40 "$flares/leak"
	equal "40 columns" "$output" "leak-01.example.com: Memory Leak (core)

  core: memory leak, high confidence
    the heap of core grows by 212.9 MB
    per 30 s, most in
    \`aggregator.(*contextResolver).
    trackContext\`; threshold 10.0 MB

  1 thing(s) out of the ordinary, see
  the top of the report
  4 data gap(s), see Data Quality in the
  report
Report:
    investigations/flare-profiling-leak-01.example.com.md"
	# Wide windows are not filled, and narrow ones are not believed.
	on_terminal 300 "$flares/healthy-idle"
	[ "$(widest "$output")" -le 100 ]
	on_terminal 5 "$flares/healthy-idle"
	[ "$(widest "$output")" -gt 30 ]
}

@test "terminal: a width that only COLUMNS knows" {
	local columns most

	export TERM=dumb
	while read -r columns most; do
		export COLUMNS=$columns
		on_terminal 0 "$flares/healthy-idle"
		[ "$(widest "$output")" -le "$most" ] || wrong "$columns: $output"
		[ "$(widest "$output")" -gt $((most - 12)) ] || wrong "$columns: $output"
	done <<-'END'
		50 50
		999999999999999999999 100
		-1 80
		wide 80
	END
	# A terminal that knows better is believed.
	export COLUMNS=50
	on_terminal 80 "$flares/healthy-idle"
	[ "$(widest "$output")" -gt 68 ]
}

@test "terminal: several flares in 80 columns" {
	export TERM=dumb
	cp -r "$flares/leak" "$flares/healthy-idle" .
	on_terminal 80 leak healthy-idle absent
	equal status "$status" 1
	equal table "$output" "Memory Leak  leak-01.example.com (7.76.0), leak
             the heap of core grows by 212.9 MB per 30 s, most in
             \`aggregator.(*contextResolver).trackContext\`
no report    absent
             cannot open 'absent': No such file or directory
Normal       healthy-idle-01.example.com (7.76.0), healthy-idle
             nothing over its threshold
2 report(s) in investigations/"
}

@test "terminal: colour where it is wanted, and nowhere else" {
	local where env option coloured flags

	while read -r where env option coloured; do
		flags=()
		[ "$option" = - ] || flags=("--color=$option")
		[ "$env" = - ] || export "${env?}"
		if [ "$where" = terminal ]; then
			on_terminal 80 "${flags[@]}" "$flares/leak"
		else
			flareprof "${flags[@]}" "$flares/leak"
		fi
		[ "$env" = - ] || unset "${env%%=*}"
		equal "status of $where $env $option" "$status" 0
		if [[ $output == *"${escape}[1;31mMemory Leak${escape}[0m"* ]]; then
			equal "colour of $where $env $option" yes "$coloured"
		else
			equal "colour of $where $env $option" no "$coloured"
			[[ $output != *"${escape}["* ]] || wrong "$output"
		fi
	done <<-'END'
		terminal TERM=xterm - yes
		terminal TERM=xterm auto yes
		terminal TERM=xterm never no
		terminal TERM=dumb - no
		terminal TERM=dumb always yes
		terminal NO_COLOR=1 - no
		terminal NO_COLOR=1 auto no
		terminal NO_COLOR=1 always yes
		terminal NO_COLOR= - yes
		pipe TERM=xterm - no
		pipe TERM=xterm auto no
		pipe TERM=xterm always yes
		pipe NO_COLOR=1 always yes
	END
}

@test "terminal: a verdict in its colour" {
	flareprof --color=always "$flares/healthy-idle"
	contains "$output" "${escape}[1;32mNormal${escape}[0m"
	flareprof --color=always "$flares/no-gc"
	contains "$output" "${escape}[1;33mInconclusive${escape}[0m"
	flareprof --color=always "$flares/leak" "$flares/healthy-idle" absent
	contains "$output" "FLARE"
	[[ $output != *"$escape"* ]] || wrong "colour in a table that nobody looks at: $output"
	export TERM=xterm
	on_terminal 80 "$flares/leak" "$flares/healthy-idle" absent
	contains "$output" "${escape}[1;31mMemory Leak${escape}[0m  leak-01"
	contains "$output" "${escape}[1;32mNormal${escape}[0m       healthy"
	contains "$output" "${escape}[1;33mno report${escape}[0m    absent"
}

@test "terminal: piped, it is one line a finding, however long" {
	flareprof --color=always "$flares/multiple"
	equal lines "${#lines[@]}" 8
	[ "$(widest "${lines[1]}")" -gt 200 ]
}

@test "terminal: a flare's text does nothing to it" {
	local copy

	export TERM=xterm
	copy=$(copy_flare leak)
	replace_line "$copy/status.log" '^  hostname: ' $'  hostname: a\033[2J\tb\033]0;x\007'
	on_terminal 80 "$copy"
	equal status "$status" 0
	[[ $(plain "$output") != *[$'\033\007\t']* ]] || wrong "$(cat -v <<<"$output")"
}

@test "terminal: --help in 80 columns" {
	flareprof --help
	[ "$(widest "$output")" -le 80 ]
}
