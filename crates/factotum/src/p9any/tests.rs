//! Both roles against each other, with an authentication server in the middle that is made of the same messages, and
//! against what a peer must not do.

use zeroize::Zeroizing;

use super::key::{Key, KeyFault, Proto, Secret, keys};
use super::{AuthInfo, Client, Error, Random, Server, Step};
use crate::authsrv::pak::{self, Exchange, Side};
use crate::authsrv::ticket::{
    AUTH_ERR, AUTH_OK, Sealer, TICKET_CLIENT, TICKET_SERVER, Ticket, TicketRequest,
};

const GLENDA: &str = "key proto=dp9ik dom=9front user=glenda !password=test1234";
const GLENDA_DES: &str = "key proto=p9sk1 dom=9front user=glenda !password=test1234";

fn key(line: &str) -> Key {
    Key::parse(line).unwrap()
}

/// Bytes that are different each time, and the same in each run.
fn random(seed: u8) -> Random {
    let mut next = seed;
    let drawn = Random::draw(|bytes| {
        for byte in bytes {
            next = next.wrapping_mul(5).wrapping_add(17);
            *byte = next;
        }
        Ok::<(), ()>(())
    });
    drawn.unwrap()
}

fn server(lines: &[&str]) -> Server {
    Server::new(lines.iter().map(|line| key(line)).collect(), random(1))
}

fn client(lines: &[&str]) -> Client {
    Client::new(lines.iter().map(|line| key(line)).collect(), random(2))
}

/// An authentication server that knows some keys.
struct AuthServer {
    keys: Vec<Key>,
    sealers: Option<(Sealer, Sealer)>,
}

impl AuthServer {
    fn key(&self, user: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.user == user)
    }

    fn answer(&mut self, asked: &[u8]) -> Vec<u8> {
        let (request, rest) = asked.split_at(TicketRequest::LEN);
        let request = TicketRequest::decode(request).unwrap();
        let (Some(server), Some(client)) = (self.key(&request.server_id), self.key(&request.host_id)) else {
            let mut refusal = vec![AUTH_ERR];
            refusal.extend_from_slice(b"no such user");
            refusal.resize(65, 0);
            return refusal;
        };
        let mut answer = vec![AUTH_OK];
        let mut sealers = Vec::new();
        for (key, seed) in [(server, 3), (client, 4)] {
            match &key.secret {
                Secret::P9sk1(des) => sealers.push(Sealer::Des(des.clone())),
                Secret::Dp9ik(hash) if !rest.is_empty() => {
                    let y = rest[pak::LEN * sealers.len()..][..pak::LEN].try_into().unwrap();
                    let exchange = Exchange::new(hash, Side::AuthServer, &random(seed).exchange);
                    answer.extend_from_slice(exchange.y());
                    sealers.push(Sealer::Form1(exchange.finish(y).unwrap()));
                }
                Secret::Dp9ik(_) => {}
            }
        }
        if let Ok([server, client]) = <[Sealer; 2]>::try_from(sealers) {
            self.sealers = Some((server, client));
        }
        if rest.is_empty() {
            let (server, client) = self.sealers.take().unwrap();
            let key = Zeroizing::new(random(5).ticket_key[..server.key_len()].to_vec());
            for (num, sealer) in [(TICKET_CLIENT, client), (TICKET_SERVER, server)] {
                let (cuid, suid) = (request.host_id.clone(), request.uid.clone());
                let ticket = Ticket { num, challenge: request.challenge, cuid, suid, key: key.clone() };
                answer.extend_from_slice(&ticket.seal(&sealer, 0).unwrap());
            }
        }
        answer
    }
}

/// What both sides said, in lengths: the server's positive, the client's negative.
type Lengths = Vec<isize>;

