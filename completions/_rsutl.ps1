
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'rsutl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'rsutl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    # A value is asked for after the name of its flag, or behind that and `=`.
    $before = @($commandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition })
    $flag = if ($before.Count -gt 1) { $before[-1].Extent.Text } else { '' }
    $head = ''
    if ($wordToComplete -match '^(--?[a-z-]+)=') {
        $flag = $Matches[1]
        $head = $Matches[0]
    }
    $values = @(switch ($flag) {
        { $_ -cin '-w', '--write-out' } { 'simple', 'json', 'fields', 'table', 'protobuf'; break }
        { $_ -cin '--backend' } { 'lmdb', 'bbolt'; break }
        { $_ -cin '--target-version' } { '3.5', '3.6', '3.7'; break }
    })
    if ($values.Count -gt 0) {
        return $values.Where{ "$head$_" -like "$wordToComplete*" }.ForEach{
            [CompletionResult]::new("$head$_", $_, [CompletionResultType]::ParameterValue, $_)
        }
    }
    if ($flag -cin '--timeout', '--data-dir', '--wal-dir', '--initial-memory-map-size', '--name', '--initial-cluster', '--initial-cluster-token', '--initial-advertise-peer-urls', '--bump-revision', '--bucket', '--prefix', '--rev', '--start-snap', '--start-index', '--end-index', '--entry-type', '--key-prefix', '--stream-decoder', '--discard-after', '--limit', '--from-revision', '--to-revision', '--snapshot', '--at-revision', '--depth', '--delimiter', '--compare', '--wal', '--to-index', '--backup-dir', '--backup-wal-dir') {
        return
    }

    $completions = @(switch ($command) {
        'rsutl' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Snapshot related commands')
            [CompletionResult]::new('hashkv', 'hashkv', [CompletionResultType]::ParameterValue, 'Print the hash of the key space''s history in a snapshot or a database')
            [CompletionResult]::new('defrag', 'defrag', [CompletionResultType]::ParameterValue, 'Write the database of a stopped member anew, without free space')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Bring the database of a stopped member to another storage version')
            [CompletionResult]::new('wal', 'wal', [CompletionResultType]::ParameterValue, 'Print the entries of the write-ahead log, repair it, keep a copy of it')
            [CompletionResult]::new('db', 'db', [CompletionResultType]::ParameterValue, 'Print buckets and rows of a backend')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'List the keys that existed at a revision')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Get a key, or the keys with a prefix, as they were at a revision')
            [CompletionResult]::new('du', 'du', [CompletionResultType]::ParameterValue, 'Show the space that keys take, by prefix, the largest first')
            [CompletionResult]::new('list-bucket', 'list-bucket', [CompletionResultType]::ParameterValue, 'List the names of all buckets')
            [CompletionResult]::new('iterate-bucket', 'iterate-bucket', [CompletionResultType]::ParameterValue, 'Print the rows of a bucket, the last one first')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print the checksum over all buckets, without what differs between members')
            [CompletionResult]::new('scan-keys', 'scan-keys', [CompletionResultType]::ParameterValue, 'Print the changes of keys from a revision on, found in all leaf pages of a file that may be damaged')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check a data directory or a snapshot file, of rsetcd or of etcd')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Make a data directory from a snapshot and the log after it')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Copy a stopped member''s data directory, without its members (as etcd 3.5 did)')
            [CompletionResult]::new('adopt', 'adopt', [CompletionResultType]::ParameterValue, 'Take over the data directory of a stopped etcd, in place')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write the data of a stopped member as a data directory of etcd')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Help about any command')
            break
        }
        'rsutl;snapshot' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Check a snapshot or a database, and tell what it holds')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Make a data directory from a snapshot')
            [CompletionResult]::new('extract', 'extract', [CompletionResultType]::ParameterValue, 'Write a new snapshot with some buckets of another, or with the keys that begin so')
            break
        }
        'rsutl;snapshot;status' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;snapshot;restore' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory to make [default: NAME.etcd]')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the write-ahead log to make [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('--backend', '--backend', [CompletionResultType]::ParameterName, 'For whom: lmdb is rsetcd, bbolt is etcd')
            [CompletionResult]::new('--initial-memory-map-size', '--initial-memory-map-size', [CompletionResultType]::ParameterName, 'For etcdutl''s sake; memory is taken as it is needed')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the member')
            [CompletionResult]::new('--initial-cluster', '--initial-cluster', [CompletionResultType]::ParameterName, 'All members of the new cluster, as NAME=URL, separated by commas')
            [CompletionResult]::new('--initial-cluster-token', '--initial-cluster-token', [CompletionResultType]::ParameterName, 'Token of the new cluster')
            [CompletionResult]::new('--initial-advertise-peer-urls', '--initial-advertise-peer-urls', [CompletionResultType]::ParameterName, 'Peer URLs of this member, separated by commas')
            [CompletionResult]::new('--bump-revision', '--bump-revision', [CompletionResultType]::ParameterName, 'Move the revision on by so much, so that no client meets one again with other content')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--skip-hash-check', '--skip-hash-check', [CompletionResultType]::ParameterName, 'Do not look at the SHA-256 behind the snapshot; a database copied from a data directory has none')
            [CompletionResult]::new('--mark-compacted', '--mark-compacted', [CompletionResultType]::ParameterName, 'Mark everything before the moved revision as compacted, which ends all watches; needed with --bump-revision')
            break
        }
        'rsutl;snapshot;extract' {
            [CompletionResult]::new('--bucket', '--bucket', [CompletionResultType]::ParameterName, 'Only this bucket; can be given several times')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only keys that begin so')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;hashkv' {
            [CompletionResult]::new('--rev', '--rev', [CompletionResultType]::ParameterName, 'Revision up to which rows count; 0 is the newest')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;defrag' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory of a member that does not run')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;migrate' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory of a member that does not run')
            [CompletionResult]::new('--target-version', '--target-version', [CompletionResultType]::ParameterName, 'The storage version to have: 3.5, 3.6 or 3.7')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Set the version even if nothing leads to it')
            break
        }
        'rsutl;wal' {
            [CompletionResult]::new('--start-snap', '--start-snap', [CompletionResultType]::ParameterName, 'Base name of the snapshot file to start from [default: the newest]')
            [CompletionResult]::new('--start-index', '--start-index', [CompletionResultType]::ParameterName, 'Index of the first entry to print')
            [CompletionResult]::new('--end-index', '--end-index', [CompletionResultType]::ParameterName, 'Index of the first entry not to print')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the segments [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('--entry-type', '--entry-type', [CompletionResultType]::ParameterName, 'Kinds of entries to print, separated by commas: ConfigChange, Normal, Request, InternalRaftRequest, IRRRange, IRRPut, IRRDeleteRange, IRRTxn, IRRCompaction, IRRLeaseGrant, IRRLeaseRevoke, IRRLeaseCheckpoint')
            [CompletionResult]::new('--key-prefix', '--key-prefix', [CompletionResultType]::ParameterName, 'Print only entries that name a key with this prefix, in a txn''s comparisons and branches too')
            [CompletionResult]::new('--stream-decoder', '--stream-decoder', [CompletionResultType]::ParameterName, 'Program that gets the data of each entry as a line of hex, and answers a line STATUS|DATA')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Print records instead of entries')
            [CompletionResult]::new('repair', 'repair', [CompletionResultType]::ParameterValue, 'Cut a torn tail off the write-ahead log, or give up what is behind damage')
            [CompletionResult]::new('archive', 'archive', [CompletionResultType]::ParameterValue, 'Copy finished segments of the write-ahead log to an archive')
            break
        }
        'rsutl;wal;repair' {
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the segments [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('--discard-after', '--discard-after', [CompletionResultType]::ParameterName, 'Give up all entries behind this index, even acknowledged ones')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;wal;archive' {
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the segments [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on until SIGINT or SIGTERM, and copy the records of the newest segment too, at least each second')
            break
        }
        'rsutl;db' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('list-bucket', 'list-bucket', [CompletionResultType]::ParameterValue, 'List the names of all buckets')
            [CompletionResult]::new('iterate-bucket', 'iterate-bucket', [CompletionResultType]::ParameterValue, 'Print the rows of a bucket, the last one first')
            [CompletionResult]::new('rows', 'rows', [CompletionResultType]::ParameterValue, 'Print the rows of some or all buckets in their order')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print the checksum over all buckets, without what differs between members')
            [CompletionResult]::new('scan-keys', 'scan-keys', [CompletionResultType]::ParameterValue, 'Print the changes of keys from a revision on, found in all leaf pages of a file that may be damaged')
            break
        }
        'rsutl;db;list-bucket' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;db;iterate-bucket' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Rows to print; 0 is all')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only keys that begin so; in bucket key those of clients, not the revisions')
            [CompletionResult]::new('--from-revision', '--from-revision', [CompletionResultType]::ParameterName, 'Bucket key: only from this revision on')
            [CompletionResult]::new('--to-revision', '--to-revision', [CompletionResultType]::ParameterName, 'Bucket key: only up to this revision')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Print the fields of keys and values instead of their bytes')
            [CompletionResult]::new('--live-only', '--live-only', [CompletionResultType]::ParameterName, 'Bucket key: only the newest row of each key that exists')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;db;rows' {
            [CompletionResult]::new('--bucket', '--bucket', [CompletionResultType]::ParameterName, 'Only this bucket; can be given several times')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Rows to print; 0 is all')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only keys that begin so; in bucket key those of clients, not the revisions')
            [CompletionResult]::new('--from-revision', '--from-revision', [CompletionResultType]::ParameterName, 'Bucket key: only from this revision on')
            [CompletionResult]::new('--to-revision', '--to-revision', [CompletionResultType]::ParameterName, 'Bucket key: only up to this revision')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Print the fields of keys and values instead of their bytes')
            [CompletionResult]::new('--live-only', '--live-only', [CompletionResultType]::ParameterName, 'Bucket key: only the newest row of each key that exists')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;db;hash' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;db;scan-keys' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;keys' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory of a stopped member, of etcd or rsetcd')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Snapshot, or another file that is a backend: etcd''s db, LMDB''s data.mdb')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the member''s log [default: DIR/member/wal]')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only keys that begin so')
            [CompletionResult]::new('--at-revision', '--at-revision', [CompletionResultType]::ParameterName, 'Revision to look at; 0 for the newest')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--backend-only', '--backend-only', [CompletionResultType]::ParameterName, 'Leave out what the log has committed and the backend does not have yet')
            [CompletionResult]::new('--count-only', '--count-only', [CompletionResultType]::ParameterName, 'Print only how many there are')
            break
        }
        'rsutl;get' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory of a stopped member, of etcd or rsetcd')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Snapshot, or another file that is a backend: etcd''s db, LMDB''s data.mdb')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the member''s log [default: DIR/member/wal]')
            [CompletionResult]::new('--rev', '--rev', [CompletionResultType]::ParameterName, 'Revision to read at; 0 for the newest')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--backend-only', '--backend-only', [CompletionResultType]::ParameterName, 'Leave out what the log has committed and the backend does not have yet')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Get the keys that begin with KEY')
            [CompletionResult]::new('--print-value-only', '--print-value-only', [CompletionResultType]::ParameterName, 'Print only values (with -w simple)')
            break
        }
        'rsutl;du' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory of a stopped member, of etcd or rsetcd')
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Snapshot, or another file that is a backend: etcd''s db, LMDB''s data.mdb')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the member''s log [default: DIR/member/wal]')
            [CompletionResult]::new('--depth', '--depth', [CompletionResultType]::ParameterName, 'Levels to tell apart')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'What parts keys')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--backend-only', '--backend-only', [CompletionResultType]::ParameterName, 'Leave out what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;list-bucket' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;iterate-bucket' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Rows to print; 0 is all')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Only keys that begin so; in bucket key those of clients, not the revisions')
            [CompletionResult]::new('--from-revision', '--from-revision', [CompletionResultType]::ParameterName, 'Bucket key: only from this revision on')
            [CompletionResult]::new('--to-revision', '--to-revision', [CompletionResultType]::ParameterName, 'Bucket key: only up to this revision')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Print the fields of keys and values instead of their bytes')
            [CompletionResult]::new('--live-only', '--live-only', [CompletionResultType]::ParameterName, 'Bucket key: only the newest row of each key that exists')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;hash' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--with-wal', '--with-wal', [CompletionResultType]::ParameterName, 'With what the log has committed and the backend does not have yet')
            break
        }
        'rsutl;scan-keys' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;verify' {
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the segments [default: PATH/member/wal]')
            [CompletionResult]::new('--compare', '--compare', [CompletionResultType]::ParameterName, 'Check the data directories of other members, too, and that all agree; each with its log in member/wal')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--deep', '--deep', [CompletionResultType]::ParameterName, 'Compute everything anew: hashes, the index, and the state by applying the log in a scratch directory')
            break
        }
        'rsutl;restore' {
            [CompletionResult]::new('--snapshot', '--snapshot', [CompletionResultType]::ParameterName, 'Snapshot to begin with; a log that begins with its first entry needs none')
            [CompletionResult]::new('--wal', '--wal', [CompletionResultType]::ParameterName, 'Write-ahead log after it: that of a member, or an archive made by `rsutl wal archive`')
            [CompletionResult]::new('--to-revision', '--to-revision', [CompletionResultType]::ParameterName, 'Stop at this revision')
            [CompletionResult]::new('--to-index', '--to-index', [CompletionResultType]::ParameterName, 'Stop at the entry of this index')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory to make [default: NAME.etcd]')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the write-ahead log to make [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('--backend', '--backend', [CompletionResultType]::ParameterName, 'For whom: lmdb is rsetcd, bbolt is etcd')
            [CompletionResult]::new('--initial-memory-map-size', '--initial-memory-map-size', [CompletionResultType]::ParameterName, 'For etcdutl''s sake; memory is taken as it is needed')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Name of the member')
            [CompletionResult]::new('--initial-cluster', '--initial-cluster', [CompletionResultType]::ParameterName, 'All members of the new cluster, as NAME=URL, separated by commas')
            [CompletionResult]::new('--initial-cluster-token', '--initial-cluster-token', [CompletionResultType]::ParameterName, 'Token of the new cluster')
            [CompletionResult]::new('--initial-advertise-peer-urls', '--initial-advertise-peer-urls', [CompletionResultType]::ParameterName, 'Peer URLs of this member, separated by commas')
            [CompletionResult]::new('--bump-revision', '--bump-revision', [CompletionResultType]::ParameterName, 'Move the revision on by so much, so that no client meets one again with other content')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--keep-identity', '--keep-identity', [CompletionResultType]::ParameterName, 'Go on as the member whose log it is, in its cluster; to be done for all its members, at the same index')
            [CompletionResult]::new('--skip-hash-check', '--skip-hash-check', [CompletionResultType]::ParameterName, 'Do not look at the SHA-256 behind the snapshot; a database copied from a data directory has none')
            [CompletionResult]::new('--mark-compacted', '--mark-compacted', [CompletionResultType]::ParameterName, 'Mark everything before the moved revision as compacted, which ends all watches; needed with --bump-revision')
            break
        }
        'rsutl;backup' {
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'Data directory')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of its write-ahead log [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('--backup-dir', '--backup-dir', [CompletionResultType]::ParameterName, 'Directory to make')
            [CompletionResult]::new('--backup-wal-dir', '--backup-wal-dir', [CompletionResultType]::ParameterName, 'Directory of the write-ahead log to make [default: BACKUP_DIR/member/wal]')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--with-v3', '--with-v3', [CompletionResultType]::ParameterName, 'Whether keys, leases, users and roles go along')
            break
        }
        'rsutl;adopt' {
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the segments [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--discard', '--discard', [CompletionResultType]::ParameterName, 'Remove what etcd left, after a look whether the data of rsetcd are sound')
            [CompletionResult]::new('--ignore-v2-data', '--ignore-v2-data', [CompletionResultType]::ParameterName, 'Leave out data of the v2 API, where there are any')
            break
        }
        'rsutl;export' {
            [CompletionResult]::new('--target-version', '--target-version', [CompletionResultType]::ParameterName, 'Release of etcd that is to run on it: 3.5, 3.6 or 3.7')
            [CompletionResult]::new('--wal-dir', '--wal-dir', [CompletionResultType]::ParameterName, 'Directory of the segments [default: DATA_DIR/member/wal]')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;version' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;completion' {
            [CompletionResult]::new('bash', 'bash', [CompletionResultType]::ParameterValue, 'bash')
            [CompletionResult]::new('zsh', 'zsh', [CompletionResultType]::ParameterValue, 'zsh')
            [CompletionResult]::new('fish', 'fish', [CompletionResultType]::ParameterValue, 'fish')
            [CompletionResult]::new('powershell', 'powershell', [CompletionResultType]::ParameterValue, 'powershell')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;help' {
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'snapshot')
            [CompletionResult]::new('hashkv', 'hashkv', [CompletionResultType]::ParameterValue, 'hashkv')
            [CompletionResult]::new('defrag', 'defrag', [CompletionResultType]::ParameterValue, 'defrag')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'migrate')
            [CompletionResult]::new('wal', 'wal', [CompletionResultType]::ParameterValue, 'wal')
            [CompletionResult]::new('db', 'db', [CompletionResultType]::ParameterValue, 'db')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'keys')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'get')
            [CompletionResult]::new('du', 'du', [CompletionResultType]::ParameterValue, 'du')
            [CompletionResult]::new('list-bucket', 'list-bucket', [CompletionResultType]::ParameterValue, 'list-bucket')
            [CompletionResult]::new('iterate-bucket', 'iterate-bucket', [CompletionResultType]::ParameterValue, 'iterate-bucket')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'hash')
            [CompletionResult]::new('scan-keys', 'scan-keys', [CompletionResultType]::ParameterValue, 'scan-keys')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'verify')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'restore')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'backup')
            [CompletionResult]::new('adopt', 'adopt', [CompletionResultType]::ParameterValue, 'adopt')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'export')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'version')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'completion')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'help')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
