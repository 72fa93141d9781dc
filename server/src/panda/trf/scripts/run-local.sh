#!/bin/sh
# A transformation to try a queue with: runLocal OUTPUT [--sleep SECONDS] [--exit CODE] WORD...
#                                       runLocal OUTPUT --run COMMAND WORD...
# It writes its words into OUTPUT, or what the command prints. Needs nothing but a shell.
out=$1
if [ -z "$out" ]; then
  echo "usage: runLocal OUTPUT [--sleep SECONDS] [--exit CODE] WORD..." >&2
  exit 10
fi
shift
pause=${SLEEP_SECONDS:-0}
code=${EXIT_CODE:-0}
while :; do
  case $1 in
    --sleep) pause=$2; shift 2 ;;
    --exit) code=$2; shift 2 ;;
    --run)
      shift
      echo "running: $*"
      "$@" >"$out"
      exit $?
      ;;
    *) break ;;
  esac
done
echo "hello from $(hostname 2>/dev/null || echo here), words: $*"
echo "$*" >"$out"
date -u >>"$out"
sleep "$pause"
exit "$code"
