# Flares as they come: packed, and perhaps not as they should be.

load helpers

setup_file() {
	export TMPDIR=$BATS_FILE_TMPDIR/tmp
	mkdir "$TMPDIR"
}

# Whatever happens, nothing that was unpacked is left.
teardown() {
	[ -z "$(ls -A "$TMPDIR")" ] || wrong "left: $(ls -A "$TMPDIR")"
}

# Packs a directory as the Agent does it: in a stream, with directory entries, and with the sizes
# behind the data.
zip_as_agent() { # DIRECTORY ZIP
	"$PYTHON" -I - "$@" <<-'EOF'
		import os, sys, zipfile

		class Stream:
		    def __init__(self, file):
		        self.file = file

		    def write(self, data):
		        return self.file.write(data)

		    def flush(self):
		        self.file.flush()

		top, path = sys.argv[1:]
		around = os.path.dirname(os.path.abspath(top))
		with open(path, "wb") as file:
		    with zipfile.ZipFile(Stream(file), "w", zipfile.ZIP_DEFLATED) as archive:
		        for directory, _, names in os.walk(top):
		            base = os.path.relpath(directory, around)
		            archive.writestr(base + "/", "", zipfile.ZIP_STORED)
		            for name in sorted(names):
		                with open(os.path.join(directory, name), "rb") as content:
		                    archive.writestr(base + "/" + name, content.read())
	EOF
}

# What of a model does not tell how the flare came.
essence() {
	"$PYTHON" -I -c 'import json
m = json.load(open("model.json"))
del m["flare"]["path"], m["flare"]["file"]
print(json.dumps(m, indent=1))'
}

fails() { # MESSAGE ARGUMENT...
	flareprof -o report.md "${@:2}"
	equal status "$status" 1
	contains "$stderr" "$1"
	equal lines "$(wc -l <<<"$stderr")" 1
	[ ! -e report.md ] || wrong 'a report was written'
}

@test "archives: each flare as the Agent packs it" {
	local flare

	for flare in "$flares"/*/*/; do
		rm -f flare.zip
		zip_as_agent "${flare%/}" flare.zip
		analyse "$flare"
		essence >wanted
		analyse flare.zip
		diff wanted <(essence) || wrong "$flare"
	done
}

@test "archives: every form and every depth" {
	local form

	mkdir -p a/b
	cp -r "$flares/leak"/*/ a/b/
	analyse a
	essence >wanted
	tar cf 1.tar a
	tar czf 2.tar.gz -C a/b .
	tar czf 3.TGZ -C a b
	tar --zstd -cf 4.tar.zst -C a/b leak-01_example_com
	tar cf 5.tar --format=v7 -C a b
	tar cf 6.tar --format=pax -C a b
	zip_as_agent a 7.zip
	cp 2.tar.gz 'a name without an ending'
	for form in [1-7].* 'a name without an ending'; do
		analyse "$form"
		diff wanted <(essence) || wrong "$form"
		flareprof -q --jobs 1 "$form"
		[ -s investigations/flare-profiling-leak-01.example.com.md ]
		rm -r investigations
	done
}

@test "archives: profiles/ at the top takes the archive's name, where the status is missing" {
	tar czf ticket-4711.tar.gz -C "$flares"/leak/* profiles
	analyse ticket-4711.tar.gz
	equal hostname "$(model 'm["flare"]["hostname"]')" ticket-4711
	! grep -q "$TMPDIR" report.md model.json || wrong 'the temporary directory is told of'
}

@test "archives: what macOS and Windows add is nothing to speak of" {
	local copy

	copy=$(copy_flare leak)
	mkdir -p __MACOSX/leak/profiles
	echo junk | tee __MACOSX/leak/profiles/._core-cpu.pprof >"$copy/profiles/._core-cpu.pprof"
	echo junk >leak/.DS_Store
	echo junk >"$copy/Thumbs.db"
	"$PYTHON" -I -m zipfile -c flare.zip leak __MACOSX
	analyse "$copy"
	essence >wanted
	analyse flare.zip
	diff wanted <(essence)
}

@test "archives: many in one call" {
	tar czf 1.tgz -C "$flares/leak" .
	tar cf 2.tar -C "$flares/slow-growth" .
	zip_as_agent "$flares/contention" 3.zip
	head -c 5000 3.zip >cut.zip
	flareprof 1.tgz 2.tar cut.zip 3.zip
	equal status "$status" 1
	contains "$output" "Memory Leak"
	contains "$output" "Normal"
	contains "$output" "Contention"
	contains "$output" "the zip archive is cut or damaged"
	equal reports "$(find investigations -name '*.md' | wc -l)" 3
}

@test "archives: clear errors" {
	mkdir two two/{a,b} plain
	cp -r "$flares/leak"/*/profiles two/a
	cp -r "$flares/leak"/*/profiles two/b
	echo text >plain/status.log
	tar czf two.tgz two
	tar czf plain.tgz plain
	tar cf good.tar -C "$flares/leak" .
	head -c 20000 good.tar >cut.tar
	gzip -c good.tar | head -c 10000 >cut.tar.gz
	zstd -q -c good.tar | head -c 10000 >cut.tar.zst
	zip_as_agent two whole.zip
	head -c 10000 whole.zip >cut.zip
	: >empty.zip
	printf '' | gzip >nothing.tar.gz
	fails "'two.tgz/two' holds more than one flare: extract it and name one of them" two.tgz
	fails "no profiles/ in 'plain.tgz'" plain.tgz
	fails "'cut.tar': the archive is cut" cut.tar
	fails "'cut.tar.gz': it is cut or damaged" cut.tar.gz
	fails "cannot read 'cut.tar.zst'" cut.tar.zst
	fails "the zip archive is cut or damaged" cut.zip
	fails "it is empty (0 bytes)" empty.zip
	fails "cannot read 'nothing.tar.gz'" nothing.tar.gz
	fails "no archive that flareprof reads" "$BATS_TEST_FILENAME"
	fails "cut or damaged, or there is no tar in it" "$flares"/leak/*/profiles/core-cpu.pprof
	[ "$(id -u)" -eq 0 ] || { chmod 0 good.tar && fails "Permission denied" good.tar; }
}

