//! The service manager: sockets that it opened for us, and what it is told of us (sd_listen_fds(3), sd_notify(3)).
//!
//! Without one all of this does nothing.

use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use listenfd::ListenFd;
use ninep::io::Listener;
use rustix::net::sockopt::socket_acceptconn;
use sd_notify::NotifyState;
use tracing::warn;

use crate::exit::Fatal;

/// A socket that the service manager opened for us.
pub(super) struct Inherited {
    socket: Socket,
    name: String,
}

enum Socket {
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Takes the sockets that the service manager opened for us. To be called while there is one thread: the variables that told of
/// them are taken away.
pub(super) fn inherited() -> Result<Vec<Inherited>, Fatal> {
    // Only of a process of this number they speak.
    let Ok(named) = sd_notify::listen_fds_with_names() else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = named.map(|(_, name)| name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut sockets = ListenFd::from_env();
    names.into_iter().enumerate().map(|(index, name)| take(&mut sockets, index, name)).collect()
}

fn take(sockets: &mut ListenFd, index: usize, name: String) -> Result<Inherited, Fatal> {
    let wrong = |why: &str| {
        let text = format!("socket {} ({name}) of the service manager: {why}", index + FIRST);
        Fatal::configuration(text)
    };
    let socket = match sockets.take_unix_listener(index) {
        Ok(Some(unix)) => Socket::Unix(unix),
        _ => match sockets.take_tcp_listener(index) {
            Ok(Some(tcp)) => Socket::Tcp(tcp),
            _ => return Err(wrong("neither a unix nor a TCP stream socket")),
        },
    };
    let listens = match &socket {
        Socket::Unix(unix) => socket_acceptconn(unix),
        Socket::Tcp(tcp) => socket_acceptconn(tcp),
    };
    if listens == Ok(true) {
        Ok(Inherited { socket, name })
    } else {
        Err(wrong("does not listen; its unit must say Accept=no"))
    }
}

impl Inherited {
    /// Makes it a listener, on the runtime of the caller, and gives its name.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn listener(self) -> io::Result<(Listener, String)> {
        let listener = match self.socket {
            Socket::Unix(unix) => {
                unix.set_nonblocking(true)?;
                Listener::from_unix(tokio::net::UnixListener::from_std(unix)?)?
            }
            Socket::Tcp(tcp) => {
                tcp.set_nonblocking(true)?;
                Listener::from_tcp(tokio::net::TcpListener::from_std(tcp)?)?
            }
        };
        Ok((listener, self.name))
    }
}

/// Tells the service manager how we are.
pub(super) fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("the service manager does not listen: {error}");
    }
}

/// Tells the service manager again and again that we are alive, if it wants that.
pub(super) async fn stay_alive() {
    // Half the time that it allows, as sd_watchdog_enabled(3) recommends.
    let Some(pause) = sd_notify::watchdog_enabled().map(|limit| limit / 2).filter(|pause| !pause.is_zero())
    else {
        return std::future::pending().await;
    };
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(pause.min(PAUSE_MAX)).await;
    }
}

/// The number of the first socket (sd_listen_fds(3)).
const FIRST: usize = 3;
/// The longest time between two signs of life, whatever the service manager allows.
const PAUSE_MAX: Duration = Duration::from_secs(60);
