#!/bin/sh
# Runs PostgreSQL for as long as a server process needs it.
#
#   keeper.sh MEMBERS_DIR COMMAND [ARGUMENT ...]      descriptor 3: a pipe held by the process that started it
#
# MEMBERS_DIR holds one file per server process, named after its pid; in it stands when the process started, since
# the pid may belong to another one after a reboot. When the pipe closes (the starter ended, however), PostgreSQL
# goes on until no member is alive, so that others may drain; then it is stopped.
# Being PostgreSQL's parent, this script also reaps it where process 1 does not reap orphans.
members=$1
shift
"$@" 3<&- &
postgres=$!

# alive PID START: START is field 22 of /proc/PID/stat, or empty where there is no /proc.
alive() {
  if [ -d /proc/self ]; then
    read -r status 2>/dev/null <"/proc/$1/stat" || return 1
    started=$2
    # The name in brackets may hold spaces; after it come the state (field 3) and 19 fields to the start.
    set -- ${status##*) }
    case $1 in Z | X) return 1 ;; esac
    [ -z "$started" ] || [ "$started" = "${20}" ]
    return
  fi
  ps -p "$1" >/dev/null 2>&1
}

wanted() {
  for file in "$members"/*; do
    pid=${file##*/}
    case $pid in *[!0-9]*) continue ;; esac
    start=
    read -r start 2>/dev/null <"$file"
    alive "$pid" "$start" && return 0
  done
  return 1
}

nap() {
  sleep "$1" &
  napping=$!
  wait "$napping"
}

(
  read -r _ <&3
  napping=
  trap '[ -z "$napping" ] || kill "$napping" 2>/dev/null; exit 0' TERM
  while wanted; do nap 1; done
  kill -INT "$postgres" 2>/dev/null
  nap 60
  kill -QUIT "$postgres" 2>/dev/null
) &
watcher=$!
exec 3<&-

wait "$postgres"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
