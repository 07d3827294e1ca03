# Signals that come at any time, and machines that fail: each is a clear error or a gap, and
# nothing is left behind.

load helpers

# Nothing but what the test itself has made.
nothing_left() { # FILE...
	equal children "$(children_of_fakes)" ""
	no_scratch_left
	equal files "$(find . -mindepth 1 | sort)" "$(printf './%s\n' scratch "$@" | sort)"
}

private_scratch() {
	mkdir scratch
	export TMPDIR=$PWD/scratch
}

# A reader of the standard output who has gone.
without_reader() { # ARGUMENT...
	rm -f fifo
	mkfifo fifo
	run --separate-stderr bash -c 'exec 4<>fifo 5>fifo 4<&- && exec "$0" "$@" >&5' "$FLAREPROF" "$@"
	check_sound
	equal "status of $*" "$status" 1
	equal "stderr of $*" "$stderr" \
		"flareprof: cannot write to standard output: Broken pipe"
}

# Runs a command in a namespace where file systems can be mounted.
with_mounts() { # SCRIPT ARGUMENT...
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	run --separate-stderr unshare -rm bash -c "$@"
	check_sound
}

# Runs the program as somebody who may have so many processes.
as_nobody() { # PROCESSES ARGUMENT...
	# The leak checker of the sanitizer would need a process of its own.
	run --separate-stderr env -i "PATH=$PATH" "HOME=$public" "TMPDIR=$public" \
		"FLAREPROF_TEMPLATES=$FLAREPROF_TEMPLATES" ASAN_OPTIONS=exitcode=99:detect_leaks=0 \
		setpriv --reuid=65534 --regid=65534 --clear-groups \
		bash -c 'cd "$HOME" && ulimit -u "$0" && exec "$@"' "$1" "$FLAREPROF" "${@:2}"
	check_sound
}

@test "faults: a signal while pprof runs" {
	local number

	private_scratch
	printf '#!/bin/bash\n. "%s"\n: >"%s/stuck"\n. "%s"\n' "$fakes/pprof-common" "$PWD" \
		"$fakes/pprof-hang" >pprof
	chmod +x pprof
	fake_go go "$PWD/pprof"
	for number in 1 2 15 2,15 15,15,15; do
		equal "end by $number" "$(end_by "$number" --go ./go -j 4 -o report.md \
			"$flares/leak" 2>&1)" "signal ${number%%,*}"
		nothing_left go pprof stuck
		rm stuck
		equal "end by $number" "$(end_by "$number" --go ./go --json models "$flares/leak" \
			"$flares/multiple" 2>&1)" "signal ${number%%,*}"
		nothing_left go pprof stuck
		rm stuck
	done
}

@test "faults: a signal while go runs" {
	local number

	private_scratch
	cat >go <<-EOF
		#!/bin/bash
		trap "" TERM INT HUP
		: >"$PWD/stuck"
		/bin/sleep 98765 &
		wait
		/bin/sleep 98765
	EOF
	chmod +x go
	for number in 1 2 15; do
		equal "end by $number" "$(end_by "$number" --go ./go -o report.md "$flares/leak" 2>&1)" \
			"signal $number"
		nothing_left go stuck
		rm stuck
		equal "end by $number" "$(end_by "$number" --go ./go --json models "$flares/leak" \
			"$flares/multiple" 2>&1)" "signal $number"
		nothing_left go stuck
		rm stuck
	done
}

# A pipe that is full, whose reader is there and does not read.
full_pipe() { # PATH
	mkfifo "$1"
	exec 4<>"$1"
	dd if=/dev/zero of="$1" bs=4096 oflag=nonblock status=none 2>/dev/null || true
}

@test "faults: a signal while the report is written" {
	local number

	private_scratch
	full_pipe report
	for number in 1 2 15; do
		equal "end by $number" "$(end_by "$number" -q -o report --json model.json \
			"$flares/leak" 2>&1)" "signal $number"
		rm -f model.json # which may come first, but then whole
		nothing_left report
	done
}

@test "faults: a signal while the model is written" {
	local number

	private_scratch
	full_pipe model
	for number in 1 2 15; do
		equal "end by $number" "$(end_by "$number" -q -o report.md --json model \
			"$flares/leak" 2>&1)" "signal $number"
		rm -f report.md
		nothing_left model
	done
}

