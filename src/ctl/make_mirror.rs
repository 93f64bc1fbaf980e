//! `make-mirror`: copies a prefix to another cluster, and then every change of it.

use std::{
    ffi::OsString,
    os::unix::ffi::OsStringExt,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::{
    global::{Context, Limit, connect, credentials},
    print,
    tls_files::{check_tls_files, tls_of_files},
};
use crate::{
    cli::{exit::Failure, go, progress},
    client::{Client, Config, Mirror},
};

/// Time between two lines with the count.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);
/// Time between two looks at how far the copy is.
const BAR_INTERVAL: Duration = Duration::from_millis(100);

/// Copy keys to another cluster, and every change of them from then on
///
/// Prints the number of operations done every 30 seconds. Leases are not copied.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl make-mirror [options] <DESTINATION>")]
pub struct MakeMirrorArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Copy the keys that begin with this
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
    /// What the prefix becomes at the destination; the same prefix unless given
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    dest_prefix: OsString,
    /// Strip the prefix
    #[arg(long)]
    no_dest_prefix: bool,
    /// Begin with the changes of this revision instead of a copy
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    rev: i64,
    /// Most operations in one transaction at the destination
    #[arg(long, value_name = "COUNT", default_value = "128", value_parser = go::parse_flag_uint, allow_hyphen_values = true)]
    max_txn_ops: u64,
    /// TLS certificate file for the destination
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    dest_cert: String,
    /// TLS key file for the destination
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    dest_key: String,
    /// CA bundle that the destination's certificate is checked against
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    dest_cacert: String,
    /// Disable transport security for the destination
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true",
          hide_default_value = true, value_name = "BOOL", value_parser = go::parse_bool, action = clap::ArgAction::Set)]
    dest_insecure_transport: bool,
    /// Name[:password] at the destination (prompt if password is not supplied)
    #[arg(long, value_name = "USER", default_value = "", hide_default_value = true)]
    dest_user: String,
    /// Password at the destination (--dest-user must not include one then)
    #[arg(long, value_name = "PASSWORD", default_value = "", hide_default_value = true)]
    dest_password: String,
}

pub async fn run(context: &Context, args: MakeMirrorArgs) -> Result<(), Failure> {
    let [destination] = &args.args[..] else {
        return Err(Failure::args("make-mirror takes one destination argument"));
    };
    if !args.dest_prefix.is_empty() && args.no_dest_prefix {
        let text = "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one";
        return Err(Failure::args(text));
    }
    let destination = args.destination(context, destination.to_string_lossy().into_owned()).await?;
    let source = context.client(Limit::None).await?;
    let copies = args.rev <= 1;
    let prefix = args.prefix.into_vec();
    let dest_prefix = match args.dest_prefix.into_vec() {
        // As etcd 3.7: without a copy first, no destination prefix means none.
        given if !given.is_empty() || args.no_dest_prefix || !copies => given,
        _ => prefix.clone(),
    };
    let ops_max = usize::try_from(args.max_txn_ops).ok().filter(|&ops_max| ops_max > 0).unwrap_or(usize::MAX);
    let mirror = Mirror::new(source, destination)
        .prefix(prefix)
        .dest_prefix(dest_prefix)
        .start_revision(args.rev)
        .ops_max(ops_max);
    let (copied, to_copy) = (mirror.copied(), mirror.to_copy());
    tokio::select! {
        result = mirror.run() => result.map(|never| match never {}).map_err(Failure::from),
        failure = report(&copied, &to_copy) => Err(failure),
    }
}

impl MakeMirrorArgs {
    async fn destination(&self, context: &Context, endpoint: String) -> Result<Client, Failure> {
        check_tls_files(&self.dest_cert, &self.dest_key, &self.dest_cacert)?;
        let tls = tls_of_files(&self.dest_cert, &self.dest_key, &self.dest_cacert);
        let tls = if self.dest_insecure_transport { tls } else { Some(tls.unwrap_or_default()) };
        let credentials = credentials(&self.dest_user, &self.dest_password, "Destination Password: ").await?;
        let config = Config { tls, credentials, ..context.config(vec![endpoint], Limit::None) };
        connect(&config).await
    }
}

/// Shows how far the copy is and prints the count every now and then; ends with standard output.
async fn report(copied: &AtomicU64, to_copy: &AtomicU64) -> Failure {
    let bar = progress::bar(0);
    let mut next = Instant::now() + REPORT_INTERVAL;
    loop {
        tokio::time::sleep(BAR_INTERVAL).await;
        match to_copy.load(Ordering::Relaxed) {
            0 => bar.finish_and_clear(),
            keys => {
                bar.set_length(keys);
                bar.set_position(copied.load(Ordering::Relaxed));
            }
        }
        if Instant::now() < next {
            continue;
        }
        next += REPORT_INTERVAL;
        if let Err(failure) = print::text(&format!("{}\n", copied.load(Ordering::Relaxed))) {
            return failure;
        }
    }
}
