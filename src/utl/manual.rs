//! What the manual pages say beyond the definition of the command line.

use crate::cli::docs::manual::{
    Block::{Lines, Term, Text},
    Section,
};

/// Sections by page.
pub const SECTIONS: &[(&str, &[Section])] = &[("rsutl", ROOT)];

const ROOT: &[Section] = &[
    Section {
        heading: "EXIT STATUS",
        blocks: &[
            Text("The last line on standard error says what is wrong: Error: and the reason."),
            Term("0", "It was done."),
            Term("1", "It failed, or a flag is unknown."),
            Term("2", "The database could not be locked or opened."),
            Term("4", "An output format that the command does not have."),
            Term("128", "Wrong arguments."),
            Text("rsutl-verify(1) tells by codes of its own what it has found."),
        ],
    },
    Section {
        heading: "EXAMPLES",
        blocks: &[
            Text("Is this member sound? What is in its database, and who takes the space?"),
            Lines(
                "rsutl verify /var/lib/rsetcd\nrsutl keys --data-dir /var/lib/rsetcd --prefix /app/\nrsutl du --data-dir \
                 /var/lib/rsetcd",
            ),
            Text("A new cluster from a snapshot; the same with the log after it, up to a revision:"),
            Lines(
                "rsutl snapshot restore backup.db --data-dir new\nrsutl restore --snapshot backup.db --wal archive \
                 --to-revision 4711 --data-dir new",
            ),
            Text("From etcd, and back to it:"),
            Lines("rsutl adopt /var/lib/etcd\nrsutl export /var/lib/rsetcd /var/lib/etcd-new"),
        ],
    },
    Section { heading: "SEE ALSO", blocks: &[Text("rsctl(1)")] },
];
