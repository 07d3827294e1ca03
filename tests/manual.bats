# The manual and the completions: that they know what the program knows, and that what they say works.

load helpers

manual=$root/flareprof.1
completions=$root/packaging/completions
# For col, which else takes quotation marks for several columns, and for sort.
export LC_ALL=C.UTF-8

# All options of --help, a line each.
options() {
	"$FLAREPROF" --help | sed '/^Exit status/,$d' | grep -oE '(^|[ ,])--?[a-z][a-z-]*|(^|[ ,])-V' |
		tr -d ' ,' | sort -u
}

# The manual as plain text.
page() {
	mandoc -T utf8 -O width="${1:-80}" "$manual" | col -b -x
}

# Where the examples find what they name.
make_place() {
	mkdir -p bin flares
	ln -s "$FLAREPROF" bin/flareprof
	cp -r "$flares/leak" "$flares/healthy-idle" flares/
	(cd "$flares/leak" && bsdtar -caf "$OLDPWD/datadog-agent.zip" ./*/)
	PATH=$PWD/bin:$PATH
}

@test "manual: mandoc has nothing to say" {
	run mandoc -T lint -W style "$manual"
	equal output "$(grep -v 'outdated mandoc.db\|referenced manual not found' <<<"$output")" ""
}

@test "manual: fits 80 columns, and is in order" {
	local long

	long=$(page | grep -E '^.{81}' || true)
	equal "lines that are too long" "$long" ""
	equal sections "$(page | grep -oE '^[A-Z][A-Z ]+$' | tr '\n' ,)" \
		"NAME,SYNOPSIS,DESCRIPTION,OPTIONS,ENVIRONMENT,FILES,EXIT STATUS,EXAMPLES,DIAGNOSTICS,SEE ALSO,CAVEATS,SECURITY CONSIDERATIONS,"
}

@test "manual: has the options of --help, and their arguments" {
	local option

	# Flags are Fl in the list of options: -o, or -output for --output.
	equal options "$(sed -n '/^\.Sh OPTIONS/,/^\.Sh ENV/p' "$manual" | sed -n 's/^\.It //p' | grep -oE 'Fl [a-zA-Z-]+' |
		sed 's/^Fl /-/' | sort -u)" "$(options)"
	for option in $(options); do
		# What takes an argument in one takes one in the other.
		equal "argument of $option" \
			"$(grep -E '^\.It Fl ' "$manual" | grep -cE "Fl ${option#-} Ar")" \
			"$("$FLAREPROF" --help | grep -cE -- "(^|[ ,])$option(, --[a-z]+)? [A-Z]+")"
	done
}

@test "manual: names the exit statuses, the environment and the defaults that there are" {
	local name

	for name in 0 1 2 3 4; do
		page | sed -n '/^EXIT STATUS/,/^EXAMPLES/p' | grep -qE "^ +$name " || wrong "no status $name"
	done
	for name in $(sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh FILES/s/^\.It Ev //p' "$manual" | tr -d ,); do
		grep -rqE "(getenv\(|environment\(|env_add\(pool, env, )\"$name\"" "$root/src" || wrong "$name is not used"
	done
	while read -r name; do
		page | sed -n '/^ENVIRONMENT/,/^FILES/p' | grep -qw "$name" || wrong "$name is not told of"
	done < <(grep -rhoE '(getenv|environment)\("[A-Z_]+"' "$root/src" | grep -oE '[A-Z_]{2,}')
	while IFS=' ' read -r option default; do
		page 500 | grep -A3 -E "^ +$option |, $option " | grep -qF -- "$default" || wrong "$option: $default"
	done < <("$FLAREPROF" --help | sed -nE 's/^ +(-., )?(--[a-z-]+) .*\(([0-9]+[A-Za-z%]*)[);,].*/\2 \3/p')
}

@test "manual: its examples work, word for word" {
	local example count=0 expected=(0 0 0 0 0 0)

	make_place
	while IFS= read -r example; do
		run bash -c "$example"
		equal "status of '$example'" "$status" "${expected[count]}"
		count=$((count + 1))
		case $count in
		1) contains "$(<investigations/flare-profiling-leak-01.example.com.md)" "Hello Jane Doe," ;;
		2) contains "$(<report.html)" "</html>" ;;
		3) equal output "$output" "Memory Leak" ;;
		4) [ "$(find pages -name '*.html' | wc -l)" -eq 2 ] && contains "${lines[1]}" "Memory Leak" ;;
		5) equal output "$output" "not Normal: 4" ;;
		6) contains "$output" "against a threshold of 2.0 MB" ;;
		esac
	done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/{/^\.Bd/,/^\.Ed/{/^\./!p}}' "$manual")
	equal examples "$count" 6
}

