//! Programs that put a command behind TLS, or in the clear: how each is told to.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use super::cases::World;
use super::servers::Work;
use super::{library, programs};

/// A way to serve a command.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Programs that must be there, each with Debian's package.
    needs: &'static [(&'static str, &'static str)],
    command: fn(&Told<'_>) -> Command,
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Clear,
    Tls,
    /// TLS, and who wants bytes has to ask for them as in HTTP.
    Http,
}

/// What a program is told.
pub(crate) struct Told<'a> {
    pub(crate) world: &'a World,
    pub(crate) port: u16,
    pub(crate) work: Work,
}

const TCPSERVER: (&str, &str) = ("tcpserver", "ucspi-tcp");
const SOCAT: (&str, &str) = ("socat", "socat");

/// `tcpserver` alone: what there would be without TLS.
pub(crate) const PLAIN: Peer = Peer {
    name: "plain tcpserver",
    kind: Kind::Clear,
    needs: &[TCPSERVER],
    command: |told| tcpserver(told, &[]),
};
/// `socat` without TLS.
pub(crate) const PLAIN_SOCAT: Peer =
    Peer { name: "plain socat", kind: Kind::Clear, needs: &[SOCAT], command: plain_socat };
/// Ours, listening itself.
pub(crate) const LISTEN: Peer =
    Peer { name: "tlssrv --listen", kind: Kind::Tls, needs: &[], command: |told| tlssrv_listen(told, &[]) };
/// The same, with tickets for who wants to come back.
pub(crate) const LISTEN_TICKETS: Peer = Peer {
    command: |told| tlssrv_listen(told, &[Path::new("--ticket-keys"), &told.world.ticket_keys()]),
    ..LISTEN
};
/// Ours, one process for each connection.
pub(crate) const INETD: Peer = Peer {
    name: "tlssrv under tcpserver",
    kind: Kind::Tls,
    needs: &[TCPSERVER],
    command: |told| tlssrv_inetd(told, &[]),
};
/// The same, with tickets.
pub(crate) const INETD_TICKETS: Peer = Peer {
    command: |told| tlssrv_inetd(told, &[Path::new("--ticket-keys"), &told.world.ticket_keys()]),
    ..INETD
};
/// stunnel.
pub(crate) const STUNNEL: Peer =
    Peer { name: "stunnel", kind: Kind::Tls, needs: &[("stunnel4", "stunnel4")], command: stunnel };
/// socat's OpenSSL.
pub(crate) const SOCAT_TLS: Peer = Peer { name: "socat", kind: Kind::Tls, needs: &[SOCAT], command: socat };
/// ncat.
pub(crate) const NCAT: Peer =
    Peer { name: "ncat", kind: Kind::Tls, needs: &[("ncat", "ncat")], command: ncat };
/// tlswrapper, one process for each connection (and another one for its key).
pub(crate) const TLSWRAPPER: Peer = Peer {
    name: "tlswrapper under tcpserver",
    kind: Kind::Tls,
    needs: &[TCPSERVER, ("tlswrapper", "tlswrapper")],
    command: |told| {
        let both = &told.world.server.both;
        tcpserver(told, &[Path::new("tlswrapper"), Path::new("-f"), both])
    },
};
/// OpenSSL's own server, which runs no command: it sends back each line, reversed.
pub(crate) const S_SERVER: Peer = Peer {
    name: "openssl s_server -rev (no command)",
    kind: Kind::Tls,
    needs: &[("openssl", "openssl")],
    command: |told| s_server(told, "-rev"),
};
/// The same, as it sends a file. It is told of none but what lies in its directory.
pub(crate) const S_SERVER_FILE: Peer = Peer {
    name: "openssl s_server -WWW (no command)",
    kind: Kind::Http,
    needs: S_SERVER.needs,
    command: |told| {
        // It may be there already.
        let _ = symlink("/dev/zero", told.world.dir().join("zeros"));
        s_server(told, "-WWW")
    },
};
/// rustls with aws-lc-rs in a program of its own, which runs no command.
pub(crate) const RUSTLS: Peer =
    Peer { name: "rustls linked (no command)", kind: Kind::Tls, needs: &[], command: library::command };

