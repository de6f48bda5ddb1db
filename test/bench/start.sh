#!/usr/bin/env bash
# What a newcomer waits for: from git clone to an answer of mcp-calculator, and to
# all services up, each in a fresh clone with a new HOME and an empty build cache,
# and then for the page of each. Modules come from this user's cache, so that no
# network is timed. Run by make bench-start.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export GOMODCACHE GOFLAGS=-modcacherw
GOMODCACHE=$(go env GOMODCACHE)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset DATABASE_URL GITHUB_TOKEN SLACK_BOT_TOKEN

# timed NAME LIMIT COMMAND: runs a command in a clone of its own, and fails if it
# takes longer than LIMIT seconds.
timed() {
	mkdir "$work/$1"
	export HOME=$work/$1 XDG_CACHE_HOME=$work/$1/cache GOCACHE=$work/$1/build
	cd "$work/$1"
	TIMEFORMAT="$1: %R s, of processors %U + %S s (limit $2 s)"
	local began=$SECONDS
	time bash -euo pipefail -c "git clone -q --no-local '$root' fleet && cd fleet; $3" >"$work/$1.log" 2>&1 || { cat "$work/$1.log"; exit 1; }
	# What is worth seeing of what it printed, if anything.
	grep -h 'built in\|"value"\|result\|^the page' "$work/$1.log" | head -8 || true
	if ((SECONDS - began > $2)); then
		echo "$1: longer than $2 s" >&2
		exit 1
	fi
}

# pages says how long each service's page takes, the median of twenty, and fails if
# that is more than 50 ms.
pages() {
	local port median
	for port in "$@"; do
		median=$(for _ in $(seq 20); do
			curl -sf -o page.html -H 'Accept: text/html' -w '%{time_total}\n' "http://127.0.0.1:$port/"
		done | sort -n | sed -n 10p)
		echo "the page at $port: $median s, $(wc -c <page.html) bytes"
		awk -v s="$median" 'BEGIN { exit !(s > 0 && s <= 0.05) }'
	done
}

# fleet runs all services, is back once up has said that they are up and their
# pages were looked at, and ends them.
fleet() {
	make up DEMO=1 ARGS="-shift 300" >up.log 2>&1 &
	local pid=$!
	trap "kill $pid" EXIT
	for _ in $(seq 3000); do
		if grep -q "^Ctrl-C ends" up.log 2>/dev/null; then break; fi
		sleep 0.1
	done
	grep "built in\|^[a-z]* .*http" up.log
	grep -q "^Ctrl-C ends" up.log
	pages 8401 8402 8403 8404 8405
	trap - EXIT
	kill "$pid"
	wait "$pid" || true
}
export -f pages fleet

timed answer 180 "go run ./services/calculator/cmd/mcp-calculator call calculate expression='0.1 + 0.2'"
timed fleet 300 fleet
