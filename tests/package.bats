# make dist and make deb: what is in them, and that it works where nothing else of ours is.

load helpers

setup_file() {
	[ ! -e "$root/.git" ] ||
		DEB_BUILD_OPTIONS="noopt parallel=2" make -s -C "$root" BUILD="$BATS_FILE_TMPDIR" deb >&2
}

# Nothing can be packed where the tests came out of the tarball themselves.
needs_git() {
	[ -e "$root/.git" ] || skip 'no git tree'
}

version() {
	"$FLAREPROF" --version | cut -d' ' -f2
}

deb() {
	echo "$BATS_FILE_TMPDIR"/flareprof_*.deb
}

@test "dist: the committed files, the same bytes each time, and it builds from them" {
	local tarball

	needs_git
	tarball=$BATS_FILE_TMPDIR/flareprof-$(version).tar.gz
	cp "$tarball" first.tar.gz
	make -s -C "$root" BUILD="$BATS_FILE_TMPDIR" dist
	cmp first.tar.gz "$tarball"
	# Nor does it matter whose the tree is, and who packs it.
	GIT_TEST_ASSUME_DIFFERENT_OWNER=1 make -s -C "$root" BUILD="$BATS_FILE_TMPDIR" dist
	cmp first.tar.gz "$tarball"
	equal files "$(tar -tzf first.tar.gz | grep -v '/$' | sed 's|^[^/]*/||' | sort)" \
		"$(git -C "$root" -c safe.directory='*' ls-tree -r --name-only HEAD | sort)"
	# The Debian package was built from it. Another tarball cannot be made of it: it is no git tree.
	tar -xzf first.tar.gz
	cd "flareprof-$(version)"
	run env GIT_CEILING_DIRECTORIES="$(realpath ..)" make -s dist
	[ "$status" -ne 0 ]
	contains "$output" "is this a git tree"
}

@test "deb: what it says of itself" {
	needs_git
	equal version "$(dpkg-deb -f "$(deb)" Version)" "$(version)-1"
	equal recommends "$(dpkg-deb -f "$(deb)" Recommends)" "golang-go | golang"
	for library in libc6 libpcre2-8-0 libcjson1 libarchive13 libyaml-0-2 libseccomp2 libcmark-gfm0 \
		libcmark-gfm-extensions0 libnettle8; do
		dpkg-deb -f "$(deb)" Depends | grep -q "$library" || wrong "does not depend on $library"
	done
	# Nobody has to have a compiler or a browser to use it.
	! dpkg-deb -f "$(deb)" Depends | grep -E 'dev|chromium|python|gcc' || wrong "depends on too much"
}

@test "deb: lintian has nothing to say" {
	needs_git
	run lintian --allow-root --fail-on error,warning "$(deb)"
	equal status "$status" 0
	equal output "$output" ""
}

@test "deb: installed into a root of its own, it works from there" {
	local place=$PWD/root

	needs_git
	# An ordinary user has no sbin in PATH, without which dpkg does nothing.
	PATH=$PATH:/usr/sbin:/sbin
	mkdir -p "$place/var/lib/dpkg/info" "$place/var/lib/dpkg/updates"
	: >"$place/var/lib/dpkg/status"
	dpkg --root="$place" --force-not-root --force-depends --force-script-chrootless \
		--log=/dev/null -i "$(deb)"
	unset FLAREPROF_TEMPLATES
	"$place/usr/bin/flareprof" -q -o report.md --html page.html "$flares/leak"
	grep -q 'Memory Leak' report.md
	"$PYTHON" -I "$root/tests/page.py" page.html
	for file in share/man/man1/flareprof.1.gz share/bash-completion/completions/flareprof \
		share/zsh/vendor-completions/_flareprof share/fish/vendor_completions.d/flareprof.fish \
		share/flareprof/skills/flare-profiling-analysis/SKILL.md share/doc/flareprof/README.md.gz; do
		[ -s "$place/usr/$file" ] || wrong "no $file"
	done
	# The skill that came along finds this very program.
	equal found "$(env -i PATH=/usr/bin:/bin HOME="$PWD" FLAREPROF="$place/usr/bin/flareprof" \
		"$place/usr/share/flareprof/skills/flare-profiling-analysis/scripts/find-flareprof")" \
		"$place/usr/bin/flareprof"
	dpkg --root="$place" --force-not-root --log=/dev/null --purge flareprof
	equal left "$(find "$place/usr" ! -type d 2>/dev/null)" ""
}
