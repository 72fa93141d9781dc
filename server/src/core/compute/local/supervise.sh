#!/bin/sh
# Starts one command under limits, outlives the server, and leaves how it ended in a file.
# Usage: supervise.sh RUN_FOLDER INSIDE_SCRIPT   (in a session of its own; standard output and error are the logs)
#        supervise.sh RUN_FOLDER INSIDE_SCRIPT sweep   kills what is left of a run whose supervisor is gone
#
# A shell, because one costs about 1.5 MB while it waits and needs nothing installed. All that a server which
# comes back must know is in RUN_FOLDER/control, written whole (a new file, then mv):
#   begun/       made by whoever got here first; a second supervisor of the same folder ends at once. A link in its
#                place, made by a server, says that none may begin
#   supervisor   process id, start time, boot id
#   reason       the first cause for which the run was stopped; absent when it ended by itself
#   now          made by a server: the time between TERM and KILL is over
#   exit         code, wall seconds, processor times, peak memory
set -u
run=$1
inside=$2
exec </dev/null
cd "$run/control" || exit 1
if [ "${3:-}" != sweep ]; then mkdir begun 2>/dev/null || exit 0; fi
. ./settings
child=

# Hundredths of a second since some moment.
uptime_now() {
  now=
  { read -r now rest </proc/uptime; } 2>/dev/null || now=$(date +%s).00
  now=${now%.*}${now#*.}
}

stop() {
  (set -C && echo "$1" >reason) 2>/dev/null
  await_listener
  signal_tree TERM
  left=$grace
  while [ "$left" -gt 0 ] && [ ! -e now ]; do
    sleep 1
    left=$((left - 1))
  done
  : >forced
  signal_tree KILL
}

# A run that has just been started may not be able to hear yet; at most two seconds.
await_listener() {
  case $mode in *namespaces) ;; *) return ;; esac
  tries=40
  while [ ! -e listening ] && [ "$tries" -gt 0 ] && kill -0 "$child" 2>/dev/null; do
    sleep 0.05
    tries=$((tries - 1))
  done
}

# Every process of the run, also those that left its session.
signal_tree() {
  case $mode in
  namespaces | user-namespaces)
    [ -n "$child" ] || return
    init=
    { read -r init rest <"/proc/$child/task/$child/children"; } 2>/dev/null
    kill "-$1" "${init:-$child}" 2>/dev/null
    ;;
  uid)
    # Before it has become the slot's user the command is not among that user's processes.
    case $(stat -c %u "/proc/${child:-none}" 2>/dev/null) in '' | "$uid") ;; *) kill "-$1" "$child" 2>/dev/null ;; esac
    setpriv --reuid "$uid" --regid "$gid" --clear-groups sh -c "kill -$1 -1" 2>/dev/null
    ;;
  *)
    if [ -n "$child" ]; then kill "-$1" "-$child" 2>/dev/null || kill "-$1" "$child" 2>/dev/null; fi
    for marked in $(grep -lsa "ORRERY_RUN=$mark" /proc/[0-9]*/environ); do
      marked=${marked%/environ}
      kill "-$1" "${marked#/proc/}" 2>/dev/null
    done
    ;;
  esac
}

launch() {
  # What unshare itself says is kept apart from what the command says.
  case $mode in *namespaces) exec 3>&2 2>unshare.log ;; esac
  case $mode in
  namespaces)
    exec setpriv --pdeathsig KILL unshare --mount --pid --ipc $unshare_network --fork --kill-child \
      sh "$inside" "$run"
    ;;
  user-namespaces)
    exec setpriv --pdeathsig KILL unshare --user --map-root-user --mount --pid --ipc $unshare_network --fork \
      --kill-child sh "$inside" "$run"
    ;;
  uid)
    cd "$work" || exit 125
    start_command prlimit --core=0 --nproc="$processes" --fsize="$output_bytes" --data="$heap_bytes" $cpu_limit \
      setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all
    ;;
  *)
    cd "$work" || exit 125
    ulimit -c 0
    ulimit -f "$((output_bytes / 512))"
    if [ -n "$cpu_seconds" ]; then ulimit -S -t "$cpu_seconds"; fi
    if command -v setsid >/dev/null; then start_command setsid; else start_command; fi
    ;;
  esac
}

# Adds up the processes below $child: how many, and their resident memory that no file stands behind.
sample() {
  pages=0
  count=0
  level=$child
  while [ -n "$level" ]; do
    below=
    for pid in $level; do
      { read -r size resident shared rest <"/proc/$pid/statm"; } 2>/dev/null || continue
      count=$((count + 1))
      pages=$((pages + resident - shared))
      for list in /proc/"$pid"/task/*/children; do
        { read -r found <"$list"; } 2>/dev/null
        below="$below ${found:-}"
        found=
      done
    done
    level=${below# }
    level=${level%"${level##*[! ]}"}
  done
  used_kb=$((pages * page_kb))
  if [ "$used_kb" -gt "$peak_kb" ]; then
    peak_kb=$used_kb
    echo "$peak_kb" >peak
  fi
}

written_kb() {
  total=0
  for kb in $(du -skx "$run/work" "$run/tmp" "$run/log" 2>/dev/null | cut -f1); do total=$((total + kb)); done
}

watch() {
  trap - TERM
  page_kb=$(($(getconf PAGESIZE || echo 4096) / 1024))
  peak_kb=0
  ticks=0
  pause=0.1
  while sleep "$pause"; do
    ticks=$((ticks + 1))
    if [ "$ticks" -ge 5 ]; then pause=1; fi
    if ! kill -0 $$ 2>/dev/null; then
      signal_tree KILL
      return
    fi
    uptime_now
    if [ "$((now - began))" -ge "$((wall * 100))" ]; then stop time-limit && return; fi
    if [ -d /proc/self ]; then sample; fi
    if [ "${used_kb:-0}" -gt "$memory_kb" ]; then stop memory && return; fi
    if [ "$((ticks % 5))" = 0 ]; then
      written_kb
      if [ "$total" -gt "$((output_bytes / 1024))" ]; then stop output-limit && return; fi
    fi
  done
}

if [ "${3:-}" = sweep ]; then
  signal_tree KILL
  exit
fi

# Whoever reads the file below may ask for the end at once, before there is anything to end.
asked=
trap 'asked=yes' TERM
stat_line=
{ read -r stat_line </proc/self/stat; } 2>/dev/null
stat_line=${stat_line##*) }
set -- $stat_line
boot=
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
echo "$$ ${20:-0} ${boot:-none}" >supervisor.new && mv supervisor.new supervisor

trap '' HUP INT
uptime_now
began=$now
launch &
child=$!
watch >/dev/null 2>&1 &
watcher=$!
stopper=
trap 'if [ -z "$stopper" ]; then stop cancelled >/dev/null 2>&1 & stopper=$!; fi' TERM
if [ -n "$asked" ]; then kill -TERM $$; fi
code=0
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
trap '' TERM
# unshare 2.38 reports 1 for an init that was killed.
if [ -e forced ]; then code=137; fi
times >times
uptime_now
kill -KILL "$watcher" $stopper 2>/dev/null
case $mode in uid | none) signal_tree KILL ;; esac
{
  echo "code $code"
  echo "ran $((now - began))"
} >exit.new && mv exit.new exit
