//! `txn`: one transaction, read from standard input.

use std::{
    ffi::OsString,
    io::{self, BufRead},
};

use clap::{Args, Command, FromArgMatches};

use super::{
    del::DelArgs,
    get::GetArgs,
    global::{Context, Limit},
    print::Printer,
    put::PutArgs,
    txn_parse, words,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        pflag,
    },
    pb::etcdserverpb::{RequestOp, TxnRequest, request_op::Request},
};

/// Process several requests in one transaction
///
/// Reads from standard input: comparisons, an empty line, the requests if all of them hold, an empty line, the
/// requests otherwise, an empty line. A comparison is TARGET("KEY") OP "VALUE" with TARGET one of ver, c, mod, val,
/// lease and OP one of = != < >. A request is a command line of put, get or del.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl txn [options]")]
pub struct TxnArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Say what is expected next
    #[arg(long, short = 'i')]
    interactive: bool,
}

pub async fn run(context: &Context, args: TxnArgs) -> Result<(), Failure> {
    if !args.args.is_empty() {
        return Err(Failure::args("txn command does not accept argument"));
    }
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let mut input = Input { lines: io::stdin().lock(), prompts: args.interactive.then_some(&printer) };
    input.prompt("compares:")?;
    let mut request = TxnRequest::default();
    while let Some(line) = input.line()? {
        request.compare.push(txn_parse::compare(&line)?);
    }
    input.prompt("success requests (get, put, del):")?;
    request.success = input.requests().await?;
    input.prompt("failure requests (get, put, del):")?;
    request.failure = input.requests().await?;
    printer.txn(&client.txn(request).await?)
}

struct Input<'a, R> {
    lines: R,
    prompts: Option<&'a Printer>,
}

impl<R: BufRead> Input<'_, R> {
    fn prompt(&self, text: &str) -> Result<(), Failure> {
        self.prompts.map_or(Ok(()), |printer| printer.write(format!("{text}\n").as_bytes()))
    }

    /// The next line without blanks around it; nothing for an empty one, which ends a part.
    fn line(&mut self) -> Result<Option<String>, Failure> {
        let mut line = Vec::new();
        self.lines.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(Failure::new(Exit::InvalidInput, "EOF"));
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        Ok(Some(line).filter(|line| !line.is_empty()))
    }

    async fn requests(&mut self) -> Result<Vec<RequestOp>, Failure> {
        let mut requests = Vec::new();
        while let Some(line) = self.line()? {
            requests.push(RequestOp { request: Some(self.request(&line).await?) });
        }
        Ok(requests)
    }

    /// A line with the flags and arguments of one of three commands.
    async fn request(&mut self, line: &str) -> Result<Request, Failure> {
        let mut words = words::split(line)?;
        if words.len() < 2 {
            return Err(Failure::new(Exit::InvalidInput, format!("invalid txn compare request: {line}")));
        }
        let invalid = || Failure::new(Exit::InvalidInput, format!("invalid txn request: {line}"));
        let word = words.remove(0);
        let name = word.to_str().filter(|word| !word.is_empty()).ok_or_else(invalid)?;
        let known = |command: &str| command.starts_with(name);
        if known("put") {
            // A value cannot be read from what follows: those lines are requests.
            Ok(Request::RequestPut(read::<PutArgs>("put", words, invalid)?.request(&mut io::empty())?))
        } else if known("get") {
            Ok(Request::RequestRange(read::<GetArgs>("get", words, invalid)?.request()?))
        } else if known("del") {
            Ok(Request::RequestDeleteRange(read::<DelArgs>("del", words, invalid)?.request().await?))
        } else {
            Err(invalid())
        }
    }
}

/// Reads the words after the command's name; a bad flag prints the command's usage.
fn read<A: Args + FromArgMatches>(
    name: &'static str,
    words: Vec<OsString>,
    invalid: impl Fn() -> Failure,
) -> Result<A, Failure> {
    let mut command = A::augment_args(Command::new(name)).disable_help_flag(true).args_override_self(true);
    let parsed = pflag::parse_line(&command, words)
        .and_then(|parsed| if parsed.help { Err(String::new()) } else { parsed.canonical(&command) });
    let read = parsed.ok().and_then(|args| command.try_get_matches_from_mut(args).ok());
    match read.and_then(|matches| A::from_arg_matches(&matches).ok()) {
        Some(args) => Ok(args),
        None => {
            // As in etcdctl no program is named where a line is a request.
            crate::cli::errln!("{}", command.render_long_help().to_string().replace("rsctl ", ""));
            Err(invalid())
        }
    }
}
