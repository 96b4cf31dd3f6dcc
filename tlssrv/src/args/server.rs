//! The flags of `tlssrv`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::Arg;
use tlshand::Export;

use super::{
    Asked, ClientCert, Clients, HANDSHAKE_MS, Old, Plan9, Wrong, client_cert, export, milliseconds, parser,
    protocols, record_size, rest, text, words,
};

/// The flags of `tlssrv` as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerArgs {
    /// `-D`: tell what happens.
    pub is_debug: bool,
    /// `-c`: certificates, files or directories, in order; the first is the default.
    pub certs: Vec<PathBuf>,
    /// `-l`: the name under which syslog gets the reports.
    pub log: Option<String>,
    /// `-r`: the peer's name in reports.
    pub remote: Option<String>,
    /// `-T`: how long a handshake may take; without a limit if none.
    pub timeout: Option<Duration>,
    /// `--listen`: the address to accept connections at; descriptor 0 is the connection if none.
    pub listen: Option<String>,
    /// `--device`: the address or the directory of the device; embedded if none.
    pub device: Option<String>,
    /// `--self-signed`: names for a certificate made in memory.
    pub self_signed: Vec<String>,
    /// `--alpn`: protocols, the preferred first.
    pub alpn: Vec<String>,
    /// `--record-size`: the longest record that clients who can keep a limit may send.
    pub record_size: u16,
    /// `--strict-sni`: refuse clients that ask for names we have no certificate for.
    pub is_strict_sni: bool,
    /// `--client-cert`: whether clients show certificates.
    pub client_cert: ClientCert,
    /// `--client-ca`, `--client-thumb`, `--client-exclude`: which certificates they may show.
    pub clients: Clients,
    /// `--ticket-keys`: the file of keys for tickets, by which clients come back.
    pub ticket_keys: Option<PathBuf>,
    /// `--allow`, `--compat`, `--psk`, and which of what is on.
    pub old: Old,
    /// `--export`: keying material for the command.
    pub exports: Vec<Export>,
    /// `-a` or `-A`, and what belongs to it.
    pub auth: Plan9,
    /// `-a`: the command runs as the user that the client proved to be.
    pub becomes_user: bool,
    /// `--idle`: how long nothing may move on an open connection; without a limit if none.
    pub idle_max: Option<Duration>,
    /// `--max-connections`: how many at once.
    pub connections_max: usize,
    /// The command and its arguments; never empty.
    pub command: Vec<OsString>,
}

impl ServerArgs {
    /// The line that a wrong flag gets, and the first of the help.
    pub const USAGE: &str = "usage: tlssrv [-D] [-a] [-A] [-k keyspec] [-c cert]... [-l logname] [-r remotesys] [-T ms] [--listen addr] \
        [--device addr] [--self-signed name]... [--alpn list] [--record-size n] [--strict-sni] \
        [--client-cert word] [--client-ca file] [--client-thumb file] [--client-exclude file] [--ticket-keys file] [--psk file] [--allow list] [--min-version v] [--max-version v] [--groups list] [--compat name] [--auth-keys file] [--factotum place] [--export label]... [--idle ms] \
        [--max-connections n] cmd [args...]";

    /// What the flags mean, one line each.
    pub const HELP: &str = "\
Runs a command behind TLS: its standard input and output are the connection, decrypted.

