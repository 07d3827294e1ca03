# Which flare somebody may have meant by a path that is none.

load helpers

# Says so of a path, exactly.
means() { # PATH MESSAGE
	flareprof "$1"
	equal "status of $1" "$status" 1
	equal "error of $1" "$stderr" "flareprof: $2"
}

# Says nothing of the kind.
silent() { # PATH
	flareprof "$1"
	equal "status of $1" "$status" 1
	[[ $stderr != *"did you mean"* ]] || wrong "$stderr"
}

@test "nearby: a name that is nearly there" {
	mkdir -p flares/acme flares/other
	: >flares/db-07.zip
	means flares/acmee "cannot open 'flares/acmee': No such file or directory: did you mean 'flares/acme'?"
	means flares/db-70.zip "cannot open 'flares/db-70.zip': No such file or directory: did you mean 'flares/db-07.zip'?"
	means flares/db-07 "cannot open 'flares/db-07': No such file or directory: did you mean 'flares/db-07.zip'?"
	means "$PWD/flares/ohter" "cannot open '$PWD/flares/ohter': No such file or directory: did you mean '$PWD/flares/other'?"
	silent flares/something
	silent nowhere/at/all
	# What can be no flare is not offered.
	: >flares/notes.txt
	silent flares/notes.tx
}

@test "nearby: around flares, however deep" {
	mkdir -p here/a/b/c here/a/x here/y
	copy_flare leak here/a/b/c/one >/dev/null
	copy_flare leak here/y/two >/dev/null
	means here "no profiles/ in 'here': did you mean one of 'here/a/b/c/one/leak-01_example_com' and 'here/y/two/leak-01_example_com'?"
	rm -r here/y/two
	: >here/y/three.tar.gz
	: >here/y/four.zip
	: >here/y/five.zip
	means ./here/ "no profiles/ in './here/': did you mean one of './here/a/b/c/one/leak-01_example_com', './here/y/five.zip' and './here/y/four.zip'?"
	rm -r here/a here/y/f*
	means here "no profiles/ in 'here': did you mean 'here/y/three.tar.gz'?"
}

@test "nearby: a part of a flare" {
	copy_flare leak f >/dev/null
	means f/leak-01_example_com/profiles/absent.pprof "cannot open 'f/leak-01_example_com/profiles/absent.pprof': No such file or directory: did you mean 'f/leak-01_example_com'?"
	silent f/leak-01_example_com/absent/status.log
	silent f/absent
	cd f/leak-01_example_com
	means statsu.log "cannot open 'statsu.log': No such file or directory: did you mean '.'?"
	means expvar "no profiles/ in 'expvar': did you mean '.'?"
	flareprof status.log
	contains "$stderr" "did you mean '.'?"
	cd expvar
	means . "no profiles/ in '.': did you mean '..'?"
	flareprof ../profiles/core-cpu.pprof
	contains "$stderr" "did you mean '..'?"
	flareprof memstats
	contains "$stderr" "did you mean '..'?"
}

@test "nearby: a flare without profiles" {
	mkdir -p f/host/expvar
	cp "$flares"/leak/*/status.log f/host/
	means f "no profiles/ in 'f': this flare was made without profiles; ask for one that has them (datadog-agent flare <CASE_ID> --profile 60 -M -B)"
	means f/host "no profiles/ in 'f/host': this flare was made without profiles; ask for one that has them (datadog-agent flare <CASE_ID> --profile 60 -M -B)"
	bsdtar -caf f.zip -C f host
	flareprof f.zip
	contains "$stderr" "this flare was made without profiles"
	# What is no flare at all is not said to be one.
	mkdir -p empty/x
	silent empty
	contains "$stderr" "name a flare that was made with profiles"
}

@test "nearby: no link is followed, nothing is opened, and there is an end" {
	mkdir -p loop/a loop/b
	ln -s .. loop/a/up
	ln -s "$flares/leak" loop/b/linked
	mkfifo loop/fifo.zip
	silent loop
	# Five thousand entries are enough.
	mkdir -p many
	(cd many && mkdir $(seq 1 6000) && mkdir -p zz/profiles)
	SECONDS=0
	silent many
	[ "$SECONDS" -lt 10 ]
	# Six levels down is too deep.
	mkdir -p deep/1/2/3/4/5/6/profiles deep/x
	silent deep
	mkdir -p deep/1/2/3/4/profiles
	means deep "no profiles/ in 'deep': did you mean 'deep/1/2/3/4'?"
}

@test "nearby: names that are no text stay on one line" {
	mkdir -p $'here/a\nb\033[31m/profiles' here/x
	flareprof here
	equal lines "$(wc -l <<<"$stderr")" 1
	[[ $stderr != *$'\033'* ]] || wrong "$stderr"
}
