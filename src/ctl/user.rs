//! `user`

use std::ffi::OsString;

use super::{
    global::{Context, Limit},
    prompt::{Interactive, text_of},
    role,
};
use crate::{
    cli::{exit::Failure, output::json::Ids},
    pb::{
        authpb::UserAddOptions,
        etcdserverpb::{
            AuthRoleGetRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest,
            AuthUserGetRequest, AuthUserGrantRoleRequest, AuthUserListRequest, AuthUserRevokeRoleRequest,
        },
    },
};

/// User related commands
#[derive(clap::Args, Debug)]
pub struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(clap::Subcommand, Debug)]
enum UserCommand {
    Add(AddArgs),
    Delete(DeleteArgs),
    Get(GetArgs),
    List(ListArgs),
    Passwd(PasswdArgs),
    GrantRole(GrantRoleArgs),
    RevokeRole(RevokeRoleArgs),
}

/// Add a user
///
/// The password is the part of the argument after the first colon, or that of --new-user-password, or is asked for.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user add [options] <NAME[:PASSWORD]>")]
struct AddArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    interactive: Interactive,
    /// The password; a colon in the argument is part of the name then
    #[arg(long, value_name = "PASSWORD", default_value = "", hide_default_value = true)]
    new_user_password: String,
    /// A user who can log in with a certificate alone
    #[arg(long)]
    no_password: bool,
}

/// Delete a user
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user delete <NAME>")]
struct DeleteArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Print the roles of a user
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user get [options] <NAME>")]
struct GetArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    /// Print the permissions of each role
    #[arg(long)]
    detail: bool,
}

/// List all users
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user list")]
struct ListArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Change the password of a user
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user passwd [options] <NAME>")]
struct PasswdArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    interactive: Interactive,
}

/// Give a role to a user
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user grant-role <NAME> <ROLE>")]
struct GrantRoleArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// Take a role from a user
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl user revoke-role <NAME> <ROLE>")]
struct RevokeRoleArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

pub async fn run(context: &Context, args: UserArgs) -> Result<(), Failure> {
    match args.command {
        UserCommand::Add(args) => add(context, &args).await,
        UserCommand::Delete(args) => delete(context, &args.args).await,
        UserCommand::Get(args) => get(context, &args).await,
        UserCommand::List(args) => list(context, &args.args).await,
        UserCommand::Passwd(args) => change_password(context, &args).await,
        UserCommand::GrantRole(args) => grant_role(context, &args.args).await,
        UserCommand::RevokeRole(args) => revoke_role(context, &args.args).await,
    }
}

/// The one argument of the command `name`.
fn user_name(name: &str, args: &[OsString]) -> Result<String, Failure> {
    match args {
        [user] => Ok(text_of(user)),
        _ => Err(Failure::args(format!("user {name} command requires user name as its argument"))),
    }
}

async fn add(context: &Context, args: &AddArgs) -> Result<(), Failure> {
    let typed = user_name("add", &args.args)?;
    let (name, password) = if args.no_password {
        (typed, String::new())
    } else if !args.new_user_password.is_empty() {
        (typed, args.new_user_password.clone())
    } else if let Some((name, password)) = typed.split_once(':') {
        if name.is_empty() {
            return Err(Failure::args("empty user name is not allowed"));
        }
        (name.to_owned(), password.to_owned())
    } else {
        let password = args.interactive.new_password(&typed).await?;
        (typed, password)
    };
    let line = format!("User {name} created");
    let options = Some(UserAddOptions { no_password: args.no_password });
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let request = AuthUserAddRequest { name, password, options, ..AuthUserAddRequest::default() };
    let answer = client.user_add(request).await?;
    printer.done(&answer, "AuthUserAddResponse", answer.header.as_ref(), line.as_bytes())
}

async fn delete(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let name = user_name("delete", args)?;
    let line = format!("User {name} deleted");
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.user_delete(AuthUserDeleteRequest { name }).await?;
    printer.done(&answer, "AuthUserDeleteResponse", answer.header.as_ref(), line.as_bytes())
}

async fn get(context: &Context, args: &GetArgs) -> Result<(), Failure> {
    let name = user_name("get", &args.args)?;
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.user_get(AuthUserGetRequest { name: name.clone() }).await?;
    if !args.detail {
        return printer.simple_or_message(&answer, "AuthUserGetResponse", Ids::Decimal, || {
            let roles: String = answer.roles.iter().map(|role| format!(" {role}")).collect();
            format!("User: {name}\nRoles:{roles}\n")
        });
    }
    printer.write(format!("User: {name}\n").as_bytes())?;
    for role in answer.roles {
        printer.write(b"\n")?;
        let permissions = client.role_get(AuthRoleGetRequest { role: role.clone() }).await?;
        role::print(&printer, &role, &permissions)?;
    }
    Ok(())
}

async fn list(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    if !args.is_empty() {
        return Err(Failure::args("user list command requires no arguments"));
    }
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.user_list(AuthUserListRequest {}).await?;
    let lines = || answer.users.iter().map(|user| format!("{user}\n")).collect();
    printer.simple_or_message(&answer, "AuthUserListResponse", Ids::Decimal, lines)
}

async fn change_password(context: &Context, args: &PasswdArgs) -> Result<(), Failure> {
    let name = user_name("passwd", &args.args)?;
    let password = args.interactive.new_password(&name).await?;
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let request = AuthUserChangePasswordRequest { name, password, ..AuthUserChangePasswordRequest::default() };
    let answer = client.user_change_password(request).await?;
    printer.done(&answer, "AuthUserChangePasswordResponse", answer.header.as_ref(), b"Password updated")
}

async fn grant_role(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let [user, role] = args else {
        return Err(Failure::args("user grant command requires user name and role name as its argument"));
    };
    let (user, role) = (text_of(user), text_of(role));
    let line = format!("Role {role} is granted to user {user}");
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.user_grant_role(AuthUserGrantRoleRequest { user, role }).await?;
    printer.done(&answer, "AuthUserGrantRoleResponse", answer.header.as_ref(), line.as_bytes())
}

async fn revoke_role(context: &Context, args: &[OsString]) -> Result<(), Failure> {
    let [user, role] = args else {
        return Err(Failure::args("user revoke-role requires user name and role name as its argument"));
    };
    let (name, role) = (text_of(user), text_of(role));
    let line = format!("Role {role} is revoked from user {name}");
    let client = context.client(Limit::None).await?;
    let printer = context.printer()?;
    let answer = client.user_revoke_role(AuthUserRevokeRoleRequest { name, role }).await?;
    printer.done(&answer, "AuthUserRevokeRoleResponse", answer.header.as_ref(), line.as_bytes())
}
