# The command line: options, paths, outputs and exit statuses.

load helpers

# Wrong usage: exit 2, nothing on stdout, one line that names what is wrong.
refuses() { # PART-OF-MESSAGE ARGUMENT...
	flareprof "${@:2}"
	equal "status of '${*:2}'" "$status" 2
	equal "output of '${*:2}'" "$output" ""
	contains "$stderr" "$1"
	equal "lines of '${*:2}'" "$(wc -l <<<"$stderr")" 1
	[[ $stderr == "flareprof: "* ]] || wrong "$stderr"
}

# No report: exit 1, nothing on stdout, nothing written.
fails() { # PART-OF-MESSAGE ARGUMENT...
	flareprof "${@:2}"
	equal "status of '${*:2}'" "$status" 1
	equal "output of '${*:2}'" "$output" ""
	contains "$stderr" "$1"
	[ ! -e investigations ] || wrong "a report was written"
}

@test "cli: --help and --version" {
	flareprof --help
	equal status "$status" 0
	contains "$output" "Usage: flareprof"
	contains "$output" "Exit status:"
	equal stderr "$stderr" ""
	flareprof -h
	equal status "$status" 0
	flareprof --version
	equal status "$status" 0
	[[ $output =~ ^flareprof\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || wrong "$output"
	flareprof -V
	equal status "$status" 0
}

@test "cli: --help names every option that is there" {
	local option

	flareprof --help
	for option in output json top jobs leak-threshold cpu-threshold contention-threshold go \
		timeout templates customer ticket exit-code color quiet verbose help version; do
		contains "$output" "--$option"
	done
}

@test "cli: wrong usage" {
	refuses "no flare given"
	refuses "no flare given" -q
	refuses "path is empty" ""
	refuses "takes one flare" -o x a b
	refuses "unknown option '--nonsense'" --nonsense x
	refuses "unknown option '-x'" -x y
	refuses "option '--output' needs a path" x -o
	refuses "option '--output' needs a path" x --output
	refuses "option '--top' needs" x --top
	refuses "cannot both go to standard output" -o - --json - x
}

@test "cli: wrong values" {
	local option value

	while read -r option value; do
		[ "$value" != EMPTY ] || value=
		refuses "wrong value '$value' for --$option" "--$option=$value" x
	done <<-'EOF'
		top 0
		top -1
		top 1001
		top x
		top 3x
		top EMPTY
		top 99999999999999999999999
		jobs 0
		jobs 257
		leak-threshold x
		leak-threshold -1MB
		leak-threshold 10XB
		leak-threshold 10MB5
		leak-threshold nan
		leak-threshold inf
		leak-threshold 1e400
		leak-threshold 99999999999PB
		leak-threshold EMPTY
		cpu-threshold 0
		cpu-threshold 101
		cpu-threshold -5%
		cpu-threshold x%
		cpu-threshold nan
		contention-threshold x
		contention-threshold -1s
		contention-threshold 5parsecs
		contention-threshold EMPTY
		timeout x
		timeout -1s
		timeout 0
		timeout 99999999999h
		color sometimes
		output EMPTY
		json EMPTY
		go EMPTY
		templates EMPTY
	EOF
}

@test "cli: values people write" {
	local option value

	while read -r option value; do
		flareprof -q -o report.md "--$option=$value" "$flares/healthy-idle"
		equal "status of --$option=$value" "$status" 0
	done <<-'EOF'
		leak-threshold 10
		leak-threshold 500kB
		leak-threshold 1.5GB
		leak-threshold 20MiB
		cpu-threshold 50
		cpu-threshold 99.5%
		contention-threshold 500ms
		contention-threshold 2min
		contention-threshold 1.5s
		timeout 90
		color never
		color auto
	EOF
}

@test "cli: no flare there" {
	mkdir empty noprofiles noprofiles/host noprofiles/host/profiles several several/{a,b} \
		several/{a,b}/profiles
	echo x >noprofiles/host/profiles/readme.txt
	echo x >text
	fails "cannot open 'nowhere'" nowhere
	fails "no profiles/ in 'empty'" empty
	fails "no profiles in" noprofiles
	fails "more than one flare" several
	fails "text" text
	fails "neither a directory nor an archive" /dev/null
}


@test "cli: the default report" {
	flareprof "$flares/leak"
	equal status "$status" 0
	[ -s investigations/flare-profiling-leak-01.example.com.md ]
	equal files "$(ls -A . investigations)" "$(printf '.:\ninvestigations\n\ninvestigations:\nflare-profiling-leak-01.example.com.md')"
	contains "$output" "Memory Leak (core)"
	contains "$output" "Report: investigations/flare-profiling-leak-01.example.com.md"
	equal stderr "$stderr" ""
}

@test "cli: an older report is kept" {
	echo mine >report.md
	flareprof -o report.md "$flares/leak"
	equal status "$status" 0
	equal backup "$(<report.md~)" mine
	grep -q '^# Flare Profiling' report.md
	flareprof -o report.md "$flares/healthy-idle"
	grep -q 'leak-01' report.md~
}

@test "cli: -o - prints the report and nothing else" {
	flareprof -o report.md "$flares/leak"
	flareprof -o - "$flares/leak"
	equal status "$status" 0
	diff <(printf '%s\n' "$output") report.md
	[ ! -e investigations ]
}

@test "cli: --json - prints the model and nothing else" {
	flareprof --json - -o report.md "$flares/leak"
	equal status "$status" 0
	printf '%s\n' "$output" >model.json
	equal verdict "$(verdict)" "Memory Leak"
	[ -s report.md ]
}

@test "cli: -o - with --json PATH" {
	flareprof -o - --json model.json "$flares/leak"
	equal status "$status" 0
	[[ $output == "# Flare Profiling Analysis"* ]]
	equal verdict "$(verdict)" "Memory Leak"
}

@test "cli: outputs that cannot be written" {
	mkdir directory
	echo text >text
	fails "directory" -o directory "$flares/leak"
	fails "text" -o text/report.md "$flares/leak"
	fails "/proc" -o /proc/nothing/report.md "$flares/leak"
	flareprof -o report.md --json text/model.json "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "text"
	equal files "$(ls -A directory)" ""
}

@test "cli: directories in front of the output are made" {
	flareprof -o new/of/mine/report.md "$flares/leak"
	equal status "$status" 0
	[ -s new/of/mine/report.md ]
}

@test "cli: a full disk is told" {
	local arguments

	for arguments in "-o report.md" "-o -" "--json - -o report.md"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr bash -c '"$0" "$@" >/dev/full' "$FLAREPROF" $arguments "$flares/leak"
		check_sound
		equal "status with $arguments" "$status" 1
		contains "$stderr" "No space left on device"
	done
}

@test "cli: --help and --version on a full disk are told as well" {
	local argument

	for argument in --help --version; do
		run --separate-stderr bash -c '"$0" "$1" >/dev/full' "$FLAREPROF" $argument
		check_sound
		equal "status of $argument" "$status" 1
		contains "$stderr" "No space left on device"
	done
}

@test "cli: a report on a full disk is told, and the old one is kept" {
	run unshare -rm true
	[ "$status" -eq 0 ] || skip "no mount namespaces here"
	mkdir small
	run unshare -rm bash -c 'mount -t tmpfs -o size=8k none small && echo mine >small/report.md &&
		"$0" -o small/report.md "$1"; echo "status $?"; cat small/report.md; ls -A small' \
		"$FLAREPROF" "$flares/leak"
	contains "$output" "No space left on device"
	contains "$output" "status 1"
	equal "what is there" "$(tail -n 2 <<<"$output")" $'mine\nreport.md'
}

@test "cli: a closed standard output is told" {
	run --separate-stderr bash -c '"$0" -o report.md "$1" >&-' "$FLAREPROF" "$flares/leak"
	check_sound
	equal status "$status" 1
}

@test "cli: a hostname never leaves the directory" {
	local copy name

	copy=$(copy_flare healthy-idle)
	for name in ../../evil /etc/passwd .. . .hidden 'a b' 'a;b|c' '$(id)' "$(printf 'x%.0s' {1..300})"; do
		rm -rf investigations
		awk -v name="$name" '/^  hostname: / { $0 = "  hostname: " name } { print }' \
			"$flares"/healthy-idle/*/status.log >"$copy/status.log"
		flareprof "$copy"
		equal "status for $name" "$status" 0
		equal "files for $name" "$(find . -newer "$copy/status.log" -name '*.md' | wc -l)" 1
		[[ $(ls -A investigations) =~ ^flare-profiling-[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}\.md$ ]] ||
			wrong "$(ls -A investigations)"
	done
	[ ! -e ../evil ] && [ ! -e ../../evil.md ]
}

@test "cli: --exit-code" {
	flareprof -q --exit-code -o report.md "$flares/leak"
	equal status "$status" 4
	[ -s report.md ]
	flareprof -q --exit-code -o report.md "$flares/healthy-idle"
	equal status "$status" 0
	flareprof -q -o report.md "$flares/leak"
	equal status "$status" 0
}

@test "cli: -q prints nothing, -v tells of Go" {
	flareprof -q -o report.md "$flares/leak"
	equal status "$status" 0
	equal output "$output$stderr" ""
	flareprof -v -o report.md "$flares/leak"
	contains "$stderr" "go1."
}

@test "cli: colour only where it is wanted" {
	flareprof -o report.md "$flares/leak"
	[[ $output != *$'\033'* ]]
	flareprof --color always -o report.md "$flares/leak"
	contains "$output" $'\033['
	! grep -q $'\033' report.md || wrong 'colour in the report'
	NO_COLOR=1 flareprof --color always -o report.md "$flares/leak"
	contains "$output" $'\033['
}

@test "cli: -n limits the tables" {
	analyse -n 3 "$flares/cpu-spread"
	equal rows "$(model 'len(m["processes"][0]["cpu"]["rows"])')" 3
	analyse "$flares/cpu-spread"
	equal rows "$(model 'len(m["processes"][0]["cpu"]["rows"])')" 10
	analyse -n 1000 "$flares/cpu-spread"
	[ "$(model 'len(m["processes"][0]["cpu"]["rows"])')" -gt 10 ]
}

@test "cli: thresholds change the verdict" {
	analyse --leak-threshold 1GB "$flares/leak"
	equal verdict "$(verdict)" Normal
	analyse --leak-threshold 100kB "$flares/slow-growth"
	equal verdict "$(verdict)" "Memory Leak"
	analyse --cpu-threshold 99.9% "$flares/cpu-spike"
	equal verdict "$(verdict)" Normal
	analyse --cpu-threshold 5% "$flares/healthy-busy"
	equal verdict "$(verdict)" "CPU Spike"
	analyse --contention-threshold 1h "$flares/contention"
	equal verdict "$(verdict)" Normal
	analyse --contention-threshold 1h "$flares/backpressure"
	equal verdict "$(verdict)" Normal
	analyse --leak-threshold 1GB --contention-threshold 1h "$flares/multiple"
	equal verdict "$(verdict)" "CPU Spike"
	equal processes "$(model 'm["verdict"]["processes"]')" "['trace']"
}

@test "cli: --customer and --ticket appear" {
	analyse --customer 'Ann & Söhne' --ticket 123456 "$flares/leak"
	sed -n '/^## Customer Message/,/^## Escalation/p' report.md | grep -q 'Ann & Söhne'
	sed -n '/^## Escalation/,/^## Data/p' report.md | grep -q '123456'
	equal ticket "$(model 'm["case"]["ticket"]')" 123456
}

@test "cli: what is typed cannot break the report either" {
	# shellcheck disable=SC2016 # meant as it stands
	analyse --customer $'```\n# x\033[31m' --ticket $'1\n```\n<script>' "$flares/leak"
	"$PYTHON" -I "$root/tests/markdown.py" report.md
}

@test "cli: the flare's parts name it as well" {
	local path

	cp -r "$flares/leak" .
	for path in leak leak/ leak/leak-01_example_com leak/leak-01_example_com/ \
		leak/leak-01_example_com/profiles leak/leak-01_example_com/profiles/ ./leak \
		leak/../leak "$PWD/leak"; do
		analyse "$path"
		equal "verdict of $path" "$(verdict)" "Memory Leak"
		equal hostname "$(model 'm["flare"]["hostname"]')" leak-01.example.com
	done
	cd leak/leak-01_example_com/profiles
	for path in . .. ../..; do
		analyse "$path"
		equal "verdict of $path" "$(verdict)" "Memory Leak"
	done
}

@test "cli: paths with odd characters" {
	local name

	for name in 'with blanks' "quote'd" 'double"d' -dash 'new
line' 'host:80' 'percent%s' 'ümläut' 'sta*r' '=equals' 'a,b' 'comma;semi' 'dollar$(id)' '~' '#x'; do
		rm -rf ./"$name"
		cp -r "$flares/leak" ./"$name"
		analyse -- "$name"
		equal "verdict of $name" "$(verdict)" "Memory Leak"
		equal "growth of $name" "$(model 'm["processes"][0]["heap"]["net_growth_bytes"] > 30000000')" True
		mv ./"$name"/*/ ./"$name/$name"
		analyse -- "$name"
		equal "verdict of $name" "$(verdict)" "Memory Leak"
	done
}

@test "cli: options behind the flare, and -- in front of it" {
	flareprof "$flares/leak" -q -o report.md
	equal status "$status" 0
	flareprof -q -oreport.md -- "$flares/leak"
	equal status "$status" 0
	flareprof -- "$flares/leak" -q
	equal status "$status" 1
	contains "$output" "cannot open '-q'"
}

@test "cli: a flare that cannot be written to, from elsewhere" {
	cp -r "$flares/leak" .
	chmod -R a-w leak
	cd /
	flareprof -q -o "$OLDPWD/report.md" "$OLDPWD/leak"
	equal status "$status" 0
	chmod -R u+w "$OLDPWD/leak"
}

@test "cli: links on the way to the flare are followed, in it they are not" {
	ln -s "$flares/leak" link
	analyse link
	equal verdict "$(verdict)" "Memory Leak"
	mkdir other other/host
	ln -s "$flares"/leak/*/profiles other/host/profiles
	flareprof -o report.md other
	equal status "$status" 1
}

@test "cli: components of one's own" {
	cat >mine.json <<'END'
[{"pattern": "^runtime\\.cgocall$", "component": "C", "team": "none", "about": "a"},
 {"pattern": "/collector/python\\.|/pkg/aggregator\\.", "component": "Mine", "team": "@me", "about": "a",
  "next_steps": ["Ask me."]}]
END
	analyse --components mine.json "$flares/python-cpu"
	[ "$(model 'm["verdict"]["findings"][0]["component"]')" = Mine ]
	[ "$(model 'm["verdict"]["findings"][0]["team"]')" = @me ]
	[ "$(model 'm["processes"][0]["cpu"]["rows"][0]["library"]')" = C ]
	analyse --components mine.json "$flares/leak"
	grep -qF '**Ask me**' report.md
}

# Before anything is done with it, and whether or not a flare needs it.
@test "cli: components that cannot be used" {
	local item='"component": "C", "team": "t", "about": "a"'

	fails "cannot use 'none.json'" --components none.json "$flares/leak"
	fails "cannot use '.'" --components . "$flares/leak"
	echo '[{' >bad.json
	fails "cannot use 'bad.json'" --components bad.json "$flares/healthy-idle"
	echo '{}' >bad.json
	fails "cannot use 'bad.json': not a list of components" --components bad.json "$flares/leak"
	echo "[{\"pattern\": \"a\", $item}, {$item}]" >bad.json
	fails "cannot use 'bad.json': component 2: 'pattern'," --components bad.json "$flares/leak"
	echo "[{\"pattern\": \"a\", $item}, {\"pattern\": \"b)\", $item}]" >bad.json
	fails "cannot use 'bad.json': component 2: wrong pattern 'b)' at 1: unmatched closing" \
		--components bad.json "$flares/healthy-idle"
	[ ! -e investigations ]
}

@test "cli: templates of one's own, and none" {
	cp -r "$root/templates" mine
	echo 'Mine: {{flare.hostname}}' >mine/report.mustache
	flareprof -q --templates mine -o report.md "$flares/leak"
	equal report "$(<report.md)" "Mine: leak-01.example.com"
	FLAREPROF_TEMPLATES=mine flareprof -q -o report.md "$flares/leak"
	equal report "$(<report.md)" "Mine: leak-01.example.com"
	fails "no templates in '/nonexistent'" --templates /nonexistent "$flares/leak"
	echo '{{#open}}' >mine/report.mustache
	fails "report.mustache" --templates mine "$flares/leak"
	cp "$root/templates/report.mustache" mine
	echo '[' >mine/components.json
	fails "components.json" --templates mine "$flares/leak"
}

@test "cli: the same flare gives the same bytes" {
	analyse "$flares/multiple"
	mv report.md first.md
	mv model.json first.json
	analyse "$flares/multiple"
	cmp report.md first.md
	cmp model.json first.json
}

@test "cli: several flares give a table, the worst first" {
	flareprof "$flares/healthy-busy" nowhere "$flares/leak" "$flares/contention" "$flares/multiple"
	equal status "$status" 1
	equal stderr "$stderr" ""
	equal header "$(head -1 <<<"$output" | tr -s ' ')" "FLARE HOSTNAME VERSION VERDICT TOP FINDING"
	equal order "$(sed -n '2,6s/ .*//p' <<<"$output" | sed 's/.*\///')" \
		$'multiple\nleak\ncontention\nnowhere\nhealthy-busy'
	equal row "$(sed -n 3p <<<"$output" | tr -s ' ')" \
		"$flares/leak leak-01.example.com 7.76.0 Memory Leak the heap of core grows by 212.9 MB per 30 s, most in \`aggregator.(*contextResolver).trackContext\`"
	equal row "$(sed -n 5p <<<"$output" | tr -s ' ')" \
		"nowhere - - no report cannot open 'nowhere': No such file or directory"
	equal row "$(sed -n 6p <<<"$output" | tr -s ' ')" \
		"$flares/healthy-busy healthy-busy-01.example.com 7.76.0 Normal nothing over its threshold"
	equal end "$(sed -n '7,$p' <<<"$output")" "4 report(s) in investigations/"
	for name in leak healthy-busy contention multiple; do
		cmp "investigations/flare-profiling-$name-01.example.com.md" \
			<(flareprof -o - "$flares/$name" && echo "$output")
	done
}

@test "cli: several flares and the exit status" {
	flareprof -q "$flares/leak" nowhere "$flares/healthy-busy"
	equal status "$status" 1
	equal output "$output" ""
	equal stderr "$stderr" "flareprof: cannot open 'nowhere': No such file or directory"
	flareprof -q --exit-code "$flares/healthy-busy" "$flares/leak" "$flares/healthy-busy"
	equal status "$status" 4
	flareprof -q --exit-code "$flares/healthy-busy" "$flares/leak" nowhere
	equal status "$status" 1
	flareprof -q --exit-code "$flares/healthy-busy" "$flares/slow-growth"
	equal status "$status" 0
	flareprof -q "$flares/leak" "$flares/healthy-busy"
	equal status "$status" 0
	flareprof nowhere nobody
	equal status "$status" 1
	equal lines "$(wc -l <<<"$output")" 3
	[ ! -e investigations/flare-profiling-nowhere.md ]
}

@test "cli: several flares and no Go" {
	flareprof --go /nonexistent "$flares/leak" "$flares/healthy-busy"
	equal status "$status" 3
	equal output "$output" ""
	contains "$stderr" "cannot find the go command"
	[ ! -e investigations ]
}

@test "cli: the models of several flares are one line each" {
	local names='sorted(json.loads(line)["flare"]["hostname"] for line in open(0))'

	flareprof --json - "$flares/leak" nowhere "$flares/healthy-busy"
	equal status "$status" 1
	contains "$stderr" "cannot open 'nowhere'"
	equal models "$("$PYTHON" -Ic "import json; print($names)" <<<"$output")" \
		"['healthy-busy-01.example.com', 'leak-01.example.com']"
	echo old >models
	flareprof -q --json models "$flares/leak" "$flares/healthy-busy" "$flares/multiple"
	equal status "$status" 0
	equal models "$("$PYTHON" -Ic "import json; print(len($names))" <models)" 3
	equal kept "$(<models~)" old
	# each line is the model that the flare has by itself
	analyse "$flares/multiple"
	"$PYTHON" -Ic 'import json
assert json.load(open("model.json")) in [json.loads(line) for line in open("models")]'
	flareprof --json models/below "$flares/leak" "$flares/multiple"
	equal status "$status" 1
	[ "$(find . -name '*.tmp')" = "" ]
}

@test "cli: where the models cannot be written, no more flares are begun" {
	flareprof -j 1 --json /dev/full "$flares"/*
	equal status "$status" 1
	equal stderr "$stderr" "flareprof: cannot write '/dev/full': No space left on device"
	equal output "$output" ""
	[ "$(find investigations -name '*.md' | wc -l)" -le 3 ]
}

@test "cli: flares of one host keep their reports apart, in the order of the call" {
	local second

	copy_flare leak first >first.path
	second=$(copy_flare healthy-busy second)
	sed -i 's/healthy-busy-01.example.com/leak-01.example.com/' "$second/status.log"
	for _ in 1 2 3; do
		flareprof first second "$flares/leak" -q
		equal status "$status" 0
		grep -q 'Memory Leak' investigations/flare-profiling-leak-01.example.com.md
		grep -q 'Verdict: Normal' investigations/flare-profiling-leak-01.example.com-2.md
		grep -q 'Memory Leak' investigations/flare-profiling-leak-01.example.com-3.md
	done
	equal reports "$(find investigations -name '*.md' | wc -l)" 3
}

@test "cli: no two flares of a call have one report, whatever their hosts are called" {
	local copy host i=0

	for host in web web web-2 'a b' 'a_b' web; do
		i=$((i + 1))
		copy=$(copy_flare healthy-busy "flare-$i")
		sed -i "s/healthy-busy-01.example.com/$host/" "$copy/status.log"
	done
	flareprof flare-1 flare-2 flare-3 flare-4 flare-5 flare-6
	equal status "$status" 0
	equal reports "$(find investigations -type f -printf '%f\n' | sort | tr '\n' ' ')" \
		'flare-profiling-a_b-2.md flare-profiling-a_b.md flare-profiling-web-2-2.md flare-profiling-web-2.md flare-profiling-web-3.md flare-profiling-web.md '
	rm -r investigations
	flareprof -q flare-1 flare-2 --json investigations/flare-profiling-web-2.md
	equal status "$status" 0
	equal reports "$(find investigations -type f -printf '%f\n' | sort | tr '\n' ' ')" \
		'flare-profiling-web-2.md flare-profiling-web-3.md flare-profiling-web.md '
}

@test "cli: the models of several flares go where one model goes" {
	local place

	for place in /dev/stdout /dev/fd/1 -; do
		"$FLAREPROF" -q --json "$place" "$flares/leak" "$flares/healthy-busy" >models
		equal "models on $place" "$(grep -c '^{"schema_version"' models)" 2
	done
	rm -f models
	ln -s models link
	echo old >models
	flareprof -q --json link "$flares/leak" "$flares/healthy-busy"
	equal status "$status" 0
	equal models "$(grep -c '^{"schema_version"' models)" 2
	equal kept "$(<models~)" old
	[ -L link ]
	mkfifo fifo
	flareprof -q --json fifo "$flares/leak" "$flares/healthy-busy"
	equal status "$status" 1
	contains "$stderr" "cannot write 'fifo': No such device or address"
}

@test "cli: a reader that does not read keeps nobody from ending the run" {
	mkfifo fifo
	local program status=0

	exec 4<>fifo
	"$FLAREPROF" -q --json - "$flares"/* >fifo 3>&- 4>&- &
	program=$!
	sleep 2
	kill -TERM "$program"
	wait "$program" || status=$?
	exec 4>&-
	equal status "$status" 143
}

@test "cli: a hundred flares, with more jobs than there are flares" {
	local list=() leaks

	leaks=$(grep -l '"verdict": "Memory Leak"' "$flares"/*/truth.json | wc -l)
	for _ in {1..5}; do
		list+=("$flares"/*)
	done
	flareprof -j 200 "${list[@]}"
	equal status "$status" 0
	equal reports "$(tail -1 <<<"$output")" "${#list[@]} report(s) in investigations/"
	equal leaks "$(grep -c ' Memory Leak ' <<<"$output")" $((leaks * 5))
	equal reports "$(find investigations -name '*.md' | wc -l)" "${#list[@]}"
}

# The two ways to spread flares that the README tells of, as it tells them.
readme_lines() { # PART-OF-THE-FIRST-LINE
	awk -v start="$1" 'index($0, start) { found = 1 } found && /^```/ { exit } found' "$root/README.md"
}

flares_to_spread() {
	mkdir -p flares bin
	cp -r "$flares"/* flares
	ln -s "$FLAREPROF" bin/flareprof
	PATH=$PWD/bin:$PATH
}

@test "cli: spread over machines by GNU parallel" {
	local all

	command -v parallel >/dev/null || skip 'no GNU parallel'
	flares_to_spread
	mkdir flares/empty
	all=(flares/*)
	readme_lines "printf '%s" | sed 1q | sed 's/-n 50/-n 5/' >line
	contains "$(<line)" "parallel -n 5 "
	run bash line
	equal status "$status" 1
	equal portions "$(find out -name models.jsonl | wc -l)" $(((${#all[@]} + 4) / 5))
	equal models "$(cat out/*/models.jsonl | wc -l)" "$(find "$flares" -name truth.json | wc -l)"
	contains "$output" "flares/empty/': name a flare"
}

@test "cli: spread over machines by a job array" {
	local task

	flares_to_spread
	readme_lines '#SBATCH' >job
	contains "$(<job)" 'NR % 100 == task'
	sed -i 's/NR % 100/NR % 4/' job
	for task in 0 1 2 3; do
		SLURM_ARRAY_TASK_ID=$task bash job
	done
	equal models "$(cat out/*/models.jsonl | wc -l)" "$(find "$flares" -name truth.json | wc -l)"
}

# What the program writes to a terminal, on standard error.
on_terminal() { # ARGUMENT...
	"$PYTHON" -I - "$FLAREPROF" "$@" <<-'EOF'
		import os, pty, sys
		pid, terminal = pty.fork()
		if pid == 0:
		    os.dup2(os.open("output", os.O_CREAT | os.O_WRONLY), 1)
		    os.environ["TERM"] = "xterm"
		    os.execv(sys.argv[1], sys.argv[1:])
		text = b""
		try:
		    while part := os.read(terminal, 65536):
		        text += part
		except OSError:
		    pass
		os.waitpid(pid, 0)
		sys.stdout.write(text.decode())
	EOF
}

@test "cli: progress on a terminal, in one line that is gone at the end" {
	local text

	"$PYTHON" -Ic 'import pty; pty.openpty()' 2>/dev/null || skip 'no terminals here'
	printf '#!/bin/sh\n/bin/sleep 0.15\nexec "%s" "$@"\n' "$(real_pprof)" >pprof
	chmod +x pprof
	fake_go go "$PWD/pprof"
	text=$(on_terminal --go ./go -j 1 "$flares/leak")
	contains "$text" " of 10 profiles: profiles/core-"
	[[ $text == *$'\r\033[K' ]] || wrong "left: $text"
	[[ $text != *$'\n'* ]] || wrong "more than a line: $text"
	text=$(on_terminal --go ./go -j 1 "$flares/leak" "$flares/healthy-busy")
	contains "$text" "1 of 2 flares, "
	contains "$text" " of 15 profiles: profiles/core-"
	equal quiet "$(on_terminal --go ./go -j 1 -q "$flares/leak")" ""
	flareprof --go ./go -j 1 "$flares/leak"
	equal stderr "$stderr" ""
}