  -D                   tell on standard error what happens
  -a                   have the client prove who it is by Plan 9's authentication first, and run the command as that user;
                       the secret of the proof takes the place of certificates
  -A                   the same, and run the command as we are
  -k keyspec           with -a or -A, attributes of the key to use, such as 'dom=example.com'
  -c cert              PEM file with a chain and its key (or NAME.key beside NAME.crt), or a directory of them; repeatable,
                       the first is for clients that ask for no name or for one that no certificate has
  -l logname           report to syslog under this name instead of standard error
  -r remotesys         the peer's name in reports; by default its address; not with --listen
  -T ms                time for the handshake, 30000 if not given, 0 for no limit
  --listen addr        accept connections there (tcp!host!port, unix!/path, host:port; port 0 takes a free one);
                       without it descriptor 0 is the one connection, as under inetd, tcpserver or systemd Accept=yes
  --device addr        use the TLS device that serves 9P there or is mounted on that directory ($TLSDEV if not given)
                       instead of the one built in
  --self-signed name   make a certificate in memory for this name or address, good for 30 days; repeatable
  --alpn list          protocols to agree on, comma between them, the preferred first
  --record-size n      have clients who can keep a limit send records of at most n bytes, 64 to 16384 (RFC 8449)
  --strict-sni         refuse clients that ask for a name that no certificate has (alert 112)
  --client-cert word   ask clients for a certificate: request serves those that have none too, require does not
  --client-ca file     PEM file with the authorities, or the very certificates, that clients may come with
  --client-thumb file  thumbprint file with the certificates that clients may come with; with --client-ca both count
  --client-exclude file  thumbprint file with those that they may not
  --ticket-keys file   let clients come back without a full handshake, by tickets under the keys in this file, its owner's
                       alone, which is made and kept up to date by whoever uses it: all servers of one name may share it
  --psk file           serve only clients that share a secret of this file with us, lines of NAME:HEXADECIMAL; no -c then
  --allow list         switch on what is off unless it is named, comma between: ssl3 tls1.0 tls1.1 sslv2-hello rsa dhe cbc
                       3des draft-chacha sha1 legacy-export, and p9sk1 for -a and -A; repeatable
  --min-version v      speak no version before this one: ssl3 1.0 1.1 1.2 1.3
  --max-version v      speak no version after this one, as with --min-version
  --groups list        groups for the key exchange instead of the usual ones, comma between them, the preferred first
  --compat name        keep 9front's suites, order, alerts and exit code; the name is 9front; nothing is
                       allowed by it
  --auth-keys file     with -a or -A, the file of keys to use, its owner's alone; without it factotum has them
  --factotum place     the factotum that has the keys for -a and -A, and those of certificates that are in no file: an address
                       or a directory; otherwise the user's own
  --export label       give the command keying material of the connection, in SSL_KEYING_MATERIAL: the label of RFC 5705, and
                       perhaps ,BYTES (32 if not given) and ,CONTEXT in hexadecimal; repeatable
  --idle ms            end a connection on which nothing has moved either way for this time; 0 for no limit, as if not given
  --max-connections n  with --listen, serve at most n at once, 1024 if not given; others wait

The command is searched in $PATH unless its name has a slash, and starts after the handshake. Its environment has
SSL_PROTOCOL SSL_CIPHER SSL_GROUP SSL_ALPN SSL_TLS_SNI_SERVERNAME SSL_SESSION_RESUMED SSL_CLIENT_VERIFY SSL_PEER_CERT_HASH
SSL_PEER_CERT_SUBJECT SSL_KEYING_MATERIAL PROTO TCPREMOTEIP TCPREMOTEPORT TCPLOCALIP TCPLOCALPORT, and with --device TLSDEV
TLSDIR, as far as there is something to say.
Exit: the command's own code, 96 configuration, 98 TLS failure, 100 usage, 111 system error.";

