# Keys and passwords from a flare are in no output, wherever in the flare they stand; addresses,
# paths and labels are not in the customer message.

load helpers

key=0123456789abcdef0123456789
# TEXT, and what of it must not be seen.
secrets=(
	"${key}abcdef" "$key"
	"${key^^}ABCDEF0A1B2C3D" "${key^^}"
	"api_key=${key}abcdef" "$key"
	"app_key: s3cr3tpart" s3cr3tpart
	'password=s3cr3tpart' s3cr3tpart
	'pwd: "s3cr3tpart and more"' s3cr3tpart
	'{"token": "s3cr3tpart"}' s3cr3tpart
	'--password s3cr3tpart' s3cr3tpart
	'Authorization: Basic s3cr3tpart' s3cr3tpart
	'Bearer s3cr3tparts3cr3tpart' s3cr3tpart
	'postgres://datadog:s3cr3tpart@db/x' s3cr3tpart
	'http://db/x?api_key=s3cr3tpart' s3cr3tpart
	'AKIAS3CR3TPARTS3CR3T' S3CR3TPARTS3CR3T
	'ghp_s3cr3tparts3cr3tparts3cr3tparts3cr3t' s3cr3tpart
	'xoxb-123456789012-s3cr3tpart' s3cr3tpart
	'eyJhbGciOiJIUzI1NiJ9.eyJzM2NyM3RwYXJ0.s3cr3tpart' s3cr3tpart
	'-----BEGIN PRIVATE KEY-----s3cr3tpart' s3cr3tpart
	$'password=\033[31ms3cr3tpart' s3cr3tpart
	$'0123456789abcdef\033[1m0123456789abcdef' 0123456789abcdef
)

