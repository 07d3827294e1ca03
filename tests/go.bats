# Finding Go and its pprof, and what happens when they misbehave.

load helpers

@test "go: --go names none" {
	flareprof -o report.md --go /nonexistent "$flares/leak"
	equal status "$status" 3
	contains "$stderr" "cannot find the go command '/nonexistent'"
	contains "$stderr" "https://go.dev/dl/"
	[ ! -e report.md ]
}

@test "go: none in PATH by that name" {
	run --separate-stderr env PATH=/nonexistent "$FLAREPROF" --go go-of-nobody -o report.md "$flares/leak"
	check_sound
	equal status "$status" 3
	contains "$stderr" "cannot find the go command 'go-of-nobody'"
	[ ! -e report.md ]
}

# Where the usual places hold a Go, an empty PATH is no hindrance; otherwise the advice comes.
@test "go: nothing in PATH, another HOME" {
	run --separate-stderr env PATH=/nonexistent "HOME=$PWD" "$FLAREPROF" -o report.md "$flares/leak"
	check_sound
	if [ "$status" -eq 0 ]; then
		[ -s report.md ]
	else
		equal status "$status" 3
		contains "$stderr" "Go is not installed"
		[ ! -e report.md ]
	fi
}

@test "go: a command that is no go" {
	printf '#!/bin/sh\necho gone\nexit 1\n' >go
	chmod +x go
	flareprof -o report.md --go ./go "$flares/leak"
	equal status "$status" 3
	contains "$stderr" "no usable Go"
	contains "$stderr" "'go version'"
	[ ! -e report.md ]
}

@test "go: a directory and a text instead of a go" {
	mkdir go
	flareprof --go ./go "$flares/leak"
	equal status "$status" 3
	echo text >text
	flareprof --go ./text "$flares/leak"
	equal status "$status" 3
}

@test "go: --go is used, by path and by name" {
	fake_go go-of-mine "$(real_pprof)"
	analyse --go ./go-of-mine "$flares/leak"
	equal version "$(model 'm["generator"]["go_version"]')" go1.99.9
	equal verdict "$(verdict)" "Memory Leak"
	PATH=$PWD:$PATH analyse --go go-of-mine "$flares/leak"
	equal version "$(model 'm["generator"]["go_version"]')" go1.99.9
}

@test "go: a broken one in PATH is passed over" {
	mkdir bin
	printf '#!/bin/sh\nexit 1\n' >bin/go
	chmod +x bin/go
	PATH=$PWD/bin:$PATH analyse "$flares/leak"
	equal verdict "$(verdict)" "Memory Leak"
}

@test "go: a go in the working directory is not run" {
	printf '#!/bin/sh\ntouch "%s/was-run"\n' "$PWD" >go
	chmod +x go
	PATH=.::$PATH analyse "$flares/leak"
	[ ! -e was-run ]
}

@test "go: 'go tool pprof' where no pprof can be named" {
	fake_go go "$(real_pprof)"
	sed -i 's/^"tool -n").*/"tool -n") exit 1 ;;/' go
	analyse --go ./go "$flares/leak"
	equal verdict "$(verdict)" "Memory Leak"
	flareprof -v -q -o report.md --go ./go "$flares/leak"
	contains "$stderr" "pprof is run by it"
}

@test "go: 'go tool pprof' where the pprof that is named fails" {
	printf '#!/bin/sh\nexit 2\n' >broken
	chmod +x broken
	fake_go go "$(real_pprof)"
	sed -i "s|^\"tool -n\").*|\"tool -n\") echo $PWD/broken ;;|" go
	analyse --go ./go "$flares/leak"
	equal verdict "$(verdict)" "Memory Leak"
}

@test "go: a pprof that fails its self-test in both ways is no Go" {
	printf '#!/bin/sh\necho out of order >&2\nexit 2\n' >broken
	chmod +x broken
	fake_go go "$PWD/broken"
	flareprof -o report.md --go ./go "$flares/leak"
	equal status "$status" 3
	contains "$stderr" "out of order"
	[ ! -e report.md ]
}

@test "go: a pprof that hangs" {
	survives hang "did not end within 300 ms"
	equal children "$(children_of_fakes)" ""
}

@test "go: a pprof that crashes" {
	survives crash "was killed by signal 11"
}

@test "go: a pprof that exits with 2" {
	survives exit-2 "unrecognized profile format"
}

@test "go: a pprof that floods" {
	survives flood "printed more than" --timeout 30s
}

@test "go: a pprof that complains without end" {
	survives complain "did not end within 300 ms"
}

@test "go: a pprof that prints garbage" {
	survives garbage "its report is missing or cut"
}

@test "go: a pprof that prints nothing" {
	survives silent "its report is missing or cut"
}

@test "go: a pprof that is cut off" {
	survives cut "its report has an unexpected line 3"
}

@test "go: a pprof that ends in a report" {
	survives end "its report is missing or cut"
}

@test "go: a pprof whose rows do not add up" {
	survives wrong-sum "do not add up"
}

@test "go: a pprof that leaves a child behind" {
	fake_go go "$fakes/pprof-late"
	analyse --go ./go --timeout 20s "$flares/healthy-idle"
	equal children "$(children_of_fakes)" ""
}

