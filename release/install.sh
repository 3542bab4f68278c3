#!/bin/sh
# install.sh [--root FOLDER] [--prefix FOLDER] [--uninstall]: put mirrorvip where it belongs, or take all of it away again.
#
# It lies in the unpacked bundle and needs a POSIX shell and the utilities that come with any. What it puts into the tree it
# notes in a list, PREFIX/share/mirrorvip/installed; --uninstall takes away what that names and nothing else: no file that has
# been changed since, no folder that something else is in. For that it lies beside the list, too. It overwrites no file that it
# has not put there, and starts nothing. --root is the tree of a host, / by default, in which nobody else may write meanwhile;
# --prefix the place for the program in it, /usr/local by default.
set -eu
umask 022
unset CDPATH

root='' prefix=/usr/local uninstall=''
die() { echo "install.sh: $*" >&2; exit 1; }
use() { sed -n '2s/^# \(install.sh[^:]*\):.*/use: \1/p' "$0" >&2; exit 64; }
while [ $# -gt 0 ]; do
	case $1 in
	--root) [ -n "${2:-}" ] || use; root=${2%/}; shift ;;
	--prefix) [ $# -gt 1 ] || use; prefix=${2%/}; shift ;;
	--uninstall) uninstall=yes ;;
	*) use ;;
	esac
	shift
