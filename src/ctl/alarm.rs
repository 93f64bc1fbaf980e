//! `alarm`

use std::ffi::OsString;

use super::{
    global::{Context, Limit},
    print::Printer,
};
use crate::{
    cli::exit::Failure,
    pb::etcdserverpb::{AlarmMember, AlarmRequest, AlarmResponse, AlarmType, alarm_request::AlarmAction},
};

/// Alarm related commands
#[derive(clap::Args, Debug)]
pub struct AlarmArgs {
    #[command(subcommand)]
    command: AlarmCommand,
}

#[derive(clap::Subcommand, Debug)]
enum AlarmCommand {
    Disarm(DisarmArgs),
    List(ListArgs),
}

/// Disarm all alarms
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl alarm disarm")]
struct DisarmArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

/// List all alarms
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsctl alarm list")]
struct ListArgs {
    #[arg(hide = true)]
    args: Vec<OsString>,
}

pub async fn run(context: &Context, args: AlarmArgs) -> Result<(), Failure> {
    let (name, args) = match &args.command {
        AlarmCommand::Disarm(args) => ("disarm", &args.args),
        AlarmCommand::List(args) => ("list", &args.args),
    };
    if !args.is_empty() {
        return Err(Failure::args(format!("alarm {name} command accepts no arguments")));
    }
    let client = context.client(Limit::Command).await?;
    let printer = context.printer()?;
    let request = |action: AlarmAction, alarm: AlarmMember| AlarmRequest {
        action: action.into(),
        member_id: alarm.member_id,
        alarm: alarm.alarm,
    };
    let list = client.alarm(request(AlarmAction::Get, AlarmMember::default())).await?;
    if name == "list" {
        return print(&printer, &list);
    }
    let mut disarmed = AlarmResponse::default();
    for alarm in list.alarms {
        disarmed.alarms.extend(client.alarm(request(AlarmAction::Deactivate, alarm)).await?.alarms);
    }
    print(&printer, &disarmed)
}

fn print(printer: &Printer, answer: &AlarmResponse) -> Result<(), Failure> {
    printer.answer(
        answer,
        "AlarmResponse",
        |out| answer.alarms.iter().for_each(|alarm| out.extend_from_slice(line(alarm).as_bytes())),
        |lines| {
            lines.header(answer.header.as_ref());
            for alarm in &answer.alarms {
                lines.value("MemberID", alarm.member_id).value("AlarmType", name(alarm.alarm())).blank();
            }
        },
    )
}

/// The text form of the message: what is zero is left out.
fn line(alarm: &AlarmMember) -> String {
    let member = (alarm.member_id != 0).then(|| format!("memberID:{}", alarm.member_id));
    let kind = (alarm.alarm() != AlarmType::None).then(|| format!("alarm:{}", name(alarm.alarm())));
    member.into_iter().chain(kind).collect::<Vec<_>>().join(" ") + "\n"
}

fn name(alarm: AlarmType) -> &'static str {
    match alarm {
        AlarmType::None => "NONE",
        AlarmType::Nospace => "NOSPACE",
        AlarmType::Corrupt => "CORRUPT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_one_line() {
        for (member_id, alarm, text) in [
            (16043351588656262912, AlarmType::Nospace, "memberID:16043351588656262912 alarm:NOSPACE\n"),
            (0, AlarmType::Corrupt, "alarm:CORRUPT\n"),
            (7, AlarmType::None, "memberID:7\n"),
        ] {
            assert_eq!(line(&AlarmMember { member_id, alarm: alarm.into() }), text);
        }
    }
}