@test "archives: limits" {
	local copy

	copy=$(copy_flare leak)
	tar czf good.tgz leak
	fails "holds more than 5 entries (--max-entries allows more)" --max-entries 5 good.tgz
	fails "its files unpack to more than 5.0 kB (--max-flare allows more)" --max-flare 5kB good.tgz
	truncate -s 3M "$copy/profiles/core-cpu.pprof"
	tar czf large.tgz leak
	analyse --max-file 2MB large.tgz
	has_gap "is larger than 2.0 MB (--max-file allows more)"
	equal verdict "$(verdict)" "Memory Leak"
	analyse --max-file 2MB leak
	has_gap "cannot be read: larger than 2097152 bytes"
	truncate -s 60M "$copy/profiles/core-cpu.pprof"
	tar czf ratio.tgz leak
	rm report.md
	fails "it unpacks to more than 200 times its size (--max-ratio allows more)" ratio.tgz
	analyse --max-ratio 2000 ratio.tgz
}

@test "archives: no place to unpack" {
	tar cf good.tar -C "$flares/leak" .
	run --separate-stderr env TMPDIR=/proc "$FLAREPROF" -o report.md good.tar
	check_sound
	equal status "$status" 1
	contains "$stderr" "cannot make a temporary directory in '/proc'"
}

@test "archives: a signal meanwhile" {
	local number

	# Half a minute of passing over zeros.
	"$PYTHON" -I -c 'import gzip, tarfile
log = tarfile.TarInfo("host/logs/agent.log")
log.size = 200 << 27
zeros = gzip.compress(bytes(1 << 27), 1)
with open("big.tar.gz", "wb") as out:
    out.write(gzip.compress(log.tobuf(tarfile.GNU_FORMAT)) + zeros * 200)'
	for number in 2 15 1; do
		equal "end by $number" "$(end_by "$number" -q -o report.md --max-flare 100GB \
			big.tar.gz 2>&1)" "signal $number"
		[ -z "$(ls -A "$TMPDIR")" ] || wrong "$number leaves $(ls -A "$TMPDIR")"
	done
	[ ! -e report.md ]
}

@test "archives: libarchive does not take as long as it likes" {
	# Each entry of an access list is looked for among all that came before.
	"$PYTHON" -I -c 'import gzip, io, tarfile
with gzip.open("slow.tar.gz", "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
    for i in range(20):
        entry = tarfile.TarInfo("host/logs/%d" % i)
        entry.pax_headers = {"SCHILY.acl.access": "u:a:r," * 60000}
        tar.addfile(entry)'
	fails "'slow.tar.gz': unpacking it did not end within 1.00 s" --timeout 1s slow.tar.gz
}
