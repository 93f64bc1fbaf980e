# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rsctl_global_optspecs
    string join \n endpoints= w/write-out= hex dial-timeout= command-timeout= keepalive-time= keepalive-timeout= max-request-bytes= max-recv-bytes= insecure-transport insecure-skip-tls-verify cert= key= cacert= user= password= auth-jwt-token= d/discovery-srv= discovery-srv-name= insecure-discovery debug
end

function __fish_rsctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rsctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rsctl_using_subcommand
    set -l cmd (__fish_rsctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rsctl -n "__fish_rsctl_needs_command" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_needs_command" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_needs_command" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_needs_command" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_needs_command" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_needs_command" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_needs_command" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_needs_command" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_needs_command" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_needs_command" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "get" -d 'Get a key or a range of keys'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "put" -d 'Put a key into the store'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "del" -d 'Remove a key or a range of keys'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "txn" -d 'Process several requests in one transaction'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "compaction" -d 'Forget the history before a revision'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "endpoint" -d 'Endpoint related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "watch" -d 'Watch events on a key, a range or a prefix'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "version" -d 'Print the version'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "member" -d 'Membership related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "auth" -d 'Turn authentication on or off'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "user" -d 'User related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "role" -d 'Role related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "lease" -d 'Lease related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "alarm" -d 'Alarm related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "defrag" -d 'Give free space in the databases of the members at the endpoints back to the file system'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "move-leader" -d 'Make another member the leader'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "snapshot" -d 'Snapshot related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "lock" -d 'Acquire a lock'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "elect" -d 'Observe or take part in an election'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "downgrade" -d 'Downgrade related commands'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "check" -d 'Check how a cluster performs'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "make-mirror" -d 'Copy keys to another cluster, and every change of them from then on'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "ls" -d 'List keys as a tree'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "du" -d 'Show how many keys and bytes each prefix holds, the largest first'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "history" -d 'Show all revisions of a key with their values, as far as they are not compacted'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "diff" -d 'Compare two prefixes, or two revisions of one prefix'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "export" -d 'Write keys as lines of JSON that import reads'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "import" -d 'Put the keys of lines of JSON that export wrote'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "top" -d 'Show what the members are doing: operations and bytes a second, watchers, and the prefixes that change most'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "bench" -d 'Measure a server with the workloads of etcd\'s benchmark tool'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "options" -d 'Print the flags that all commands have'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c rsctl -n "__fish_rsctl_needs_command" -f -a "help" -d 'Help about any command'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l consistency -d 'Linearizable (l) or serializable (s) read' -r -f -a "l\t''
s\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l order -d 'Order of results: ASCEND or DESCEND' -r -f -a "ASCEND\t''
DESCEND\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l sort-by -d 'What to sort by: CREATE, KEY, MODIFY, VALUE or VERSION' -r -f -a "CREATE\t''
KEY\t''
MODIFY\t''
VALUE\t''
VERSION\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l limit -d 'Largest number of results; 0 for all' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l rev -d 'Revision to read at; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l min-create-rev -d 'Least revision of creation' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l max-create-rev -d 'Greatest revision of creation' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l min-mod-rev -d 'Least revision of the last change' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l max-mod-rev -d 'Greatest revision of the last change' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l prefix -d 'Get the keys that begin with KEY'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l from-key -d 'Get the keys from KEY on, in the order of bytes'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l keys-only -d 'Get only the keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l count-only -d 'Get only the count (with -w fields, yaml, jsonl or raw)'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l print-value-only -d 'Print only values (with -w simple)'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l stream -d 'Let the server send the results in pieces'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand get" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l lease -d 'Lease to attach to the key, in hexadecimal' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l prev-kv -d 'Print the previous key and value, too'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l ignore-value -d 'Keep the value that the key has'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l ignore-lease -d 'Keep the lease that the key has'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand put" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l prefix -d 'Delete the keys that begin with KEY'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l prev-kv -d 'Print the deleted keys and values, too'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l from-key -d 'Delete the keys from KEY on, in the order of bytes'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l range -d 'Delete the range KEY to RANGE_END without a pause before it'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l dry-run -d 'Only show which keys would be deleted'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand del" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -s i -l interactive -d 'Say what is expected next'
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand txn" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l physical -d 'Wait until the old revisions are removed from the disk'
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand compaction" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l cluster -d 'Use all endpoints of the cluster\'s member list'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -f -a "health" -d 'Check the health of the endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -f -a "status" -d 'Print the status of the endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and not __fish_seen_subcommand_from health status hashkv" -f -a "hashkv" -d 'Print a hash of the key-value history of each endpoint'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l cluster -d 'Use all endpoints of the cluster\'s member list'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from health" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l cluster -d 'Use all endpoints of the cluster\'s member list'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from status" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l rev -d 'Revision to hash up to; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l cluster -d 'Use all endpoints of the cluster\'s member list'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand endpoint; and __fish_seen_subcommand_from hashkv" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l rev -d 'Revision to start at; 0 for now' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -s i -l interactive -d 'Read watches from standard input, one a line'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l prefix -d 'Watch the keys that begin with KEY'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l prev-kv -d 'Print the previous key and value, too'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l progress-notify -d 'Let the server say from time to time how far it is'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand watch" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand version" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -f -a "add" -d 'Add a member to the cluster'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -f -a "remove" -d 'Remove a member from the cluster'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -f -a "update" -d 'Change where a member listens for its peers'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -f -a "promote" -d 'Make a learner a voting member'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and not __fish_seen_subcommand_from add remove update promote list" -f -a "list" -d 'List all members of the cluster'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l peer-urls -d 'Where the new member listens for its peers: URLs with commas between them' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l learner -d 'Add a learner, which has no vote'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from add" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from remove" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l peer-urls -d 'Where the member listens for its peers: URLs with commas between them' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from update" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from promote" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l consistency -d 'Linearizable (l) or serializable (s) read' -r -f -a "l\t''
s\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand member; and __fish_seen_subcommand_from list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -f -a "enable" -d 'Turn authentication on'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -f -a "disable" -d 'Turn authentication off'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and not __fish_seen_subcommand_from enable disable status" -f -a "status" -d 'Print whether authentication is on, and how often users and roles were changed'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from enable" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from disable" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand auth; and __fish_seen_subcommand_from status" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "add" -d 'Add a user'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "delete" -d 'Delete a user'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "get" -d 'Print the roles of a user'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "list" -d 'List all users'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "passwd" -d 'Change the password of a user'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "grant-role" -d 'Give a role to a user'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and not __fish_seen_subcommand_from add delete get list passwd grant-role revoke-role" -f -a "revoke-role" -d 'Take a role from a user'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l new-user-password -d 'The password; a colon in the argument is part of the name then' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l interactive -d 'Ask for the password twice; --interactive=false reads it from standard input'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l no-password -d 'A user who can log in with a certificate alone'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from add" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l detail -d 'Print the permissions of each role'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from get" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l interactive -d 'Ask for the password twice; --interactive=false reads it from standard input'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from passwd" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from grant-role" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand user; and __fish_seen_subcommand_from revoke-role" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "add" -d 'Add a role'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "delete" -d 'Delete a role, and take it from all users'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "get" -d 'Print the permissions of a role'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "list" -d 'List all roles'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "grant-permission" -d 'Let a role read or write a key, a range of keys or a prefix'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and not __fish_seen_subcommand_from add delete get list grant-permission revoke-permission" -f -a "revoke-permission" -d 'Take the permission for a key, a range of keys or a prefix from a role'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from add" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from delete" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from get" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l prefix -d 'The keys that begin with KEY'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l from-key -d 'The keys from KEY on, in the order of bytes'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l prefix -d 'The keys that begin with KEY'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l from-key -d 'The keys from KEY on, in the order of bytes'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from revoke-permission" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "grant" -d 'Create a lease that lasts TTL seconds'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "revoke" -d 'End a lease and delete its keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "timetolive" -d 'Print how long a lease lasts'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "list" -d 'List all leases'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and not __fish_seen_subcommand_from grant revoke timetolive list keep-alive" -f -a "keep-alive" -d 'Renew a lease for as long as the command runs'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from grant" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from revoke" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l keys -d 'Print the keys of the lease, too'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from timetolive" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l once -d 'Renew it once and exit'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lease; and __fish_seen_subcommand_from keep-alive" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -f -a "disarm" -d 'Disarm all alarms'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and not __fish_seen_subcommand_from disarm list" -f -a "list" -d 'List all alarms'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from disarm" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand alarm; and __fish_seen_subcommand_from list" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l cluster -d 'Use all endpoints of the cluster\'s member list'
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand defrag" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand move-leader" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and not __fish_seen_subcommand_from save" -f -a "save" -d 'Store the database of the member at the endpoint in a file'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand snapshot; and __fish_seen_subcommand_from save" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l ttl -d 'Seconds that the lock outlives a client that is gone' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand lock" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -s l -l listen -d 'Observe'
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand elect" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -f -a "validate" -d 'Check that the cluster could be downgraded to a version'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -f -a "enable" -d 'Start the downgrade of the cluster to a version'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and not __fish_seen_subcommand_from validate enable cancel" -f -a "cancel" -d 'End the downgrade of the cluster'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from validate" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from enable" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand downgrade; and __fish_seen_subcommand_from cancel" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -f -a "perf" -d 'Check the performance of the cluster: throughput and latency of puts for 60 seconds'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and not __fish_seen_subcommand_from perf datascale" -f -a "datascale" -d 'Check how much memory the server of the first endpoint needs for a number of keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l load -d 'The load: s(mall), m(edium), l(arge) or xl(arge)' -r -f -a "s\t''
m\t''
l\t''
xl\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l prefix -d 'The prefix of the keys that are written, and deleted in the end' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l auto-compact -d 'Compact the history after the load'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l auto-defrag -d 'Defragment all endpoints after the load'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from perf" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l load -d 'The load: s(mall), m(edium), l(arge) or xl(arge)' -r -f -a "s\t''
m\t''
l\t''
xl\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l prefix -d 'The prefix of the keys that are written, and deleted in the end' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l auto-compact -d 'Compact the history after the load'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l auto-defrag -d 'Defragment all endpoints after the load'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand check; and __fish_seen_subcommand_from datascale" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l prefix -d 'Copy the keys that begin with this' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-prefix -d 'What the prefix becomes at the destination; the same prefix unless given' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l rev -d 'Begin with the changes of this revision instead of a copy' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l max-txn-ops -d 'Most operations in one transaction at the destination' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-cert -d 'TLS certificate file for the destination' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-key -d 'TLS key file for the destination' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-cacert -d 'CA bundle that the destination\'s certificate is checked against' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-user -d 'Name[:password] at the destination (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-password -d 'Password at the destination (--dest-user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l no-dest-prefix -d 'Strip the prefix'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l dest-insecure-transport -d 'Disable transport security for the destination'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand make-mirror" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l delimiter -d 'What parts keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l depth -d 'Levels to show; 0 for all' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l rev -d 'Revision to read at; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand ls" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l depth -d 'Levels below PREFIX to tell apart' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l delimiter -d 'What parts keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l rev -d 'Revision to read at; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand du" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand history" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l rev -d 'Revision of the first one; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l to-rev -d 'Revision of the second one; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l exit-code -d 'End with exit code 1 if there is a difference'
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand diff" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l file -d 'File to write, which must not exist' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l rev -d 'Revision to read at; 0 for the newest' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l resume -d 'Continue a file that was not finished, with the prefix and at the revision that it was begun with'
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand export" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l max-txn-ops -d 'Keys in one transaction, at most' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l resume -d 'Go on where the last import of this file ended'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l with-leases -d 'Attach keys to the leases that they had, which must exist'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand import" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l interval -d 'Time between two looks' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l depth -d 'Levels of prefixes to tell apart' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l delimiter -d 'What parts keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l rows -d 'Prefixes to show of each member' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l once -d 'Print one look as plain text and end'
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand top" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "put" -d 'Benchmark put'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "range" -d 'Benchmark range'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "txn-put" -d 'Benchmark txn-put'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "txn-mixed" -d 'Benchmark a mixed load of txn-put & txn-range'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "watch" -d 'Benchmark watch'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "watch-latency" -d 'Benchmark watch latency'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "watch-get" -d 'Benchmark watch with get'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "lease-keepalive" -d 'Benchmark lease keepalive'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "lease-grant" -d 'Benchmark lease grant'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "login" -d 'Benchmark logins'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "watch-fanout" -d 'Benchmark how long events of one prefix take to many watchers'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "watch-idle" -d 'Opens many watch streams and keeps them open'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "stm" -d 'Benchmark STM'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and not __fish_seen_subcommand_from put range txn-put txn-mixed watch watch-latency watch-get lease-keepalive lease-grant login watch-fanout watch-idle stm mvcc" -f -a "mvcc" -d 'Benchmark the key space in this process, without a server'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l key-size -d 'Key size of put request' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l val-size -d 'Value size of put request' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l rate -d 'Maximum puts per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l total -d 'Total number of put requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l key-space-size -d 'Maximum possible keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l compact-interval -d 'Interval to compact database (do not duplicate this with etcd\'s \'auto-compaction-retention\' flag) (e.g. --compact-interval=5m compacts every 5-minute)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l compact-index-delta -d 'Delta between current revision and compact revision (e.g. current revision 10000, compact at 9000)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l sequential-keys -d 'Use sequential keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l check-hashkv -d '\'true\' to check hashkv'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from put" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l rate -d 'Maximum range requests per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l total -d 'Total number of range requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l consistency -d 'Linearizable(l) or Serializable(s)' -r -f -a "l\t''
s\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l limit -d 'Maximum number of results to return from range request (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l count-only -d 'Only returns the count of keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l keys-only -d 'Only returns the keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l stream -d 'Use the RangeStream RPC'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l paginate -d 'Read in pages of 10000 keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l prefix -d 'The key is a prefix; without a key, all keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from range" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l key-size -d 'Key size of txn put' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l val-size -d 'Value size of txn put' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l txn-ops -d 'Number of puts per txn' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l rate -d 'Maximum txns per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l total -d 'Total number of txn requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l key-space-size -d 'Maximum possible keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-put" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l key-size -d 'Key size of mixed txn' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l val-size -d 'Value size of mixed txn' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l rate -d 'Maximum txns per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l total -d 'Total number of txn requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l key-space-size -d 'Maximum possible keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l rw-ratio -d 'Read/write ops ratio' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l consistency -d 'Linearizable(l) or Serializable(s)' -r -f -a "l\t''
s\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l limit -d 'Limit for read range request' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l end-key -d 'Has no effect: reads go over all keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from txn-mixed" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l streams -d 'Total watch streams' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l watch-per-stream -d 'Total watchers per stream' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l watched-key-total -d 'Total number of keys to be watched' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l put-rate -d 'Number of keys to put per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l put-total -d 'Number of put requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l key-size -d 'Key size of watch request' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l key-space-size -d 'Maximum possible keys' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l sequential-keys -d 'Use sequential keys'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l streams -d 'Total watch streams' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l watchers-per-stream -d 'Total watchers per stream' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l put-total -d 'Number of put requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l put-rate -d 'Number of keys to put per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l key-size -d 'Key size of watch response' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l val-size -d 'Value size of watch response' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l prevkv -d 'PrevKV enabled on watch requests'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-latency" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l watchers -d 'Total number of watchers' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l streams -d 'Total watch streams' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l events -d 'Number of events per watcher' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-get" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l total -d 'Total number of lease keepalive requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-keepalive" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l total -d 'Total number of leases' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l ttl -d 'Time to live of each, in seconds' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from lease-grant" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l total -d 'Total number of logins' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l name-prefix -d 'What the users\' names begin with' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l users -d 'Number of users, who log in in turn' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l login-password -d 'The password of all of them' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from login" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l watchers -d 'Total watchers' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l streams -d 'Streams that they share' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l total -d 'Number of put requests' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l rate -d 'Puts per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l val-size -d 'Value size' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-fanout" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l streams -d 'Streams with one watcher each' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l seconds -d 'Seconds that they stay open, after the line that says that all are' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from watch-idle" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l isolation -d 'Read Committed (c), Repeatable Reads (r), Serializable (s), or Snapshot (ss)' -r -f -a "c\t''
r\t''
s\t''
ss\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l keys -d 'Total unique keys accessible by the benchmark' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l total -d 'Total number of completed STM transactions' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l keys-per-txn -d 'Number of keys to access per transaction' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l txn-wr-percent -d 'Percentage of keys to overwrite per transaction' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l stm-locker -d 'Wrap STM transactions with a locker (stm, lock-client, lock-rpc)' -r -f -a "stm\t''
lock-client\t''
lock-rpc\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l val-size -d 'Value size of each STM put request' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l rate -d 'Maximum STM transactions per second (0 is no limit)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from stm" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l conns -d 'Total number of gRPC connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l clients -d 'Total number of gRPC clients' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l auto-sync-interval -d 'Not 0: connect to the client URLs of the members, read once before the load' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l precise -d 'Use full floating point precision'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l sample -d 'Also sample requests for every second'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l report-perfdash -d 'Also write the report as JSON, into $ARTIFACTS or ./_artifacts'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand bench; and __fish_seen_subcommand_from mvcc" -f -a "put" -d 'Benchmark a put'
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand options" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l endpoints -d 'gRPC endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -s w -l write-out -d 'Set the output format (fields, json, jsonl, protobuf, raw, simple, table, yaml)' -r -f -a "simple\t''
json\t''
fields\t''
table\t''
protobuf\t''
yaml\t''
jsonl\t''
raw\t''"
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l dial-timeout -d 'How long one attempt to connect may take' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l command-timeout -d 'Timeout of short commands' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l keepalive-time -d 'Keepalive time for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l keepalive-timeout -d 'Keepalive timeout for client connections' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l max-request-bytes -d 'Largest request in bytes; 0 is the default of 2 MiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l max-recv-bytes -d 'Largest answer in bytes; 0 is the default of 2 GiB' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l cert -d 'Identify secure client using this TLS certificate file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l key -d 'Identify secure client using this TLS key file' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l cacert -d 'Verify certificates of TLS-enabled secure servers using this CA bundle' -r -F
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l user -d 'Name[:password] for authentication (prompt if password is not supplied)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l password -d 'Password for authentication (--user must not include one then)' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l auth-jwt-token -d 'JWT token for authentication' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -s d -l discovery-srv -d 'Domain name to query for SRV records describing cluster endpoints' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l discovery-srv-name -d 'Service name to query when using DNS discovery' -r -f
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l hex -d 'Print byte strings as hex encoded strings'
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l insecure-transport -d 'Disable transport security for client connections'
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l insecure-skip-tls-verify -d 'Skip server certificate verification (only for tests)'
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l insecure-discovery -d 'Accept insecure SRV records describing cluster endpoints'
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -l debug -d 'Print the settings that apply on standard error, and what the client does'
complete -c rsctl -n "__fish_rsctl_using_subcommand role; and __fish_seen_subcommand_from grant-permission" -f -a "read write readwrite"
complete -c rsctl -n "__fish_rsctl_using_subcommand completion" -f -a "bash zsh fish powershell"
complete -c rsctl -n "__fish_rsctl_using_subcommand help" -f -a "get put del txn compaction endpoint watch version member auth user role lease alarm defrag move-leader snapshot lock elect downgrade check make-mirror ls du history diff export import top bench options completion help"
