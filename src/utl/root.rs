//! The definition of the command line, and the way from the arguments to the command that runs.

use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::{
    Failure, adopt, backup, completion,
    context::{Context, GlobalFlags},
    db, defrag, du, export, get, hash_kv, interrupt, keys, migrate, restore, snapshot, verify, version, wal,
};
use crate::{
    cli::{
        exit::{self, Exit},
        pflag::{self, GrammarError, Parsed},
    },
    telemetry::log::{self, LogOptions},
};

/// Looks after data directories and snapshots without a server
#[derive(Parser, Debug)]
#[command(
    name = "rsutl",
    disable_version_flag = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    args_override_self = true
)]
struct Cli {
    #[command(flatten)]
    global: GlobalFlags,
    #[command(subcommand)]
    command: Utl,
}

#[derive(Subcommand, Debug)]
enum Utl {
    /// Snapshot related commands
    Snapshot(snapshot::SnapshotArgs),
    #[command(name = "hashkv")]
    HashKv(hash_kv::HashKvArgs),
    Defrag(defrag::DefragArgs),
    Migrate(migrate::MigrateArgs),
    Wal(wal::WalArgs),
    Db(db::DbArgs),
    Keys(keys::KeysArgs),
    Get(get::GetArgs),
    Du(du::DuArgs),
    ListBucket(db::ListBucketArgs),
    IterateBucket(db::IterateBucketArgs),
    Hash(db::HashArgs),
    ScanKeys(db::ScanKeysArgs),
    Verify(verify::VerifyArgs),
    Restore(restore::MomentArgs),
    Backup(backup::BackupArgs),
    Adopt(adopt::AdoptArgs),
    Export(export::ExportArgs),
    Version(version::VersionArgs),
    Completion(completion::CompletionArgs),
    Help(HelpArgs),
}

impl Utl {
    fn run(self, root: &Command, context: &Context, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Self::Snapshot(args) => args.run(context, out),
            Self::HashKv(args) => args.run(context, out),
            Self::Defrag(args) => args.run(context),
            Self::Migrate(args) => args.run(context),
            Self::Wal(args) => args.run(context, out),
            Self::Db(args) => args.run(context, out),
            Self::Keys(args) => args.run(context, out),
            Self::Get(args) => args.run(context, out),
            Self::Du(args) => args.run(context, out),
            Self::ListBucket(args) => args.run(context, out),
            Self::IterateBucket(args) => args.run(context, out),
            Self::Hash(args) => args.run(context, out),
            Self::ScanKeys(args) => args.run(context, out),
            Self::Verify(args) => args.run(context, out),
            Self::Restore(args) => Ok(args.run(context, out)?),
            Self::Backup(args) => Ok(args.run(context)?),
            Self::Adopt(args) => args.run(context, out),
            Self::Export(args) => args.run(context, out),
            Self::Version(args) => args.run(context, out),
            Self::Completion(args) => args.run(context, out),
            Self::Help(args) => args.run(root, out),
        }
    }
}

/// Help about any command
#[derive(Args, Debug)]
#[command(override_usage = "rsutl help [command]")]
struct HelpArgs {
    #[arg(hide = true)]
    path: Vec<OsString>,
}

impl HelpArgs {
    fn run(self, root: &Command, out: &mut dyn Write) -> Result<(), Failure> {
        let path: Vec<String> = self.path.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        if find(root, &path).is_none() {
            let words: Vec<String> = path.iter().map(|word| format!("`{word}`")).collect();
            eprintln!("Unknown help topic [{}]\n{}", words.join(" "), help(root, &[]).trim_end());
            return Ok(());
        }
        Ok(out.write_all(help(root, &path).as_bytes())?)
    }
}

/// The commands of etcdutl. All others are found under their whole names alone, so that abbreviations mean what they
/// mean there, and help under its name does not list them.
const ETCDUTL: [&str; 8] = ["backup", "completion", "defrag", "hashkv", "help", "migrate", "snapshot", "version"];

/// Names of the commands that etcdutl does not have.
fn beyond(root: &Command) -> Vec<&str> {
    root.get_subcommands().map(Command::get_name).filter(|name| !ETCDUTL.contains(name)).collect()
}

/// The commands that are there, under the name that messages carry.
pub fn commands(program: &str) -> Command {
    let root = Cli::command().name(program.to_owned()).bin_name(program);
    if program != "etcdutl" {
        return root;
    }
    let hidden: Vec<String> = beyond(&root).into_iter().map(str::to_owned).collect();
    hidden.iter().fold(root, |root, name| root.mut_subcommand(name, |command| command.hide(true)))
}

/// What completion scripts and manual pages tell of: no hidden command.
pub fn documented(program: &str) -> Command {
    let all = commands(program);
    let mut root = Command::new(program.to_owned()).bin_name(program).disable_help_subcommand(true);
    root = root.disable_help_flag(true).disable_version_flag(true).subcommand_required(true);
    root = root.about(all.get_about().cloned().unwrap_or_default());
    root.args(all.get_arguments()).subcommands(all.get_subcommands().filter(|command| !command.is_hide_set()))
}

/// Runs `rsutl`. A link named `etcdutl` carries that name in all messages.
pub fn rsutl_main() -> ExitCode {
    let mut args = std::env::args_os();
    let called = args.next().unwrap_or_default();
    let program = match Path::new(&called).file_name() {
        Some(name) if name == "etcdutl" => "etcdutl",
        _ => "rsutl",
    };
    match run(program, args.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::Failure::from(failure).report(),
    }
}

