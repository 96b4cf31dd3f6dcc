//! The flags of `tlshand`.
//!
//! `-c` is two flags, as in the programs whose letters these are: after `-s` it names a certificate, without it it says
//! that we are the client. So `-s` comes before the certificates.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::Arg;
use tlshand::Export;
use tlshand::program::flags::{
    Asked, HANDSHAKE_MS, Wrong, export, milliseconds, parser, protocols, text, words,
};
use tlshand::program::peers::{self, ClientCert, Clients, Old};

/// The flags as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args {
    /// `-D`: tell what happens.
    pub(crate) is_debug: bool,
    /// `-s` or `-c`, with what belongs to the one or the other.
    pub(crate) role: Role,
    /// `-T`: how long the handshake may take; without a limit if none.
    pub(crate) timeout: Option<Duration>,
    /// `--alpn`: protocols, the preferred first.
    pub(crate) alpn: Vec<String>,
    /// `--export`: keying material to print.
    pub(crate) exports: Vec<Export>,
    /// `--fd`: the descriptor that is the channel.
    pub(crate) fd: i32,
    /// `--print`: say what was agreed on.
    pub(crate) prints: bool,
    /// `--allow`, `--compat`, `--psk`, and which of what is on.
    pub(crate) old: Old,
    /// `--factotum`: where the factotum is that has the keys of certificates; the user's own if none.
    pub(crate) factotum: Option<String>,
    /// `--device`: the address of the device in which `dir` is; a mounted one if none.
    pub(crate) device: Option<String>,
    /// The connection's directory.
    pub(crate) dir: String,
}

/// Which end of the connection we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `-s`
    Server {
        /// `-c`: certificates, files or directories, in order; the first is the default.
        certs: Vec<PathBuf>,
        /// `--strict-sni`: refuse clients that ask for names we have no certificate for.
        is_strict_sni: bool,
        /// `--ticket-keys`: the file of keys for tickets, by which clients come back.
        ticket_keys: Option<PathBuf>,
        /// `--client-cert`: whether clients show certificates.
        client_cert: ClientCert,
        /// `--client-ca` and its relatives: which.
        clients: Clients,
    },
    /// `-c`, or neither.
    Client {
        /// `-n`: the server's name.
        name: Option<String>,
        /// `--ca`: roots to trust instead of the system's.
        ca: Option<PathBuf>,
        /// `--insecure`: do not verify the server.
        is_insecure: bool,
        /// `-t`: the thumbprint file of those that are trusted.
        trusted: Option<PathBuf>,
        /// `-x`: and of those that are not.
        excluded: Option<PathBuf>,
    },
}

impl Role {
    /// A client without wishes.
    fn client() -> Role {
        Role::Client { name: None, ca: None, is_insecure: false, trusted: None, excluded: None }
    }
}

impl Args {
    /// The line that a wrong flag gets, and the first of the help.
    pub(crate) const USAGE: &str = "usage: tlshand [-D] [-c] [-s] [-c cert]... [-n name] [-t trusted] [-x excluded] [-T ms] [--ca file] [--insecure] \
        [--strict-sni] [--ticket-keys file] [--client-cert word] [--client-ca file] [--client-thumb file] [--client-exclude file] [--alpn list] [--psk file] [--allow list] [--min-version v] [--max-version v] [--groups list] [--compat name] [--factotum place] [--export label]... [--fd n] [--print] [--device addr] dir";

    /// What the flags mean, one line each.
    pub(crate) const HELP: &str = "\
Does a TLS handshake on a connection of a TLS device: dir is its directory, such as /mnt/tls/3 after a read of
/mnt/tls/clone gave 3. The descriptor that --fd names becomes its channel unless it has one; dir/data is open afterwards.

