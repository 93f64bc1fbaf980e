
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
            [CompletionResult]::new('db', 'db', [CompletionResultType]::ParameterValue, 'Print buckets and rows of a data directory''s backend')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check a data directory: write-ahead log, snapshot files, backend')
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
            break
        }
        'rsutl;snapshot;status' {
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
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print the checksum over all buckets')
            break
        }
        'rsutl;db;list-bucket' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;db;iterate-bucket' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Rows to print; 0 is all')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            [CompletionResult]::new('--decode', '--decode', [CompletionResultType]::ParameterName, 'Print the fields of keys and values instead of their bytes')
            break
        }
        'rsutl;db;hash' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;verify' {
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
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
        'rsutl;help' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--write-out', '--write-out', [CompletionResultType]::ParameterName, 'Set the output format (fields, json, protobuf, simple, table)')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock on a database; 0 is for ever')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