/// Runs both roles until both are done or one of them fails.
fn run(
    mut server: Server,
    mut client: Client,
    mut auth_server: Option<AuthServer>,
) -> (Result<AuthInfo, Error>, Result<AuthInfo, Error>, Lengths) {
    let (mut to_client, mut to_server, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut servers, mut clients, mut lengths) = (None, None, Lengths::new());
    let taken =
        |queue: &mut Vec<u8>, len| (queue.len() >= len).then(|| queue.drain(..len).collect::<Vec<u8>>());
    // A role that fails hangs up: what the other then waits for does not come.
    for _ in 0..1000 {
        if servers.is_none() {
            match server.step() {
                Ok(Step::Send(bytes)) => {
                    lengths.push(isize::try_from(bytes.len()).unwrap());
                    to_client.extend(bytes);
                }
                Ok(Step::Read(len)) => {
                    if let Some(bytes) = taken(&mut to_server, len) {
                        servers = server.recv(&bytes).err().map(Err);
                    }
                }
                Ok(Step::Done(info)) => servers = Some(Ok(info)),
                Ok(_) => panic!("a server asks nobody"),
                Err(error) => servers = Some(Err(error)),
            }
        }
        if clients.is_none() {
            let received = match client.step() {
                Ok(Step::Send(bytes)) => {
                    lengths.push(-isize::try_from(bytes.len()).unwrap());
                    to_server.extend(bytes);
                    Ok(())
                }
                Ok(Step::Read(len)) => taken(&mut to_client, len).map_or(Ok(()), |bytes| client.recv(&bytes)),
                Ok(Step::Ask(bytes)) => match &mut auth_server {
                    Some(auth_server) => {
                        answers.extend(auth_server.answer(&bytes));
                        Ok(())
                    }
                    None => client.no_auth_server(),
                },
                Ok(Step::ReadAnswer(len)) => client.recv(&taken(&mut answers, len).unwrap()),
                Ok(Step::Done(info)) => {
                    clients = Some(Ok(info));
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = received {
                clients = Some(Err(error));
            }
        }
    }
    assert!(to_client.is_empty() || matches!(clients, Some(Err(_))));
    (servers.unwrap_or(Err(Error::GaveUp)), clients.unwrap_or(Err(Error::GaveUp)), lengths)
}

fn agrees(ends: (Result<AuthInfo, Error>, Result<AuthInfo, Error>, Lengths), secret_len: usize) -> Lengths {
    let (server, client) = (ends.0.unwrap(), ends.1.unwrap());
    assert_eq!(*server.secret, *client.secret);
    assert_eq!(server.secret.len(), secret_len);
    assert_eq!((server.suid.as_str(), server.cuid.as_str()), (client.suid.as_str(), client.cuid.as_str()));
    ends.2
}

#[test]
fn dp9ik_without_an_authentication_server() {
    let lengths = agrees(run(server(&[GLENDA]), client(&[GLENDA]), None), 256);
    assert_eq!(lengths, [13, -13, -8, 197, -(56 + 192), 68]);
}

#[test]
fn p9sk1_without_an_authentication_server() {
    let lengths = agrees(run(server(&[GLENDA_DES]), client(&[GLENDA_DES]), None), 8);
    assert_eq!(lengths, [13, -13, -8, 141, -85, 13]);
}

#[test]
fn tickets_from_an_authentication_server() {
    for (proto, secret_len) in [("dp9ik", 256), ("p9sk1", 8)] {
        let line = |user| format!("key proto={proto} dom=9front user={user} !password=of-{user}");
        let (host, rob) = (line("bootes"), line("rob"));
        let auth_server = AuthServer { keys: vec![key(&host), key(&rob)], sealers: None };
        let ends = run(server(&[&host]), client(&[&rob]), Some(auth_server));
        assert_eq!(ends.0.as_ref().map(|info| info.suid.as_str()).ok(), Some("rob"));
        agrees(ends, secret_len);
    }
}

#[test]
fn dp9ik_is_preferred_in_whatever_order() {
    for lines in [[GLENDA, GLENDA_DES], [GLENDA_DES, GLENDA]] {
        agrees(run(server(&lines), client(&lines), None), 256);
    }
}

#[test]
fn a_wrong_password_gets_no_proof() {
    for (right, wrong) in [
        (GLENDA, "key proto=dp9ik dom=9front user=glenda !password=test1235"),
        (GLENDA_DES, "key proto=p9sk1 dom=9front user=glenda !password=test1235"),
    ] {
        let (server, client, lengths) = run(server(&[right]), client(&[wrong]), None);
        assert_eq!(server.err(), Some(Error::Botch));
        assert_eq!(client.err(), Some(Error::GaveUp));
        assert_eq!(lengths.iter().filter(|len| **len > 0).count(), 2, "the server said {lengths:?}");
    }
}

#[test]
fn another_user_needs_an_authentication_server() {
    let rob = "key proto=dp9ik dom=9front user=rob !password=test1234";
    assert_eq!(run(server(&[GLENDA]), client(&[rob]), None).1.err(), Some(Error::NoAuthServer));
    let auth_server = AuthServer { keys: vec![key(GLENDA)], sealers: None };
    let (_, client, _) = run(server(&[GLENDA]), client(&[rob]), Some(auth_server));
    assert_eq!(client.err(), Some(Error::Refused("no such user".to_owned())));
}

#[test]
fn nothing_in_common_is_said() {
    let (_, client, _) = run(server(&[GLENDA_DES]), client(&[GLENDA]), None);
    assert_eq!(client.err(), Some(Error::NoCommon));
    assert_eq!(server(&[]).step().err(), Some(Error::NoCommon));
}

/// Feeds a role bytes one at a time, as it asks for them, until it asks for none.
fn offered(offer: &str) -> Result<Client, Error> {
    let mut client = client(&[GLENDA, GLENDA_DES]);
    for byte in offer.bytes().chain([0]) {
        assert!(matches!(client.step(), Ok(Step::Read(1))));
        client.recv(&[byte])?;
    }
    Ok(client)
}

#[test]
fn offers_of_both_versions_are_understood() {
    let choice = |offer| match offered(offer).map(|mut client| client.step()) {
        Ok(Ok(Step::Send(choice))) => Ok(String::from_utf8(choice).unwrap()),
        Ok(_) => panic!("no choice"),
        Err(error) => Err(error),
    };
    assert_eq!(choice("p9sk1@9front dp9ik@9front"), Ok("dp9ik 9front\0".to_owned()));
    assert_eq!(choice("p9sk1@9front"), Ok("p9sk1 9front\0".to_owned()));
    assert_eq!(choice("v.2 p9sk1@9front"), Ok("p9sk1 9front\0".to_owned()));
    assert_eq!(choice("v.3 p9sk1@9front"), Err(Error::UnknownVersion));
    assert_eq!(choice("p9sk1@elsewhere dp9ik@elsewhere"), Err(Error::NoCommon));
    assert_eq!(choice(""), Err(Error::NoCommon));
    assert_eq!(choice("dp9ik"), Err(Error::BadOffer));
    assert_eq!(choice(&"x".repeat(5000)), Err(Error::BadOffer));
}

#[test]
fn a_server_of_the_second_version_confirms_or_gives_up() {
    for (answer, is_taken) in [(b"OK\0", true), (b"no\0", false)] {
        let mut client = offered("v.2 dp9ik@9front").unwrap();
        assert!(matches!(client.step(), Ok(Step::Send(_))));
        assert!(matches!(client.step(), Ok(Step::Read(3))));
        assert_eq!(client.recv(answer), if is_taken { Ok(()) } else { Err(Error::GaveUp) });
        assert_eq!(matches!(client.step(), Ok(Step::Send(challenge)) if challenge.len() == 8), is_taken);
    }
}

#[test]
fn a_choice_is_exactly_one_of_what_was_offered() {
    let choose = |choice: &str| {
        let mut server = server(&[GLENDA]);
        assert!(matches!(server.step(), Ok(Step::Send(_))));
        choice.bytes().chain([0]).try_for_each(|byte| {
            assert!(matches!(server.step(), Ok(Step::Read(1))));
            server.recv(&[byte])
        })
    };
    assert_eq!(choose("dp9ik 9front"), Ok(()));
    for wrong in
        ["", "dp9ik", "dp9ik 9front ", "dp9ik  9front", "p9sk1 9front", "dp9ik other", &"x".repeat(200)]
    {
        assert_eq!(choose(wrong), Err(Error::BadChoice), "{wrong:?}");
    }
}

#[test]
fn what_was_not_asked_for_ends_it() {
    let mut server = server(&[GLENDA]);
    assert_eq!(server.recv(b"x"), Err(Error::OutOfTurn));
    assert_eq!(server.step().err(), Some(Error::OutOfTurn));
    assert_eq!(client(&[GLENDA]).no_auth_server(), Err(Error::NoAuthServer));
}

#[test]
fn a_file_of_keys() {
    let text = format!("# mine\n\n{GLENDA}\n  {GLENDA_DES}\nkey proto=rsa service=tls !dk=0\n");
    let read = keys(&text).unwrap();
    let protos: Vec<_> = read.iter().map(|key| (key.proto, key.domain.as_str(), key.user.as_str())).collect();
    assert_eq!(protos, [(Proto::P9sk1, "9front", "glenda"), (Proto::Dp9ik, "9front", "glenda")]);
    let hexed = [
        "key proto=dp9ik dom=9front user=glenda !hex=7fc1180256fd652b0693404aab377471",
        "key proto=p9sk1 dom=9front user=glenda !hex=f4f29c1e93cd68",
    ];
    agrees(run(server(&[hexed[0]]), client(&[GLENDA]), None), 256);
    agrees(run(server(&[hexed[1]]), client(&[GLENDA_DES]), None), 8);
}

#[test]
fn a_line_that_is_no_key_is_named() {
    for (line, fault) in [
        ("proto=dp9ik", KeyFault::NoKey),
        ("key proto=dp9ik user=glenda !password=x", KeyFault::Missing("dom")),
        ("key proto=dp9ik dom=x user='' !password=x", KeyFault::Missing("user")),
        ("key proto=dp9ik dom=x user=a-user-whose-name-is-too-long !password=x", KeyFault::TooLong("user")),
        ("key proto=dp9ik dom=x user=glenda", KeyFault::Secret),
        ("key proto=dp9ik dom=x user=glenda !password=x !hex=00", KeyFault::Secret),
        ("key proto=dp9ik dom=x user=glenda !hex=f4f29c1e93cd68", KeyFault::Hex),
        ("key proto=p9sk1 dom=x user=glenda !hex=f4f29c1e93cdé", KeyFault::Hex),
        ("key proto=p9sk1 dom=x user=glenda !hex=+4f29c1e93cd68", KeyFault::Hex),
    ] {
        assert_eq!(keys(&format!("\n{line}")).err(), Some((2, fault)), "{line}");
    }
}
