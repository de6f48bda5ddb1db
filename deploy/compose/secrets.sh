#!/bin/sh
# Makes the keys and passwords of compose.yaml in deploy/secrets, which must not
# exist. Only its owner enters that folder. Its files can be read by everybody,
# as they keep their modes in the containers, where other users run.
set -eu
cd "$(dirname "$0")/../.."
dir=deploy/secrets
umask 077
mkdir "$dir" || { echo "$0: to make new ones, move $dir away first; PostgreSQL's volume keeps the old passwords" >&2; exit 1; }
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM # some shells leave without the above
# Hexadecimal digits need no quoting in URLs and configuration files.
random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
file() { cat >"$dir/$1"; }

# Not into a pipe, which would hide that it failed.
key=$(go run ./services/calculator/cmd/mcp-calculator keygen compose --scopes '*' --append "$dir/api-keys")
printf '%s\n' "$key" | file api-key
head -c 32 /dev/urandom | base64 | file signing-key

redis=$(random)
printf 'requirepass %s\nsave ""\nappendonly no\nmaxmemory 64mb\nmaxmemory-policy volatile-ttl\n' "$redis" | file redis-conf
printf 'redis://:%s@redis:6379/0\n' "$redis" | file redis-url

random | file postgres-password
reader=$(random)
printf '%s' "$reader" | file reader-password
printf 'postgresql://mcp_reader:%s@postgres:5432/shop?sslmode=disable\n' "$reader" | file database-url

chmod 644 "$dir"/*
chmod 600 "$dir/api-key"
trap - EXIT
echo "made $dir; clients send the key in $dir/api-key"
