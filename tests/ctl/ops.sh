#!/bin/sh
# What operators do with etcdctl, as they write it: run with etcdctl in PATH and ETCDCTL_ENDPOINTS set, in an empty
# directory, against a fresh member. Each step compares what it parses; the first one that differs ends the script.
set -eu

step=0
# is EXPECTED ACTUAL WHAT
is() {
    step=$((step + 1))
    if [ "$1" != "$2" ]; then
        echo "step $step, $3: expected [$1], got [$2]" >&2
        exit 1
    fi
}

# wait_for FILE PATTERN
wait_for() {
    tries=0
    until grep -q "$2" "$1"; do
        tries=$((tries + 1))
        [ "$tries" -lt 2400 ] || { echo "no [$2] in $1" >&2; cat "$1" >&2; exit 1; }
        sleep 0.05
    done
}

# The cluster is up.
etcdctl version | grep -q '^etcdctl version: 3\.' || exit 1
is 1 "$(etcdctl endpoint health 2>&1 | grep -c 'is healthy: successfully committed proposal: took = ')" health
is true "$(etcdctl endpoint status -w json | grep -o '"raftTerm":[0-9]*' | head -n 1 | awk -F: '{ print ($2 > 0) ? "true" : "false" }')" "raft term"
member=$(etcdctl member list | awk -F', ' 'NR == 1 { print $1 }')
is started "$(etcdctl member list | awk -F', ' -v id="$member" '$1 == id { print $2 }')" "member list"
is 1 "$(etcdctl member list -w table | grep -c started)" "member table"
is "$member" "$(etcdctl endpoint status | awk -F', ' '{ print $2 }')" "endpoint status"