    /// Reads the arguments, without the program's name; `device` is the default for `--device`.
    ///
    /// # Errors
    /// A flag that is unknown or lacks a good value, or no command.
    pub fn parse(
        args: impl IntoIterator<Item = OsString>,
        device: Option<String>,
    ) -> Result<Asked<ServerArgs>, Wrong> {
        let mut parser = parser(args);
        let mut typed = ServerArgs {
            is_debug: false,
            certs: Vec::new(),
            log: None,
            remote: None,
            timeout: Some(Duration::from_millis(HANDSHAKE_MS)),
            listen: None,
            device,
            self_signed: Vec::new(),
            alpn: Vec::new(),
            record_size: RECORD_SIZE,
            is_strict_sni: false,
            client_cert: ClientCert::Never,
            clients: Clients::default(),
            ticket_keys: None,
            old: Old::default(),
            exports: Vec::new(),
            auth: Plan9::default(),
            becomes_user: false,
            idle_max: None,
            connections_max: CONNECTIONS_MAX,
            command: Vec::new(),
        };
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('D') => typed.is_debug = true,
                Arg::Short(letter @ ('a' | 'A')) => {
                    typed.auth.is_wanted = true;
                    typed.becomes_user = letter == 'a';
                }
                Arg::Short('k') => typed.auth.keyspec = text(&mut parser)?,
                Arg::Short('c') => typed.certs.push(parser.value()?.into()),
                Arg::Short('l') => typed.log = Some(words(&mut parser, "-l")?),
                Arg::Short('r') => typed.remote = Some(text(&mut parser)?),
                Arg::Short('T') => typed.timeout = milliseconds(&mut parser, "-T")?,
                Arg::Long("listen") => typed.listen = Some(words(&mut parser, "--listen")?),
                Arg::Long("device") => typed.device = Some(words(&mut parser, "--device")?),
                Arg::Long("self-signed") => typed.self_signed.push(words(&mut parser, "--self-signed")?),
                Arg::Long("alpn") => typed.alpn = protocols(&mut parser)?,
                Arg::Long("record-size") => typed.record_size = record_size(&mut parser)?,
                Arg::Long("strict-sni") => typed.is_strict_sni = true,
                Arg::Long("idle") => typed.idle_max = milliseconds(&mut parser, "--idle")?,
                Arg::Long("max-connections") => typed.connections_max = count(&mut parser)?,
                Arg::Long("client-cert") => typed.client_cert = client_cert(&mut parser)?,
                Arg::Long("client-ca") => typed.clients.ca = Some(parser.value()?.into()),
                Arg::Long("client-thumb") => typed.clients.trusted = Some(parser.value()?.into()),
                Arg::Long("client-exclude") => typed.clients.excluded = Some(parser.value()?.into()),
                Arg::Long("ticket-keys") => typed.ticket_keys = Some(parser.value()?.into()),
                Arg::Long(long @ ("allow" | "compat" | "psk" | "min-version" | "max-version" | "groups")) => {
                    let long = long.to_owned();
                    typed.old.take(&long, &mut parser)?;
                }
                Arg::Long(long @ ("auth-keys" | "factotum")) => {
                    let long = long.to_owned();
                    typed.auth.take(&long, &mut parser)?;
                }
                Arg::Long("export") => typed.exports.push(export(&mut parser)?),
                Arg::Long("help") => return Ok(Asked::Help),
                Arg::Long("version") => return Ok(Asked::Version),
                Arg::Value(command) => {
                    typed.command = rest(command, &mut parser)?;
                    break;
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if typed.command.is_empty() {
            return Err(Wrong("no command".to_owned()));
        }
        if typed.remote.is_some() && typed.listen.is_some() {
            return Err(Wrong("-r names one connection: with --listen each has its own address".to_owned()));
        }
        typed.clients.check(typed.client_cert)?;
        let has_cert = !typed.certs.is_empty() || !typed.self_signed.is_empty();
        if typed.old.psk.is_some() && (has_cert || typed.clients.are_some()) {
            return Err(Wrong("--psk takes the place of certificates".to_owned()));
        }
        typed.auth.check("-a and -A")?;
        if typed.ticket_keys.is_some() && (typed.auth.is_wanted || typed.old.psk.is_some()) {
            return Err(Wrong("--ticket-keys: a shared secret is proved every time".to_owned()));
        }
        if typed.auth.is_wanted && (has_cert || typed.clients.are_some() || typed.old.psk.is_some()) {
            return Err(Wrong("-a and -A take the place of certificates".to_owned()));
        }
        Ok(Asked::Run(typed))
    }
}

/// The next value as a count of at least one.
fn count(parser: &mut lexopt::Parser) -> Result<usize, Wrong> {
    let value = text(parser)?;
    match value.parse() {
        Ok(n) if (1..=CONNECTIONS_LIMIT).contains(&n) => Ok(n),
        _ => Err(Wrong(format!("--max-connections {value:?}: not a number from 1 to {CONNECTIONS_LIMIT}"))),
    }
}

/// Bytes in a record unless the flag says otherwise: as many as there may be (RFC 5246 §6.2.1).
const RECORD_SIZE: u16 = 16_384;
/// Connections at once unless the flag says otherwise: as many as the original device has.
const CONNECTIONS_MAX: usize = 1024;
/// The most that the flag may say: each needs a few descriptors, and a process has about a million at most.
const CONNECTIONS_LIMIT: usize = 100_000;

#[cfg(test)]
mod tests {
    use tlshand::Compat;