@test "manual: what it says of outputs that cannot be written" {
	touch file
	flareprof -q -o report.md --json file/model.json "$flares/leak"
	equal status "$status" 1
	contains "$stderr" "cannot write 'file/model.json'"
	contains "$(tail -n 1 report.md)" "Made by flareprof"
	contains "$(page 500)" "A file is written whole or not at all; another output may be there already."
}

@test "manual: the messages it explains are those of the program" {
	local message count=0 option

	# As the compiler sees them: in one piece; and those that are put together of several.
	cat "$root"/src/*.c | tr -d '\n' | sed -E 's/"[[:space:]]*"//g' >messages
	cp -r "$flares/leak" leak
	bsdtar -cf leak.tar leak
	for option in --max-flare=10kB --max-entries=2; do
		"$FLAREPROF" "$option" leak.tar 2>>messages && wrong "nothing said with $option"
	done
	while IFS= read -r message; do
		# With the path in it as the sources have it.
		grep -qF -- "${message//PATH/%s}" messages || wrong "no message '$message'"
		count=$((count + 1))
	done < <(sed -n '/^\.Sh DIAG/,/^\.Sh SEE/s/^\.It "\(.*\)"$/\1/p' "$manual")
	[ "$count" -ge 20 ]
}

# What is there to be completed, some of it below the home directory.
make_files() {
	mkdir -p 'a flare' home/flare
	touch a.zip b.txt c.tar.gz m.json r.md 'a flare/in.tgz' home/h.zip home/h.txt
	export HOME=$PWD/home
}

@test "completion: bash" {
	local known

	make_files
	complete_line() { # WORD...
		bash -c 'source "$1/flareprof.bash"
			COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
			compopt() { :; }
			_flareprof; printf "%s\n" "${COMPREPLY[@]}" | sort' - "$completions" "$@"
	}
	known=$(bash -c 'source "$1/flareprof.bash"; complete -p flareprof' - "$completions")
	equal known "$known" "complete -F _flareprof flareprof"
	equal options "$(complete_line flareprof -)" "$(options)"
	equal "--max" "$(complete_line flareprof --max-)" $'--max-entries\n--max-file\n--max-flare\n--max-ratio'
	equal flares "$(complete_line flareprof '')" $'a flare\na.zip\nc.tar.gz\nhome'
	equal "flares begun" "$(complete_line flareprof -q a.)" a.zip
	# shellcheck disable=SC2088 # it is the completion that expands it
	equal "flares at home" "$(complete_line flareprof '~/')" $'~/flare\n~/h.zip'
	equal "flares behind --" "$(complete_line flareprof -- -)" ""
	equal colours "$(complete_line flareprof --color a)" $'always\nauto'
	equal "colours behind =" "$(complete_line flareprof --color = ne)" never
	equal templates "$(complete_line flareprof --templates '')" $'a flare\nhome'
	equal components "$(complete_line flareprof --components '')" $'a flare\nhome\nm.json'
	equal reports "$(complete_line flareprof -o '')" $'a flare\nhome\nr.md'
	equal names "$(complete_line flareprof --customer '')" ""
}

@test "completion: zsh" {
	make_files
	export DUMP=$BATS_TEST_TMPDIR/dump
	complete_line() { # LINE
		zsh -f "$root/tests/complete.zsh" "$completions" "$1"
	}
	equal options "$(complete_line 'flareprof -')" "$(options)"
	equal flares "$(complete_line 'flareprof ')" $'a.zip\na\\ flare\nc.tar.gz\nhome'
	equal "flares at home" "$(complete_line 'flareprof ~/')" $'flare\nh.zip'
	equal colours "$(complete_line 'flareprof --color ')" $'always\nauto\nnever'
	equal "colours behind =" "$(complete_line 'flareprof --color=ne')" never
	equal templates "$(complete_line 'flareprof --templates ')" $'a\\ flare\nhome'
	equal components "$(complete_line 'flareprof --components=')" $'a\\ flare\nhome\nm.json'
}

@test "completion: fish" {
	make_files
	complete_line() { # LINE
		fish --no-config -c "source $completions/flareprof.fish; complete -C '$1'" | cut -f1 | sort -u
	}
	equal "long options" "$(complete_line 'flareprof --')" "$(options | grep -- '^--')"
	equal "short options" "$(complete_line 'flareprof -' | grep -E '^-.$')" "$(options | grep -E '^-.$')"
	equal flares "$(complete_line 'flareprof ')" $'a flare/\na.zip\nc.tar.gz\nhome/'
	equal "flares at home" "$(complete_line 'flareprof ~/')" $'~/flare/\n~/h.zip'
	equal "flares behind a blank" "$(complete_line 'flareprof a\ flare/')" 'a flare/in.tgz'
	equal colours "$(complete_line 'flareprof --color ')" $'always\nauto\nnever'
	equal "templates behind =" "$(complete_line 'flareprof --templates=')" $'--templates=a flare/\n--templates=home/'
	equal components "$(complete_line 'flareprof --components ')" $'a flare/\nhome/\nm.json'
}
