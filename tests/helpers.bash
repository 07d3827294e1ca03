# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # bats sets some variables, the tests use others
# What the end-to-end tests share: running the program, looking into its model, breaking flares.

bats_require_minimum_version 1.5.0

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
flares=$root/fixtures/flares
fakes=$root/fixtures/bin
FLAREPROF=$(realpath "${FLAREPROF:-$root/build/asan/flareprof}")
PYTHON=${PYTHON:-/usr/bin/python3}

# A sanitizer's exit status must be none of the program's own.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
export FLAREPROF_TEMPLATES=$root/templates
export SOURCE_DATE_EPOCH=1800000000
# Where HOME is another one, Go 1.25 and newer need not compile pprof again.
export GOCACHE=${GOCACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/go-build}
unset GOROOT GOFLAGS NO_COLOR

setup() {
	mkdir "$BATS_TEST_TMPDIR/work" # bats has files of its own in the other
	cd "$BATS_TEST_TMPDIR/work" || return
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
}

# Runs the program; $status, $output and $stderr are what came out. A crash, a hang or what a
# sanitizer found fails the test at once.
flareprof() {
	run --separate-stderr timeout -k 5 120 "$FLAREPROF" "$@"
	check_sound
}

check_sound() {
	if [[ $status -ge 99 && $status -ne 130 || $stderr == *Sanitizer* ||
		$stderr == *"runtime error:"* ]]; then
		printf 'status %s\n%s\n' "$status" "$stderr"
		return 1
	fi
}

# Analyses a flare without a word: the report is in report.md, the model in model.json.
analyse() {
	rm -f report.md model.json
	flareprof -q -o report.md --json model.json "$@"
	if [[ $status -ne 0 || -n $output || ! -s report.md ]]; then
		printf 'status %s\n%s\n%s\n' "$status" "$output" "$stderr"
		return 1
	fi
}

# Prints what a Python expression makes of the model m: `model 'm["verdict"]["name"]'`.
model() {
	"$PYTHON" -I -c 'import json, sys
m = json.load(open("model.json"))
print(eval(sys.argv[1], {"m": m}))' "$1"
}

verdict() {
	model 'm["verdict"]["name"]'
}

# The flare has this gap, in the model and in the report's last chapter.
has_gap() { # PART-OF-WHAT-OR-WHY
	model '[g["what"] + ": " + g["why"] for g in m["gaps"]]' | grep -qF -- "$1" &&
		sed -n '/^## Data Quality/,$p' report.md | grep -qF -- "$1"
}

# Shows what was wrong, and fails.
wrong() {
	printf '%s\n' "$*"
	return 1
}

equal() { # WHAT IS WANTED
	[ "$2" = "$3" ] || wrong "$1 is '$2', wanted '$3'"
}

contains() { # TEXT PART
	[[ $1 == *"$2"* ]] || wrong "'$2' is not in: $1"
}

