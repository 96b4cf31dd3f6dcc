//! The flags of `tlsclient`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::Arg;
use tlshand::{Export, MaxFragment, Ocsp};

use super::{
    Asked, HANDSHAKE_MS, Old, Plan9, Wrong, export, milliseconds, parser, protocols, record_size, rest, text,
    words,
};

/// The flags of `tlsclient` as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientArgs {
    /// `-D`: tell what happens.
    pub is_debug: bool,
    /// `-n`: the server's name, for the hello and for the check; the address's host if none.
    pub name: Option<String>,
    /// `-T`: how long the handshake may take; without a limit if none.
    pub timeout: Option<Duration>,
    /// `--ca`: roots to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// `-t`: the thumbprint file of those that are trusted; instead of roots, or with `--ca` besides them.
    pub trusted: Option<PathBuf>,
    /// `-x`: the thumbprint file of those that are not, whatever the first one says.
    pub excluded: Option<PathBuf>,
    /// `-d`: where the server's certificate is written.
    pub dump: Option<PathBuf>,
    /// `--session`: the file of sessions to go on with.
    pub session: Option<PathBuf>,
    /// `--insecure`: do not verify the server.
    pub is_insecure: bool,
    /// `--ocsp`: what to ask about the certificate's status; if none, what the server has where roots are asked.
    pub ocsp: Option<Ocsp>,
    /// `--max-fragment`: the length of records to ask for.
    pub max_fragment: Option<MaxFragment>,
    /// `--record-size`: the longest record to be sent to us.
    pub record_size: Option<u16>,
    /// `--alpn`: protocols, the preferred first.
    pub alpn: Vec<String>,
    /// `-c`: what to show a server that asks for a certificate, the preferred one first.
    pub certs: Vec<PathBuf>,
    /// `--allow`, `--compat`, `--psk`, and which of what is on.
    pub old: Old,
    /// `--export`: keying material for the command.
    pub exports: Vec<Export>,
    /// `-a` and what belongs to it.
    pub auth: Plan9,
    /// `--auth-server`: who gives tickets.
    pub auth_server: Option<String>,
    /// `--device`: the address or the directory of the device; embedded if none.
    pub device: Option<String>,
    /// Where to.
    pub address: String,
    /// The command and its arguments; empty to relay standard input and output.
    pub command: Vec<OsString>,
}

impl ClientArgs {
    /// The line that a wrong flag gets, and the first of the help.
    pub const USAGE: &str = "usage: tlsclient [-D] [-a] [-k keyspec] [-c clientcert]... [-d servercert] [-t trusted] [-x excluded] [-n name] [-T ms] [--ca file] [--insecure] \
        [--ocsp word] [--max-fragment n] [--record-size n] [--session file] [--alpn list] [--psk file] [--allow list] [--min-version v] [--max-version v] [--groups list] [--compat name] [--auth-keys file] \
        [--factotum place] [--auth-server addr] [--export label]... [--device addr] addr [cmd [args...]]";

    /// What the flags mean, one line each.
    pub const HELP: &str = "\
Connects to a TLS server and verifies it; relays standard input and output, or runs a command whose standard input and
output are the connection.

  -D             tell on standard error what happens
  -a             prove who we are by Plan 9's authentication first; its secret takes the place of certificates
  -k keyspec     with -a, attributes of the key to use, such as 'dom=example.com user=glenda'
  -c clientcert  PEM file with a chain and its key (or NAME.key beside NAME.crt), shown to a server that asks for it;
                 repeatable: the first that it can verify is shown, of one of its authorities if there is one
  -d servercert  write the server's certificate to this file, in DER; an empty file if it has none
  -t trusted     thumbprint file: the server's certificate must be one of these; no roots and no name then, unless
                 --ca is there too
  -x excluded    thumbprint file: and none of these
  -n name        the server's name, asked for and checked; by default the host of the address
  -T ms          time for the connection and the handshake, 30000 if not given, 0 for no limit
  --ca file      trust the certificates of this PEM file instead of the system's roots
  --insecure     do not verify the server
  --ocsp word    ask the server for an OCSP response about its certificate: ask (as if not given) refuses bad ones, require
                 also a server without one, never does not ask
  --max-fragment n  ask for records of at most n bytes both ways: 512, 1024, 2048 or 4096 (RFC 6066)
  --record-size n  ask for records of at most n bytes to us: 64 to 16384 (RFC 8449)
  --session file  come back without a full handshake, with what the server gave for that and this file keeps, its owner's
                 alone; it is made if it is not there
  --alpn list    protocols to offer, comma between them, the preferred first
  --psk file     the secret that the server shares with us, one line of NAME:HEXADECIMAL; takes the place of certificates
  --allow list   switch on what is off unless it is named, comma between: ssl3 tls1.0 tls1.1 rsa dhe cbc 3des
                 draft-chacha sha1 legacy-server legacy-export; repeatable
  --min-version v  speak no version before this one: ssl3 1.0 1.1 1.2 1.3
  --max-version v  speak no version after this one, as with --min-version
  --groups list  groups for the key exchange instead of the usual ones, comma between them, the preferred first
  --compat name  keep 9front's suites, order, alerts and bytes; the name is 9front; nothing is allowed by it
  --auth-keys file  with -a, the file of keys to use, its owner's alone; without it factotum has them
  --factotum place  the factotum that has the keys for -a, and that of -c if it is in no file: an address or a directory;
                 otherwise the user's own
  --auth-server addr  with -a and --auth-keys, who gives tickets; not needed by the server's own user
  --export label  give the command keying material of the connection, in SSL_KEYING_MATERIAL: the label of RFC 5705, and
                 perhaps ,BYTES (32 if not given) and ,CONTEXT in hexadecimal; repeatable
  --device addr  use the TLS device that serves 9P there or is mounted on that directory ($TLSDEV if not given) instead of
                 the one built in

Addresses are tcp!host!port, unix!/path or host:port. The end of standard input is told to the server, and what it still
has to say is written before the program ends. When the server ends first, what standard input still holds is sent;
a terminal is not waited for.
Exit: 0 or the command's own code, 96 configuration, 98 TLS failure or a connection cut, 100 usage, 111 system error.";

