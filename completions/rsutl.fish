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

complete -c rsutl -n "__fish_rsutl_needs_command" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_needs_command" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "snapshot" -d 'Snapshot related commands'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "hashkv" -d 'Print the hash of the key space\'s history in a snapshot or a database'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "defrag" -d 'Write the database of a stopped member anew, without free space'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "migrate" -d 'Bring the database of a stopped member to another storage version'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "wal" -d 'Print the entries of the write-ahead log, repair it, keep a copy of it'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "db" -d 'Print buckets and rows of a data directory\'s backend'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "verify" -d 'Check a data directory: write-ahead log, snapshot files, backend'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "version" -d 'Print the version'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c rsutl -n "__fish_rsutl_needs_command" -f -a "help" -d 'Help about any command'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and not __fish_seen_subcommand_from status" -f -a "status" -d 'Check a snapshot or a database, and tell what it holds'
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand snapshot; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand hashkv" -l rev -d 'Revision up to which rows count; 0 is the newest' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand hashkv" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand hashkv" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand defrag" -l data-dir -d 'Data directory of a member that does not run' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand defrag" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand defrag" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l data-dir -d 'Data directory of a member that does not run' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l target-version -d 'The storage version to have: 3.5, 3.6 or 3.7' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand migrate" -l force -d 'Set the version even if nothing leads to it'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l start-snap -d 'Base name of the snapshot file to start from [default: the newest]' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l start-index -d 'Index of the first entry to print' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l end-index -d 'Index of the first entry not to print' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l entry-type -d 'Kinds of entries to print, separated by commas: ConfigChange, Normal, Request, InternalRaftRequest, IRRRange, IRRPut, IRRDeleteRange, IRRTxn, IRRCompaction, IRRLeaseGrant, IRRLeaseRevoke, IRRLeaseCheckpoint' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l key-prefix -d 'Print only entries that name a key with this prefix, in a txn\'s comparisons and branches too' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l stream-decoder -d 'Program that gets the data of each entry as a line of hex, and answers a line STATUS|DATA' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -l raw -d 'Print records instead of entries'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -a "repair" -d 'Cut a torn tail off the write-ahead log, or give up what is behind damage'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and not __fish_seen_subcommand_from repair archive" -a "archive" -d 'Copy finished segments of the write-ahead log to an archive'
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -l discard-after -d 'Give up all entries behind this index, even acknowledged ones' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from repair" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand wal; and __fish_seen_subcommand_from archive" -l follow -d 'Go on until SIGINT or SIGTERM, and copy the records of the newest segment too, at least each second'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket hash" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket hash" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket hash" -f -a "list-bucket" -d 'List the names of all buckets'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket hash" -f -a "iterate-bucket" -d 'Print the rows of a bucket, the last one first'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and not __fish_seen_subcommand_from list-bucket iterate-bucket hash" -f -a "hash" -d 'Print the checksum over all buckets'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from list-bucket" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from list-bucket" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l limit -d 'Rows to print; 0 is all' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from iterate-bucket" -l decode -d 'Print the fields of keys and values instead of their bytes'
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from hash" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand db; and __fish_seen_subcommand_from hash" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -l wal-dir -d 'Directory of the segments [default: DATA_DIR/member/wal]' -r -F
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand verify" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand version" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand version" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand completion" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand completion" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand help" -s w -l write-out -d 'Set the output format (fields, json, protobuf, simple, table)' -r
complete -c rsutl -n "__fish_rsutl_using_subcommand help" -l timeout -d 'How long to wait for the lock on a database; 0 is for ever' -r
