# What `make install` puts where, and that the program works from there.

load helpers

setup_file() {
	# What is built differs in where it looks for templates; that it is fast is of no interest here.
	make -s -j2 -C "$root" BUILD="$BATS_FILE_TMPDIR/build" DESTDIR="$BATS_FILE_TMPDIR/tree" \
		PREFIX=/usr CFLAGS=-O0 install
}

@test "install: the installed program finds its templates" {
	unset FLAREPROF_TEMPLATES
	"$BATS_FILE_TMPDIR/tree/usr/bin/flareprof" -q -o report.md "$flares/leak"
	grep -q 'Memory Leak' report.md
}

@test "install: through a link in PATH" {
	unset FLAREPROF_TEMPLATES
	mkdir bin
	ln -s "$BATS_FILE_TMPDIR/tree/usr/bin/flareprof" bin/flareprof
	PATH=$PWD/bin:$PATH bash -c 'flareprof -q -o report.md "$1"' - "$flares/leak"
	grep -q 'Memory Leak' report.md
}

@test "install: everybody may read what was installed" {
	[ -z "$(find "$BATS_FILE_TMPDIR/tree" -type f ! -perm -a+r)" ]
	[ -z "$(find "$BATS_FILE_TMPDIR/tree" -type d ! -perm -a+rx)" ]
}

@test "install: uninstall leaves nothing" {
	cp -r "$BATS_FILE_TMPDIR/tree" tree
	make -s -C "$root" BUILD="$BATS_FILE_TMPDIR/build" DESTDIR="$PWD/tree" PREFIX=/usr uninstall
	equal left "$(find tree -type f -o -type l)" ""
}

@test "install: program, templates, manual, completions and skill" {
	local file

	cd "$BATS_FILE_TMPDIR/tree/usr"
	for file in bin/flareprof share/man/man1/flareprof.1 share/bash-completion/completions/flareprof \
		share/zsh/site-functions/_flareprof share/fish/vendor_completions.d/flareprof.fish; do
		[ -s "$file" ] || wrong "no $file"
	done
	equal templates "$(ls share/flareprof/templates)" "$(ls "$root/templates")"
	diff -r -x evals share/flareprof/skills/flare-profiling-analysis "$root/skills/flare-profiling-analysis"
	[ -x share/flareprof/skills/flare-profiling-analysis/scripts/find-flareprof ]
	[ ! -e share/flareprof/skills/flare-profiling-analysis/evals ]
}

@test "install: a prefix with a blank, which the program knows when it was moved" {
	unset FLAREPROF_TEMPLATES
	make -s -C "$root" CFLAGS=-O0 BUILD="$BATS_FILE_TMPDIR/build" PREFIX="$PWD/my tools" install
	mv 'my tools/bin/flareprof' moved
	./moved -q -o report.md "$flares/leak"
	grep -q 'Memory Leak' report.md
	mv 'my tools' other
	run ./moved -q -o report.md "$flares/leak"
	equal status "$status" 1
	contains "$output" "cannot find the templates, not even in '$PWD/my tools/share/flareprof/templates'"
}

@test "install: below a directory with a blank, and what was changed there stays" {
	make -s -C "$root" BUILD="$BATS_FILE_TMPDIR/build" DESTDIR="$PWD/a tree" PREFIX=/usr install
	unset FLAREPROF_TEMPLATES
	"a tree/usr/bin/flareprof" -q -o report.md "$flares/leak"
	grep -q 'Memory Leak' report.md
	touch "a tree/usr/share/flareprof/templates/mine.mustache" "a tree/usr/share/man/man1/other.1"
	make -s -C "$root" BUILD="$BATS_FILE_TMPDIR/build" DESTDIR="$PWD/a tree" PREFIX=/usr uninstall
	equal left "$(find "a tree" -type f | sort)" \
		$'a tree/usr/share/flareprof/templates/mine.mustache\na tree/usr/share/man/man1/other.1'
}

@test "install: the skill, for an agent" {
	local place="$PWD/my skills/flare-profiling-analysis"

	make -s -C "$root" SKILLS_DIR="$PWD/my skills" install-skill
	[ -s "$place/SKILL.md" ] && [ -x "$place/scripts/find-flareprof" ] && [ ! -e "$place/evals" ]
	# It knows where it came from.
	equal tree "$(<"$place/scripts/source-tree")" "$(realpath "$root")"
	# Again, and nothing of an older one is left.
	touch "$place/old"
	make -s -C "$root" SKILLS_DIR="$PWD/my skills" install-skill
	[ ! -e "$place/old" ]
	HOME=$PWD make -s -C "$root" SKILLS_DIR='~/.agents/skills' install-skill
	[ -s .agents/skills/flare-profiling-analysis/SKILL.md ]
	run make -s -C "$root" install-skill
	[ "$status" -ne 0 ]
	contains "$output" "SKILLS_DIR="
	# What is no skill is not replaced.
	mkdir -p other/flare-profiling-analysis && touch other/flare-profiling-analysis/mine
	run make -s -C "$root" SKILLS_DIR="$PWD/other" install-skill
	[ "$status" -ne 0 ]
	[ -e other/flare-profiling-analysis/mine ]
}

@test "install: in the source tree the program finds the templates beside it" {
	unset FLAREPROF_TEMPLATES
	mkdir -p tree/build
	cp "$FLAREPROF" tree/build/flareprof
	cp -r "$root/templates" tree/templates
	sed -i '1s/.*/# Mine: {{flare.hostname}}/' tree/templates/report.mustache
	tree/build/flareprof -q -o report.md "$flares/leak"
	equal title "$(head -1 report.md)" "# Mine: leak-01.example.com"
}
