#!/usr/bin/env zsh
# usage: complete.zsh DIRECTORY LINE
#
# Prints what zsh offers when LINE is typed and Tab is pressed, with the completions in DIRECTORY: a
# real zsh on a terminal of its own, in which the command that offers them also writes them down.
# Where $DUMP is, the next call need not look for all completions again.

emulate -L zsh
zmodload zsh/zpty
directory=$1 line=$2
work=$(mktemp -d)
trap 'rm -rf $work' EXIT

cat >$work/.zshrc <<'EOS'
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -u -d ${DUMP:-$ZDOTDIR/dump}
compadd() {
	local -a offered
	# Those that only ask what would fit offer nothing.
	if [[ "${(j: :)@} " != *" "-[OAD]* && "$1" != -[OAD]* ]]; then
		builtin compadd -O offered "$@"
		print -rl -- $offered >>$ZDOTDIR/offered
	fi
	builtin compadd "$@"
}
LISTMAX=100000
bindkey '^I' complete-word
done-completing() { mv $ZDOTDIR/ready $ZDOTDIR/done }
zle -N done-completing
bindkey '^X' done-completing
PS1=
: >$ZDOTDIR/offered
: >$ZDOTDIR/ready
EOS

wait_for() {
	repeat 400; do
		[[ -e $work/$1 ]] && return
		sleep 0.02
		zpty -r -t zsh ignored 2>/dev/null
	done
	print -u2 "complete.zsh: no $1"
	exit 1
}

zpty -b zsh exec env COMPLETIONS=${(q)directory} ZDOTDIR=$work TERM=dumb zsh -i
wait_for ready
zpty -w -n zsh "$line"$'\t\x18'
wait_for done
zpty -d zsh
grep . $work/offered | sort -u
