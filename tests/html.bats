# The report as one HTML file: what is in it, that it needs nothing else, and what it does in a browser.

load helpers

# Makes NAME.html of a flare.
page_of() { # NAME FLARE [OPTION...]
	analyse --html "$1.html" "${@:3}" "$2"
	[ -s "$1.html" ] || wrong "no $1.html"
}

sound() { # PAGE...
	"$PYTHON" -I "$root/tests/page.py" "$@"
}

browse() { # PAGE...
	"$PYTHON" -I "$root/tests/browser.py" "$@"
}

# A flare whose profiles are all empty.
without_profiles() { # NAME
	local copy

	copy=$(copy_flare healthy-idle "$1")
	find "$copy/profiles" -name '*.pprof' -exec truncate -s 0 {} +
}

@test "html: the checks see what is wrong with a page" {
	local expression

	page_of leak "$flares/leak"
	sound leak.html
	for expression in 's|<footer>|<footer><img src="http://127.0.0.1/x">|' 's|<article>|<article onclick="x()">|' \
		's|"use strict"|"use sloppy"|' 's|color-scheme: light dark|color-scheme: dark|' \
		's|<h2>CPU Profile|<h2>CPU|' 's|</section>||' 's|href="#verdict"|href="https://example.com"|' \
		"s|default-src 'none'|default-src *|"; do
		sed "$expression" leak.html >broken.html
		! cmp -s leak.html broken.html || wrong "$expression changes nothing"
		run sound broken.html
		equal "status for $expression" "$status" 1
	done
}

@test "html: in a browser" {
	local case

	for case in multiple moving-memory no-gc; do
		page_of "$case" "$flares/$case"
	done
	without_profiles none
	page_of none none
	browse ./*.html
}

@test "html: a browser tells what is wrong with a page" {
	page_of leak "$flares/leak"
	# The policy lets a changed script or style do nothing at all.
	sed 's|"use strict";|"use strict"; document.title = "changed";|' leak.html >script.html
	run browse script.html
	equal status "$status" 1
	contains "$output" "the console says"
	contains "$output" "Content Security Policy"
	# So what is to be seen is put where they come from.
	cp -r "$root/templates" templates
	sed -i -E 's|^(\t--quiet: )#525a68;|\1#a0a8b8;|' templates/html.css
	page_of pale "$flares/leak" --templates templates
	run browse pale.html
	contains "$output" "light: contrast of"
	sed -i 's|zoom(focused)|zoom(boxes[0])|' templates/html.js
	page_of deaf "$flares/leak" --templates templates
	run browse deaf.html
	contains "$output" "Enter makes"
}

@test "html: verdict, report and model are what they are without" {
	local flare

	for flare in leak multiple healthy-busy partial; do
		analyse "$flares/$flare"
		mv report.md plain.md
		"$PYTHON" -I -c 'import json; json.dump(json.load(open("model.json")), open("plain", "w"), sort_keys=True)'
		page_of page "$flares/$flare"
		cmp plain.md report.md
		"$PYTHON" -I - <<-'EOS'
			import json
			model = json.load(open("model.json"))
			trees = 0
			for process in model["processes"]:
			    for part in ("heap", "cpu"):
			        trees += process[part]["flame"] is not None
			        process[part]["flame"] = None
			json.dump(model, open("without", "w"), sort_keys=True)
			assert trees > 0
		EOS
		cmp plain without
	done
}

@test "html: the verdict in front, the messages to copy, and no figure where there is nothing" {
	page_of leak "$flares/leak"
	contains "$(<leak.html)" '<header id="verdict" class="banner bad">'
	contains "$(<leak.html)" '<strong>Memory Leak</strong> in core'
	contains "$(<leak.html)" '<code>github.com/DataDog/datadog-agent/pkg/aggregator.(*contextResolver).trackContext</code> grew most'
	grep -q '<pre><code class="language-text">Hello' leak.html
	grep -q '<rect class="grew"' leak.html
	! grep -q '<rect class="shrank"' leak.html || wrong "something shrank"
	page_of idle "$flares/healthy-idle"
	contains "$(<idle.html)" 'class="banner good"'
	page_of moving "$flares/moving-memory"
	grep -q '<rect class="shrank"' moving.html
	grep -q '<svg class="box shrank4"' moving.html
	without_profiles none
	page_of none none
	contains "$(<none.html)" 'class="banner open"'
	! grep -q '<figure' none.html || wrong "there is a figure"
	sound none.html
}

@test "html: to standard output, and nothing else there" {
	flareprof -o report.md --html - "$flares/leak"
	equal status "$status" 0
	[[ $output == '<!DOCTYPE html>'* && $output == *'</html>' ]] || wrong "${output:0:80}"
	[ -s report.md ]
}

@test "html: a new directory, an old file, and the summary that names it" {
	flareprof -o report.md --html new/deep/page.html "$flares/leak"
	equal status "$status" 0
	contains "$output" "HTML:   new/deep/page.html"
	sound new/deep/page.html
	echo old >page.html
	flareprof -o report.md --html page.html "$flares/leak"
	equal old "$(<page.html~)" old
	sound page.html
}

@test "html: of several flares a file each, in a directory" {
	flareprof --html pages "$flares/leak" "$flares/healthy-idle" "$flares/leak"
	equal status "$status" 0
	equal files "$(ls pages)" "$(printf '%s\n' flare-profiling-healthy-idle-01.example.com.html \
		flare-profiling-leak-01.example.com-2.html flare-profiling-leak-01.example.com.html)"
	sound pages/*
	# One flare, and a directory that is there.
	flareprof --html pages "$flares/multiple"
	sound pages/flare-profiling-multiple-01.example.com.html
	flareprof --html - "$flares/leak" "$flares/healthy-idle"
	equal status "$status" 2
	contains "$stderr" "--html takes a directory"
}

@test "html: where it cannot be written, nothing is" {
	flareprof -o report.md --html /dev/null/page.html "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "/dev/null"
	equal output "$output" ""
}

@test "html: a pprof that cannot tell the stacks costs a graph and nothing else" {
	local real

	real=$(real_pprof)
	fake_go go "$PWD/pprof"
	page_of whole "$flares/leak"
	mv report.md whole.md
	# The command gets lost; it ends the session; what it answers is of another profile.
	for command in d s/.*/quit/ 's/^raw/comments/'; do
		printf '#!/bin/bash\n/bin/sed -u "/^raw /%s" | "%s" "$@"\n' "$command" "$real" >pprof
		chmod +x pprof
		page_of broken "$flares/leak" --go ./go
		equal verdict "$(verdict)" "Memory Leak"
		has_gap "no flame graph of its inuse_space"
		has_gap "no flame graph of its cpu"
		sound broken.html
		! grep -q 'class="graph"' broken.html || wrong "there is a graph"
		grep -q 'class="chart"' broken.html
		diff <(sed '/^## Escalation Summary/,$d' whole.md) <(sed '/^## Escalation Summary/,$d' report.md)
	done
}

@test "html: templates that are wrong are told of" {
	cp -r "$root/templates" templates
	rm templates/html_flame.mustache
	flareprof --templates templates --html page.html "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "html_flame"
	[ ! -e page.html ]
	rm templates/html.css
	cp "$root/templates/html_flame.mustache" templates
	flareprof --templates templates --html page.html "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "html.css"
	# Who wants no page needs none of it.
	flareprof --templates templates "$flares/leak"
	equal status "$status" 0
}
