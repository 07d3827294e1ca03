# Completes flareprof for bash (bash-completion).

# Directories, and files by name. Only compgen knows what ~ and backslashes are.
_flareprof_files() { # NAME-THAT-FITS...
	local pattern

	compopt -o filenames
	mapfile -t COMPREPLY < <(
		compgen -d -- "$current"
		for pattern in "$@"; do
			compgen -f -X "!$pattern" -- "$current"
		done
	)
}

_flareprof() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local options='--output --json --html --top --jobs --leak-threshold --cpu-threshold
		--contention-threshold --go --timeout --memory --max-file --max-flare --max-entries
		--max-ratio --templates --components --customer --ticket --exit-code --color --quiet
		--verbose --help --version -o -n -j -q -v -h -V'

	COMPREPLY=()
	# In --color=al the = is a word of its own.
	if [ "$current" = = ]; then
		current=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $before in
	--color) mapfile -t COMPREPLY < <(compgen -W 'always never auto' -- "$current") ;;
	--templates) _flareprof_files ;;
	--json | --components) _flareprof_files '*.json' '*.jsonl' ;;
	--html) _flareprof_files '*.html' ;;
	-o | --output) _flareprof_files '*.md' ;;
	--go) _flareprof_files '*' ;;
	--leak-threshold) mapfile -t COMPREPLY < <(compgen -W '1MB 2MB 5MB 10MB 20MB' -- "$current") ;;
	--cpu-threshold) mapfile -t COMPREPLY < <(compgen -W '20% 30% 50% 80%' -- "$current") ;;
	--contention-threshold) mapfile -t COMPREPLY < <(compgen -W '500ms 1s 5s' -- "$current") ;;
	-n | --top | -j | --jobs | --timeout | --memory | --max-* | --customer | --ticket) ;;
	*)
		if [[ $current == -* && " ${COMP_WORDS[*]:1:COMP_CWORD-1} " != *' -- '* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
		else
			_flareprof_files '*.zip' '*.tar' '*.tar.gz' '*.tgz' '*.tar.zst'
		fi
		;;
	esac
}

complete -F _flareprof flareprof
