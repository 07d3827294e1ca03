# What comes from a flare is untrusted text: it cannot break the report or colour a terminal.

load helpers

sound_markdown() {
	"$PYTHON" -I "$root/tests/markdown.py" report.md
}

hostile=(
	'a|b|c'
	'`code` and ``more``'
	'```'
	'~~~'
	'<script>alert(1)</script>'
	'<!-- hidden'
	'![x](http://127.0.0.1/x.png)'
	'[click](javascript:alert(1))'
	'**bold** _it_ # heading'
	'{{flare.hostname}} {{{verdict.name}}} {{> report}}'
	'back\slash \| pipe'
	$'red \033[31m and title \033]0;x\007'
	$'bell \a back \b delete \177 nul-less'
	$'carriage\r| return'
	$'c1 \xc2\x9b31m and \x9b raw, \xff\xfe no UTF-8'
	$'bidi \xe2\x80\xae txt and line \xe2\x80\xa8 separator'
	'&lt;b&gt; &amp; "quotes" '"'single'"
	'- item'
	'%s%n%x'
)

@test "safety: reports of every flare are sound Markdown" {
	local flare

	for flare in "$flares"/*/ "$root"/fixtures/flares-go1.27/*/; do
		analyse "$flare"
		sound_markdown || wrong "$flare"
	done
}

@test "safety: hostname and version" {
	local copy text

	copy=$(copy_flare slow-growth)
	for text in "${hostile[@]}"; do
		cp "$flares"/slow-growth/*/status.log "$copy/status.log"
		replace_line "$copy/status.log" '^  hostname: ' "  hostname: $text"
		replace_line "$copy/status.log" '^  Python Version: ' "  Python Version: $text"
		replace_line "$copy/status.log" '^  Agent flavor: ' "  Agent flavor: $text"
		replace_line "$copy/status.log" '^  install_method_tool: ' "  install_method_tool: $text"
		rm -f "$copy/install_info.log"
		analyse "$copy"
		sound_markdown || wrong "$text"
		equal "verdict with $text" "$(verdict)" Normal
		flareprof -o report.md "$copy"
		! LC_ALL=C grep -q '[[:cntrl:]]' <<<"${output//$'\n'/}" || wrong "$output"
	done
}

@test "safety: names of checks and their messages" {
	local copy text

	copy=$(copy_flare slow-growth)
	for text in "${hostile[@]}"; do
		cp "$flares"/slow-growth/*/status.log "$copy/status.log"
		replace_line "$copy/status.log" '^    redisdb ' "    redisdb $text (7.1.0 $text)"
		replace_line "$copy/status.log" 'Instance ID: postgres' \
			"      Instance ID: postgres:$text [ERROR]"$'\n'"      Error: $text"$'\n'"      Traceback (most recent call last): $text"
		analyse "$copy"
		sound_markdown || wrong "$text"
		equal "verdict with $text" "$(verdict)" Normal
	done
}

@test "safety: other files of the flare" {
	local copy text

	copy=$(copy_flare slow-growth)
	for text in "${hostile[@]}"; do
		printf -- '---\ninstall_method:\n  tool: |-\n    %s\n  tool_version: "x"\n' "$text" >"$copy/install_info.log"
		printf 'goroutine 1 [%s, 900 minutes]:\nmain.main()\n\t/x.go:1 +0x1\n\ngoroutine 2 [select]:\nmain.%s(0x1)\n\t/x.go:1 +0x1\n' "$text" "$text" >"$copy/go-routine-dump.log"
		printf '%s' "$text" >"$copy/profiles/core-block.pprof"
		printf '%s\n' "$text" >"$copy/expvar/memstats"
		: >"$copy/profiles/x.trace"
		analyse "$copy"
		sound_markdown || wrong "$text"
		equal "verdict with $text" "$(verdict)" Normal
	done
}

@test "safety: names of files and directories" {
	local copy

	copy=$(copy_flare slow-growth)
	# shellcheck disable=SC2016 # names as they stand
	for name in '$(id)' 'a`b' 'a|b' '<b>' $'x\ny' '-flag' $'\033[31m'; do
		cp "$copy/profiles/core-cpu.pprof" "$copy/profiles/$name-cpu.pprof"
		: >"$copy/profiles/$name.trace"
	done
	rm "$copy/status.log"
	mv slow-growth $'a|b`c <i>\033[31m'
	mv ./a*/slow-growth* $'./a|b`c <i>\033[31m/x|y`z <u>\033[31m'
	analyse ./a*
	sound_markdown
	equal verdict "$(verdict)" Normal
}