# Plants a text in everything of a flare that has text: ./planted, a flare that is understood.
plant() { # TEXT
	local text=$1 copy name=${1//\//_}

	copy=$(copy_flare healthy-busy planted)
	replace_line "$copy/status.log" '^Agent .v' "Agent (v$text)"
	replace_line "$copy/status.log" '^  (hostname|Python Version|Go Version|Agent flavor|install_method_tool): ' "  hostname: $text"
	sed -i -E "0,/^  hostname: /{s/^  hostname: /  Python Version: /}" "$copy/status.log"
	printf '%s\n' '=========' 'Collector' '=========' '  Running Checks' '  ==============' \
		"    $text ($text)" '    ----' "      Instance ID: $text [ERROR]" '      Total Runs: 1' \
		"      Average Execution Time : 9s" "      Error: $text" \
		'====================' 'Status render errors' '====================' "  - $text" >>"$copy/status.log"
	printf -- '---\ninstall_method:\n  tool: |-\n    %s\n  tool_version: |-\n    %s\n  installer_version: |-\n    %s\n' \
		"$text" "$text" "$text" >"$copy/install_info.log"
	mkdir -p "$copy/metadata"
	"$PYTHON" -I -c 'import json, sys; print(json.dumps({"install-method": {"tool": sys.argv[1]}}))' \
		"$text" >"$copy/metadata/host.json"
	printf 'goroutine 1 [%s, 900 minutes]:\n%s(0x1)\n\t%s:1 +0x1\n\ngoroutine 2 [%s]:\n%s()\n\t/x.go:1 +0x1\n' \
		"$text" "$text" "$text" "$text" "$text" >"$copy/go-routine-dump.log"
	PROFILE_MAPPING=$text PROFILE_BUILD_ID=$text PROFILE_COMMENT=$text PROFILE_LABEL=$text \
		make_cpu_profile "$copy/profiles/core-cpu.pprof" "$text" "$text"
	printf '%s\n' "$text" >"$copy/profiles/core-block.pprof"
	cp "$copy/profiles/core-cpu.pprof" "$copy/profiles/${name:0:60}-cpu.pprof"
	: >"$copy/profiles/${name:0:60}.trace"
	: >"$copy/profiles/$name and $name.pprof"
}

# ./planted, where nothing is understood: what is quoted instead holds the text.
spoil() { # TEXT
	local copy name=${1//\//_}

	copy=$(echo planted/*/)
	for file in status.log expvar/memstats install_info.log go-routine-dump.log; do
		printf '%s is here, and %s\n' "$1" "$1" >"$copy/$file"
	done
	printf '%s\n' "$1" >"$copy/profiles/core-mutex.pprof"
	rm -r "$copy/metadata"
	mv "$copy" "planted/$name"
	mv planted "x $name"
}

# None of the outputs holds the secret, nor does one of their names.
hidden() { # SECRET
	! LC_ALL=C grep -rF -- "$1" outputs | head -5 | grep . || wrong "'$1' is in an output"
	! find outputs | grep -F -- "$1" || wrong "'$1' is in a name"
}

# All that can be made of flares: report, model, page, summary, messages; of several the table.
make_outputs() { # ARGUMENT...
	rm -rf outputs
	mkdir outputs
	(
		cd outputs || return
		flareprof -v --json model.json --html pages/ "$@"
		printf '%s\n' "$output" >stdout
		printf '%s\n' "$stderr" >stderr
		[ -s model.json ] || wrong "no model: $output $stderr"
	)
}

@test "secrets: masked in every output of a flare" {
	local i

	for ((i = 0; i < ${#secrets[@]}; i += 2)); do
		plant "${secrets[i]}"
		make_outputs ../planted
		hidden "${secrets[i + 1]}"
		grep -rqF '********' outputs || wrong "nothing is masked: ${secrets[i]}"
	done
}

@test "secrets: masked where a flare is quoted, in names, and in the table of several" {
	local i name

	for ((i = 0; i < ${#secrets[@]}; i += 2)); do
		name=${secrets[i]//\//_}
		plant "${secrets[i]}"
		spoil "${secrets[i]}"
		make_outputs "../x $name" "../x $name/absent" "$flares/healthy-idle"
		hidden "${secrets[i + 1]}"
		rm -rf "x $name"
	done
}

@test "secrets: masked in what pprof says" {
	local i

	fake_go go "$PWD/pprof"
	printf '#!/bin/bash\n. "%s"\n/bin/cat "%s/answer" >&2\nexit 2\n' "$fakes/pprof-common" "$PWD" >pprof
	chmod +x pprof
	for ((i = 0; i < ${#secrets[@]}; i += 2)); do
		printf '%s\n' "${secrets[i]}" >answer
		make_outputs --go ../go "$flares/cpu-spike"
		grep -qF 'pprof could not report' outputs/model.json || wrong "pprof did not fail"
		hidden "${secrets[i + 1]}"
	done
}

# The customer message, as it is pasted.
customer_message() {
	sed -n '/^## Customer Message/,/^## Escalation Summary/p' outputs/*/*.md
}

@test "secrets: no address, path or label in the customer message" {
	local text message

	for text in 10.11.12.13 ip-10-11-12-13.ec2.internal web-10.11.12.13 ip-0a0b0c0d 2001:db8::77 \
		2001-db8--77.ipv6-literal.net /var/lib/acme/x env:acme-prod team=acme "${key}abcdef"; do
		plant "$text"
		make_outputs ../planted
		message=$(customer_message)
		contains "$message" "Thank you for the flare."
		contains "$message" "further process used"
		[[ ! $message =~ 10[.-]11|0a0b|2001|acme|$key|[*]{4} ]] || wrong "$text: $message"
		# For engineers it is all there, but for the key.
		grep -qF "${text/${key}a/********}" outputs/model.json || wrong "$text is not in the model"
	done
}

@test "secrets: names that may be said are in the customer message" {
	plant web-01.example.com
	make_outputs --customer Acme --ticket 4711 ../planted
	contains "$(customer_message)" "Hello Acme,"
	contains "$(customer_message)" "Thank you for the flare from web-01.example.com (Agent web-01.example.com"
	contains "$(customer_message)" "The web-01.example.com process used"
	contains "$(customer_message)" "datadog-agent flare 4711 "
}

@test "secrets: what the user says is not masked" {
	make_outputs --customer password=x --ticket 4711 "$flares/healthy-idle"
	contains "$(customer_message)" "Hello password=x,"
}