@test "faults: a signal while one report of many is written" {
	local number

	private_scratch
	mkdir investigations
	full_pipe investigations/flare-profiling-leak-01.example.com.md
	for number in 1 2 15; do
		equal "end by $number" "$(end_by "$number" -q --json models "$flares/leak" \
			"$flares/leak" "$flares/leak" 2>&1)" "signal $number"
		rm -f investigations/*-[23].md
		nothing_left investigations investigations/flare-profiling-leak-01.example.com.md
	done
}

@test "faults: a signal that is ignored, as nohup has it, ends nothing" {
	private_scratch
	trap '' HUP
	full_pipe report
	: >stuck
	equal "end" "$(timeout 5 cat report >got & end_by 1 -q -o report "$flares/leak" 2>&1)" "exit 0"
	trap - HUP
	grep -q '^# Flare Profiling' got
}

@test "faults: a directory for the report that is read-only" {
	mkdir readonly
	with_mounts 'mount -t tmpfs -o ro none readonly && exec "$0" -o readonly/report.md "$1"' \
		"$FLAREPROF" "$flares/leak"
	equal status "$status" 1
	equal stderr "$stderr" \
		"flareprof: cannot write 'readonly/report.md': Read-only file system"
	with_mounts 'mount -t tmpfs -o ro none readonly && cd readonly && exec "$0" "$1" "$1"' \
		"$FLAREPROF" "$flares/leak"
	equal status "$status" 1
	contains "$output" "cannot make directory 'investigations': Read-only file system"
	with_mounts 'mount -t tmpfs -o ro none readonly && exec "$0" --json readonly/m "$1" "$1"' \
		"$FLAREPROF" "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "cannot write 'readonly/m': Read-only file system"
}

@test "faults: a directory for temporary files that is read-only, full, or a file" {
	mkdir readonly full
	with_mounts 'mount -t tmpfs -o ro none readonly && TMPDIR=$PWD/readonly exec "$0" -o r.md "$1"' \
		"$FLAREPROF" "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "cannot make a temporary directory in '$PWD/readonly': Read-only file system"
	# No room for a file, then some, but not enough for all.
	for pages in 0 1 2; do
		with_mounts 'mount -t tmpfs -o size=64k none full && cd full &&
			{ cat /dev/zero >fill; truncate -s $((65536 - $2 * 4096)) fill; } 2>/dev/null
			TMPDIR=$PWD "$0" -o /dev/stdout "$1"; ended=$?; ls -A >&2; exit "$ended"' \
			"$FLAREPROF" "$flares/leak" "$pages"
		equal "status with $pages pages" "$status" 1
		contains "$stderr" "No space left on device"
		equal "what is left" "$(tail -n 1 <<<"$stderr")" fill
	done
	echo text >text
	TMPDIR=$PWD/text flareprof -o r.md "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "cannot make a temporary directory in '$PWD/text': Not a directory"
	TMPDIR=/$(printf 'x%.0s' {1..5000}) flareprof -o r.md "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "TMPDIR is too long"
	[ ! -e r.md ]
}

@test "faults: a file that may not become so large" {
	local blocks

	private_scratch
	echo mine >report.md
	for blocks in 0 1 4; do
		# Through a pipe, because what the test keeps of it is a file as well.
		run bash -c '(ulimit -f "$2" && "$0" -q -o report.md "$1" 2>&1 || echo "exit $?") | cat' \
			"$FLAREPROF" "$flares/leak" "$blocks"
		[[ $output == "flareprof: cannot write '"*"': File too large"$'\n'"exit 1" ]] ||
			wrong "$output"
		equal report "$(<report.md)" mine
		nothing_left report.md
	done
}

@test "faults: nobody reads the standard output any more" {
	private_scratch
	without_reader -o report.md "$flares/leak"
	without_reader -o - "$flares/leak"
	without_reader -q -o report.md --json - "$flares/leak"
	without_reader "$flares/leak" "$flares/multiple"
	no_scratch_left
	[ -z "$(find . -name '*.tmp')" ]
}

@test "faults: nobody reads the models of many flares any more" {
	private_scratch
	mkfifo fifo
	run --separate-stderr bash -c 'exec 4<>fifo 5>fifo 4<&- && exec "$0" "$@" >&5' "$FLAREPROF" \
		-j 1 --json - "$flares"/*
	check_sound
	equal status "$status" 1
	contains "$stderr" "Broken pipe"
	no_scratch_left
	[ "$(find investigations -name '*.md' | wc -l)" -le 3 ]
}

@test "faults: standard streams that are closed" {
	private_scratch
	"$FLAREPROF" -q -o report.md --json model.json "$flares/leak" <&- >&- 2>&-
	equal verdict "$(verdict)" "Memory Leak"
	head -1 report.md | grep -q '^# Flare Profiling'
	# What would go to the standard output goes into no file that came in its place.
	run --separate-stderr bash -c '"$0" -o report.md "$1" <&- >&-' "$FLAREPROF" "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "cannot write to standard output: Bad file descriptor"
	head -1 report.md | grep -q '^# Flare Profiling'
	no_scratch_left
}

@test "faults: few file descriptors" {
	local most

	private_scratch
	for most in {6..16} 20 24 30; do
		rm -rf report.md model.json "$XDG_CACHE_HOME"
		run --separate-stderr bash -c \
			'ulimit -n "$2" && exec "$0" -q -j 4 -o report.md --json model.json "$1"' \
			"$FLAREPROF" "$flares/leak" "$most"
		no_scratch_left
		if [ "$status" -eq 0 ]; then
			[[ $(verdict) == "Memory Leak" || $(verdict) == Inconclusive ]] ||
				wrong "$(verdict) with $most"
		else
			[[ $status -eq 1 || $status -eq 3 ]] || wrong "$status with $most"
			[ ! -e report.md ] || wrong "a report with $most"
			[ -n "$stderr" ] || wrong "not a word with $most"
		fi
		[ "$most" -lt 24 ] || equal "verdict with $most" "$(verdict)" "Memory Leak"
	done
}

@test "faults: no process can be started" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$FLAREPROF" \
		-a -r "$flares/leak" || skip "nobody else may read the program"
	public=$(mktemp -d)
	chmod 777 "$public"
	as_nobody 1 -o - "$flares/leak"
	equal status "$status" 3
	contains "$stderr" "could not be started: Resource temporarily unavailable"
	equal left "$(ls -A "$public")" ""
	# As pprof is known already, it is pprof that cannot be started.
	as_nobody 1000 -q -o - "$flares/leak"
	contains "$output" "**Verdict: Memory Leak"
	as_nobody 1 -q -o - "$flares/leak"
	equal status "$status" 0
	contains "$output" "**Verdict: Inconclusive"
	contains "$output" "could not be started: Resource temporarily unavailable"
	equal left "$(ls -A "$public")" .cache
	rm -r "$public"
}

@test "faults: a pprof that closes its outputs and goes on" {
	survives close "did not end within 300 ms"
	equal children "$(children_of_fakes)" ""
}

@test "faults: a pprof whose child prints on" {
	survives chatter "its report is missing or cut" --timeout 30s
	equal children "$(children_of_fakes)" ""
}

@test "faults: a pprof that is killed" {
	survives killed "was killed by signal 9" --timeout 30s
}

@test "faults: a pprof that floods both of its outputs" {
	survives flood-both "printed more than" --timeout 30s
	equal children "$(children_of_fakes)" ""
}

@test "faults: a pprof that leaves behind what cannot be killed with it" {
	local start=$SECONDS

	fake_go go "$fakes/pprof-escape"
	analyse --go ./go --timeout 500ms -j 16 "$flares/healthy-idle"
	[ $((SECONDS - start)) -le 10 ] || wrong "took $((SECONDS - start)) s"
}

@test "faults: a go that floods, is killed, or names no file" {
	local script text

	private_scratch
	while IFS='|' read -r script text; do
		printf '#!/bin/sh\n%s\n' "$script" >go
		chmod +x go
		flareprof --go ./go -o report.md "$flares/leak"
		equal "status of '$script'" "$status" 3
		contains "$stderr" "$text"
		nothing_left go
	done <<-'EOF'
		exec /usr/bin/yes|'go version' printed more than
		/usr/bin/yes >&2 & kill -9 $$|'go version' was killed by signal 9
		printf 'go\033[31m version\n'|'go version' did not print a version
		case $1 in version) echo go version go1.99 ;; *) printf '/etc/passwd\n/\033[31m\0' ;; esac|cannot read a sound profile
		case $1 in version) echo go version go1.99 ;; *) exec /usr/bin/yes / ;; esac|cannot read a sound profile
	EOF
}