/// All that are not ours.
const OTHERS: [Peer; 7] = [PLAIN, PLAIN_SOCAT, STUNNEL, SOCAT_TLS, NCAT, TLSWRAPPER, S_SERVER];

/// What is not on this machine, and how to get it.
pub(crate) fn missing() -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let python = ("python3", "python3");
    for (program, package) in OTHERS.iter().flat_map(|peer| peer.needs).chain([&python]) {
        let line = format!("no {program} on this machine: install Debian's package {package}");
        if !is_there(program) && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

impl Kind {
    /// What a client says first, so that bytes come.
    pub(crate) fn request(self) -> &'static [u8] {
        if self == Kind::Http { b"GET /zeros HTTP/1.0\r\n\r\n" } else { b"" }
    }
}

impl Peer {
    /// Whether the programs are on this machine.
    pub(crate) fn is_there(&self) -> bool {
        self.needs.iter().all(|(program, _)| is_there(program))
    }

    /// The command that serves what `told` says.
    pub(crate) fn command(&self, told: &Told<'_>) -> Command {
        let mut command = (self.command)(told);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

fn tcpserver(told: &Told<'_>, wrapper: &[&Path]) -> Command {
    let mut command = Command::new("tcpserver");
    command.args(["-HRDl0", "-b", "512", "-c", "2000", "127.0.0.1", &told.port.to_string()]);
    command.args(wrapper).args(told.work.words());
    command
}

fn plain_socat(told: &Told<'_>) -> Command {
    let mut command = Command::new("socat");
    command.arg(format!("TCP-LISTEN:{},{SOCAT_OPTIONS}", told.port));
    command.arg(format!("EXEC:{}", told.work.words().join(" ")));
    command
}

fn tlssrv_listen(told: &Told<'_>, flags: &[&Path]) -> Command {
    let mut command = Command::new(programs::path("tlssrv"));
    command.args(["--max-connections", "2000", "--listen", &format!("tcp!127.0.0.1!{}", told.port), "-c"]);
    command.arg(&told.world.server.both).args(flags).args(told.work.words());
    command
}

fn tlssrv_inetd(told: &Told<'_>, flags: &[&Path]) -> Command {
    let program = programs::path("tlssrv");
    let words: [&Path; 3] = [&program, Path::new("-c"), &told.world.server.both];
    tcpserver(told, &[&words, flags].concat())
}

fn stunnel(told: &Told<'_>) -> Command {
    let conf = told.world.dir().join(format!("stunnel-{}.conf", told.port));
    let words = told.work.words();
    let program = words.first().unwrap();
    let text = format!(
        "foreground = yes\nsyslog = no\ndebug = err\npid =\n[svc]\naccept = 127.0.0.1:{}\ncert = {}\nkey = {}\n\
         exec = {program}\nexecArgs = {}\n",
        told.port,
        told.world.server.chain.display(),
        told.world.server.key.display(),
        words.join(" "),
    );
    fs::write(&conf, text).unwrap();
    let mut command = Command::new("stunnel4");
    command.arg(conf);
    command
}

fn socat(told: &Told<'_>) -> Command {
    let mut command = Command::new("socat");
    command.arg(format!(
        "OPENSSL-LISTEN:{},{SOCAT_OPTIONS},cert={},verify=0",
        told.port,
        told.world.server.both.display()
    ));
    command.arg(format!("EXEC:{}", told.work.words().join(" ")));
    command
}

fn ncat(told: &Told<'_>) -> Command {
    let mut command = Command::new("ncat");
    command.args(["--ssl", "--ssl-cert"]).arg(&told.world.server.chain);
    command.arg("--ssl-key").arg(&told.world.server.key);
    command.args(["-m", "2000", "-k", "-l", "127.0.0.1", &told.port.to_string(), "-e"]);
    command.arg(told.work.words().join(" "));
    command
}

fn s_server(told: &Told<'_>, how: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", how, "-accept", &format!("127.0.0.1:{}", told.port), "-cert"]);
    command.arg(&told.world.server.chain).arg("-key").arg(&told.world.server.key);
    command.current_dir(told.world.dir());
    command
}

/// As everybody else does it unasked: what is written goes at once, not after 40 ms when the client has acknowledged what went before.
const SOCAT_OPTIONS: &str = "bind=127.0.0.1,reuseaddr,fork,backlog=512,nodelay";
