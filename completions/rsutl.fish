# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rsutl_global_optspecs
    string join \n w/write-out= timeout=
end

function __fish_rsutl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rsutl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rsutl_using_subcommand
    set -l cmd (__fish_rsutl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rsutl -n "__fish_rsutl_needs_command" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_needs_command" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "snapshot" -d 'Snapshot related commands'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "hashkv" -d 'Print the hash of the key space\'s history in a snapshot or a database'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "defrag" -d 'Write the database of a stopped member anew, without free space'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "migrate" -d 'Bring the database of a stopped member to another storage version'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "wal" -d 'Print the entries of the write-ahead log, repair it, keep a copy of it'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "db" -d 'Print buckets and rows of a backend'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "keys" -d 'List the keys that existed at a revision'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "get" -d 'Get a key, or the keys with a prefix, as they were at a revision'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "du" -d 'Show the space that keys take, by prefix, the largest first'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "list-bucket" -d 'List the names of all buckets'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "iterate-bucket" -d 'Print the rows of a bucket, the last one first'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "hash" -d 'Print the checksum over all buckets, without what differs between members'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "scan-keys" -d 'Print the changes of keys from a revision on, found in all leaf pages of a file that may be damaged'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "verify" -d 'Check a data directory or a snapshot file, of rsetcd or of etcd'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "restore" -d 'Make a data directory from a snapshot and the log after it'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "backup" -d 'Copy a stopped member\'s data directory, without its members (as etcd 3.5 did)'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "adopt" -d 'Take over the data directory of a stopped etcd, in place'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "export" -d 'Write the data of a stopped member as a data directory of etcd'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "version" -d 'Print the version'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "help" -d 'Help about any command'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status restore extract" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status restore extract" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status restore extract" -f -a "status" -d 'Check a snapshot or a database, and tell what it holds'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status restore extract" -f -a "restore" -d 'Make a data directory from a snapshot'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status restore extract" -f -a "extract" -d 'Write a new snapshot with some buckets of another, or with the keys that begin so'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l data-dir -d 'Data directory to make [default: NAME.etcd]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l wal-dir -d 'Directory of the write-ahead log to make [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l backend -d 'For whom: lmdb is rsetcd, bbolt is etcd' -r -f -a "lmdb\t''
bbolt\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l initial-memory-map-size -d 'For etcdutl\'s sake; memory is taken as it is needed' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l name -d 'Name of the member' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l initial-cluster -d 'All members of the new cluster, as NAME=URL, separated by commas' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l initial-cluster-token -d 'Token of the new cluster' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l initial-advertise-peer-urls -d 'Peer URLs of this member, separated by commas' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l bump-revision -d 'Move the revision on by so much, so that no client meets one again with other content' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l skip-hash-check -d 'Do not look at the SHA-256 behind the snapshot; a database copied from a data directory has none'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l mark-compacted -d 'Mark everything before the moved revision as compacted, which ends all watches; needed with --bump-revision'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from extract" -l bucket -d 'Only this bucket; can be given several times' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from extract" -l prefix -d 'Only keys that begin so' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from extract" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from extract" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand hashkv" -l rev -d 'Revision up to which rows count; 0 is the newest' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand hashkv" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand hashkv" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand defrag" -l data-dir -d 'Data directory of a member that does not run' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand defrag" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand defrag" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l data-dir -d 'Data directory of a member that does not run' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l target-version -d 'The storage version to have: 3.5, 3.6 or 3.7' -r -f -a "3.5\t''
3.6\t''
3.7\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l force -d 'Set the version even if nothing leads to it'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l start-snap -d 'Base name of the snapshot file to start from [default: the newest]' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l start-index -d 'Index of the first entry to print' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l end-index -d 'Index of the first entry not to print' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l entry-type -d 'Kinds of entries to print, separated by commas: ConfigChange, Normal, Request, InternalRaftRequest, IRRRange, IRRPut, IRRDeleteRange, IRRTxn, IRRCompaction, IRRLeaseGrant, IRRLeaseRevoke, IRRLeaseCheckpoint' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l key-prefix -d 'Print only entries that name a key with this prefix, in a txn\'s comparisons and branches too' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l stream-decoder -d 'Program that gets the data of each entry as a line of hex, and answers a line STATUS|DATA' -r -f -a "(__fish_complete_command)"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l raw -d 'Print records instead of entries'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -a "repair" -d 'Cut a torn tail off the write-ahead log, or give up what is behind damage'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -a "archive" -d 'Copy finished segments of the write-ahead log to an archive'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -l discard-after -d 'Give up all entries behind this index, even acknowledged ones' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -l follow -d 'Go on until SIGINT or SIGTERM, and copy the records of the newest segment too, at least each second'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -f -a "list-bucket" -d 'List the names of all buckets'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -f -a "iterate-bucket" -d 'Print the rows of a bucket, the last one first'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -f -a "rows" -d 'Print the rows of some or all buckets in their order'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -f -a "hash" -d 'Print the checksum over all buckets, without what differs between members'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket rows hash scan-keys" -f -a "scan-keys" -d 'Print the changes of keys from a revision on, found in all leaf pages of a file that may be damaged'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from list-bucket" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from list-bucket" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from list-bucket" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l limit -d 'Rows to print; 0 is all' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l prefix -d 'Only keys that begin so; in bucket key those of clients, not the revisions' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l from-revision -d 'Bucket key: only from this revision on' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l to-revision -d 'Bucket key: only up to this revision' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l decode -d 'Print the fields of keys and values instead of their bytes'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l live-only -d 'Bucket key: only the newest row of each key that exists'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l bucket -d 'Only this bucket; can be given several times' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l limit -d 'Rows to print; 0 is all' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l prefix -d 'Only keys that begin so; in bucket key those of clients, not the revisions' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l from-revision -d 'Bucket key: only from this revision on' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l to-revision -d 'Bucket key: only up to this revision' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l decode -d 'Print the fields of keys and values instead of their bytes'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l live-only -d 'Bucket key: only the newest row of each key that exists'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from rows" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from hash" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from hash" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from hash" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from scan-keys" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from scan-keys" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l data-dir -d 'Data directory of a stopped member, of etcd or rsetcd' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l snapshot -d 'Snapshot, or another file that is a backend: etcd\'s db, LMDB\'s data.mdb' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l wal-dir -d 'Directory of the member\'s log [default: DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l prefix -d 'Only keys that begin so' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l at-revision -d 'Revision to look at; 0 for the newest' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l backend-only -d 'Leave out what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand keys" -l count-only -d 'Print only how many there are'
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l data-dir -d 'Data directory of a stopped member, of etcd or rsetcd' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l snapshot -d 'Snapshot, or another file that is a backend: etcd\'s db, LMDB\'s data.mdb' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l wal-dir -d 'Directory of the member\'s log [default: DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l rev -d 'Revision to read at; 0 for the newest' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l backend-only -d 'Leave out what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l prefix -d 'Get the keys that begin with KEY'
complete -c rsutl -n "__fish_rsutl_using_subcommand get" -l print-value-only -d 'Print only values (with -w simple)'
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l data-dir -d 'Data directory of a stopped member, of etcd or rsetcd' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l snapshot -d 'Snapshot, or another file that is a backend: etcd\'s db, LMDB\'s data.mdb' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l wal-dir -d 'Directory of the member\'s log [default: DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l depth -d 'Levels to tell apart' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l delimiter -d 'What parts keys' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand du" -l backend-only -d 'Leave out what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand list-bucket" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand list-bucket" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand list-bucket" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l limit -d 'Rows to print; 0 is all' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l prefix -d 'Only keys that begin so; in bucket key those of clients, not the revisions' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l from-revision -d 'Bucket key: only from this revision on' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l to-revision -d 'Bucket key: only up to this revision' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l decode -d 'Print the fields of keys and values instead of their bytes'
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l live-only -d 'Bucket key: only the newest row of each key that exists'
complete -c rsutl -n "__fish_rsutl_using_subcommand iterate-bucket" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand hash" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand hash" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand hash" -l with-wal -d 'With what the log has committed and the backend does not have yet'
complete -c rsutl -n "__fish_rsutl_using_subcommand scan-keys" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand scan-keys" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -l wal-dir -d 'Directory of the segments [default: PATH/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -l compare -d 'Check the data directories of other members, too, and that all agree; each with its log in member/wal' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -l deep -d 'Compute everything anew: hashes, the index, and the state by applying the log in a scratch directory'
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l snapshot -d 'Snapshot to begin with; a log that begins with its first entry needs none' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l wal -d 'Write-ahead log after it: that of a member, or an archive made by `rsutl wal archive`' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l to-revision -d 'Stop at this revision' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l to-index -d 'Stop at the entry of this index' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l data-dir -d 'Data directory to make [default: NAME.etcd]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l wal-dir -d 'Directory of the write-ahead log to make [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l backend -d 'For whom: lmdb is rsetcd, bbolt is etcd' -r -f -a "lmdb\t''
bbolt\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l initial-memory-map-size -d 'For etcdutl\'s sake; memory is taken as it is needed' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l name -d 'Name of the member' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l initial-cluster -d 'All members of the new cluster, as NAME=URL, separated by commas' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l initial-cluster-token -d 'Token of the new cluster' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l initial-advertise-peer-urls -d 'Peer URLs of this member, separated by commas' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l bump-revision -d 'Move the revision on by so much, so that no client meets one again with other content' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l keep-identity -d 'Go on as the member whose log it is, in its cluster; to be done for all its members, at the same index'
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l skip-hash-check -d 'Do not look at the SHA-256 behind the snapshot; a database copied from a data directory has none'
complete -c rsutl -n "__fish_rsutl_using_subcommand restore" -l mark-compacted -d 'Mark everything before the moved revision as compacted, which ends all watches; needed with --bump-revision'
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -l data-dir -d 'Data directory' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -l wal-dir -d 'Directory of its write-ahead log [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -l backup-dir -d 'Directory to make' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -l backup-wal-dir -d 'Directory of the write-ahead log to make [default: BACKUP_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand backup" -l with-v3 -d 'Whether keys, leases, users and roles go along'
complete -c rsutl -n "__fish_rsutl_using_subcommand adopt" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand adopt" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand adopt" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand adopt" -l discard -d 'Remove what etcd left, after a look whether the data of rsetcd are sound'
complete -c rsutl -n "__fish_rsutl_using_subcommand adopt" -l ignore-v2-data -d 'Leave out data of the v2 API, where there are any'
complete -c rsutl -n "__fish_rsutl_using_subcommand export" -l target-version -d 'Release of etcd that is to run on it: 3.5, 3.6 or 3.7' -r -f -a "3.5\t''
3.6\t''
3.7\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand export" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -f -a "(__fish_complete_directories)"
complete -c rsutl -n "__fish_rsutl_using_subcommand export" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand export" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand version" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand version" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand completion" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand completion" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand help" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''"
complete -c rsutl -n "__fish_rsutl_using_subcommand help" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r -f
complete -c rsutl -n "__fish_rsutl_using_subcommand completion" -f -a "bash zsh fish powershell"
complete -c rsutl -n "__fish_rsutl_using_subcommand help" -f -a "snapshot hashkv defrag migrate wal db keys get du list-bucket iterate-bucket hash scan-keys verify restore backup adopt export version completion help"
