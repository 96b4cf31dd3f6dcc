//! One connection of `tlssrv`, from a descriptor to the command's exit code.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use factotum::CertifiedKey;
use tlshand::program::clock::seconds;
use tlshand::program::factotum::{Factotum, Rpc};
use tlshand::program::keylog::KeyLog;
use tlshand::program::policy::Policy;
use tlshand::program::ticket_keys::KeyFile;
use tlshand::{Algs, Export, ServerConf, Tickets};
use tokio::sync::OnceCell;

use crate::auth::{self, Auth};
use crate::behind::{self, Process};
use crate::certs::Certs;
use crate::command::{Command, Stderr};
use crate::conn::{Conn, Failure, Opened};
use crate::device::Device;
use crate::environ::{Addresses, Facts};
use crate::exit::{Exit, Fatal};
use crate::report::Report;
use crate::user::User;

/// What every connection of a server shares.
pub struct Server {
    /// Where the records are made.
    pub device: Device,
    /// What the device can do; asked once.
    pub algs: OnceCell<Algs>,
    /// What clients are shown.
    pub certs: Certs,
    /// Who has those of its keys that are in no file.
    pub factotum: Option<Factotum>,
    /// Protocols to agree on, the preferred first.
    pub alpn: Vec<String>,
    /// Bytes in a record that clients who can keep a limit may send us.
    pub record_len_max: u16,
    /// Whether clients that ask for unknown names are refused.
    pub is_strict_sni: bool,
    /// Whom else we serve, how, and with what that is old.
    pub policy: Policy,
    /// Keying material for the command.
    pub exports: Vec<Export>,
    /// Who is told the secrets.
    pub key_log: Option<KeyLog>,
    /// By which keys clients come back, if they may.
    pub tickets: Option<KeyFile>,
    /// Who has clients prove who they are, before TLS.
    pub auth: Option<Auth>,
    /// Whether the command runs as the user that the client proved to be.
    pub becomes_user: bool,
    /// How long a handshake may take.
    pub timeout: Option<Duration>,
    /// What runs behind TLS.
    pub command: Command,
    /// How long nothing may move on an open connection.
    pub idle_max: Option<Duration>,
    /// What becomes of this process when a connection's command is all that is left.
    pub process: Process,
}

impl Server {
    /// Looks for what cannot work, and gives what a connection is served by that is here already.
    ///
    /// # Errors
    /// The handshake's reason, or that of the file of ticket keys.
    pub fn check(&self) -> Result<ServerConf, Fatal> {
        let mut conf = self.conf(self.certs.current().0);
        if let Some(file) = &self.tickets {
            conf.tickets = Some(file.tickets().map_err(Fatal::configuration)?);
        }
        if self.auth.is_some() {
            // Each connection has a secret of its own; here any will do.
            conf.psks.push(auth::psk_of(&[0]));
        }
        conf.check().map_err(Fatal::configuration)?;
        if self.auth.is_some() {
            conf.psks.pop();
        }
        Ok(conf)
    }

    /// What a connection is served by that comes now, to a server that was checked before: files that have changed are read
    /// again, and one that cannot be used any more is reported.
    #[must_use]
    pub fn conf_now(&self, report: &Report) -> ServerConf {
        let (certs, told) = self.certs.current();
        for line in told {
            report.say(&line);
        }
        let mut conf = self.conf(certs);
        conf.tickets = self.tickets(report);
        conf
    }

    /// Does the handshake over `fd`, as `conf` has it, and runs the command behind it. Dropping the future ends the connection.
    pub async fn serve(
        &self,
        conf: ServerConf,
        fd: OwnedFd,
        ends: Addresses,
        stderr: Stderr,
        report: &Report,
    ) -> Exit {
        // What it needs goes with it, and is not moved about with the rest.
        let handshake = Box::pin(self.handshake(fd, conf, report));
        let done = match self.timeout {
            Some(limit) => tokio::time::timeout(limit, handshake).await.unwrap_or(Err(Failure::Late)),
            None => handshake.await,
        };
        let (opened, user) = match done {
            Ok(done) => done,
            Err(failure) => {
                report.event(&failure.to_string());
                return failure.exit_for(self.policy.compat());
            }
        };
        report.trace("open");
        let facts = Facts::of_client(&opened, &self.device, ends);
        let command = match user {
            Some(user) => &self.command.clone().of_user(user),
            None => &self.command,
        };
        let run = behind::run(opened, command, &facts, stderr, self.process, self.idle_max, report);
        match Box::pin(run).await {
            Ok(outcome) => outcome.exit,
            Err(fatal) => {
                report.event(&fatal.text);
                fatal.exit
            }
        }
    }

    /// What tickets are given and taken by now. Without them handshakes are full ones, which is no reason to serve nobody.
    fn tickets(&self, report: &Report) -> Option<Tickets> {
        let tickets = self.tickets.as_ref()?.tickets();
        tickets.map_err(|why| report.say(&format!("no tickets: {why}"))).ok()
    }

    fn conf(&self, certs: Vec<Arc<CertifiedKey>>) -> ServerConf {
        let mut conf = ServerConf::new(certs);
        conf.alpn.clone_from(&self.alpn);
        conf.strict_sni = self.is_strict_sni;
        conf.record_len_max = self.record_len_max;
        conf.now = seconds(SystemTime::now());
        self.policy.apply_to_server(&mut conf);
        conf.exports.clone_from(&self.exports);
        conf.logs_keys = self.key_log.is_some();
        conf
    }

    /// Authenticates the client where that is wanted, and does the handshake; gives the user whom the command is to be, if
    /// that is not us.
    async fn handshake(
        &self,
        fd: OwnedFd,
        mut conf: ServerConf,
        report: &Report,
    ) -> Result<(Opened, Option<User>), Failure> {
        let mut user = None;
        if let Some(auth) = &self.auth {
            let info = auth.serve(&mut auth::stream(&fd)?).await?;
            report.trace(&format!("authenticated: {}", info.suid));
            if self.becomes_user {
                user = Some(User::find(&info.suid).map_err(|fatal| Failure::User(fatal.text))?);
            }
            conf.psks.push(auth::psk(&info));
        }
        let conn =
            Conn::begin(&self.device, fd, Rpc::new(self.factotum.clone()), self.key_log.clone()).await?;
        let algs = self.algs.get_or_try_init(|| conn.algs()).await?;
        Ok((conn.serve(algs, &conf, report).await?, user))
    }
}
