//! `role`

use std::{ffi::OsString, os::unix::ffi::OsStrExt};

use super::{
    auth::ROOT,
    global::{Context, Limit},
    keys::{self, Selection},
    print::Printer,
    prompt::text_of,
};
use crate::{
    cli::{exit::Failure, offer},
    pb::{
        authpb::{Permission, permission::Type},
        etcdserverpb::{
            AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGetRequest, AuthRoleGetResponse,
            AuthRoleGrantPermissionRequest, AuthRoleListRequest, AuthRoleRevokePermissionRequest,
        },
    },
};

/// Role related commands
#[derive(clap::Args, Debug)]
pub struct RoleArgs {
    #[command(subcommand)]
    command: RoleCommand,
}

#[derive(clap::Subcommand, Debug)]
enum RoleCommand {
    Add(AddArgs),
    Delete(DeleteArgs),
    Get(GetArgs),
    List(ListArgs),
    GrantPermission(GrantArgs),
    RevokePermission(RevokeArgs),
}

/// Add a role
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl role add <NAME>")]
struct AddArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Delete a role, and take it from all users
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl role delete <NAME>")]
struct DeleteArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Print the permissions of a role
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl role get <NAME>")]
struct GetArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// List all roles
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl role list")]
struct ListArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Let a role read or write a key, a range of keys or a prefix
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl role grant-permission [options] <NAME> <read|write|readwrite> <KEY> [RANGE_END]")]
struct GrantArgs {
    #[arg(hide = true)]
    role: Option<OsString>,
    #[arg(hide = true, value_parser = offer::bytes(&["read", "write", "readwrite"]))]
    kind: Option<OsString>,
    #[arg(hide = true)]
    first: Option<OsString>,
    #[arg(hide = true)]
    end: Vec<OsString>,
    #[command(flatten)]
    widen: Widen,
}

/// Take the permission for a key, a range of keys or a prefix from a role
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl role revoke-permission [options] <NAME> <KEY> [RANGE_END]")]
struct RevokeArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    widen: Widen,
}

#[derive(clap::Args, Clone, Copy, Debug)]
struct Widen {
    /// The keys that begin with KEY
    #[arg(long)]
    prefix: bool,
    /// The keys from KEY on, in the order of bytes
    #[arg(long)]
    from_key: bool,
}

pub async fn run(context: &Context, args: RoleArgs) -> Result<(), Failure> {
    match args.command {
        RoleCommand::Add(args) => add(context, &args.args).await,
        RoleCommand::Delete(args) => delete(context, &args.args).await,
        RoleCommand::Get(args) => get(context, &args.args).await,
        RoleCommand::List(args) => list(context, &args.args).await,
        RoleCommand::GrantPermission(args) => grant(context, &args).await,
        RoleCommand::RevokePermission(args) => revoke(context, &args).await,
    }
}

/// The one argument of the command `name`.
fn role_name(name: &str, args: &[OsString]) -> Result<String, Failure> {
    match args {
        [role] => Ok(text_of(role)),
        _ => Err(Failure::args(format!("role {name} command requires role name as its argument"))),
    }
}

async fn add(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let name = role_name("add", args)?;
    let line = format!("Role {name} created");
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.role_add(AuthRoleAddRequest { name }).await?;
    printer.done(&answer, "AuthRoleAddResponse", answer.header.as_ref(), line.as_bytes())
}

async fn delete(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let role = role_name("delete", args)?;
    let line = format!("Role {role} deleted");
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.role_delete(AuthRoleDeleteRequest { role }).await?;
    printer.done(&answer, "AuthRoleDeleteResponse", answer.header.as_ref(), line.as_bytes())
}

async fn get(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let role = role_name("get", args)?;
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.role_get(AuthRoleGetRequest { role: role.clone() }).await?;
    print(&printer, &role, &answer)
}

async fn list(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    if !args.is_empty() {
        return Err(Failure::args("role list command requires no arguments"));
    }
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.role_list(AuthRoleListRequest {}).await?;
    printer.answer(
        &answer,
        "AuthRoleListResponse",
        |out| answer.roles.iter().for_each(|role| out.extend_from_slice(format!("{role}\n").as_bytes())),
        |lines| {
            let roles = answer.roles.iter().map(|role| format!(" {}", crate::cli::go::quote(role.as_bytes())));
            lines.header(answer.header.as_ref()).list("Roles", &roles.collect::<String>());
        },
    )
}