# A configuration is written, read and changed.
is OK "$(etcdctl put /app/config/host db1.example.com)" put
etcdctl put /app/config/port 5432 >/dev/null
printf '{"debug": false}' | etcdctl put /app/config/json >/dev/null
is db1.example.com "$(etcdctl get /app/config/host --print-value-only)" get
is '{"debug": false}' "$(etcdctl get /app/config/json --print-value-only)" "value from stdin"
is "/app/config/host /app/config/json /app/config/port" "$(etcdctl get /app/config/ --prefix --keys-only | grep . | tr '\n' ' ' | sed 's/ $//')" keys
is 3 "$(etcdctl get /app/ --prefix --count-only -w fields | awk '/"Count"/ { print $3 }')" count
is 5432 "$(etcdctl get /app/config/port -w json | grep -o '"value":"[^"]*"' | cut -d'"' -f4 | base64 -d)" "value from JSON"
revision=$(etcdctl get /app/config/host -w json | grep -o '"mod_revision":[0-9]*' | cut -d: -f2)
is "OK /app/config/host db1.example.com" "$(etcdctl put /app/config/host db2.example.com --prev-kv | tr '\n' ' ' | sed 's/ $//')" "previous value"
is db1.example.com "$(etcdctl get /app/config/host --rev "$revision" --print-value-only)" "old revision"
is "" "$(etcdctl get /app/config/none)" "missing key"
is /app/config/port "$(etcdctl get /app/config/ --prefix --order DESCEND --limit 1 --keys-only | grep .)" "last key"

# Compare and swap.
swap() {
    printf 'value("/app/lock") = "%s"\n\nput /app/lock "%s"\n\nget /app/lock\n\n' "$1" "$2" | etcdctl txn | head -n 1
}
etcdctl put /app/lock free >/dev/null
is SUCCESS "$(swap free worker-1)" "first swap"
is FAILURE "$(swap free worker-2)" "second swap"
is worker-1 "$(etcdctl get /app/lock --print-value-only)" "holder"

# A watch sees what happens, and runs a command for it.
etcdctl watch /app/events/ --prefix >watch.out &
watcher=$!
etcdctl watch /app/events/hook -- sh -c 'echo "hook $ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_VALUE"' >hook.out &
hook=$!
# Until both watches are there.
until grep -q ready watch.out && grep -q '"ready"' hook.out; do
    etcdctl put /app/events/hook ready >/dev/null
done
etcdctl put /app/events/a 1 >/dev/null
etcdctl del /app/events/a >/dev/null
etcdctl put /app/events/hook done >/dev/null
wait_for watch.out '^done$'
wait_for hook.out 'hook "PUT" "done"'
is "PUT /app/events/a 1 DELETE /app/events/a" "$(grep -v -e '^$' watch.out | sed -n '/events\/a$/,$p' | sed '1s/^/PUT\n/' | head -n 5 | tr '\n' ' ' | sed 's/ $//')" events
kill "$watcher" "$hook"

# Leases: keys that end with their owner.
lease=$(etcdctl lease grant 300 | awk '{ print $2 }')
is 16 "$(printf %s "$lease" | wc -c | tr -d ' ')" "lease id"
etcdctl put /app/session/1 up --lease="$lease" >/dev/null
is 'attached keys([/app/session/1])' "$(etcdctl lease timetolive "$lease" --keys | sed 's/.*, //')" "lease keys"
is "TTL(300)" "$(etcdctl lease keep-alive --once "$lease" | awk '{ print $NF }')" keep-alive
is 1 "$(etcdctl lease list | grep -c "^$lease\$")" "lease list"
is "lease $lease revoked" "$(etcdctl lease revoke "$lease")" revoke
is "" "$(etcdctl get /app/session/1)" "key of the lease"
is "lease $lease already expired" "$(etcdctl lease timetolive "$lease")" "expired lease"

# One at a time: a lock around a command, with its exit code.
is "in the lock app/job" "$(etcdctl lock app/job -- sh -c 'echo "in the lock ${ETCD_LOCK_KEY%/*}"')" lock
code=0
etcdctl lock app/job -- sh -c 'exit 7' 2>lock.err || code=$?
is 7 "$code" "exit code of the locked command"
is "Error: exit status 7" "$(tail -n 1 lock.err)" "message of the locked command"

# A leader is elected, and gives up.
etcdctl elect app/leader candidate-1 >elect.out &
candidate=$!
wait_for elect.out candidate-1
is candidate-1 "$(etcdctl get app/leader/ --prefix --print-value-only)" leader
kill -TERM "$candidate"
wait "$candidate"
is "" "$(etcdctl get app/leader/ --prefix)" "no leader"

# Users and roles.
is "User root created" "$(etcdctl user add root:secret)" "root user"
etcdctl user grant-role root root >/dev/null 2>&1 || { etcdctl role add root && etcdctl user grant-role root root; } >/dev/null
is "Role app created" "$(etcdctl role add app)" role
is "Role app updated" "$(etcdctl role grant-permission app readwrite /app/ --prefix=true)" permission
printf 'pw\n' | etcdctl user add ann --interactive=false >/dev/null
is "Role app is granted to user ann" "$(etcdctl user grant-role ann app)" "granted role"
is "Roles: app" "$(etcdctl user get ann | grep Roles)" "user get"
is 2 "$(etcdctl role get app | grep -c 'prefix /app/')" "role get"
is "Authentication Enabled" "$(etcdctl auth enable)" "auth enable"
code=0
etcdctl get /app/config/host 2>anonymous.err || code=$?
is 1 "$code" "exit code without a login"
is "Error: etcdserver: user name is empty" "$(tail -n 1 anonymous.err)" "message without a login"
is db2.example.com "$(ETCDCTL_USER=ann:pw etcdctl get /app/config/host --print-value-only)" "as ann"
code=0
etcdctl --user ann:pw put /other x 2>denied.err || code=$?
is "1 Error: etcdserver: permission denied" "$code $(tail -n 1 denied.err)" denied
is "ann root" "$(etcdctl --user root --password secret user list | tr '\n' ' ' | sed 's/ $//')" users
is "Authentication Disabled" "$(etcdctl --user root:secret auth disable)" "auth disable"
is "User ann deleted" "$(etcdctl user delete ann)" "user delete"
is "Role app deleted" "$(etcdctl role delete app)" "role delete"

# Maintenance: history, space, a backup.
revision=$(etcdctl endpoint status -w json | grep -o '"revision":[0-9]*' | head -n 1 | cut -d: -f2)
is "compacted revision $revision" "$(etcdctl compaction "$revision")" compaction
code=0
etcdctl get /app/config/host --rev 2 2>old.err || code=$?
is "1 Error: etcdserver: mvcc: required revision has been compacted" "$code $(tail -n 1 old.err)" "compacted revision"
is 1 "$(etcdctl defrag 2>&1 | grep -c '^Finished defragmenting etcd member\[')" defrag
is "" "$(etcdctl alarm list)" alarms
etcdctl alarm disarm
is "Snapshot saved at backup.db" "$(etcdctl snapshot save backup.db 2>snapshot.err | head -n 1)" snapshot
is 32 "$(($(wc -c <backup.db) % 512))" "size of the snapshot"
hash=$(etcdctl endpoint hashkv | awk -F', ' '{ print $2 }')
is "$hash" "$(etcdctl endpoint hashkv -w json | grep -o '"hash":[0-9]*' | cut -d: -f2)" hash

# All is cleaned up.
is 4 "$(etcdctl del /app/config/ --prefix --prev-kv | head -n 1 | awk '{ print $1 + 1 }')" "deleted keys"
etcdctl del / --prefix >/dev/null
is 0 "$(etcdctl get '' --prefix --keys-only | grep -c . || true)" "no keys"
echo "$step steps"
