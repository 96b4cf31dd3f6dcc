//! Programs that put a command behind TLS, or in the clear: how each is told to.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::cases::World;
use super::programs;
use super::servers::Kind;

/// A way to serve a command.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Programs that must be there, each with Debian's package.
    needs: &'static [(&'static str, &'static str)],
    command: fn(&Told<'_>) -> Command,
}

/// What a program is told.
pub(crate) struct Told<'a> {
    pub(crate) world: &'a World,
    pub(crate) port: u16,
    /// The words of the command.
    pub(crate) words: &'a [&'a str],
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
    Peer { name: "tlssrv --listen", kind: Kind::Tls, needs: &[], command: tlssrv_listen };
/// Ours, one process for each connection.
pub(crate) const INETD: Peer =
    Peer { name: "tlssrv under tcpserver", kind: Kind::Tls, needs: &[TCPSERVER], command: tlssrv_inetd };
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
    command: s_server,
};

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
    command.args(wrapper).args(told.words);
    command
}

fn plain_socat(told: &Told<'_>) -> Command {
    let mut command = Command::new("socat");
    command.arg(format!("TCP-LISTEN:{},bind=127.0.0.1,reuseaddr,fork,backlog=512", told.port));
    command.arg(format!("EXEC:{}", told.words.join(" ")));
    command
}

fn tlssrv_listen(told: &Told<'_>) -> Command {
    let mut command = Command::new(programs::path("tlssrv"));
    command.args(["--max-connections", "2000", "--listen", &format!("tcp!127.0.0.1!{}", told.port), "-c"]);
    command.arg(&told.world.server.both).args(told.words);
    command
}

fn tlssrv_inetd(told: &Told<'_>) -> Command {
    tcpserver(told, &[&programs::path("tlssrv"), Path::new("-c"), &told.world.server.both])
}

fn stunnel(told: &Told<'_>) -> Command {
    let conf = told.world.dir().join(format!("stunnel-{}.conf", told.port));
    let (program, _) = told.words.split_first().unwrap();
    let text = format!(
        "foreground = yes\nsyslog = no\ndebug = err\npid =\n[svc]\naccept = 127.0.0.1:{}\ncert = {}\nkey = {}\n\
         exec = {program}\nexecArgs = {}\n",
        told.port,
        told.world.server.chain.display(),
        told.world.server.key.display(),
        told.words.join(" "),
    );
    fs::write(&conf, text).unwrap();
    let mut command = Command::new("stunnel4");
    command.arg(conf);
    command
}

fn socat(told: &Told<'_>) -> Command {
    let mut command = Command::new("socat");
    command.arg(format!(
        "OPENSSL-LISTEN:{},bind=127.0.0.1,reuseaddr,fork,backlog=512,cert={},verify=0",
        told.port,
        told.world.server.both.display()
    ));
    command.arg(format!("EXEC:{}", told.words.join(" ")));
    command
}

fn ncat(told: &Told<'_>) -> Command {
    let mut command = Command::new("ncat");
    command.args(["--ssl", "--ssl-cert"]).arg(&told.world.server.chain);
    command.arg("--ssl-key").arg(&told.world.server.key);
    command.args(["-m", "2000", "-k", "-l", "127.0.0.1", &told.port.to_string(), "-e"]);
    command.arg(told.words.join(" "));
    command
}

fn s_server(told: &Told<'_>) -> Command {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-rev", "-accept", &format!("127.0.0.1:{}", told.port), "-cert"]);
    command.arg(&told.world.server.chain).arg("-key").arg(&told.world.server.key);
    command
}
