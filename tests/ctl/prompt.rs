//! A prompt for a password that is interrupted.

use std::{
    io::Read,
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    block_on,
    support::{interrupt::restore_interrupt, program, server::Server},
};

#[test]
fn a_signal_at_a_prompt_ends_it_with_the_exit_code_of_etcdctl() {
    let server = block_on(Server::start(&program::own(), &[]));
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsctl"));
        command.args(["--endpoints", &server.client_url(), "user", "add", "somebody"]);
        restore_interrupt(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("rsctl starts");
        let prompt = "Password of somebody: ";
        let mut text = vec![0; prompt.len()];
        let stdout = child.stdout.as_mut().expect("it is piped");
        stdout.read_exact(&mut text).expect("a prompt");
        assert_eq!(String::from_utf8_lossy(&text), prompt);
        // Waiting would close it, and its end would be an answer too.
        let stdin = child.stdin.take();
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, Some(255), "{signal:?}");
        drop(stdin);
    }
}
