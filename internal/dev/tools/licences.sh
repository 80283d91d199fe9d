#!/bin/sh
# Lists the licence of each module that the exporter brings into its users' Collectors. Fails if a licence is not known
# to allow use in any program. Some modules come with one system alone. Needs no network if the module cache has them.
set -eu
for system in linux darwin windows; do
	GOOS=$system go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' .
done | sort -u | {
	failed=0
	while read -r path version dir; do
		file=$(find "$dir" -maxdepth 1 -iname 'licen[sc]e*' -o -maxdepth 1 -iname 'copying*' | sort | head -n 1)
		licence=unknown
		if [ -n "$file" ]; then
			text=$(tr -s ' \n\t' ' ' <"$file")
			case $text in
			*"Apache License"*"Version 2.0"*) licence=Apache-2.0 ;;
			*"Mozilla Public License"*"2.0"*) licence=MPL-2.0 ;;
			*"Redistribution and use in source and binary forms"*"Neither the name"*) licence=BSD-3-Clause ;;
			*"Redistribution and use in source and binary forms"*) licence=BSD-2-Clause ;;
			*"Permission is hereby granted, free of charge"*) licence=MIT ;;
			*"Permission to use, copy, modify, and"*"distribute this software"*) licence=ISC ;;
			esac
		fi
		printf '%-14s %s %s\n' "$licence" "$path" "$version"
		if [ "$licence" = unknown ]; then
			echo "The licence of $path is not known to allow use in any program. Read it, then add it to this script or remove the module." >&2
			failed=1
		fi
	done
	exit "$failed"
}
