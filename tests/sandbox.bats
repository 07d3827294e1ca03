# pprof reads the profiles it is given, and nothing else of this machine.

load helpers

has_landlock() {
	analyse "$flares/healthy-idle"
	flareprof -v -q -o report.md "$flares/healthy-idle"
	[[ $stderr == *"confined by Landlock"* ]]
}

# Makes ./go, whose pprof does not work in a sandbox: it needs a shell.
shell_go() {
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$(real_pprof)" >pprof
	chmod +x pprof
	fake_go go "$PWD/pprof"
}

# Makes ./flare, which has a CPU profile that leads pprof to other files.
make_astray() { # MAPPING BUILD_ID
	mkdir -p flare/profiles
	PROFILE_MAPPING=$1 PROFILE_BUILD_ID=$2 make_cpu_profile flare/profiles/core-cpu.pprof main.busy
}

@test "sandbox: a mapping or a build id that leads to a FIFO, or over the whole disk" {
	local up=../../../../../../../../../../..

	mkfifo fifo
	has_landlock || skip "no Landlock here"
	while read -r mapping build_id; do
		make_astray "$mapping" "$build_id"
		analyse --timeout 20s flare
		equal "verdict with $mapping $build_id" "$(verdict)" "CPU Spike"
	done <<-EOF
		$up$PWD/fifo abcdef
		/usr/bin/agent $up$PWD/fifo
		/usr/bin/agent $up/*/*/*/*/*
		$up/etc/passwd ../../*
	EOF
}

@test "sandbox: where there is none, such profiles are not given to pprof" {
	shell_go
	mkfifo fifo
	while read -r mapping build_id name; do
		make_astray "$mapping" "$build_id"
		analyse --timeout 20s --go ./go flare
		equal "verdict with $mapping $build_id" "$(verdict)" Inconclusive
		has_gap "names files that pprof would look for all over this machine"
		contains "$(model '[g["why"] for g in m["gaps"]]')" "(\"$name\")"
	done <<-EOF
		../../../../..$PWD/fifo abcdef ../../../../..$PWD/fifo
		/usr/bin/agent ../../*/* ../../*/*
		/usr/bin/agent x?y x?y
	EOF
	make_astray /usr/bin/agent 0123abcd
	analyse --go ./go flare
	equal verdict "$(verdict)" "CPU Spike"
}

@test "sandbox: without it real flares have the same verdicts" {
	local flare

	shell_go
	for flare in leak cpu-spike contention multiple healthy-busy cluster-agent; do
		analyse "$flares/$flare"
		verdict >wanted
		analyse --go ./go "$flares/$flare"
		equal "verdict of $flare" "$(verdict)" "$(<wanted)"
	done
}

@test "sandbox: --verbose tells what there is" {
	flareprof -v -q -o report.md "$flares/healthy-idle"
	contains "$stderr" "flareprof: pprof is "
	contains "$stderr" ", without network"
	shell_go
	flareprof -v -q -o report.md --go ./go "$flares/healthy-idle"
	contains "$stderr" "pprof is not confined by Landlock ("
	contains "$stderr" "the names of mappings and build ids are checked instead"
}

@test "sandbox: pprof has no network, and not the user's environment" {
	cat >pprof <<-'EOF'
		#!/bin/bash
		{
			/usr/bin/env | /usr/bin/cut -d= -f1
			(: </dev/tcp/127.0.0.1/9) 2>&1
			ulimit -c -f -n -s -t -d
		} >>"${0%/*}/seen"
		exec "${0%/*}/real" "$@"
	EOF
	chmod +x pprof
	ln -s "$(real_pprof)" real
	fake_go go "$PWD/pprof"
	SECRET_OF_MINE=x analyse --go ./go "$flares/leak"
	contains "$(<seen)" "socket: Permission denied"
	grep -qx GOMEMLIMIT seen
	! grep -q 'SECRET_OF_MINE\|SSH_\|GOFLAGS' seen || wrong "$(<seen)"
	[[ $(<seen) =~ "file size"[^$'\n']*" 1024" ]] || wrong "$(<seen)"
	[[ ! $(<seen) =~ (cpu time|data seg)[^$'\n']*unlimited ]] || wrong "$(<seen)"
}

@test "sandbox: a run that needs more than its share of memory waits for its turn" {
	analyse --memory 60MB -j 4 "$flares/multiple"
	equal verdict "$(verdict)" "Multiple Issues"
	flareprof --memory 0MB "$flares/multiple"
	equal status "$status" 2
}

@test "sandbox: a shortage does not switch it off for the next call" {
	has_landlock || skip "no Landlock here"
	rm -rf "$XDG_CACHE_HOME"
	for most in {13..20}; do
		bash -c 'ulimit -n "$2" && exec "$0" -q -o report.md "$1"' "$FLAREPROF" "$flares/leak" \
			"$most" 2>/dev/null || true
		flareprof -v -q -o report.md "$flares/leak"
		contains "$stderr" "confined by Landlock"
		rm -rf "$XDG_CACHE_HOME"
	done
}
