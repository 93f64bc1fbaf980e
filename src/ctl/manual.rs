//! What the manual pages say beyond the definition of the command line.

use crate::cli::docs::manual::{
    Block::{self, Lines, Term, Text},
    Section,
};

/// Sections by page.
pub const SECTIONS: &[(&str, &[Section])] = &[
    ("rsctl", ROOT),
    ("rsctl-get", GET),
    ("rsctl-put", PUT),
    ("rsctl-txn", TXN),
    ("rsctl-watch", WATCH),
    ("rsctl-lock", LOCK),
    ("rsctl-elect", ELECT),
    ("rsctl-user-add", USER_ADD),
    ("rsctl-role-grant-permission", GRANT),
    ("rsctl-snapshot-save", SAVE),
    ("rsctl-export", EXPORT),
    ("rsctl-import", IMPORT),
    ("rsctl-diff", DIFF),
    ("rsctl-bench", BENCH),
    ("rsctl-completion", COMPLETION),
];

const fn examples(blocks: &'static [Block]) -> Section {
    Section { heading: "EXAMPLES", blocks }
}

const ROOT: &[Section] = &[
    Section {
        heading: "FLAGS AND COMMANDS",
        blocks: &[
            Text(
                "Flags stand before or behind the command and between its arguments; -- ends them. A value follows \
                 after = or as the next argument; that of a flag without a value in this page is true or false, and \
                 follows after = alone. Durations have a unit: 500ms, 5s, 1m30s. --endpoints takes several, with \
                 commas between them.",
            ),
            Text(
                "The names of commands can be cut, as long as only one of etcdctl's begins so: rsctl mem li. The \
                 commands that etcdctl does not have (bench, diff, du, export, history, import, ls, top) have to be \
                 spelled out.",
            ),
            Text("A link to rsctl with the name etcdctl carries that name in all messages."),
        ],
    },
    Section {
        heading: "OUTPUT FORMATS",
        blocks: &[
            Term("simple", "Lines for people and scripts; keys and values as they are."),
            Term("json, yaml", "The whole answer. Keys and values are in base64."),
            Term("jsonl", "A line of JSON for each key: key and value in base64, and as text where they are text."),
            Term("fields", "A line \"Name\" : value for each field."),
            Term("table", "A table, where the command has columns."),
            Term("protobuf", "The bytes of the answer's message."),
            Term("raw", "The bytes of values, and nothing between them."),
        ],
    },
    Section {
        heading: "ENVIRONMENT",
        blocks: &[
            Term(
                "ETCDCTL_*",
                "Each option of all commands has a variable: ETCDCTL_, then its name in capitals with _ for -, as in \
                 ETCDCTL_ENDPOINTS or ETCDCTL_WRITE_OUT. A variable and its flag together are refused.",
            ),
            Term("ETCDCTL_CLUSTER", "--cluster of the endpoint commands."),
            Term("ETCD_CLIENT_DEBUG", "A level (debug, info, warn, error) or true: log what the client library does."),
            Term("ETCDCTL_WATCH_KEY, ETCDCTL_WATCH_RANGE_END", "What watch watches when no key is typed."),
        ],
    },
    Section {
        heading: "EXIT STATUS",
        blocks: &[
            Text(
                "The last line on standard error says what is wrong: Error: and the reason. Where something can be \
                 done about it, a line that begins with hint: stands before it.",
            ),
            Term("0", "It was done; also when a key was not found, or nothing had to be deleted."),
            Term("1", "A request failed, a flag is unknown, or a check found a fault."),
            Term(
                "2",
                "No client could be made, as when a login fails; also an error of the lease commands that only read.",
            ),
            Term("3", "Standard input does not follow the grammar; the prefix of a check is not empty."),
            Term("4", "A value of a flag or an output format that the command does not have."),
            Term("5", "The server ended a watch, or a snapshot could not be saved."),
            Term("128", "Wrong arguments."),
            Term("255", "Interrupted at a prompt for a password."),
            Text("rsctl lock with a command ends with the exit status of that command."),
        ],
    },
    examples(&[
        Text("Write a key, and read it and those beside it:"),
        Lines("rsctl put /app/host db1\nrsctl get /app/ --prefix"),
        Text("See how all members are:"),
        Lines("rsctl endpoint status --cluster -w table"),
        Text("Work on a cluster with TLS, as a user:"),
        Lines(
            "export ETCDCTL_ENDPOINTS=https://a:2379,https://b:2379 ETCDCTL_CACERT=ca.pem\nrsctl --user ann get /app/host",
        ),
    ]),
    Section { heading: "SEE ALSO", blocks: &[Text("rsutl(1)")] },
];