async fn grant(context: &Context, args: &GrantArgs) -> Result<(), Failure> {
    let (Some(name), Some(kind), Some(key)) = (&args.role, &args.kind, &args.first) else {
        let text = "role grant command requires role name, permission type, and key [endkey] as its argument";
        return Err(Failure::args(text));
    };
    let kind_name = text_of(kind);
    let kind = Type::from_str_name(&kind_name.to_uppercase())
        .ok_or_else(|| Failure::args(format!("invalid permission type: {kind_name}")))?;
    let selection = args.widen.select(key, args.end.first())?;
    let name = text_of(name);
    let line = format!("Role {name} updated");
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let perm = Permission { perm_type: kind.into(), key: selection.key.into(), range_end: selection.range_end.into() };
    let answer = client.role_grant_permission(AuthRoleGrantPermissionRequest { name, perm: Some(perm) }).await?;
    printer.done(&answer, "AuthRoleGrantPermissionResponse", answer.header.as_ref(), line.as_bytes())
}

async fn revoke(context: &Context, args: &RevokeArgs) -> Result<(), Failure> {
    let [role, typed, end @ ..] = &args.args[..] else {
        let text = "role revoke-permission command requires role name and key [endkey] as its argument";
        return Err(Failure::args(text));
    };
    let Selection { key, range_end } = args.widen.select(typed, end.first())?;
    let role = text_of(role);
    let mut line = b"Permission of ".to_vec();
    line.extend_from_slice(if range_end.is_empty() { b"key " } else { b"range " });
    line.extend(interval(typed.as_bytes(), &range_end));
    line.extend_from_slice(format!(" is revoked from role {role}").as_bytes());
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let request = AuthRoleRevokePermissionRequest { role, key: key.into(), range_end: range_end.into() };
    let answer = client.role_revoke_permission(request).await?;
    printer.done(&answer, "AuthRoleRevokePermissionResponse", answer.header.as_ref(), &line)
}

impl Widen {
    /// The keys that a permission is about. The empty key stands for the first one there can be.
    fn select(self, key: &OsString, end: Option<&OsString>) -> Result<Selection, Failure> {
        let refuse = |text: &str| Err(Failure::args(text));
        if self.prefix && self.from_key {
            return refuse("--from-key and --prefix flags are mutually exclusive");
        }
        if end.is_some() && self.prefix {
            return refuse("unexpected endkey argument with --prefix flag");
        }
        if end.is_some() && self.from_key {
            return refuse("unexpected endkey argument with --from-key flag");
        }
        let key = key.as_bytes().to_vec();
        if self.prefix {
            return Ok(keys::prefix(key));
        }
        let key = if key.is_empty() { vec![0] } else { key };
        let range_end = if self.from_key { vec![0] } else { end.map_or_else(Vec::new, |end| end.as_bytes().to_vec()) };
        Ok(Selection { key, range_end })
    }
}

/// Writes the permissions of a role.
///
/// # Errors
/// The format does not suit, or standard output is gone.
pub fn print(printer: &Printer, role: &str, answer: &AuthRoleGetResponse) -> Result<(), Failure> {
    printer.answer(
        answer,
        "AuthRoleGetResponse",
        |out| simple(out, role, &answer.perm),
        |lines| {
            lines.header(answer.header.as_ref());
            for perm in &answer.perm {
                // As etcdctl: the name of the type follows two blanks.
                lines.value("PermType", format_args!(" {}", perm.perm_type().as_str_name()));
                lines.text("Key", &perm.key).text("RangeEnd", &perm.range_end);
            }
        },
    )
}

fn simple(out: &mut Vec<u8>, role: &str, permissions: &[Permission]) {
    // An etcd before 3.6 stores no permission for the role that has them all.
    let all = [Permission { perm_type: Type::Readwrite.into(), range_end: vec![0].into(), ..Permission::default() }];
    let permissions = if role == ROOT && permissions.is_empty() { &all } else { permissions };
    out.extend_from_slice(format!("Role {role}\n").as_bytes());
    for (heading, kind) in [("KV Read:\n", Type::Read), ("KV Write:\n", Type::Write)] {
        out.extend_from_slice(heading.as_bytes());
        for perm in permissions.iter().filter(|perm| perm.perm_type() == kind || perm.perm_type() == Type::Readwrite) {
            out.push(b'\t');
            out.extend(interval(&perm.key, &perm.range_end));
            let is_prefix = perm.range_end != [0][..] && keys::prefix(perm.key.to_vec()).range_end == perm.range_end;
            if is_prefix {
                out.extend_from_slice(b" (prefix ");
                out.extend_from_slice(&perm.key);
                out.push(b')');
            }
            out.push(b'\n');
        }
    }
}

/// A key, or the range from `key` to `end`.
fn interval(key: &[u8], end: &[u8]) -> Vec<u8> {
    match end {
        [] => key.to_vec(),
        [0] => [b"[", key, b", <open ended>"].concat(),
        _ => [b"[", key, b", ", end, b")"].concat(),
    }
}