  -D             tell on standard error what happens
  -c             be the client, as without -c and -s
  -s             be the server: then none of -n, -t, -x, --ca, --insecure go with it
  -c cert        after -s: PEM file with a chain and its key (or NAME.key beside NAME.crt), or a directory of them; repeatable,
                 the first is for clients that ask for no name or for one that no certificate has
  -n name        the server's name, sent to it and checked in its certificate
  -t trusted     thumbprint file: the server's certificate must be one of these; no roots and no name then, unless --ca is
                 given
  -x excluded    thumbprint file: and none of these
  -T ms          time for the handshake, 30000 if not given, 0 for no limit
  --ca file      trust the certificates of this PEM file instead of the system's
  --insecure     do not verify the server: anybody may sit between
  --strict-sni   after -s: refuse clients that ask for a name that no certificate has (alert 112)
  --ticket-keys file  after -s: let clients come back without a full handshake, by tickets under the keys in this file, its
                 owner's alone, which is made and kept up to date by whoever uses it
  --client-cert word  after -s: ask clients for a certificate: request serves those that have none too, require does not
  --client-ca file  PEM file with the authorities, or the very certificates, that clients may come with
  --client-thumb file  thumbprint file of the certificates that clients may come with
  --client-exclude file  thumbprint file: and none of these
  --alpn list    protocols to offer or to agree on, comma between them, the preferred first
  --psk file     the secrets that peers share with us, lines of NAME:HEXADECIMAL, the client's first one only; no certificates then
  --allow list   switch on what is off unless it is named, comma between: ssl3 tls1.0 tls1.1 sslv2-hello rsa dhe cbc 3des
                 draft-chacha sha1 legacy-server legacy-export; repeatable
  --min-version v  speak no version before this one: ssl3 1.0 1.1 1.2 1.3
  --max-version v  speak no version after this one, as with --min-version
  --groups list  groups for the key exchange instead of the usual ones, comma between them, the preferred first
  --compat name  keep 9front's suites, order, alerts and bytes; the name is 9front; nothing is allowed by it
  --factotum place  after -s: the factotum that has the keys of certificates that are in no file, an address or a directory;
                 otherwise the user's own
  --export label  with --print, print keying material of the connection in SSL_KEYING_MATERIAL: the label of RFC 5705, and
                 perhaps ,BYTES (32 if not given) and ,CONTEXT in hexadecimal; repeatable
  --fd n         the descriptor that is the channel, 0 if not given
  --print        print what was agreed on, for eval: SSL_PROTOCOL='TLSv1.3' and so on, a line each
  --device addr  dir is in the TLS device that serves 9P there, such as tls/3, and not in a mounted one

Exit: 0 when the handshake is done, 96 configuration, 98 TLS failure, 100 usage, 111 system error.";

    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    /// A flag that is unknown, lacks a good value or belongs to the other role; not exactly one operand.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Asked<Args>, Wrong> {
        let mut parser = parser(args);
        let (mut is_server, mut is_client, mut is_strict_sni) = (false, false, false);
        let mut ticket_keys = None;
        let (mut certs, mut name, mut ca, mut is_insecure) = (Vec::new(), None, None, false);
        let (mut trusted, mut excluded) = (None, None);
        let (mut client_cert, mut clients) = (ClientCert::Never, Clients::default());
        let mut dir = None;
        let mut typed = Args {
            is_debug: false,
            role: Role::client(),
            timeout: Some(Duration::from_millis(HANDSHAKE_MS)),
            alpn: Vec::new(),
            exports: Vec::new(),
            fd: 0,
            prints: false,
            old: Old::default(),
            factotum: None,
            device: None,
            dir: String::new(),
        };
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('D') => typed.is_debug = true,
                Arg::Short('s') => is_server = true,
                Arg::Short('c') if is_server => certs.push(parser.value()?.into()),
                Arg::Short('c') => is_client = true,
                Arg::Short('n') => name = Some(words(&mut parser, "-n")?),
                Arg::Short('t') => trusted = Some(parser.value()?.into()),
                Arg::Short('x') => excluded = Some(parser.value()?.into()),
                Arg::Short('T') => typed.timeout = milliseconds(&mut parser, "-T")?,
                Arg::Long("ca") => ca = Some(parser.value()?.into()),
                Arg::Long("insecure") => is_insecure = true,
                Arg::Long("strict-sni") => is_strict_sni = true,
                Arg::Long("ticket-keys") => ticket_keys = Some(parser.value()?.into()),
                Arg::Long("alpn") => typed.alpn = protocols(&mut parser)?,
                Arg::Long("client-cert") => client_cert = peers::client_cert(&mut parser)?,
                Arg::Long("client-ca") => clients.ca = Some(parser.value()?.into()),
                Arg::Long("client-thumb") => clients.trusted = Some(parser.value()?.into()),
                Arg::Long("client-exclude") => clients.excluded = Some(parser.value()?.into()),
                Arg::Long(long @ ("allow" | "compat" | "psk" | "min-version" | "max-version" | "groups")) => {
                    let long = long.to_owned();
                    typed.old.take(&long, &mut parser)?;
                }
                Arg::Long("factotum") => typed.factotum = Some(words(&mut parser, "--factotum")?),
                Arg::Long("export") => typed.exports.push(export(&mut parser)?),
                Arg::Long("fd") => typed.fd = descriptor(&mut parser)?,
                Arg::Long("print") => typed.prints = true,
                Arg::Long("device") => typed.device = Some(words(&mut parser, "--device")?),
                Arg::Long("help") => return Ok(Asked::Help),
                Arg::Long("version") => return Ok(Asked::Version),
                Arg::Value(value) if dir.is_none() => {
                    dir =
                        Some(value.into_string().map_err(|value| Wrong(format!("{value:?} is not UTF-8")))?);
                }
                other => return Err(other.unexpected().into()),
            }
        }
        let wrong = |what: &str| Err(Wrong(what.to_owned()));
        typed.role = match (is_server, is_client) {
            (true, true) => return wrong("-c before -s: -s comes first, then -c names a certificate"),
            (true, false) if is_insecure || [&ca, &trusted, &excluded].iter().any(|file| file.is_some()) => {
                return wrong("-t, -x, --ca and --insecure are a client's: without -s");
            }
            (true, false) if name.is_some() => return wrong("-n is a client's: without -s"),
            (true, false) => {
                clients.check(client_cert)?;
                Role::Server { certs, is_strict_sni, ticket_keys, client_cert, clients }
            }
            (false, _) if client_cert != ClientCert::Never || clients != Clients::default() => {
                return wrong("--client-cert and its relatives are a server's: after -s");
            }
            (false, _) if is_strict_sni || typed.factotum.is_some() || ticket_keys.is_some() => {
                return wrong("--strict-sni, --ticket-keys and --factotum are a server's: after -s");
            }
            (false, _) if is_insecure && (ca.is_some() || trusted.is_some()) => {
                return wrong("--insecure excludes -t and --ca");
            }
            (false, _) if excluded.is_some() && trusted.is_none() => {
                return wrong("specifying -x without -t is useless");
            }
            (false, _) => Role::Client { name, ca, is_insecure, trusted, excluded },
        };
        let has_cert = match &typed.role {
            Role::Server { certs, client_cert, .. } => !certs.is_empty() || *client_cert != ClientCert::Never,
            Role::Client { ca, is_insecure, trusted, .. } => {
                ca.is_some() || trusted.is_some() || *is_insecure
            }
        };
        if typed.old.psk.is_some() && has_cert {
            return wrong("--psk takes the place of certificates");
        }
        if typed.old.allows_p9sk1 {
            return wrong("--allow p9sk1 is for programs that do Plan 9's authentication");
        }
        if !typed.exports.is_empty() && !typed.prints {
            return wrong("--export is for --print");
        }
        match dir {
            Some(dir) => Ok(Asked::Run(Args { dir, ..typed })),
            None => wrong("no directory of a connection"),
        }
    }
}