const GET: &[Section] = &[examples(&[
    Text("The value alone, as it was at revision 7:"),
    Lines("rsctl get /app/host --print-value-only --rev 7"),
    Text("All keys from b to d, d not included:"),
    Lines("rsctl get b d"),
    Text("The key below /app/ that was changed last:"),
    Lines("rsctl get /app/ --prefix --sort-by MODIFY --order DESCEND --limit 1"),
    Text("A file that was stored as a value:"),
    Lines("rsctl get /app/logo.png -w raw >logo.png"),
])];

const PUT: &[Section] =
    &[examples(&[Lines("rsctl put /app/host db1\nrsctl put /app/logo.png <logo.png\nrsctl put /app/offset -- -5")])];

const TXN: &[Section] = &[examples(&[
    Text("Change a value if it is still the one that was read:"),
    Lines("rsctl txn <<'END'\nvalue(\"/app/host\") = \"db1\"\n\nput /app/host db2\n\nget /app/host\n\nEND"),
    Text("The second and the third part may be empty; the empty lines behind them must be there."),
])];

const WATCH: &[Section] = &[
    Section {
        heading: "INTERACTIVE MODE",
        blocks: &[
            Text("With -i each line of standard input is a request, and all watches go on side by side:"),
            Term("watch [--prefix] [--rev REV] [--prev-kv] KEY [RANGE_END] [-- COMMAND...]", "Begins a watch."),
            Term("progress", "Asks the server how far the watches are."),
        ],
    },
    examples(&[
        Text("Run a command for each change below /app/:"),
        Lines("rsctl watch --prefix /app/ -- sh -c 'echo $ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY'"),
        Text("All changes since revision 7, as JSON:"),
        Lines("rsctl watch --prefix '' --rev 7 -w jsonl"),
    ]),
];

const LOCK: &[Section] =
    &[examples(&[Text("One at a time, on whichever machine:"), Lines("rsctl lock nightly -- ./backup.sh --all")])];

const ELECT: &[Section] =
    &[examples(&[Lines("rsctl elect scheduler \"$(hostname)\"\nrsctl elect --listen scheduler")])];

const USER_ADD: &[Section] = &[examples(&[Lines(
    "rsctl user add ann\nrsctl user add ann --interactive=false <password.txt\nrsctl user add service --no-password",
)])];

const GRANT: &[Section] = &[examples(&[
    Text("The keys below /app/; one key; all keys from b to d:"),
    Lines(
        "rsctl role grant-permission app readwrite --prefix /app/\nrsctl role grant-permission app read /motd\nrsctl \
         role grant-permission app write b d",
    ),
])];

const SAVE: &[Section] =
    &[examples(&[Lines("rsctl --endpoints a:2379 snapshot save backup.db\nrsutl snapshot status backup.db -w table")])];

const EXPORT: &[Section] = &[examples(&[
    Text("Into a file; --resume goes on with it when the export broke off:"),
    Lines("rsctl export --file app.jsonl /app/\nrsctl export --file app.jsonl --resume /app/"),
    Text("From one cluster to another:"),
    Lines("rsctl --endpoints a:2379 export | rsctl --endpoints b:2379 import"),
])];

const IMPORT: &[Section] = &[examples(&[
    Lines("rsctl import app.jsonl\nrsctl import --resume app.jsonl"),
    Text(
        "How far an import of a file has come is kept in FILE.progress while it runs, and is what --resume goes on \
         from.",
    ),
])];

const DIFF: &[Section] = &[examples(&[
    Text("Two prefixes; what has changed below /app/ since revision 7:"),
    Lines("rsctl diff /staging/ /production/\nrsctl diff --rev 7 /app/"),
])];

const BENCH: &[Section] = &[examples(&[
    Text("Write throughput, latency of a lone client, linearizable reads:"),
    Lines(
        "rsctl bench --conns=100 --clients=1000 put --key-size=8 --sequential-keys --total=100000 --val-size=256\nrsctl \
         bench --conns=1 --clients=1 put --key-size=8 --sequential-keys --total=10000 --val-size=256\nrsctl bench \
         --conns=100 --clients=1000 range KEY --consistency=l --total=100000",
    ),
    Text("Each put overwrites one key unless --key-space-size says how many there are."),
])];

const COMPLETION: &[Section] = &[examples(&[
    Text("For this shell, and for all to come:"),
    Lines("source <(rsctl completion bash)\nrsctl completion bash >~/.local/share/bash-completion/completions/rsctl"),
    Text("The other shells:"),
    Lines(
        "rsctl completion zsh >\"${fpath[1]}/_rsctl\"\nrsctl completion fish >~/.config/fish/completions/rsctl.fish\nrsctl \
         completion powershell | Out-String | Invoke-Expression",
    ),
])];
