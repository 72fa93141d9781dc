#!/bin/sh
# Process 1 of a run's namespaces: builds the only files the command will see, starts it, waits, and with its
# own end the system kills whatever the command left behind.
# Usage: inside.sh RUN_FOLDER 3>LOG   (as root, or as root of a user namespace)
set -u
exec 2>&3 3>&-
run=$1
cd "$run/control" || exit 125
# Process 1 gets no signal it does not ask for: the supervisor sends TERM once it sees that this one listens.
asked=
trap 'asked=yes' TERM
: >listening
. ./settings

fail() {
  echo "The run could not be isolated: $1" >&2
  (set -C && echo lost >reason) 2>/dev/null
  exit 125
}

# A path of the host at the same place in the new root; read-only later.
show() {
  if [ -d "$1" ]; then
    mkdir -p ".$1" && mount --rbind "$1" ".$1" || fail "$1 cannot be shown"
  elif [ -e "$1" ]; then
    mkdir -p ".${1%/*}" && : >".$1" && mount --bind "$1" ".$1" || fail "$1 cannot be shown"
  fi
}

# Covers a path that came along with a folder that is shown. Comes last: what is hidden wins.
hide() {
  if [ -d ".$1" ]; then
    mount -t tmpfs -o mode=0755,size=4k,nosuid,nodev tmpfs ".$1" || fail "$1 cannot be hidden"
  elif [ -e ".$1" ]; then
    mount --bind /dev/null ".$1" || fail "$1 cannot be hidden"
  fi
}

build_root() {
  mount -t tmpfs -o mode=0755,size=4m,nosuid,nodev tmpfs "$root" || fail 'no new root'
  cd "$root" || fail 'no new root'
  links=
  for folder in usr bin sbin lib lib32 lib64 libx32 etc opt nix gnu; do
    if [ -L "/$folder" ]; then
      links="$links /$folder"
    elif [ -d "/$folder" ]; then
      mkdir "$folder" && mount --rbind "/$folder" "$folder" || fail "/$folder cannot be shown"
    fi
  done
  # One program for all links: each start of one costs a run about two milliseconds.
  if [ -n "$links" ]; then cp -P $links . || fail 'no system folders'; fi
  mkdir proc tmp job dev dev/shm .old
  mount -t proc -o nosuid,nodev,noexec proc proc || fail 'no /proc of its own'
  for device in null zero full random urandom tty; do
    : >"dev/$device" && mount --bind "/dev/$device" "dev/$device" || fail "/dev/$device cannot be shown"
  done
  ln -s /proc/self/fd dev/fd && ln -s fd/0 dev/stdin && ln -s fd/1 dev/stdout && ln -s fd/2 dev/stderr
  mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev tmpfs dev/shm || fail 'no /dev/shm'
  mount --bind "$tmp" tmp && mount --bind "$work" job || fail 'no work folder'
  # A resolver's file often is a link to a place that is not shown.
  if [ -L /etc/resolv.conf ]; then
    target=$(readlink -f /etc/resolv.conf)
    case $target in /etc/* | /usr/* | '') ;; *) show "$target" ;; esac
  fi
  name_user
  show_readable
  hide_hidden
}

# Programs that ask for the name of their user stop when it has none. A user of the server's own is in the file.
name_user() {
  if [ "$mode" != namespaces ] || [ -L /etc/passwd ] || [ ! -f /etc/passwd ]; then return; fi
  while IFS=: read -r name word id rest; do
    if [ "$id" = "$uid" ]; then return; fi
  done </etc/passwd
  { cat /etc/passwd && echo "orrery-run:x:$uid:$gid::/job:/bin/sh"; } >.passwd &&
    mount --bind .passwd etc/passwd || fail 'its user has no name'
}

# The flags a mount has must be repeated: inside a user namespace none may be taken away.
seal_root() {
  while read -r number parent device source point flags rest; do
    case $point in
    "$root" | "$root/job" | "$root/tmp" | "$root/dev/"* | "$root/proc") ;;
    "$root"/*)
      # Below what is hidden nothing can be reached, not even to change its flags.
      is_hidden "${point#"$root"}" && continue
      mount -c -o "remount,bind,nosuid,$flags,ro" "$point" || fail "$point stays writable"
      ;;
    esac
  done </proc/self/mountinfo
  for point in job tmp; do
    mount -c -o "remount,bind,nosuid,nodev" "$root/$point" 2>/dev/null
  done
  mount -c -o remount,bind,ro,nosuid,nodev "$root" || fail 'the new root stays writable'
  pivot_root . .old && cd / && umount -l /.old || fail 'the old root stays visible'
}

# Limits apply to the command, not to this script.
command_inside() {
  cd /job || exit 125
  set -- prlimit --core=0 --nproc="$processes" --fsize="$output_bytes" --data="$heap_bytes" $cpu_limit
  if [ "$mode" = user-namespaces ]; then
    start_command "$@" unshare --user --map-user="$uid" --map-group="$gid" setpriv --no-new-privs
  else
    start_command "$@" setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs --inh-caps=-all \
      --bounding-set=-all
  fi
}

build_root
seal_root
trap 'asked=yes; kill -TERM -1 2>/dev/null' TERM
if [ -n "$asked" ]; then exit 143; fi
command_inside &
child=$!
if [ -n "$asked" ]; then kill -TERM -1 2>/dev/null; fi
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || exit "$code"
done