    /// Reads the arguments, without the program's name; `device` is the default for `--device`.
    ///
    /// # Errors
    /// A flag that is unknown or lacks a good value, or no address.
    pub fn parse(
        args: impl IntoIterator<Item = OsString>,
        device: Option<String>,
    ) -> Result<Asked<ClientArgs>, Wrong> {
        let mut parser = parser(args);
        let mut typed = ClientArgs {
            is_debug: false,
            name: None,
            timeout: Some(Duration::from_millis(HANDSHAKE_MS)),
            ca: None,
            trusted: None,
            excluded: None,
            dump: None,
            session: None,
            is_insecure: false,
            ocsp: None,
            max_fragment: None,
            record_size: None,
            alpn: Vec::new(),
            certs: Vec::new(),
            old: Old::default(),
            exports: Vec::new(),
            auth: Plan9::default(),
            auth_server: None,
            device,
            address: String::new(),
            command: Vec::new(),
        };
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('D') => typed.is_debug = true,
                Arg::Short('a') => typed.auth.is_wanted = true,
                Arg::Short('k') => typed.auth.keyspec = text(&mut parser)?,
                Arg::Short('c') => typed.certs.push(parser.value()?.into()),
                Arg::Short('d') => typed.dump = Some(parser.value()?.into()),
                Arg::Short('t') => typed.trusted = Some(parser.value()?.into()),
                Arg::Short('x') => typed.excluded = Some(parser.value()?.into()),
                Arg::Short('n') => typed.name = Some(words(&mut parser, "-n")?),
                Arg::Short('T') => typed.timeout = milliseconds(&mut parser, "-T")?,
                Arg::Long("ca") => typed.ca = Some(parser.value()?.into()),
                Arg::Long("session") => typed.session = Some(parser.value()?.into()),
                Arg::Long("insecure") => typed.is_insecure = true,
                Arg::Long("ocsp") => typed.ocsp = Some(ocsp(&mut parser)?),
                Arg::Long("max-fragment") => typed.max_fragment = Some(max_fragment(&mut parser)?),
                Arg::Long("record-size") => typed.record_size = Some(record_size(&mut parser)?),
                Arg::Long("alpn") => typed.alpn = protocols(&mut parser)?,
                Arg::Long("device") => typed.device = Some(words(&mut parser, "--device")?),
                Arg::Long(long @ ("allow" | "compat" | "psk" | "min-version" | "max-version" | "groups")) => {
                    let long = long.to_owned();
                    typed.old.take(&long, &mut parser)?;
                }
                Arg::Long(long @ ("auth-keys" | "factotum")) => {
                    let long = long.to_owned();
                    typed.auth.take(&long, &mut parser)?;
                }
                Arg::Long("auth-server") => typed.auth_server = Some(words(&mut parser, "--auth-server")?),
                Arg::Long("export") => typed.exports.push(export(&mut parser)?),
                Arg::Long("help") => return Ok(Asked::Help),
                Arg::Long("version") => return Ok(Asked::Version),
                Arg::Value(address) => {
                    let mut operands = rest(address, &mut parser)?;
                    typed.command = operands.split_off(1);
                    let address = operands.pop().unwrap_or_default();
                    typed.address =
                        address.into_string().map_err(|word| Wrong(format!("{word:?} is not UTF-8")))?;
                    break;
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if typed.address.is_empty() {
            return Err(Wrong("no address".to_owned()));
        }
        if typed.is_insecure && typed.ca.is_some() {
            return Err(Wrong("--ca and --insecure exclude each other".to_owned()));
        }
        if typed.is_insecure && typed.trusted.is_some() {
            return Err(Wrong("-t and --insecure exclude each other".to_owned()));
        }
        if typed.excluded.is_some() && typed.trusted.is_none() {
            // The original's words.
            return Err(Wrong("specifying -x without -t is useless".to_owned()));
        }
        let has_cert =
            !typed.certs.is_empty() || typed.ca.is_some() || typed.trusted.is_some() || typed.is_insecure;
        if typed.old.psk.is_some() && has_cert {
            return Err(Wrong("--psk takes the place of certificates".to_owned()));
        }
        typed.auth.check("-a")?;
        if typed.auth_server.is_some() && typed.auth.keys.is_none() {
            return Err(Wrong("--auth-server is for --auth-keys".to_owned()));
        }
        if typed.auth.is_wanted && (typed.old.psk.is_some() || has_cert) {
            return Err(Wrong("-a takes the place of certificates".to_owned()));
        }
        Ok(Asked::Run(typed))
    }
}

/// The next value as what to ask about a certificate's status.
fn ocsp(parser: &mut lexopt::Parser) -> Result<Ocsp, Wrong> {
    match text(parser)?.as_str() {
        "never" => Ok(Ocsp::Never),
        "ask" => Ok(Ocsp::Ask),
        "require" => Ok(Ocsp::Require),
        other => Err(Wrong(format!("--ocsp {other:?}: none of never, ask and require"))),
    }
}

/// The next value as one of the lengths of RFC 6066.
fn max_fragment(parser: &mut lexopt::Parser) -> Result<MaxFragment, Wrong> {
    let value = text(parser)?;
    let len = value.parse().ok().and_then(MaxFragment::of_len);
    len.ok_or_else(|| Wrong(format!("--max-fragment {value:?}: none of 512, 1024, 2048 and 4096")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Asked<ClientArgs>, Wrong> {
        ClientArgs::parse(line.split_whitespace().map(OsString::from), None)
    }

    fn run(line: &str) -> ClientArgs {
        match typed(line) {
            Ok(Asked::Run(args)) => args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn address_and_command_are_told_apart() {
        let args = run("-Dnlocalhost -T5 --ca=/ca --alpn h2 tcp!h!1 sh -c x");
        assert!(args.is_debug && !args.is_insecure);
        assert_eq!(args.name.as_deref(), Some("localhost"));
        assert_eq!(args.timeout, Some(Duration::from_millis(5)));
        assert_eq!(args.ca, Some(PathBuf::from("/ca")));
        assert_eq!(args.alpn, ["h2"]);
        assert_eq!(args.address, "tcp!h!1");
        assert_eq!(args.command, ["sh", "-c", "x"]);
        assert!(run("--insecure h:1").command.is_empty());
    }

    #[test]
    fn whom_to_trust_is_said_in_plan_9_s_letters() {
        let args = run("-t/t -x/x -d/d --ca /ca h:1");
        assert_eq!((args.trusted, args.excluded), (Some(PathBuf::from("/t")), Some(PathBuf::from("/x"))));
        assert_eq!((args.dump, args.ca), (Some(PathBuf::from("/d")), Some(PathBuf::from("/ca"))));
    }

    #[test]
    fn what_is_asked_of_the_server_besides() {
        let args = run("--ocsp require --max-fragment=2048 --record-size 64 h:1");
        assert_eq!((args.ocsp, args.record_size), (Some(Ocsp::Require), Some(64)));
        assert_eq!(args.max_fragment, MaxFragment::of_len(2048));
        assert_eq!(run("h:1").ocsp, None);
    }

    #[test]
    fn wrong_flags_are_refused_with_a_reason() {
        let table = [
            ("", "no address"),
            ("-k x h:1", "-k and --auth-keys are for -a"),
            ("-a --auth-server h:1 h:1", "--auth-server is for --auth-keys"),
            ("-a --insecure h:1", "-a takes the place of certificates"),
            ("--psk f --insecure h:1", "--psk takes the place of certificates"),
            ("-x x h:1", "specifying -x without -t is useless"),
            ("-t x --insecure h:1", "-t and --insecure exclude each other"),
            ("--psk f -t x h:1", "--psk takes the place of certificates"),
            ("-a -t x h:1", "-a takes the place of certificates"),
            ("-o h:1", "invalid option '-o'"),
            ("--ocsp maybe h:1", "--ocsp \"maybe\": none of never, ask and require"),
            ("--max-fragment 1000 h:1", "--max-fragment \"1000\": none of 512, 1024, 2048 and 4096"),
            ("--record-size 63 h:1", "--record-size \"63\": not a number from 64 to 16384"),
            ("-n", "missing argument for option '-n'"),
            ("--ca f --insecure h:1", "--ca and --insecure exclude each other"),
        ];
        for (line, reason) in table {
            assert_eq!(typed(line), Err(Wrong(reason.to_owned())), "{line}");
        }
    }
}