# A flare whose only busy function has this name.
analyse_function() { # NAME
	printf '#!/bin/bash\n. "%s"\nsession "$(<"%s/answer")"\n' "$fakes/pprof-common" "$PWD" >pprof
	chmod +x pprof
	fake_go go "$PWD/pprof"
	printf 'Showing nodes accounting for 90000000000ns, 100%% of 90000000000ns total\n      flat  flat%%   sum%%        cum   cum%%\n90000000000ns   100%%   100%% 90000000000ns   100%%  %s\n' "$1" >answer
	analyse --go ./go "$flares/cpu-spike"
	equal "verdict with $1" "$(verdict)" "CPU Spike"
	sound_markdown || wrong "$1"
}

@test "safety: names of functions" {
	local text

	for text in "${hostile[@]}"; do
		# A line ends at a carriage return, a cell at an escaped pipe: the latter is below.
		[[ $text == *$'\r'* || $text == *'\|'* ]] || analyse_function "$text"
	done
}

@test "safety: a backslash in front of a pipe in the name of a function" {
	analyse_function 'back\slash \| pipe'
}

@test "safety: what pprof says when it fails" {
	printf '#!/bin/bash\n. "%s"\n/bin/cat "%s/answer" >&2\nexit 2\n' "$fakes/pprof-common" "$PWD" >pprof
	chmod +x pprof
	fake_go go "$PWD/pprof"
	local text

	for text in "${hostile[@]}"; do
		printf '%s\n' "$text" >answer
		analyse --go ./go "$flares/cpu-spike"
		sound_markdown || wrong "$text"
		equal "verdict with $text" "$(verdict)" Inconclusive
	done
}

@test "safety: errors on standard error are clean" {
	flareprof $'no\033[31m such\nflare'
	equal status "$status" 1
	! LC_ALL=C grep -q $'\033' <<<"$stderr" || wrong "$stderr"
	flareprof --top $'\033[31m' x
	equal status "$status" 2
	! LC_ALL=C grep -q $'\033' <<<"$stderr" || wrong "$stderr"
}

@test "safety: a status of many megabytes" {
	local copy

	copy=$(copy_flare slow-growth)
	head -c 30M /dev/zero | tr '\0' 'x' >>"$copy/status.log"
	analyse "$copy"
	equal verdict "$(verdict)" Normal
	yes '    check (1.0)' | head -c 3M >>"$copy/status.log"
	analyse "$copy"
}

@test "safety: sample types that look like commands to pprof swallow none" {
	local copy

	copy=$(copy_flare healthy-busy)
	rm "$copy"/profiles/core-*heap.pprof
	make_cpu_profile "$copy/profiles/core-cpu.pprof" main.busy
	analyse "$copy"
	equal verdict "$(verdict)" "CPU Spike"
	# A profile has eight of them at most.
	types=(quit exit q o help top top0 top1000000000 'sample_index=cpu' 'sample_index=samples'
		'taghide=.' 'show=' $'x\nquit' '(pprof) ' $'(pprof) Active filters:\n   taghide=k')
	for i in 0 5 10; do
		make_cpu_profile "$copy/profiles/core-cpu.pprof" main.busy "${types[@]:i:5}"
		analyse "$copy"
		equal verdict "$(verdict)" "CPU Spike"
		equal function "$(model 'm["verdict"]["findings"][0]["function"]')" main.busy
		equal flat "$(model 'm["processes"][0]["cpu"]["rows"][0]["flat"]')" 9000000000
	done
	make_cpu_profile "$copy/profiles/core-cpu.pprof" main.busy "${types[@]:0:7}"
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
}

@test "safety: names that look like the end or the head of a report" {
	local copy name

	copy=$(copy_flare healthy-busy)
	rm "$copy"/profiles/core-*heap.pprof
	for name in '(pprof) ' $'main.busy\n(pprof) ' $'main.busy\n   taghide=k0000-5|.\nShowing' \
		$'(pprof) (pprof) Active filters:\n   taghide=k0000-5|.\nShowing nodes accounting for 0, 0% of 0 total'; do
		make_cpu_profile "$copy/profiles/core-cpu.pprof" "$name"
		analyse "$copy"
		[[ $(verdict) == "CPU Spike" || $(verdict) == Inconclusive ]] || wrong "$name: $(verdict)"
	done
}

# Prints how many bytes the largest of the outputs has.
largest_output() {
	stat -c %s report.md model.json | sort -n | tail -1
}

