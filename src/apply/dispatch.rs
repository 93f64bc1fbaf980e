//! The one match over all kinds of requests.

use tracing::{info, warn};

use super::machine::{Asked, Machine};
use super::txn::{Writing, delete_range, put, write_txn};
use super::{Answer, ApplyError, LocalEffect, Outcome, auth, cluster, lease};
use crate::mvcc::WriteTxn;
use crate::pb::etcdserverpb::alarm_request::AlarmAction;
use crate::pb::etcdserverpb::{AlarmMember, AlarmRequest, AlarmType, CompactionRequest, InternalRaftRequest};

/// Carries a request out. What is local or timed about it goes into `local`.
pub(super) fn run(
    machine: &mut Machine,
    request: &InternalRaftRequest,
    asked: Asked,
    local: &mut Vec<LocalEffect>,
) -> Outcome {
    let Asked { is_answered, .. } = asked;
    if let Some(request) = &request.put {
        return write(machine, is_answered, |writing| put(writing, request).map(Answer::Put));
    }
    if let Some(request) = &request.txn {
        return write(machine, is_answered, |writing| write_txn(writing, request).map(Answer::Txn));
    }
    if let Some(request) = &request.delete_range {
        return write(machine, is_answered, |writing| delete_range(writing, request).map(Answer::DeleteRange));
    }
    if let Some(request) = &request.lease_grant {
        return lease::grant(machine, request, local);
    }
    if let Some(request) = &request.lease_revoke {
        return lease::revoke(machine, request, asked, local);
    }
    if let Some(request) = &request.lease_checkpoint {
        return lease::checkpoint(machine, request);
    }
    if let Some(request) = &request.compaction {
        return compact(machine, request);
    }
    if let Some(request) = &request.alarm {
        return alarm(machine, request);
    }
    if let Some(request) = &request.cluster_version_set {
        return Ok(cluster::set_version(machine, &request.ver, local));
    }
    if let Some(request) = &request.cluster_member_attr_set {
        return Ok(cluster::set_attributes(machine, request));
    }
    if let Some(outcome) = auth::run(machine, request, asked, local) {
        return outcome;
    }
    if let Some(request) = &request.downgrade_info_set {
        return Ok(cluster::set_downgrade(machine, request));
    }
    // Ranges and the test request of etcd, which no member proposes; or no request at all.
    Ok(machine.done())
}

/// Runs `operation` in the entry's write transaction.
fn write<T>(
    machine: &mut Machine,
    is_answered: bool,
    operation: impl FnOnce(&mut Writing<'_, '_>) -> Result<T, ApplyError>,
) -> Result<T, ApplyError> {
    let mut txn: WriteTxn<'_> = machine.writer.begin();
    let outcome = operation(&mut Writing::new(&mut txn, &machine.store, &machine.leases, is_answered));
    txn.end();
    outcome
}

fn compact(machine: &mut Machine, request: &CompactionRequest) -> Outcome {
    let compactions = machine.compactions.clone();
    machine.writer.compact(request.revision, Some(Box::new(move || compactions.finish())))?;
    machine.compactions.accept();
    Ok(Answer::Compact { revision: machine.writer.revision() })
}

fn alarm(machine: &mut Machine, request: &AlarmRequest) -> Outcome {
    let alarm = AlarmMember { member_id: request.member_id, alarm: request.alarm };
    let alarms = match AlarmAction::try_from(request.action) {
        Ok(AlarmAction::Get) => machine.alarms.list(request.alarm),
        Ok(AlarmAction::Activate) if request.alarm == AlarmType::None as i32 => Vec::new(),
        Ok(AlarmAction::Activate) => {
            if let Some(row) = machine.alarms.activate(alarm) {
                warn!(member = %format_args!("{:x}", alarm.member_id), alarm = alarm.alarm, "alarm raised");
                machine.write([row]);
                machine.alarms_changed();
            }
            vec![alarm]
        }
        Ok(AlarmAction::Deactivate) => match machine.alarms.deactivate(alarm) {
            Some(row) => {
                info!(member = %format_args!("{:x}", alarm.member_id), alarm = alarm.alarm, "alarm disarmed");
                machine.write([row]);
                machine.alarms_changed();
                vec![alarm]
            }
            None => Vec::new(),
        },
        Err(_) => return Err(ApplyError::UnknownAlarmAction(request.action)),
    };
    Ok(Answer::Alarm { revision: machine.writer.revision(), alarms })
}