done
case $prefix in
*[!A-Za-z0-9._/+-]* | */../* | */..) die "--prefix must be a plain path, without blanks and .." ;;
/*) ;;
*) die "--prefix must begin with /" ;;
esac
case $0 in */*) from=${0%/*} ;; *) from=. ;; esac
list=$prefix/share/mirrorvip/installed

# The program is Pacemaker's agent under this name: a link.
agent=aws-vpc-move-ip
aside=.mirrorvip-new

# Where a file of the bundle belongs; nowhere if it serves the bundle alone.
place() {
	case $1 in
	SHA256SUMS) ;;
	mirrorvip) echo "$prefix/sbin/mirrorvip" ;;
	mirrorvip.8) echo "$prefix/share/man/man8/mirrorvip.8" ;;
	mirrorvip.bash-completion) echo /usr/share/bash-completion/completions/mirrorvip ;;
	systemd/*) echo "/etc/systemd/system/${1#systemd/}" ;;
	"$agent") echo "/usr/lib/ocf/resource.d/mirrorvip/$agent" ;;
	LICENSE | licences/* | README.md | SECURITY.md) echo "$prefix/share/doc/mirrorvip/$1" ;;
	*) echo "$prefix/share/mirrorvip/$1" ;;
	esac
}

# each WORK: call it with every file of the bundle that belongs somewhere, and the link, and its place. What lies beside them
# and is not in the bundle's list is none of it.
each() {
	{ sed -n 's/^[0-9a-f]\{64\}  //p' "$from/SHA256SUMS" && echo "$agent"; } | sort | while read -r file; do
		at=$(place "$file")
		[ -z "$at" ] || "$1" "$file" "$at"
	done
}

# --- The list: "SUM PLACE" for a file, "link:TARGET PLACE", "folder PLACE"

summer=$(command -v sha256sum || command -v cksum) || die "neither sha256sum nor cksum is here; install one"

sum() {
	if [ -L "$1" ]; then
		echo "link:$(readlink "$1")"
	elif [ -f "$1" ]; then
		summed=$("$summer" <"$1") && echo "${summed%% *}"
	else
		echo other
	fi
}
note() { echo "$1" >>"$root$list"; }
noted() { [ -f "$root$list" ] && grep -qxF "$1" "$root$list"; }
is_there() { [ -e "$root$1" ] || [ -L "$root$1" ]; }
is_ours() { noted "$(sum "$root$1") $1"; }

# Folders that the list itself lies in can be noted only when it is there.
folders=''
folder() {
	[ -n "$1" ] && [ ! -d "$root$1" ] || return 0
	folder "${1%/*}"
	mkdir "$root$1"
	if [ -f "$root$list" ]; then note "folder $1"; else folders="$folders folder:$1"; fi
}

start_list() {
	folder "${list%/*}"
	for each in $folders; do note "folder ${each#folder:}"; done
}

# In another host's tree a link may lead out of it, to the files of this one.
top=$(cd "$root/" && pwd -P) || die "$root: there is no such folder"
stay_within() {
	[ -n "$root" ] || return 0
	within=${1%/*}
	while [ -n "$within" ] && [ ! -d "$root$within" ]; do within=${within%/*}; done
	case $(cd "$root$within/" && pwd -P)/ in
	"${top%/}"/*) ;;
	*) die "$root$within leads out of $root; install it there, in a chroot (nothing was changed)" ;;
	esac
}

# The list in it may have been written by somebody else.
check_list() {
	stay_within "$list"
	while read -r sum at; do
		case $sum in
		folder | "link:$prefix/sbin/mirrorvip") ;;
		*[!0-9a-f]*) at='' ;;
		esac
		case $at in
		/*) stay_within "$at" ;;
		*) die "$root$list is not a list of this script; look at it (nothing was changed)" ;;
		esac
	done <"$root$list"
}

# --- To install

refuse() {
	stay_within "$2"
	! is_there "$2" || is_ours "$2" || die "$root$2 is there and not as this script has put it; move it away (nothing was changed)"
}

# Noted before it is there, and made aside, so that whatever ends this leaves nothing that --uninstall does not know of.
put() {
	folder "${2%/*}"
	new=$root$2$aside
	rm -f "$new"
	if [ "$1" = "$agent" ]; then
		note "link:$prefix/sbin/mirrorvip $2"
		ln -s "$prefix/sbin/mirrorvip" "$new"
	else
		note "$(sum "$from/$1") $2"
		cp "$from/$1" "$new"
		chmod u=rwX,go=rX "$new"
	fi
	mv -f "$new" "$root$2"
	echo "$2"
}

# What an earlier version had and this one has not goes, unless it has been changed since; the list then names what is there.
forget_the_earlier() {
	places=$(each echo | sed 's/^[^ ]* //')
	rm -f "$root$list.new"
	sort -u "$root$list" | while read -r sum at; do
		if [ "$sum" = folder ]; then
			echo "folder $at"
		elif ! is_there "$at"; then
			continue
		elif echo "$places" | grep -qxF "$at"; then
			[ "$(sum "$root$at")" != "$sum" ] || echo "$sum $at"
		elif is_ours "$at"; then
			rm "$root$at"
		else
			echo "install.sh: left alone, as changed since: $at" >&2
			echo "$sum $at"
		fi
	done >"$root$list.new"
	mv "$root$list.new" "$root$list"
}

check_bundle() {
	if command -v sha256sum >/dev/null; then
		(cd "$from" && sha256sum -c SHA256SUMS) >/dev/null || die "a file of the bundle is not as SHA256SUMS says; nothing was changed"
	else
		echo "install.sh: not checked: the files of the bundle, as sha256sum is not there" >&2
	fi
	[ -n "$root" ] || "$from/mirrorvip" version >/dev/null ||
		die "mirrorvip does not run here; is the bundle for $(uname -m), and may programs run where it is unpacked? (nothing was changed)"
}

install() {
	earlier=
	[ ! -L "$root$list" ] || die "$root$list is a link; move it away (nothing was changed)"
	[ ! -f "$root$list" ] || earlier=yes
	check_bundle
	[ -z "$earlier" ] || check_list
	each refuse
	start_list
	each put
	[ -z "$earlier" ] || forget_the_earlier
	[ "$prefix" = /usr/local ] ||
		echo "install.sh: the units and samples call /usr/local/sbin/mirrorvip; in those that you use, by 'systemctl edit' or in a copy, make it $prefix/sbin/mirrorvip" >&2
}

# --- To uninstall

remove_files() {
	while read -r sum at; do
		rm -f "$root$at$aside" || return
		if [ "$sum" = folder ] || ! is_there "$at"; then
			continue
		elif [ "$(sum "$root$at")" = "$sum" ]; then
			rm -f "$root$at" || return
		elif ! is_ours "$at"; then
			echo "$at"
		fi
	done <"$root$list"
}

uninstall() {
	[ -f "$root$list" ] || die "$root$list is not there, so nothing is known to be installed"
	check_list
	changed=$(remove_files) || die "not all could be taken away; see above, and run it again"
	folders=$(sed -n 's/^folder //p' "$root$list" | sort -r)
	rm "$root$list"
	# One that something else is in stays.
	echo "$folders" | while read -r each; do rmdir "$root$each" 2>/dev/null || :; done
	[ -z "$changed" ] || die "left alone, as changed since: $(echo "$changed" | sort -u | tr '\n' ' ')"
}

if [ -n "$uninstall" ]; then uninstall; else install; fi
