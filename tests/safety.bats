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
	make_cpu_profile "$copy/profiles/core-cpu.pprof" main.busy quit exit q o help top top0 \
		top1000000000 'sample_index=cpu' 'sample_index=samples' 'taghide=.' 'show=' \
		$'x\nquit' '(pprof) ' $'(pprof) Active filters:\n   taghide=k'
	analyse "$copy"
	equal verdict "$(verdict)" "CPU Spike"
	equal function "$(model 'm["verdict"]["findings"][0]["function"]')" main.busy
	equal flat "$(model 'm["processes"][0]["cpu"]["rows"][0]["flat"]')" 9000000000
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