    use super::*;

    fn typed(line: &str) -> Result<Asked<ServerArgs>, Wrong> {
        ServerArgs::parse(line.split_whitespace().map(OsString::from), None)
    }

    fn run(line: &str) -> ServerArgs {
        match typed(line) {
            Ok(Asked::Run(args)) => args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn plain_command_has_the_defaults() {
        let args = run("cat");
        assert_eq!(args.command, ["cat"]);
        assert_eq!(args.timeout, Some(Duration::from_secs(30)));
        assert_eq!((args.listen, args.device, args.log, args.remote), (None, None, None, None));
        assert_eq!(args.idle_max, None);
        assert!(!args.is_debug && !args.is_strict_sni && args.certs.is_empty() && args.alpn.is_empty());
        assert_eq!(args.connections_max, 1024);
    }

    #[test]
    fn values_may_be_glued_combined_or_apart() {
        let table = [
            "-D -c /a -c /b -l log -r me -T 500 sh",
            "-D -c/a -c/b -llog -rme -T500 sh",
            "-Dc/a -c/b -llog -r me -T500 -- sh",
        ];
        for line in table {
            let args = run(line);
            assert!(args.is_debug, "{line}");
            assert_eq!(args.certs, [PathBuf::from("/a"), PathBuf::from("/b")], "{line}");
            assert_eq!(args.log.as_deref(), Some("log"), "{line}");
            assert_eq!(args.remote.as_deref(), Some("me"), "{line}");
            assert_eq!(args.timeout, Some(Duration::from_millis(500)), "{line}");
            assert_eq!(args.command, ["sh"], "{line}");
        }
    }

    #[test]
    fn the_later_of_two_letters_says_who_the_command_is() {
        let args = run("-a -A -kdom=x --auth-keys f --allow p9sk1,cbc cat");
        assert!(args.auth.is_wanted && !args.becomes_user && args.old.allows_p9sk1);
        assert_eq!((args.auth.keyspec.as_str(), args.auth.keys), ("dom=x", Some(PathBuf::from("f"))));
        assert!(run("-A -a --factotum /f cat").becomes_user);
        assert!(!run("cat").auth.is_wanted);
    }

    #[test]
    fn long_names_take_values_both_ways() {
        let args =
            run("--listen tcp!*!443 --device=unix!/d --self-signed a --self-signed=b --alpn h2,http/1.1 \
             --strict-sni --idle 60000 --max-connections 7 cmd");
        assert_eq!(args.listen.as_deref(), Some("tcp!*!443"));
        assert_eq!(args.device.as_deref(), Some("unix!/d"));
        assert_eq!(args.self_signed, ["a", "b"]);
        assert_eq!(args.alpn, ["h2", "http/1.1"]);
        assert!(args.is_strict_sni);
        assert_eq!(args.idle_max, Some(Duration::from_secs(60)));
        assert_eq!(args.connections_max, 7);
    }

    #[test]
    fn what_is_old_is_asked_for_by_name() {
        let args =
            run("--allow tls1.0,cbc --allow=rsa --compat 9front --client-cert require --client-ca f cat");
        assert_eq!(args.old.allow, "rsa tls1.0 cbc".parse().unwrap());
        assert_eq!(args.old.compat, Compat::NineFront);
        assert_eq!((args.client_cert, args.clients.ca), (ClientCert::Require, Some(PathBuf::from("f"))));
        let clients = run("--client-cert request --client-thumb t --client-exclude=x cat").clients;
        assert_eq!((clients.trusted, clients.excluded), (Some(PathBuf::from("t")), Some(PathBuf::from("x"))));
        assert_eq!(run("cat").old, Old::default());
        let Err(Wrong(text)) = typed("--allow rc4 cat") else { panic!("allowed") };
        assert!(text.starts_with("--allow: \"rc4\" is none of ssl3 "), "{text}");
    }

    #[test]
    fn flags_behind_the_command_are_the_command_s() {
        assert_eq!(run("-D sh -c -D -- x").command, ["sh", "-c", "-D", "--", "x"]);
        assert_eq!(run("-- -x --").command, ["-x", "--"]);
        assert_eq!(run("- -D").command, ["-", "-D"]);
    }

    #[test]
    fn a_short_flag_s_value_keeps_its_equals_sign() {
        assert_eq!(run("-c=x cat").certs, [PathBuf::from("=x")]);
    }

    #[test]
    fn zero_turns_the_timer_off() {
        assert_eq!((run("-T0 cat").timeout, run("--idle 0 cat").idle_max), (None, None));
        assert!(run("-T 18446744073709551615 cat").timeout.is_some());
    }

    #[test]
    fn wrong_flags_are_refused_with_a_reason() {
        let table = [
            ("", "no command"),
            ("-D", "no command"),
            ("-k x cat", "-k and --auth-keys are for -a and -A"),
            ("--auth-keys f cat", "-k and --auth-keys are for -a and -A"),
            ("-a --auth-keys f --factotum /f cat", "--auth-keys and --factotum exclude each other"),
            ("-A -c c cat", "-a and -A take the place of certificates"),
            ("-x cat", "invalid option '-x'"),
            ("--frob cat", "invalid option '--frob'"),
            ("-c", "missing argument for option '-c'"),
            ("-T soon cat", "-T \"soon\": not a number of milliseconds"),
            ("-T -1 cat", "-T \"-1\": not a number of milliseconds"),
            ("--record-size 20000 cat", "--record-size \"20000\": not a number from 64 to 16384"),
            ("--idle never cat", "--idle \"never\": not a number of milliseconds"),
            ("--max-connections 0 cat", "--max-connections \"0\": not a number from 1 to 100000"),
            ("--alpn h2,,x cat", "--alpn \"h2,,x\": names of 1 to 255 bytes with commas between them"),
            (
                "-r me --listen tcp!*!443 cat",
                "-r names one connection: with --listen each has its own address",
            ),
            ("--listen= cat", "--listen needs a value that is not empty"),
            ("--client-cert maybe cat", "--client-cert \"maybe\": neither request nor require"),
            ("--client-cert require cat", "--client-cert goes together with --client-ca or --client-thumb"),
            ("--client-ca f cat", "--client-cert goes together with --client-ca or --client-thumb"),
            ("--client-thumb f cat", "--client-cert goes together with --client-ca or --client-thumb"),
            (
                "--client-cert request --client-ca f --client-exclude f cat",
                "--client-exclude without --client-thumb is useless",
            ),
            ("--psk f -c c cat", "--psk takes the place of certificates"),
            ("--compat plan10 cat", "--compat \"plan10\": only 9front is known"),
            ("--allow= cat", "--allow needs a value that is not empty"),
            ("--strict-sni=yes cat", "unexpected argument for option '--strict-sni': \"yes\""),
        ];
        for (line, reason) in table {
            assert_eq!(typed(line), Err(Wrong(reason.to_owned())), "{line}");
        }
    }

    #[test]
    fn help_and_version_need_no_command() {
        assert_eq!(typed("--help"), Ok(Asked::Help));
        assert_eq!(typed("-D --version"), Ok(Asked::Version));
    }

    #[test]
    fn the_environment_s_device_is_a_default() {
        let parse = |words: &[&str]| {
            ServerArgs::parse(words.iter().map(OsString::from), Some("unix!/env".to_owned()))
        };
        let device = |asked| match asked {
            Ok(Asked::Run(ServerArgs { device, .. })) => device,
            other => panic!("{other:?}"),
        };
        assert_eq!(device(parse(&["cat"])).as_deref(), Some("unix!/env"));
        assert_eq!(device(parse(&["--device", "unix!/flag", "cat"])).as_deref(), Some("unix!/flag"));
    }
}