@test "go: an interrupted run leaves nothing behind" {
	local number name

	fake_go go "$fakes/pprof-hang"
	mkdir scratch
	while read -r name number; do
		TMPDIR=$PWD/scratch run --separate-stderr timeout --preserve-status -k 10 -s "$name" 1 \
			"$FLAREPROF" --go ./go -o report.md "$flares/leak"
		equal "status after $name" "$status" $((128 + number))
		equal children "$(children_of_fakes)" ""
		no_scratch_left
		[ ! -e report.md ]
		TMPDIR=$PWD/scratch run --separate-stderr timeout --preserve-status -k 10 -s "$name" 1 \
			"$FLAREPROF" --go ./go --json models "$flares/leak" "$flares/multiple"
		equal "status after $name" "$status" $((128 + number))
		equal children "$(children_of_fakes)" ""
		no_scratch_left
		equal models "$(find . -name 'models*')" ""
	done <<-'EOF'
		INT 2
		TERM 15
		HUP 1
	EOF
}

@test "go: a run leaves no temporary directory" {
	mkdir scratch
	TMPDIR=$PWD/scratch analyse "$flares/leak"
	no_scratch_left
	TMPDIR=$PWD/scratch flareprof --go /nonexistent "$flares/leak"
	no_scratch_left
	TMPDIR=$PWD/scratch flareprof nowhere
	no_scratch_left
}

@test "go: a temporary directory that cannot be had" {
	TMPDIR=/nonexistent flareprof -o report.md "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "cannot make a temporary directory in '/nonexistent'"
}

@test "go: go.mod, GOFLAGS, GOROOT, GOTOOLCHAIN and PPROF_* do not disturb" {
	printf 'module x\n\ngo 1.99\n\ntoolchain go1.99.1\n' >go.mod
	GOFLAGS=-foo GOROOT=/nonexistent GOTOOLCHAIN=go1.99.9 GODEBUG=gctrace=1 GOWORK=/nonexistent \
		PPROF_BINARY_PATH=/etc PPROF_TMPDIR=/nonexistent HTTP_PROXY=http://localhost:1 \
		LC_ALL=tr_TR.UTF-8 analyse "$flares/leak"
	equal verdict "$(verdict)" "Memory Leak"
}

@test "go: neither HOME nor the flare is written to" {
	local copy before

	copy=$(copy_flare leak)
	mkdir home
	before=$(find "$copy" -printf '%p %s %T@\n' | sort)
	HOME=$PWD/home analyse "$copy"
	equal flare "$(find "$copy" -printf '%p %s %T@\n' | sort)" "$before"
	equal home "$(find home -type f)" ""
}

# A go command that tells in a file each time it is run.
counting_go() { # PPROF
	fake_go go "$1"
	sed -i "1a echo run >>'$PWD/runs'" go
}

@test "go: what was found is remembered, and go not run again" {
	counting_go "$(real_pprof)"
	analyse --go ./go "$flares/leak"
	equal runs "$(wc -l <runs)" 2
	equal entries "$(find "$XDG_CACHE_HOME/flareprof" -type f | wc -l)" 1
	analyse --go ./go "$flares/leak"
	equal verdict "$(verdict)" "Memory Leak"
	equal version "$(model 'm["generator"]["go_version"]')" go1.99.9
	equal runs "$(wc -l <runs)" 2
}

@test "go: a remembered pprof that is gone, or another one, is looked for anew" {
	cp "$(real_pprof)" pprof-1
	counting_go "$PWD/pprof-1"
	analyse --go ./go "$flares/leak"
	mv pprof-1 pprof-2
	sed -i s/pprof-1/pprof-2/ go
	analyse --go ./go "$flares/leak"
	equal verdict "$(verdict)" "Memory Leak"
	flareprof -v -q -o report.md --go ./go "$flares/leak"
	contains "$stderr" "pprof is $PWD/pprof-2"
	equal runs "$(wc -l <runs)" 4
	touch -d yesterday pprof-2
	analyse --go ./go "$flares/leak"
	equal runs "$(wc -l <runs)" 6
}

@test "go: a cache directory that cannot be had is no hindrance" {
	XDG_CACHE_HOME=/proc/nowhere analyse "$flares/leak"
	env -u HOME -u XDG_CACHE_HOME "$FLAREPROF" -q -o report.md "$flares/leak"
}

@test "go: pprofs that hang take a flare's time once, not for each profile" {
	local start=$SECONDS

	copy_flare multiple >/dev/null
	for i in {1..20}; do
		cp multiple/*/profiles/core-cpu.pprof "$(echo multiple/*/profiles)/p$i-cpu.pprof"
	done
	fake_go go "$fakes/pprof-hang"
	analyse --go ./go --timeout 200ms -j 2 multiple
	[ $((SECONDS - start)) -le 8 ] || wrong "took $((SECONDS - start)) s"
	equal verdict "$(verdict)" Inconclusive
	has_gap "did not end within 200"
	has_gap "was not asked for: the flare's other profiles took pprof too long"
}