@test "safety: counts without end are cut, and that is told" {
	local copy

	copy=$(copy_flare slow-growth)
	"$PYTHON" -I - "$copy" <<-'EOF'
		import sys

		with open(sys.argv[1] + "/go-routine-dump.log", "w") as dump:
		    for i in range(300000):
		        dump.write(f"goroutine {i} [state {i}, 9 minutes]:\nmain.f{i}()\n\t/x.go:1 +0x1\n\n")
		status = open(sys.argv[1] + "/status.log").read()
		checks = "".join(f"    c{i}\n    --\n      Instance ID: c{i} [ERROR]\n      Error: {'e' * 400}\n"
		                 for i in range(15000))
		head, tail = status.split("  Running Checks\n  ==============\n", 1)
		with open(sys.argv[1] + "/status.log", "w") as out:
		    out.write(head + "  Running Checks\n  ==============\n" + checks + tail)
	EOF
	for ((i = 0; i < 2000; i++)); do
		mkdir "$copy/profiles/x$i.trace"
	done
	analyse "$copy"
	sound_markdown
	equal verdict "$(verdict)" Normal
	equal goroutines "$(model 'm["goroutines"]["count"]')" 300000
	equal states "$(model 'sum(m["goroutines"]["states"].values()), len(m["goroutines"]["states"]) <= 20')" "(300000, True)"
	equal checks "$(model 'len(m["checks"])')" 500
	[ "$(model 'len(m["gaps"])')" -lt 50 ] || wrong 'too many gaps'
	has_gap "holds more files of names or kinds that the Agent never gives"
	[ "$(largest_output)" -lt 4000000 ] || wrong "an output has $(largest_output) bytes"
	rm -r "$copy"/profiles/x*.trace
	analyse "$copy"
	has_gap "has goroutines in more than 19 states"
	has_gap "more than 500 checks, of which "
}

@test "safety: texts without end are cut, and that is told" {
	local copy long

	copy=$(copy_flare healthy-busy)
	long=$(head -c 100000 /dev/zero | tr '\0' x)
	LONG=$long awk '/^  hostname: / { print "  hostname: " ENVIRON["LONG"]; next }
		/^Agent .v/ { print "Agent (v" ENVIRON["LONG"] ")"; next }
		/^  Running Checks/ { print; getline; print; print "    " ENVIRON["LONG"]; print "    ---"
			print "      Instance ID: x [ERROR]"; print "      Error: " ENVIRON["LONG"]; next }
		{ print }' "$copy/status.log" >replaced
	mv replaced "$copy/status.log"
	printf 'goroutine 1 [%s, 9 minutes]:\nmain.%s()\n\t/x.go:1 +0x1\n' "$long" "$long" >"$copy/go-routine-dump.log"
	printf -- '---\ninstall_method:\n  tool: %s\n' "$long" >"$copy/install_info.log"
	printf '%s\n' "$long" >"$copy/expvar/memstats"
	analyse "$copy"
	sound_markdown
	for what in hostname versions "names of checks" "messages of checks" "states of goroutines" \
		"names of functions" "install method"; do
		model 'm["gaps"]' | grep -qF "'$what'" || wrong "no gap of $what"
	done
	[ "$(largest_output)" -lt 200000 ] || wrong "an output has $(largest_output) bytes"
	flareprof "$copy"
	[ "${#output}" -lt 5000 ] || wrong "the summary has ${#output} bytes"
}

@test "safety: a function's name is whole up to 4096 characters" {
	local copy length name

	copy=$(copy_flare healthy-busy)
	rm "$copy"/profiles/core-*heap.pprof
	for length in 4000 20000 100000; do
		name=main.$(head -c "$length" /dev/zero | tr '\0' y)
		make_cpu_profile "$copy/profiles/core-cpu.pprof" "$name"
		analyse "$copy"
		sound_markdown
		equal verdict "$(verdict)" "CPU Spike"
		if [ "$length" -lt 4096 ]; then
			grep -qF "  $name" report.md || wrong "the name is not whole in the report"
			[ "$(model 'm["verdict"]["findings"][0]["function"]')" = "$name" ] || wrong "nor in the model"
		else
			equal length "$(model 'len(m["verdict"]["findings"][0]["function"])')" 4097
			has_gap "longer than 4096 characters"
		fi
	done
}

@test "safety: YAML that grows or nests is a gap" {
	local copy text

	copy=$(copy_flare slow-growth)
	mkdir -p "$copy/metadata"
	for text in 'a: &a [x, x]'$'\n''b: *a' "$(printf '[%.0s' {1..100})" "$(printf '{"a":%.0s' {1..100})" \
		"$(printf -- '- %.0s' {1..100})" '!!python/object:x {}' "[$(yes 1, | head -n 300000 | tr -d '\n')1]"; do
		printf '%s\n' "$text" >"$copy/install_info.log"
		printf '%s\n' "$text" >"$copy/metadata/host.json"
		printf '%s\n' "$text" >"$copy/expvar/memstats"
		analyse "$copy"
		sound_markdown
		equal verdict "$(verdict)" Normal
		model '[g["what"] for g in m["gaps"]]' | grep -q memstats || wrong "no gap: ${text:0:40}"
		model '[g["why"] for g in m["gaps"]]' | grep -Eq 'refused|too deep|too many' || wrong "read: ${text:0:40}"
	done
}
