//! `put`

use std::{
    ffi::OsString,
    io::{self, Read},
    os::unix::ffi::OsStringExt,
};

use super::global::{Context, Limit};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
    },
    client::ClientError,
    pb::etcdserverpb::PutRequest,
};

/// Put a key into the store
///
/// Reads the value from standard input, all of it, when VALUE is left out and --ignore-value is not set. A value
/// that begins with '-' is taken for a flag: write 'put -- KEY VALUE' or 'put KEY -- VALUE'.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl put [options] <KEY> [VALUE]")]
pub struct PutArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Lease to attach to the key, in hexadecimal
    #[arg(long, value_name = "ID", default_value = "0", hide_default_value = true)]
    lease: String,
    /// Print the previous key and value, too
    #[arg(long)]
    prev_kv: bool,
    /// Keep the value that the key has
    #[arg(long)]
    ignore_value: bool,
    /// Keep the lease that the key has
    #[arg(long)]
    ignore_lease: bool,
}

impl PutArgs {
    /// The request; may read the value from `stdin`.
    ///
    /// # Errors
    /// Wrong arguments, or nothing on `stdin`.
    pub fn request(self, stdin: &mut impl Read) -> Result<PutRequest, Failure> {
        let count = self.args.len();
        let mut args = self.args.into_iter().map(OsStringExt::into_vec);
        let too_few = || Failure::args("put command needs 1 argument and input from stdin or 2 arguments");
        let key = args.next().ok_or_else(too_few)?;
        if self.ignore_value && count > 1 {
            return Err(Failure::args("put command needs only 1 argument when 'ignore-value' is set"));
        }
        let lease = go::parse_int(&self.lease, 16)
            .map_err(|error| Failure::args(format!("bad lease ID ({error}), expecting ID in Hex")));
        let value = match args.next() {
            Some(value) => value,
            None if self.ignore_value => Vec::new(),
            None => read_value(stdin)?.ok_or_else(too_few)?,
        };
        Ok(PutRequest {
            key: key.into(),
            value: value.into(),
            lease: lease?,
            prev_kv: self.prev_kv,
            ignore_value: self.ignore_value,
            ignore_lease: self.ignore_lease,
        })
    }
}

/// All of standard input; nothing if it is empty.
fn read_value(stdin: &mut impl Read) -> Result<Option<Vec<u8>>, Failure> {
    let mut value = Vec::new();
    stdin.read_to_end(&mut value)?;
    Ok(Some(value).filter(|value| !value.is_empty()))
}

pub async fn run(context: &Context, args: PutArgs) -> Result<(), Failure> {
    let request = args.request(&mut io::stdin().lock())?;
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    printer.put(&client.put(request).await?)
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new(Exit::Error, error.to_string())
    }
}
