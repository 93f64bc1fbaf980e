//! The definition of the command line, and the way from the arguments to the command that runs.

use std::{ffi::OsString, io::Write, path::Path, process::ExitCode};

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};

use super::{
    alarm, auth, check, compaction, defrag, del, diff, downgrade, du, elect, endpoint,
    environment::Environment,
    export, get,
    global::{Context, GlobalFlags},
    help::{self, BEYOND, find},
    hint, history, import, lease, lock, ls, make_mirror, member, move_leader, print, put, role, snapshot, top, txn,
    user, version, watch,
};
use crate::{
    bench::{self, BenchArgs},
    cli::{
        docs,
        exit::{Exit, Failure},
        offer,
        pflag::{self, GrammarError, Parsed},
    },
};

/// A command line client for etcd and rsetcd
#[derive(Parser, Debug)]
#[command(
    name = "rsctl",
    disable_version_flag = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    args_override_self = true
)]
struct Cli {
    #[command(flatten)]
    global: GlobalFlags,
    #[command(subcommand)]
    command: Ctl,
}

#[derive(Subcommand, Debug)]
enum Ctl {
    Get(get::GetArgs),
    Put(put::PutArgs),
    Del(del::DelArgs),
    Txn(txn::TxnArgs),
    Compaction(compaction::CompactionArgs),
    /// Endpoint related commands
    Endpoint(endpoint::EndpointArgs),
    Watch(watch::WatchArgs),
    Version(version::VersionArgs),
    /// Membership related commands
    Member(member::MemberArgs),
    /// Turn authentication on or off
    Auth(auth::AuthArgs),
    /// User related commands
    User(user::UserArgs),
    /// Role related commands
    Role(role::RoleArgs),
    /// Lease related commands
    Lease(lease::LeaseArgs),
    /// Alarm related commands
    Alarm(alarm::AlarmArgs),
    Defrag(defrag::DefragArgs),
    MoveLeader(move_leader::MoveLeaderArgs),
    /// Snapshot related commands
    Snapshot(snapshot::SnapshotArgs),
    Lock(lock::LockArgs),
    Elect(elect::ElectArgs),
    /// Downgrade related commands
    Downgrade(downgrade::DowngradeArgs),
    Check(check::CheckArgs),
    MakeMirror(make_mirror::MakeMirrorArgs),
    Ls(ls::LsArgs),
    Du(du::DuArgs),
    History(history::HistoryArgs),
    Diff(diff::DiffArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Top(top::TopArgs),
    Bench(BenchArgs),
    Options(OptionsArgs),
    Completion(CompletionArgs),
    Help(HelpArgs),
}

/// Print the flags that all commands have
#[derive(Args, Debug)]
struct OptionsArgs {
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

/// Print the completion script of a shell
///
/// Shells: bash, zsh, fish, powershell.
#[derive(Args, Debug)]
#[command(override_usage = "rsctl completion <bash|zsh|fish|powershell>")]
struct CompletionArgs {
    #[arg(hide = true, value_parser = offer::bytes(docs::SHELLS))]
    shell: Vec<OsString>,
}

/// Help about any command
#[derive(Args, Debug)]
#[command(override_usage = "rsctl help [command]")]
struct HelpArgs {
    #[arg(hide = true)]
    path: Vec<OsString>,
}

/// The commands that are there, under the name that messages carry.
pub fn commands(program: &str) -> Command {
    let root = Cli::command().name(program.to_owned()).bin_name(program);
    if program != "etcdctl" {
        return root;
    }
    BEYOND.iter().fold(root, |root, name| root.mut_subcommand(name, |command| command.hide(true)))
}

/// What completion scripts and manual pages tell of: no hidden command, but the flags of all commands, which are
/// hidden from help alone.
fn documented(program: &str) -> Command {
    let all = commands(program);
    let mut root = Command::new(program.to_owned()).bin_name(program).disable_help_subcommand(true);
    root = root.disable_help_flag(true).disable_version_flag(true).subcommand_required(true);
    root = root.about(all.get_about().cloned().unwrap_or_default());
    let show = |arg: &clap::Arg| arg.clone().hide(arg.is_positional() && arg.is_hide_set());
    root.args(all.get_arguments().map(show)).subcommands(all.get_subcommands().filter(|c| !c.is_hide_set()).cloned())
}

/// Runs `rsctl`. A link named `etcdctl` carries that name in all messages.
pub fn rsctl_main() -> ExitCode {
    let mut args = std::env::args_os();
    let called = args.next().unwrap_or_default();
    let program = match Path::new(&called).file_name() {
        Some(name) if name == "etcdctl" => "etcdctl",
        _ => "rsctl",
    };
    let args: Vec<OsString> = args.collect();
    match run(program, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(program: &'static str, args: &[OsString]) -> Result<(), Failure> {
    let root = commands(program);
    let parsed = match pflag::parse(&root, &BEYOND, args) {
        Ok(parsed) => parsed,
        Err(GrammarError::UnknownCommand(text)) => return Err(Failure::new(Exit::Error, text)),
        Err(GrammarError::Flag { message, path }) => {
            refuse_moved(program, &path, args)?;
            return Err(refuse_flag(&root, &path, &message));
        }
    };
    refuse_moved(program, &parsed.path, &parsed.positionals)?;
    if parsed.help || parsed.path.is_empty() {
        return print::text(&help::screen(&root, &parsed.path));
    }
    let environment = Environment::read(&shared_flags(&root, &parsed), &parsed);
    let cli = read(&root, &parsed, &environment)?;
    let set = parsed.flags.iter().chain(&environment.values).map(|(name, _)| name.clone()).collect();
    let context = Context::new(cli.global, set, environment);
    context.log_client();
    let ended = match cli.command {
        Ctl::Get(args) => block_on(get::run(&context, args)),
        Ctl::Put(args) => block_on(put::run(&context, args)),
        Ctl::Del(args) => block_on(del::run(&context, args)),
        Ctl::Txn(args) => block_on(txn::run(&context, args)),
        Ctl::Compaction(args) => block_on(compaction::run(&context, args)),
        Ctl::Endpoint(args) => block_on(endpoint::run(&context, args)),
        Ctl::Watch(watch_args) => block_on(watch::run(&context, watch_args, args)),
        Ctl::Member(args) => block_on(member::run(&context, args)),
        Ctl::Auth(args) => block_on(auth::run(&context, args)),
        Ctl::User(args) => block_on(user::run(&context, args)),
        Ctl::Role(args) => block_on(role::run(&context, args)),
        Ctl::Lease(args) => block_on(lease::run(&context, args)),
        Ctl::Alarm(args) => block_on(alarm::run(&context, args)),
        Ctl::Defrag(args) => block_on(defrag::run(&context, args)),
        Ctl::MoveLeader(args) => block_on(move_leader::run(&context, args)),
        Ctl::Snapshot(args) => block_on(snapshot::run(&context, args)),
        Ctl::Lock(args) => block_on(lock::run(&context, args)),
        Ctl::Elect(args) => block_on(elect::run(&context, args)),
        Ctl::Downgrade(args) => block_on(downgrade::run(&context, args)),
        Ctl::Check(args) => block_on(check::run(&context, program, args)),
        Ctl::MakeMirror(args) => block_on(make_mirror::run(&context, args)),
        Ctl::Ls(args) => block_on(ls::run(&context, args)),
        Ctl::Du(args) => block_on(du::run(&context, args)),
        Ctl::History(args) => block_on(history::run(&context, args)),
        Ctl::Diff(args) => block_on(diff::run(&context, args)),
        Ctl::Export(args) => block_on(export::run(&context, args)),
        Ctl::Import(args) => block_on(import::run(&context, args)),
        Ctl::Top(args) => block_on(top::run(&context, args)),
        Ctl::Version(_) => version::run(program),
        Ctl::Bench(args) => block_on(async {
            let config = context.load_config().await?;
            bench::run(&args, config).await
        }),
        Ctl::Options(_) => print_options(&root),
        Ctl::Completion(args) => complete(program, &args.shell),
        Ctl::Help(args) => help_topic(&root, &args.path),
    };
    if let Err(failure) = &ended {
        block_on(async {
            hint::print(&context, failure).await;
            Ok(())
        })?;
    }
    ended
}

/// What is said of a subcommand that is in the offline tool now. Under the name of etcdctl it ends as there: with the
/// help of the command above it.
fn refuse_moved(program: &str, path: &[String], words: &[OsString]) -> Result<(), Failure> {
    let is_snapshot = path.iter().any(|name| name == "snapshot") && path.len() == 1;
    let Some(text) = words.iter().find_map(snapshot::moved).filter(|_| is_snapshot) else { return Ok(()) };
    if program == "etcdctl" {
        crate::cli::errln!("hint: {text}");
        return Ok(());
    }
    Err(Failure::new(Exit::Error, text))
}

/// Runs a command on one thread.
fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(command);
    // A read of standard input that nobody waits for any more must not keep the process.
    runtime.shutdown_background();
    ended
}

/// Flags that have a variable: those that several commands share.
fn shared_flags(root: &Command, parsed: &Parsed) -> Vec<String> {
    let parents = [Some(root), find(root, &parsed.path[..1])];
    let flags = parents.into_iter().flatten().flat_map(Command::get_arguments).filter(|arg| arg.is_global_set());
    flags.filter_map(|arg| arg.get_long().map(str::to_owned)).collect()
}

/// Reads what was typed, on top of what the environment says; a variable that cannot be read counts as not set.
fn read(root: &Command, parsed: &Parsed, environment: &Environment) -> Result<Cli, Failure> {
    let with_flags = |flags: Vec<(String, OsString)>, positionals: &[OsString]| -> Result<Cli, Refusal> {
        let parsed =
            Parsed { path: parsed.path.clone(), flags, positionals: positionals.to_vec(), ..Parsed::default() };
        let words = parsed.canonical(root).map_err(Refusal::Flag)?;
        let matches = root.clone().try_get_matches_from(words);
        matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
            if error.kind() == ErrorKind::UnknownArgument {
                // Flags were looked up before: it is a word too many.
                let command = parsed.path.join(" ");
                return Refusal::Words(format!("too many arguments for the command {command}"));
            }
            let command = find(root, &parsed.path).unwrap_or(root);
            let known = pflag::value_error(command, &error).or_else(|| pflag::value_error(root, &error));
            Refusal::Flag(known.unwrap_or_else(|| error.to_string()))
        })
    };
    let readable = |flag: &&(String, OsString)| with_flags(vec![(*flag).clone()], &[]).is_ok();
    let mut flags: Vec<_> = environment.values.iter().filter(readable).cloned().collect();
    flags.extend(parsed.flags.iter().cloned());
    with_flags(flags, &parsed.positionals).map_err(|refusal| match refusal {
        Refusal::Flag(message) => refuse_flag(root, &parsed.path, &message),
        Refusal::Words(message) => Failure::args(message),
    })
}

/// Why clap does not take what the grammar let pass.
enum Refusal {
    /// A flag's value.
    Flag(String),
    /// The number of arguments.
    Words(String),
}

/// Prints what is wrong with a flag, and the usage under it.
fn refuse_flag(root: &Command, path: &[String], message: &str) -> Failure {
    crate::cli::errln!("Error: {message}\n{}\n", help::screen(root, path).trim_end());
    Failure::silent(Exit::Error)
}

fn print_options(root: &Command) -> Result<(), Failure> {
    let mut options = Command::new("options").disable_help_flag(true).help_template("{options}");
    for arg in root.get_arguments() {
        options = options.arg(arg.clone().hide(false));
    }
    print::text(&format!("The following options can be passed to any command:\n\n{}\n", options.render_help()))
}

fn help_topic(root: &Command, words: &[OsString]) -> Result<(), Failure> {
    // As for a command that runs: names may be cut, and what no command has below it is passed over.
    let path = match pflag::parse(root, &BEYOND, words) {
        Ok(parsed) => parsed.path,
        Err(GrammarError::Flag { path, .. }) => path,
        Err(GrammarError::UnknownCommand(_)) => {
            let words: Vec<_> = words.iter().map(|word| format!("`{}`", word.to_string_lossy())).collect();
            crate::cli::errln!("Unknown help topic [{}]", words.join(" "));
            Vec::new()
        }
    };
    print::text(&help::screen(root, &path))
}

fn complete(program: &str, words: &[OsString]) -> Result<(), Failure> {
    let shell = docs::shell(program, words)?;
    std::io::stdout().write_all(&docs::completion(documented(program), shell))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        commands("rsctl").debug_assert();
    }

    #[test]
    fn completions_are_up_to_date() {
        docs::checked_in::completions(&documented("rsctl"));
    }

    #[test]
    fn man_pages_are_up_to_date() {
        docs::checked_in::man_pages(&documented("rsctl"), crate::ctl::manual::SECTIONS);
    }
}
