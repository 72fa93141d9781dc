#!/bin/sh
# Starts pilot3 in the work folder of a run, from a copy of its own: on some ways out it deletes the folder it was
# started from. Usage: start.sh PYTHON CHECKOUT OPTIONS…
set -u
# At the end of a job pilot3 ends what belongs to its user and has no parent. Without a process namespace of this run
# those would be services and the work of others. Process 1 of such a namespace is the program that made it.
case $(tr '\0' ' ' </proc/1/cmdline) in
*/compute/local/inside.sh\ *) ;;
*)
  echo 'pilot3 is not started: this run has no process namespace of its own, and it would end processes of others.' >&2
  exit 70
  ;;
esac
if [ "${PILOT_NOKILL:-}" != 1 ]; then
  echo 'pilot3 is not started: PILOT_NOKILL is not 1.' >&2
  exit 70
fi
python=$1
checkout=$2
shift 2
here=$PWD
export PATH="$here/bin:$PATH" CURL_HOME="$here"
unset X509_USER_PROXY HARVESTER_WORKDIR
mkdir -p pilot3 work || exit 71
cp -R "$checkout/pilot" "$checkout"/*.py "$checkout/PILOTVERSION" pilot3/ || exit 71
cd pilot3 || exit 71
# Its words go where the last words of a pilot are looked for.
exec "$python" pilot.py "$@" >&2