# Makes ./NAME, a copy of a flare that may be broken; prints its hostname directory.
copy_flare() { # CASE [NAME]
	local name=${2:-$1}

	rm -rf "${name:?}"
	cp -r "$flares/$1" "$name"
	rm -f "$name/truth.json"
	echo "$name"/*/
}

# Breaks a file in one of the ways a file of a flare is broken.
damage() { # HOW FILE
	local bytes

	case $1 in
	missing) rm "$2" ;;
	empty) : >"$2" ;;
	half)
		bytes=$(stat -c %s "$2")
		truncate -s $((bytes / 2)) "$2"
		;;
	404) echo '404 page not found' >"$2" ;;
	html) echo '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>' >"$2" ;;
	symlink) ln -sf /etc/passwd "$2" ;;
	fifo) rm "$2" && mkfifo "$2" ;;
	directory) rm "$2" && mkdir "$2" ;;
	*) wrong "no such damage: $1" ;;
	esac
}

# Makes ./NAME, a go command whose `go tool -n pprof` names the given program.
fake_go() { # NAME PPROF
	cat >"$1" <<-EOF
		#!/bin/sh
		case "\$1 \$2" in
		"version ") echo "go version go1.99.9 linux/amd64" ;;
		"tool -n") echo "$2" ;;
		"tool pprof") shift 2 && exec "$2" "\$@" ;;
		*) exit 2 ;;
		esac
	EOF
	chmod +x "$1"
}

# The pprof of the Go that is here.
real_pprof() {
	(cd / && GOENV=off GOTOOLCHAIN=local go tool -n pprof)
}

# Puts a text in a line of the status, in place of what matches.
replace_line() { # FILE PATTERN LINE
	LINE=$3 awk -v pattern="$2" '$0 ~ pattern { print ENVIRON["LINE"]; next } { print }' "$1" >replaced
	mv replaced "$1"
}

# Writes a CPU profile of one function that has these sample types besides its own. In $PROFILE_MAPPING,
# _BUILD_ID, _COMMENT and _LABEL is what else it holds.
make_cpu_profile() { # FILE FUNCTION [TYPE...]
	"$PYTHON" -I - "$@" <<-'EOF'
		import gzip, os, sys

		def varint(value):
		    out = b""
		    while value >= 128:
		        out += bytes([value & 127 | 128])
		        value >>= 7
		    return out + bytes([value])

		def number(field, value):
		    return varint(field << 3) + varint(value)

		def part(field, data):
		    return varint(field << 3 | 2) + varint(len(data)) + data

		def of(name):
		    return texts.index(os.environ.get("PROFILE_" + name, ""))

		file, function, *types = sys.argv[1:]
		types = [("samples", "count"), ("cpu", "nanoseconds")] + [(t, "count") for t in types]
		texts = ["", function] + [text for pair in types for text in pair]
		texts += [os.environ.get("PROFILE_" + name, "") for name in ("MAPPING", "BUILD_ID", "COMMENT", "LABEL")]
		profile = b"".join(part(1, number(1, texts.index(name)) + number(2, texts.index(unit)))
		                   for name, unit in types)
		label = part(3, number(1, of("LABEL")) + number(2, of("LABEL"))) if of("LABEL") else b""
		profile += part(2, number(1, 1) + part(2, varint(900) + varint(9000000000)
		                                       + varint(7) * (len(types) - 2)) + label)
		if of("MAPPING"):
		    profile += part(3, number(1, 1) + number(2, 4096) + number(3, 8192)
		                    + number(5, of("MAPPING")) + number(6, of("BUILD_ID")))
		profile += part(4, number(1, 1) + part(4, number(1, 1))) + part(5, number(1, 1) + number(2, 1))
		profile += b"".join(part(6, text.encode()) for text in texts)
		profile += number(9, 1770000000 * 10**9) + number(10, 10 * 10**9) + number(12, 10**7)
		if of("COMMENT"):
		    profile += number(13, of("COMMENT"))
		with gzip.open(file, "wb") as out:
		    out.write(profile)
	EOF
}

# The flare is analysed with a pprof that passes its self-test and fails then: a report is
# written that says so, and never "Normal".
survives() { # FAKE REASON [OPTION...]
	fake_go go "$fakes/pprof-$1"
	analyse --go ./go --timeout 300ms -j 16 "${@:3}" "$flares/slow-growth"
	equal verdict "$(verdict)" Inconclusive
	has_gap "$2"
	contains "$(<report.md)" "**Verdict: Inconclusive"
	! grep -q $'\033' report.md || wrong 'colour in the report'
}

children_of_fakes() {
	pgrep -s 0 -af 'pprof-[h]ang|pprof-[l]ate|sleep 9876[5]|/usr/bin/ye[s]' | grep -v '<defunct>' || true
}

no_scratch_left() {
	[ -z "$(ls -A scratch)" ] || wrong "left: $(ls -A scratch)"
}

# Runs the program until it has had time enough to get stuck, ends it by a signal, and prints
# what it died of: "signal 15". What it does in ten seconds it does not do at all.
end_by() { # SIGNAL[,SIGNAL...] ARGUMENT...
	"$PYTHON" -I - "$FLAREPROF" "$@" <<-'EOF'
		import os, signal, subprocess, sys, time

		program, numbers, *arguments = sys.argv[1:]
		run = subprocess.Popen([program, *arguments], stdin=subprocess.DEVNULL)
		end = time.monotonic() + 10
		# The fake that is to hang says so; else it is the output that nobody reads.
		while not os.path.exists("stuck") and run.poll() is None and time.monotonic() < end - 9.4:
		    time.sleep(0.01)
		for number in numbers.split(","):
		    run.send_signal(int(number))
		try:
		    status = run.wait(end - time.monotonic())
		except subprocess.TimeoutExpired:
		    run.kill()
		    sys.exit("goes on and on")
		print(f"signal {-status}" if status < 0 else f"exit {status}")
	EOF
}
