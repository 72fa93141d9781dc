#!/bin/sh
# Runs PostgreSQL for as long as a server process needs it.
#
#   keeper.sh MEMBERS_DIR COMMAND [ARGUMENT ...]      descriptor 3: a pipe held by the process that started it
#
# MEMBERS_DIR holds one file per server process, named after its pid. When the pipe closes (the starter
# ended, however), PostgreSQL goes on until no member is alive, so that others may drain; then it is stopped.
# Being PostgreSQL's parent, this script also reaps it where process 1 does not reap orphans.
members=$1
shift
"$@" 3<&- &
postgres=$!

alive() {
  if [ -d /proc/self ]; then
    read -r status 2>/dev/null <"/proc/$1/stat" || return 1
    case $status in *") Z "*) return 1 ;; esac
    return 0
  fi
  ps -p "$1" >/dev/null 2>&1
}

wanted() {
  for file in "$members"/*; do
    pid=${file##*/}
    case $pid in *[!0-9]*) continue ;; esac
    alive "$pid" && return 0
  done
  return 1
}

(
  cat <&3 >/dev/null
  while wanted; do sleep 1; done
  kill -INT "$postgres" 2>/dev/null
  sleep 60
  kill -QUIT "$postgres" 2>/dev/null
) &
watcher=$!
exec 3<&-

wait "$postgres"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