fn run(program: &'static str, words: Vec<OsString>) -> Result<(), Failure> {
    let root = commands(program);
    let words = wal::with_two_dashes(&root, words);
    let parsed = match pflag::parse(&root, &beyond(&root), &words) {
        Ok(parsed) => parsed,
        Err(GrammarError::UnknownCommand(text)) => return Err(refuse_command(&text)),
        Err(GrammarError::Flag { message, path }) => return Err(refuse(&root, &path, &message)),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if parsed.help || parsed.path.is_empty() {
        out.write_all(help(&root, &parsed.path).as_bytes())?;
        return Ok(out.flush()?);
    }
    let cli = read(&root, &parsed).map_err(|message| refuse(&root, &parsed.path, &message))?;
    let level = match &cli.command {
        // What happens to a scratch copy is no event.
        Utl::Verify(_) => log::Level::Warn,
        _ => log::Level::Info,
    };
    // Somebody else has set up logging: that is as well.
    let _ = log::init(&LogOptions { level, format: log::Format::Tool, ..LogOptions::default() });
    // The log has no temporary files, and following it ends with a signal.
    if !matches!(cli.command, Utl::Wal(_)) {
        interrupt::watch()?;
    }
    let ended = cli.command.run(&root, &Context::new(program, cli.global), &mut out);
    // What was printed before a failure counts too.
    let flushed = out.flush();
    ended.and(flushed.map_err(Failure::from))
}

/// The command at `path` below the root.
fn find<'a>(root: &'a Command, path: &[String]) -> Option<&'a Command> {
    path.iter().try_fold(root, |command, name| command.find_subcommand(name))
}

/// Reads what was typed; the error is what is wrong with it, as etcdutl says it.
fn read(root: &Command, parsed: &Parsed) -> Result<Cli, String> {
    let command = find(root, &parsed.path).unwrap_or(root);
    check_count(command, parsed.positionals.len())?;
    check_required(command, parsed)?;
    let matches = root.clone().try_get_matches_from(parsed.canonical(root)?);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        let known = pflag::value_error(command, &error).or_else(|| pflag::value_error(root, &error));
        known.unwrap_or_else(|| short(&error))
    })
}

/// Are there as many arguments as the command takes? One that takes any counts them itself.
fn check_count(command: &Command, count: usize) -> Result<(), String> {
    let places = || command.get_positionals();
    let least = places().filter(|arg| arg.is_required_set()).count();
    let most = places()
        .fold(0, |most: usize, arg| most.saturating_add(arg.get_num_args().map_or(1, |range| range.max_values())));
    if (least..=most).contains(&count) {
        return Ok(());
    }
    Err(match (least, most) {
        (_, usize::MAX) => format!("requires at least {least} arg(s), only received {count}"),
        (least, most) if least == most => format!("accepts {least} arg(s), received {count}"),
        (0, most) => format!("accepts at most {most} arg(s), received {count}"),
        (least, most) => format!("accepts between {least} and {most} arg(s), received {count}"),
    })
}

fn check_required(command: &Command, parsed: &Parsed) -> Result<(), String> {
    let required = command.get_arguments().filter(|arg| arg.is_required_set()).filter_map(|arg| arg.get_long());
    let mut missing: Vec<String> =
        required.filter(|long| !parsed.has(long)).map(|long| format!("\"{long}\"")).collect();
    missing.sort();
    if missing.is_empty() { Ok(()) } else { Err(format!("required flag(s) {} not set", missing.join(", "))) }
}

/// The first paragraph of what clap says, on one line.
fn short(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.strip_prefix("error: ").unwrap_or(&text).split("\n\n").next().unwrap_or_default();
    paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Prints what is wrong with the arguments and the usage under it; then it is said once more.
fn refuse(root: &Command, path: &[String], message: &str) -> Failure {
    eprintln!("Error: {message}\n{}\n", render(root, path, USAGE).trim_end());
    exit::Failure::new(Exit::Error, message).into()
}

/// The same for a command that is none: `text` ends with where help is.
fn refuse_command(text: &str) -> Failure {
    eprintln!("Error: {text}");
    let (text, _) = text.rsplit_once('\n').unwrap_or((text, ""));
    exit::Failure::new(Exit::Error, text).into()
}

/// What is shown of a command when it was not understood.
const USAGE: &str = "{usage-heading} {usage}\n\n{all-args}";
const HELP: &str = "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The help of the command at `path`.
fn help(root: &Command, path: &[String]) -> String {
    render(root, path, HELP)
}

fn render(root: &Command, path: &[String], template: &'static str) -> String {
    let mut root = root.clone();
    root.build();
    let mut command = find(&root, path).unwrap_or(&root).clone().help_template(template);
    // Usage lines are written for the tool's own name.
    command.render_long_help().to_string().replace("rsutl", root.get_name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::docs;

    #[test]
    fn the_definition_is_sound() {
        commands("rsutl").debug_assert();
    }

    #[test]
    fn completions_are_up_to_date() {
        docs::checked_in::completions(&documented("rsutl"));
    }

    #[test]
    fn man_pages_are_up_to_date() {
        docs::checked_in::man_pages(&documented("rsutl"), crate::utl::manual::SECTIONS);
    }
}
