//! The `rsetcd` program: what it prints and how it ends when it does not become a member; see `running` for when it does.

mod cluster;
mod running;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Output};

struct Case {
    args: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    code: i32,
    stdout: &'static str,
    /// Parts of stderr, in order.
    stderr: &'static [&'static str],
}

const NOTHING: &[(&str, &str)] = &[];
const USAGE: &str = "Usage:\n\n  rsetcd [flags]\n";

const fn case(args: &'static [&'static str], code: i32, stderr: &'static [&'static str]) -> Case {
    Case { args, environment: NOTHING, code, stdout: "", stderr }
}

const CASES: &[Case] = &[
    Case { stdout: "etcd Version: 3.7.1\nrsetcd Version: ", ..case(&["--version"], 0, &[]) },
    Case { stdout: "etcd Version: 3.7.1\n", ..case(&["-version", "-name=x"], 0, &[]) },
    Case { stdout: "\nMember:\n  --name 'default'\n", ..case(&["--help"], 0, &[USAGE]) },
    Case { stdout: "\nMember:\n", ..case(&["-h", "--nosuch"], 0, &[USAGE]) },
    case(&["--nosuch"], 2, &["flag provided but not defined: -nosuch\n", USAGE]),
    case(&["--name"], 2, &["flag needs an argument: -name\n", USAGE]),
    case(&["--version", "--pre-vote=x"], 2, &["invalid boolean value \"x\" for -pre-vote: parse error\n", USAGE]),
    // The command line must parse even when a file makes it irrelevant.
    case(&["--config-file=/nonexistent/x", "--nosuch"], 2, &["flag provided but not defined: -nosuch\n"]),
    case(&["--log-level=bla"], 2, &["panic: unrecognized level: \"bla\"\n"]),
    case(
        &["--version", "foo"],
        1,
        &[
            "{\"level\":\"info\",\"ts\":\"",
            "\"msg\":\"Running: \",\"args\":[\"",
            "rsetcd\",\"--version\",\"foo\"]}\n",
            "{\"level\":\"warn\",\"ts\":\"",
            "\"msg\":\"failed to verify flags\",\"error\":\"\\\"foo\\\" is not a valid flag\"}\n",
        ],
    ),
    case(&["--pre-vote", "false"], 1, &["\"error\":\"\\\"false\\\" is not a valid flag\"}\n"]),
    case(&["--heartbeat-interval=0"], 1, &["\"error\":\"--heartbeat-interval must be >0 (set to 0ms)\"}\n"]),
    case(
        &["--force-new-cluster"],
        1,
        &["\"error\":\"--force-new-cluster is not supported by rsetcd yet (set to \\\"true\\\")\"}\n"],
    ),
    case(&["--config-file=/nonexistent/x"], 1, &["\"error\":\"open /nonexistent/x: no such file or directory\"}\n"]),
    case(
        &["--listen-client-urls=http://127.0.0.1:2379"],
        1,
        &["\"msg\":\"failed to verify flags\"", "\"msg\":\"advertise client URLs are not set\""],
    ),
    case(&["--log-outputs=/nonexistent/x"], 1, &["couldn't open sink \\\"/nonexistent/x\\\": "]),
    case(
        &["--log-format=console", "--heartbeat-interval=0"],
        1,
        &[
            "Z\tinfo\tdaemon/mod.rs:",
            "\tRunning: \t{\"args\": [",
            "Z\twarn\t",
            "\tfailed to verify flags\t{\"error\": \"",
        ],
    ),
    case(&["gateway", "start"], 1, &["the command gateway is not supported by rsetcd yet\n"]),
    Case {
        environment: &[("ETCD_NAME", "")],
        ..case(
            &["--name", "x"],
            1,
            &[
                "{\"level\":\"fatal\"",
                "\"msg\":\"conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))\",\"environment-variable\":\"ETCD_NAME\"}\n",
            ],
        )
    },
    Case {
        environment: &[("ETCD_HEARTBEAT_INTERVAL", "x")],
        ..case(&[], 1, &["\"error\":\"invalid value \\\"x\\\" for ETCD_HEARTBEAT_INTERVAL: parse error\"}\n"])
    },
    Case {
        environment: &[("ETCD_NOSUCH", "1"), ("ETCD_HEARTBEAT_INTERVAL", "0")],
        ..case(
            &[],
            1,
            &[
                "\"msg\":\"recognized and used environment variable\",\"variable-name\":\"ETCD_HEARTBEAT_INTERVAL\",\"variable-value\":\"0\"}\n",
                "\"msg\":\"unrecognized environment variable\",\"environment-variable\":\"ETCD_NOSUCH=1\"}\n",
                "\"msg\":\"Running: \"",
                "\"msg\":\"failed to verify flags\"",
            ],
        )
    },
];

#[test]
fn texts_and_refusals_have_etcds_words_and_exit_codes() {
    for Case { args, environment, code, stdout, stderr } in CASES {
        let output = run(args, environment);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {err}");
        assert!(out.starts_with(stdout) && (!stdout.is_empty() || out.is_empty()), "{args:?}: {out}");
        let mut rest = &*err;
        for part in *stderr {
            let position = rest.find(part).unwrap_or_else(|| panic!("{args:?}: {part} is not in order in {err}"));
            rest = &rest[position + part.len()..];
        }
    }
}

fn run(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rsetcd"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ETCD_")) {
        command.env_remove(name);
    }
    command.args(args).envs(environment.iter().copied()).env("TZ", "UTC").output().unwrap()
}
