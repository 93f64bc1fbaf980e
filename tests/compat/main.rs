//! The same calls to a real etcd and to rsetcd, their answers compared.
//!
//! `scripts/*.txt` hold calls with etcd's recorded answers (`script`); where etcd 3.7 answers otherwise than the
//! 3.5.1 that runs here, both answers stand in `differences.txt` (`differences`). `random` sends what it makes up.
//! Only what `normal` names may be rewritten before comparing.
//!
//! | environment | |
//! |---|---|
//! | `RSETCD_PEER_ETCD` | the etcd to compare with |
//! | `RSETCD_BIN` | another server in place of this build's rsetcd |
//! | `UPDATE=1` | write etcd's answers into the scripts |
//! | `RSETCD_COMPAT_SEED` | first seed of the random runs: a number, or `time` |
//! | `RSETCD_COMPAT_RUNS` | how many random runs of 1,000 operations |

mod differences;
mod frames;
mod generate;
mod normal;
mod random;
mod script;
mod shrink;
mod side;
#[path = "../support/mod.rs"]
mod support;

/// One test a file of `scripts/`.
macro_rules! scripts {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                script::run(stringify!($name));
            }
        )*

        #[test]
        fn every_script_is_run() {
            script::assert_all_listed(&[$(stringify!($name)),*]);
        }
    };
}

scripts! {
    alarm_gates
    auth
    bad_input
    compaction
    edges
    elections
    fault_pairs
    headers
    lease_expiry
    leases
    locks
    maintenance
    members
    quota
    quota_filled
    range_table
    txn_table
    users
    voters
    watch_rules
}

#[test]
fn random_operations_have_equal_answers() {
    random::run();
}

/// Frames that no gRPC library would send end their call, not the server.
#[test]
fn broken_frames_end_their_call_only() {
    frames::run();
}

#[test]
#[should_panic(expected = "no section")]
fn a_difference_without_a_section_is_refused() {
    differences::Differences::parse(
        "[headers/writes] Range key:\"a\"\netcd:\n  ok 1\nrsetcd:\n  ok 2\n",
        ["etcd", "rsetcd"],
    );
}

#[test]
#[should_panic(expected = "no difference")]
fn a_difference_between_equal_answers_is_refused() {
    differences::Differences::parse(
        "[headers/writes] Put\nsection: 2.4\netcd:\n  ok\nrsetcd:\n  ok\n",
        ["etcd", "rsetcd"],
    );
}

#[test]
fn a_failing_case_is_shortened_to_what_it_needs() {
    shrink::tests::keeps_only_what_is_needed();
}

/// Runs `future` on this thread, servers included: they end with the thread that started them.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
