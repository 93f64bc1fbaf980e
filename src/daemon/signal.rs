//! The end by a signal, and the word to the init system that the member is ready.

use sd_notify::NotifyState;
use tracing::{error, info};

/// A signal that stops a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    Interrupt,
    Terminate,
}

impl StopSignal {
    /// As etcd logs it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupt",
            Self::Terminate => "terminated",
        }
    }

    fn number(self) -> libc::c_int {
        match self {
            Self::Interrupt => libc::SIGINT,
            Self::Terminate => libc::SIGTERM,
        }
    }
}

/// Takes over SIGINT and SIGTERM; until then they end the process at once. The future is done with the first of them.
///
/// # Errors
/// The handlers cannot be set up.
pub fn stop_signal() -> std::io::Result<impl Future<Output = StopSignal>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => StopSignal::Interrupt,
            _ = terminate.recv() => StopSignal::Terminate,
        }
    })
}

/// Ends the process by the signal, as if it had not been handled. Returns only as pid 1, for which the kernel ignores
/// such signals.
pub fn end_by(signal: StopSignal) {
    if std::process::id() == 1 {
        return;
    }
    #[allow(unsafe_code)] // the default action must come back, and there is no safe way to it
    // SAFETY: both calls take plain numbers; no handler of ours is running.
    unsafe {
        libc::signal(signal.number(), libc::SIG_DFL);
        libc::raise(signal.number());
    }
}

/// Tells `NOTIFY_SOCKET`, if there is one, that the member is ready.
pub fn notify_ready() {
    info!("notifying init daemon");
    match sd_notify::notify(&[NotifyState::Ready]) {
        Ok(()) => info!("successfully notified init daemon"),
        Err(error) => error!(%error, "could not notify init daemon"),
    }
}