/// The next value as the number of a descriptor.
fn descriptor(parser: &mut lexopt::Parser) -> Result<i32, Wrong> {
    let value = text(parser)?;
    value.parse().ok().filter(|fd| *fd >= 0).ok_or_else(|| Wrong(format!("--fd {value:?}: not a descriptor")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Asked<Args>, Wrong> {
        Args::parse(line.split_whitespace().map(OsString::from))
    }

    fn run(line: &str) -> Args {
        match typed(line) {
            Ok(Asked::Run(args)) => args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn c_is_the_client_or_a_certificate() {
        let certs = |paths: &[&str]| Role::Server {
            certs: paths.iter().map(PathBuf::from).collect(),
            ticket_keys: None,
            is_strict_sni: false,
            client_cert: ClientCert::Never,
            clients: Clients::default(),
        };
        let insecure = Role::Client {
            name: Some("a".into()),
            ca: None,
            is_insecure: true,
            trusted: None,
            excluded: None,
        };
        for (line, role) in [
            ("-s -c cert.pem d", certs(&["cert.pem"])),
            ("-s -ca.pem -c b.pem d", certs(&["a.pem", "b.pem"])),
            ("-sc a.pem d", certs(&["a.pem"])),
            ("d", Role::client()),
            ("-c d", Role::client()),
            ("-c -n a d --insecure", insecure),
        ] {
            let args = run(line);
            assert_eq!((args.role, args.dir.as_str(), args.fd), (role, "d", 0), "{line}");
        }
    }

    #[test]
    fn the_rest_goes_with_both_roles() {
        let args = run("--export EXPORTER-Channel-Binding --export x,64,0Aff --print d");
        let export = |label: &str, context, len| Export { label: label.to_owned(), context, len };
        let binding = export("EXPORTER-Channel-Binding", None, 32);
        assert_eq!(args.exports, [binding, export("x", Some(vec![0x0a, 0xff]), 64)]);
        let args = run("-D -T 500 --alpn h2,x --fd 7 --print --device unix!/d tls/3");
        assert_eq!(args.timeout, Some(Duration::from_millis(500)));
        assert_eq!((args.alpn.len(), args.fd, args.prints, args.is_debug), (2, 7, true, true));
        assert_eq!((args.device.as_deref(), args.dir.as_str()), (Some("unix!/d"), "tls/3"));
    }

    #[test]
    fn wrong_flags_are_refused_with_a_reason() {
        for (line, reason) in [
            ("", "no directory of a connection"),
            ("-s -c", "missing argument for option '-c'"),
            ("-c cert.pem -s d", "unexpected argument \"d\""),
            ("-c -s d", "-c before -s: -s comes first, then -c names a certificate"),
            ("-s -n a d", "-n is a client's: without -s"),
            ("-s -t a d", "-t, -x, --ca and --insecure are a client's: without -s"),
            ("-x a d", "specifying -x without -t is useless"),
            ("--client-ca a d", "--client-cert and its relatives are a server's: after -s"),
            ("-s --client-ca a d", "--client-cert goes together with --client-ca or --client-thumb"),
            ("--psk a --insecure d", "--psk takes the place of certificates"),
            ("--allow p9sk1 d", "--allow p9sk1 is for programs that do Plan 9's authentication"),
            ("--compat plan10 d", "--compat \"plan10\": only 9front is known"),
            ("--strict-sni d", "--strict-sni, --ticket-keys and --factotum are a server's: after -s"),
            ("--ca x --insecure d", "--insecure excludes -t and --ca"),
            ("--fd -1 d", "--fd \"-1\": not a descriptor"),
            ("-T soon d", "-T \"soon\": not a number of milliseconds"),
            ("--export x d", "--export is for --print"),
            ("--export x,many --print d", "--export \"x,many\": not a number of bytes"),
            ("--export x,1,0g --print d", "--export \"x,1,0g\": not hexadecimal digits"),
            (
                "--export x,1,00,y --print d",
                "--export \"x,1,00,y\": more than a label, a length and a context",
            ),
            ("--export=,9 --print d", "--export \",9\": a label of keying material has 1 to 249 bytes"),
            ("-y d", "invalid option '-y'"),
        ] {
            assert_eq!(typed(line), Err(Wrong(reason.to_owned())), "{line}");
        }
    }
}
