//! `get`

use std::ffi::OsString;

use super::{
    global::{Context, Limit},
    keys::{Widen, missing_key},
    pages::Pages,
    print::Printer,
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        go, offer,
        output::{Format, jsonl::Line},
    },
    pb::etcdserverpb::{
        RangeRequest, RangeResponse,
        range_request::{SortOrder, SortTarget},
    },
};

/// Get a key or a range of keys
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl get [options] <KEY> [RANGE_END]")]
pub struct GetArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Linearizable (l) or serializable (s) read
    #[arg(long, value_name = "l|s", default_value = "l", value_parser = offer::text(offer::CONSISTENCY),
          hide_possible_values = true)]
    consistency: String,
    /// Order of results: ASCEND or DESCEND
    #[arg(long, value_name = "ORDER", default_value = "", hide_default_value = true,
          value_parser = offer::text(&["ASCEND", "DESCEND"]), hide_possible_values = true)]
    order: String,
    /// What to sort by: CREATE, KEY, MODIFY, VALUE or VERSION
    #[arg(long, value_name = "TARGET", default_value = "", hide_default_value = true,
          value_parser = offer::text(&["CREATE", "KEY", "MODIFY", "VALUE", "VERSION"]), hide_possible_values = true)]
    sort_by: String,
    /// Largest number of results; 0 for all
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    limit: i64,
    /// Get the keys that begin with KEY
    #[arg(long)]
    prefix: bool,
    /// Get the keys from KEY on, in the order of bytes
    #[arg(long)]
    from_key: bool,
    /// Revision to read at; 0 for the newest
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    rev: i64,
    /// Get only the keys
    #[arg(long)]
    keys_only: bool,
    /// Get only the count (with -w fields, yaml, jsonl or raw)
    #[arg(long)]
    count_only: bool,
    /// Print only values (with -w simple)
    #[arg(long)]
    print_value_only: bool,
    /// Least revision of creation
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    min_create_rev: i64,
    /// Greatest revision of creation
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    max_create_rev: i64,
    /// Least revision of the last change
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    min_mod_rev: i64,
    /// Greatest revision of the last change
    #[arg(long, value_name = "REV", default_value_t = 0, hide_default_value = true, value_parser = go::parse_flag_int,
          allow_hyphen_values = true)]
    max_mod_rev: i64,
    /// Let the server send the results in pieces
    #[arg(long)]
    stream: bool,
}

impl GetArgs {
    /// The request.
    ///
    /// # Errors
    /// Wrong arguments, or a flag with a value that does not exist.
    pub fn request(self) -> Result<RangeRequest, Failure> {
        // Of several faults, the one named is that of etcdctl.
        if self.args.is_empty() {
            return Err(missing_key("get"));
        }
        let widen = Widen { prefix: self.prefix, from_key: self.from_key };
        widen.check()?;
        if self.keys_only && self.count_only {
            return Err(Failure::args("`--keys-only` and `--count-only` cannot be set at the same time, choose one"));
        }
        let serializable = match self.consistency.as_str() {
            "l" => false,
            "s" => true,
            other => return Err(bad_consistency(other)),
        };
        let selection = widen.select("get", self.args)?;
        let bad = |what: String| Failure::new(Exit::BadFeature, what);
        let order = match self.order.to_uppercase().as_str() {
            "" => None,
            "ASCEND" => Some(SortOrder::Ascend),
            "DESCEND" => Some(SortOrder::Descend),
            _ => return Err(bad(format!("bad sort order {}", self.order))),
        };
        let target = match self.sort_by.to_uppercase().as_str() {
            "" => None,
            "CREATE" => Some(SortTarget::Create),
            "KEY" => Some(SortTarget::Key),
            "MODIFY" => Some(SortTarget::Mod),
            "VALUE" => Some(SortTarget::Value),
            "VERSION" => Some(SortTarget::Version),
            _ => return Err(bad(format!("bad sort target {}", self.sort_by))),
        };
        for (name, min, max) in
            [("Create", self.min_create_rev, self.max_create_rev), ("Mod", self.min_mod_rev, self.max_mod_rev)]
        {
            if max > 0 && min > max {
                return Err(bad(format!("getMin{name}Rev(={min}) > getMax{name}Rev(={max})")));
            }
        }
        let target_or_key = target.unwrap_or(SortTarget::Key);
        let (sort_order, sort_target) = match (order, target) {
            (None, None) => (SortOrder::None, SortTarget::Key),
            // Keys come in ascending order anyhow.
            (None | Some(SortOrder::Ascend), None | Some(SortTarget::Key)) => (SortOrder::None, SortTarget::Key),
            (order, _) => (order.unwrap_or(SortOrder::None), target_or_key),
        };
        Ok(RangeRequest {
            key: selection.key.into(),
            range_end: selection.range_end.into(),
            limit: self.limit,
            revision: self.rev,
            sort_order: sort_order.into(),
            sort_target: sort_target.into(),
            serializable,
            keys_only: self.keys_only,
            count_only: self.count_only,
            min_mod_revision: self.min_mod_rev,
            max_mod_revision: self.max_mod_rev,
            min_create_revision: self.min_create_rev,
            max_create_revision: self.max_create_rev,
        })
    }
}

/// The refusal of a consistency that is neither `l` nor `s`.
pub fn bad_consistency(value: &str) -> Failure {
    Failure::new(Exit::BadFeature, format!("unknown consistency flag {}", go::quote(value.as_bytes())))
}

pub async fn run(context: &Context, args: GetArgs) -> Result<(), Failure> {
    let (stream, value_only) = (args.stream, args.print_value_only);
    let request = args.request()?;
    let count_only = request.count_only;
    let client = context.client(Limit::Command).await?;
    let mut printer = context.printer()?;
    if !stream && !count_only && is_paged(&printer) && Pages::suit(&client, &request) {
        printer.value_only = value_only;
        let mut pages = Pages::new(&client, request);
        while let Some(page) = pages.next().await? {
            printer.get(&page)?;
        }
        return Ok(());
    }
    let answer = if stream { client.range_stream(request).await? } else { client.range(request).await? };
    if count_only && let Some(text) = count_text(&printer, &answer) {
        return printer.write(text.as_bytes());
    }
    if count_only && !matches!(printer.format, Format::Fields | Format::Yaml) {
        return Err(Failure::args("--count-only is only for `--write-out=fields`"));
    }
    if value_only && printer.format != Format::Simple {
        return Err(Failure::args("print-value-only is only for `--write-out=simple`"));
    }
    printer.value_only = value_only;
    printer.get(&answer)
}

/// Whether a long answer is printed the same in pieces.
fn is_paged(printer: &Printer) -> bool {
    matches!(printer.format, Format::Simple | Format::Jsonl | Format::Raw)
}

/// The count in the formats of keys, which etcdctl does not have.
fn count_text(printer: &Printer, answer: &RangeResponse) -> Option<String> {
    match printer.format {
        Format::Jsonl => {
            let revision = answer.header.unwrap_or_default().revision;
            Some(Line::new().number("count", answer.count).number("revision", revision).finish())
        }
        Format::Raw => Some(format!("{}\n", answer.count)),
        Format::Simple | Format::Json | Format::Fields | Format::Table | Format::Protobuf | Format::Yaml => None,
    }
}
