#!/usr/bin/env bash
# What scripts for OPUS do with curl: Basic with a user name and a token, a form with PHASE=RUN, polling of /phase,
# results by name, slashes at the end, control by POST. Arguments: base URL of the server, an API token.
set -uo pipefail
base=$1
token=$2
jobs=$base/rest/session
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checks=0

ask() { curl --silent --show-error --max-time 30 --user "admin:$token" "$@"; }
status() { ask --output /dev/null --write-out '%{http_code}' "$@"; }
location() { ask --output /dev/null --write-out '%{redirect_url}' "$@"; }
check() {
  checks=$((checks + 1))
  if [ "$2" = "$3" ]; then echo "ok   $1"; else
    echo "FAIL $1: \"$2\" instead of \"$3\""
    exit 1
  fi
}
has() {
  case $2 in *"$3"*) check "$1" yes yes ;; *) check "$1" "$2" "… $3 …" ;; esac
}
until_ended() {
  local phase=
  for _ in $(seq 100); do
    phase=$(ask "$1/phase")
    case $phase in PENDING | QUEUED | EXECUTING | HELD | SUSPENDED) sleep 0.2 ;; *) break ;; esac
  done
  printf '%s' "$phase"
}

printf 'some bytes\0and more' >"$folder/in put.bin"
job=$(location --form 'QUERY=two words' --form "FILE=@$folder/in put.bin" --form PHASE=RUN "$jobs")
has 'a form with a file and PHASE=RUN makes a job' "$job" "$jobs/"
check 'polling sees its end' "$(until_ended "$job")" COMPLETED
has 'its document is XML with the prefix uws' "$(ask "$job")" '<uws:phase>COMPLETED</uws:phase>'
check 'its media type' "$(ask --output /dev/null --write-out '%{content_type}' "$job" | cut -d';' -f1)" application/xml
has 'a result by its name' "$(ask --location "$job/results/result")" '<TD>two words</TD>'
ask --location --output "$folder/back" "$job/results/copy"
check 'the uploaded bytes come back as a result' "$(sha256sum <"$folder/back")" "$(sha256sum <"$folder/in put.bin")"
ask --location --output "$folder/input" "$job/parameters/FILE"
check 'and as the parameter' "$(sha256sum <"$folder/input")" "$(sha256sum <"$folder/in put.bin")"
check 'stdout is a result' "$(ask --location "$job/results/stdout")" "$(printf 'begin\nend')"
for part in phase executionduration destruction owner quote error parameters results; do
  check "$part with a slash at its end" "$(status "$job/$part/")" 200
done
check 'a job with a slash at its end' "$(status "$job/")" 200
check 'the list with a slash at its end' "$(status "$jobs/")" 200
check 'the owner' "$(ask "$job/owner")" admin

job=$(location --data-urlencode 'QUERY=$(touch /tmp/no) `id` "quoted" '"'single'" --data runId=R1 \
  --data executionDuration=30 --data destruction=2027-01-01T00:00:00 "$jobs/")
check 'a form sent to the list with a slash makes a job' "$(ask "$job/phase")" PENDING
check 'it has the duration it asked for' "$(ask "$job/executionduration")" 30
has 'and the destruction time' "$(ask "$job/destruction")" 2027-01-01T00:00:00
has 'and the run id' "$(ask "$job")" '<uws:runId>R1</uws:runId>'
check 'a parameter is set with VALUE' "$(status --data VALUE=0.1 "$job/parameters/SECONDS_TO_WAIT")" 303
check 'and by PUT' "$(status --request PUT --data-binary 0 "$job/parameters/SECONDS_TO_WAIT")" 303
check 'PHASE may stand in the address' "$(status --request POST "$job/phase?PHASE=RUN")" 303
check 'it ends well' "$(until_ended "$job")" COMPLETED
has 'a value never becomes code' "$(ask "$job/results/result")" '<TD>$(touch /tmp/no) `id` "quoted" '"'single'</TD>"

job=$(location --data SECONDS_TO_WAIT=60 --data phase=run "$jobs")
check 'lower case phase=run starts it' "$(ask "$job/phase" | sed 's/^\(QUEUED\|EXECUTING\)$/started/')" started
check 'abort' "$(status --data PHASE=ABORT "$job/phase")" 303
check 'it is ABORTED' "$(ask "$job/phase")" ABORTED
check 'RUN of an ended job' "$(status --data PHASE=RUN "$job/phase")" 403
check 'ACTION=DELETE' "$(status --data ACTION=DELETE "$job")" 303
check 'it is gone' "$(status "$job")" 404
job=$(location --data QUERY=x "$jobs")
check 'DELETE' "$(status --request DELETE "$job")" 303
check 'it is gone as well' "$(status "$job/phase")" 404

check 'a bad phase' "$(status "$jobs?PHASE=SUCCESS")" 400
check 'LAST=0' "$(status "$jobs?LAST=0")" 400
check 'an unknown list' "$(status "$base/rest/nothing")" 404
check 'an unknown part of a job list' "$(status "$jobs/nosuchjob/phase")" 404
check 'without a token' "$(curl --silent --output /dev/null --write-out '%{http_code}' "$jobs")" 401
check 'with a wrong one' "$(curl --silent --output /dev/null --write-out '%{http_code}' --user admin:wrong "$jobs")" 401
check 'as Bearer' "$(curl --silent --output /dev/null --write-out '%{http_code}' --header "Authorization: Bearer $token" "$jobs")" 200
check 'HEAD' "$(status --head "$jobs")" 200
echo "curl: $checks checks"
