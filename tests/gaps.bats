# A file of the flare that is missing or bad is a gap: named, never fatal, never "Normal".

load helpers

damages=(missing empty half 404 html symlink fifo directory)

# Breaks one file in every way; what a wrong result was is told for each. The flare's verdict
# must be as wanted every time.
break_file() { # CASE FILE VERDICT
	local how copy failed=0

	for how in "${damages[@]}"; do
		copy=$(copy_flare "$1")
		damage "$how" "$copy/$2"
		analyse "$copy"
		if [ "$(verdict)" != "$3" ]; then
			echo "$2 $how: $(verdict), wanted $3"
			failed=1
		fi
		if ! has_gap "$2"; then
			echo "$2 $how: no gap names it"
			failed=1
		fi
	done
	return $failed
}

@test "gaps: 1st heap profile" {
	break_file healthy-idle profiles/core-1st-heap.pprof Inconclusive
}

@test "gaps: 2nd heap profile" {
	break_file healthy-idle profiles/core-2nd-heap.pprof Inconclusive
}

@test "gaps: CPU profile" {
	break_file healthy-idle profiles/core-cpu.pprof Inconclusive
}

@test "gaps: block profile" {
	break_file healthy-idle profiles/core-block.pprof Normal
}

@test "gaps: mutex profile" {
	break_file healthy-idle profiles/core-mutex.pprof Normal
}

@test "gaps: status.log" {
	damages=(missing empty 404 html symlink fifo directory)
	break_file healthy-idle status.log Normal
}

@test "gaps: a status.log that ends within its checks" {
	damages=(half)
	break_file healthy-idle status.log Normal
}

@test "gaps: expvar/memstats" {
	break_file healthy-idle expvar/memstats Normal
}

@test "gaps: go-routine-dump.log" {
	break_file healthy-idle go-routine-dump.log Normal
}

@test "gaps: telemetry.log" {
	break_file healthy-idle telemetry.log Normal
}

# Without these nothing is lost that the report has; damaged, they are told of.
@test "gaps: settings, health, versions and expvar/" {
	local file copy
	damages=(empty 404 html symlink fifo directory)
	for file in runtime_config_dump.yaml health.yaml version-history.json \
		expvar/{aggregator,forwarder,runner}; do
		break_file healthy-idle "$file" Normal
		copy=$(copy_flare healthy-idle)
		rm "$copy/$file"
		analyse "$copy"
		equal verdict "$(verdict)" Normal
		! has_gap "$file" || return 1
	done
}

# The trace-agent most often refuses to tell.
@test "gaps: expvar/trace-agent is none" {
	local copy
	copy=$(copy_flare trace-leak)
	damage 404 "$copy/expvar/trace-agent"
	analyse "$copy"
	! has_gap expvar/trace-agent || return 1
}

# The status tells the install method too, so that a missing install_info.log is no loss.
@test "gaps: install_info.log" {
	damages=(empty 404 html symlink fifo directory)
	break_file healthy-idle install_info.log Normal
	local copy
	copy=$(copy_flare healthy-idle)
	rm "$copy/install_info.log"
	analyse "$copy"
	equal tool "$(model 'm["agent"]["install_method"]["tool"]')" install_script
	sed -i /install_method/d "$copy/status.log"
	analyse "$copy"
	has_gap install_info.log
}

@test "gaps: a leak stays one without the block profile" {
	break_file leak profiles/core-block.pprof "Memory Leak"
}

@test "gaps: a leak stays one without the CPU profile" {
	break_file leak profiles/core-cpu.pprof "Memory Leak"
}

@test "gaps: no leak is told without the heap profile, nor a normal flare" {
	break_file leak profiles/core-1st-heap.pprof Inconclusive
}

@test "gaps: a spike stays one without the heap profiles" {
	break_file cpu-spike profiles/core-2nd-heap.pprof "CPU Spike"
}

@test "gaps: another process's profile does not make the core process inconclusive" {
	local file copy

	for file in 1st-heap cpu block; do
		copy=$(copy_flare healthy-idle)
		damage 404 "$copy/profiles/trace-$file.pprof"
		analyse "$copy"
		equal verdict "$(verdict)" Normal
		has_gap "profiles/trace-$file.pprof"
	done
}

@test "gaps: no core profile at all" {
	local copy

	copy=$(copy_flare healthy-idle)
	rm "$copy"/profiles/core-*
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
	has_gap "no profile of the core process"
}

@test "gaps: every file but one profile is gone" {
	local copy

	copy=$(copy_flare leak)
	find "$copy" -type f ! -name core-cpu.pprof -delete
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
	has_gap status.log
	has_gap expvar/memstats
}

@test "gaps: the heap snapshots are the wrong way round" {
	local copy

	copy=$(copy_flare leak)
	mv "$copy/profiles/core-1st-heap.pprof" kept
	mv "$copy/profiles/core-2nd-heap.pprof" "$copy/profiles/core-1st-heap.pprof"
	mv kept "$copy/profiles/core-2nd-heap.pprof"
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
	has_gap "older than the first"
}

@test "gaps: both heap snapshots are the same file" {
	local copy

	copy=$(copy_flare leak)
	cp "$copy/profiles/core-1st-heap.pprof" "$copy/profiles/core-2nd-heap.pprof"
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
	has_gap "one and the same"
}

@test "gaps: profiles under each other's names" {
	local copy

	copy=$(copy_flare cpu-spike)
	cp "$copy/profiles/core-1st-heap.pprof" "$copy/profiles/core-cpu.pprof"
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
	has_gap profiles/core-cpu.pprof
}

@test "gaps: bytes after the profile, and a profile without compression" {
	local copy profile

	copy=$(copy_flare leak)
	for profile in "$copy"/profiles/core-*heap.pprof; do
		gzip -dc <"$profile" >plain
		mv plain "$profile"
	done
	analyse "$copy"
	equal verdict "$(verdict)" "Memory Leak"

	copy=$(copy_flare leak)
	echo 'and then some' >>"$copy/profiles/core-2nd-heap.pprof"
	analyse "$copy"
	[ "$(verdict)" != Normal ]
}

@test "gaps: a gzip bomb is refused" {
	local copy

	copy=$(copy_flare healthy-idle)
	head -c 400M /dev/zero | gzip -1 >"$copy/profiles/core-cpu.pprof"
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
	has_gap profiles/core-cpu.pprof
}

@test "gaps: all profiles are empty" {
	local copy profile

	copy=$(copy_flare healthy-idle)
	for profile in "$copy"/profiles/*.pprof; do
		: >"$profile"
	done
	analyse "$copy"
	equal verdict "$(verdict)" Inconclusive
}
