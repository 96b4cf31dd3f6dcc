//! The role of the client: chooses among what the server offers, gets a ticket, and brings it.
//!
//! Tickets come from the authentication server of the domain. Without one, a client whose user is the server's own makes
//! them itself: both have the same key, and that is all that an authentication server would know.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::key::{Key, Proto, Secret};
use super::{AuthInfo, Error, OFFER_LEN_MAX, Random, Step, session_secret};
use crate::authsrv::pak::{self, Exchange, Side};
use crate::authsrv::ticket::{
    AUTH_ERR, AUTH_OK, AUTHENTICATOR_CLIENT, AUTHENTICATOR_SERVER, Authenticator, PAK_REQUEST, Sealer,
    TICKET_CLIENT, TICKET_REQUEST, TICKET_SERVER, Ticket, TicketRequest,
};

/// A client under way.
pub struct Client {
    keys: Arc<[Key]>,
    random: Random,
    state: State,
    /// Number of the key that was chosen.
    chosen: usize,
}

enum State {
    /// The offer is read byte by byte: what follows it is not ours yet.
    ExpectOffer(Vec<u8>),
    /// The choice is to be sent; the server confirms it if `is_confirmed`.
    Choose { is_confirmed: bool },
    /// `OK` comes next.
    ExpectConfirmation,
    /// The challenge is to be sent.
    Challenge,
    /// The request for a ticket comes next.
    ExpectRequest,
    /// The authentication server is to be asked for dp9ik's exchange.
    AskExchange(Asking),
    /// It says next whether it helps.
    ExpectExchangeOk(Asking),
    /// The server's half, then ours, come next.
    ExpectExchange(Asking),
    /// The authentication server is to be asked for tickets.
    AskTickets(Asking, Sealer),
    /// It says next whether it helps.
    ExpectTicketsOk(Asking, Sealer),
    /// The client's ticket, then the server's, come next.
    ExpectTickets(Asking, Sealer),
    /// The text of a refusal comes next.
    ExpectRefusal,
    /// The server's ticket and our proof are to be sent.
    Bring(Brought),
    /// The server's proof comes next.
    ExpectProof(Brought),
    /// The server has proved itself.
    Over(AuthInfo),
    /// It has failed, or has given its result.
    Ended,
}

/// What is known while the authentication server is asked.
struct Asking {
    request: TicketRequest,
    /// The server's half of dp9ik's exchange, empty for p9sk1; then what to send it: the authentication server's half.
    server_y: Vec<u8>,
    /// Our own exchange, for dp9ik.
    exchange: Option<Box<Exchange>>,
}

/// What the server gets, and what is needed afterwards.
struct Brought {
    message: Vec<u8>,
    /// The ticket's key.
    sealer: Sealer,
    cuid: String,
    suid: String,
}

impl Client {
    /// Makes a client that has these keys. It prefers dp9ik to p9sk1 in whatever order they are offered; who does not want
    /// p9sk1 keeps its keys out.
    #[must_use]
    pub fn new(keys: Arc<[Key]>, random: Random) -> Client {
        Client { keys, random, state: State::ExpectOffer(Vec::new()), chosen: 0 }
    }

    /// Gives the domain whose authentication server is to be asked, once the choice is made.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.keys.get(self.chosen).map(|key| key.domain.as_str())
    }

    /// Tells what to do next.
    ///
    /// # Errors
    /// It has failed before.
    pub fn step(&mut self) -> Result<Step, Error> {
        let (step, state) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Choose { is_confirmed } => {
                let key = self.key()?;
                let mut choice = format!("{} {}", key.proto.name(), key.domain).into_bytes();
                choice.push(0);
                (Step::Send(choice), if is_confirmed { State::ExpectConfirmation } else { State::Challenge })
            }
            State::Challenge => (Step::Send(self.random.challenge.to_vec()), State::ExpectRequest),
            State::AskExchange(asking) => {
                let mut message = TicketRequest { kind: PAK_REQUEST, ..asking.request.clone() }.encode();
                message.extend_from_slice(&asking.server_y);
                if let Some(exchange) = &asking.exchange {
                    message.extend_from_slice(exchange.y());
                }
                (Step::Ask(message), State::ExpectExchangeOk(asking))
            }
            State::AskTickets(asking, sealer) => {
                let message = TicketRequest { kind: TICKET_REQUEST, ..asking.request.clone() }.encode();
                (Step::Ask(message), State::ExpectTicketsOk(asking, sealer))
            }
            State::Bring(brought) => (Step::Send(brought.message.clone()), State::ExpectProof(brought)),
            State::Over(info) => (Step::Done(info), State::Ended),
            State::Ended => return Err(Error::OutOfTurn),
            waiting => (self.awaited(&waiting)?, waiting),
        };
        self.state = state;
        Ok(step)
    }

    /// Takes the bytes that were asked for, from whichever side.
    ///
    /// # Errors
    /// They are not what they must be.
    pub fn recv(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::ExpectOffer(mut offer) => match bytes {
                [0] => self.choose(&offer)?,
                [byte] if offer.len() < OFFER_LEN_MAX => {
                    offer.push(*byte);
                    State::ExpectOffer(offer)
                }
                _ => return Err(Error::BadOffer),
            },
            State::ExpectConfirmation if bytes == CONFIRMATION => State::Challenge,
            State::ExpectConfirmation => return Err(Error::GaveUp),
            State::ExpectRequest => self.request(bytes)?,
            State::ExpectExchangeOk(asking) => match bytes {
                [AUTH_OK] => State::ExpectExchange(asking),
                [AUTH_ERR] => State::ExpectRefusal,
                _ => return Err(Error::Botch),
            },
            State::ExpectExchange(mut asking) => {
                let (server_y, own_y) = bytes.split_at_checked(pak::LEN).ok_or(Error::OutOfTurn)?;
                let own_y = own_y.try_into().map_err(|_| Error::OutOfTurn)?;
                let exchange = asking.exchange.take().ok_or(Error::OutOfTurn)?;
                let sealer = Sealer::Form1(exchange.finish(own_y).ok_or(Error::Botch)?);
                asking.server_y = server_y.to_vec();
                State::AskTickets(asking, sealer)
            }
            State::ExpectTicketsOk(asking, sealer) => match bytes {
                [AUTH_OK] => State::ExpectTickets(asking, sealer),
                [AUTH_ERR] => State::ExpectRefusal,
                _ => return Err(Error::Botch),
            },
            State::ExpectTickets(asking, sealer) => self.tickets(&asking, &sealer, bytes)?,
            State::ExpectRefusal => {
                let text = String::from_utf8_lossy(bytes);
                let text = text.trim_end_matches('\0').chars().filter(|char| !char.is_control());
                return Err(Error::Refused(text.collect()));
            }
            State::ExpectProof(brought) => self.proof(brought, bytes)?,
            _ => return Err(Error::OutOfTurn),
        };
        Ok(())
    }

    /// Takes the news that the authentication server, which was to be asked, cannot be reached.
    ///
    /// # Errors
    /// The client is not the server's user and so cannot make tickets itself.
    pub fn no_auth_server(&mut self) -> Result<(), Error> {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::AskExchange(asking)
            | State::ExpectExchangeOk(asking)
            | State::AskTickets(asking, _)
            | State::ExpectTicketsOk(asking, _)
                if asking.request.server_id == asking.request.host_id =>
            {
                self.own_tickets(asking)?
            }
            _ => return Err(Error::NoAuthServer),
        };
        Ok(())
    }

    fn key(&self) -> Result<&Key, Error> {
        self.keys.get(self.chosen).ok_or(Error::OutOfTurn)
    }

    /// Says how many bytes of whom a state waits for.
    fn awaited(&self, state: &State) -> Result<Step, Error> {
        Ok(match state {
            State::ExpectOffer(_) => Step::Read(1),
            State::ExpectConfirmation => Step::Read(CONFIRMATION.len()),
            State::ExpectRequest => match self.key()?.proto {
                Proto::P9sk1 => Step::Read(TicketRequest::LEN),
                Proto::Dp9ik => Step::Read(TicketRequest::LEN + pak::LEN),
            },
            State::ExpectExchangeOk(_) | State::ExpectTicketsOk(..) => Step::ReadAnswer(1),
            State::ExpectExchange(_) => Step::ReadAnswer(2 * pak::LEN),
            State::ExpectTickets(_, sealer) => Step::ReadAnswer(2 * sealer.ticket_len()),
            State::ExpectRefusal => Step::ReadAnswer(REFUSAL_LEN),
            State::ExpectProof(brought) => Step::Read(brought.sealer.authenticator_len()),
            _ => return Err(Error::OutOfTurn),
        })
    }

    /// Reads the offer, `proto@dom proto@dom`, in its second version behind `v.2`.
    fn choose(&mut self, offer: &[u8]) -> Result<State, Error> {
        let text = str::from_utf8(offer).map_err(|_| Error::BadOffer)?;
        let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
        let version = words.next_if(|word| word.starts_with("v."));
        let is_confirmed = match version {
            None => false,
            Some("v.2") => true,
            Some(_) => return Err(Error::UnknownVersion),
        };
        let offers: Vec<_> =
            words.map(|word| word.split_once('@').ok_or(Error::BadOffer)).collect::<Result<_, _>>()?;
        let is_offered = |key: &Key| offers.contains(&(key.proto.name(), key.domain.as_str()));
        let best = |proto| self.keys.iter().position(|key| key.proto == proto && is_offered(key));
        self.chosen = best(Proto::Dp9ik).or_else(|| best(Proto::P9sk1)).ok_or(Error::NoCommon)?;
        Ok(State::Choose { is_confirmed })
    }

    fn request(&self, bytes: &[u8]) -> Result<State, Error> {
        let (request, server_y) = bytes.split_at_checked(TicketRequest::LEN).ok_or(Error::OutOfTurn)?;
        let mut request = TicketRequest::decode(request).ok_or(Error::Botch)?;
        let key = self.key()?;
        let kind = match key.proto {
            Proto::P9sk1 => TICKET_REQUEST,
            Proto::Dp9ik => PAK_REQUEST,
        };
        if request.kind != kind {
            return Err(Error::Botch);
        }
        request.host_id.clone_from(&key.user);
        request.uid.clone_from(&key.user);
        Ok(match &key.secret {
            Secret::P9sk1(des) => {
                let asking = Asking { request, server_y: Vec::new(), exchange: None };
                State::AskTickets(asking, Sealer::Des(des.clone()))
            }
            Secret::Dp9ik(hash) => {
                let exchange = Box::new(Exchange::new(hash, Side::Client, &self.random.exchange));
                State::AskExchange(Asking { request, server_y: server_y.to_vec(), exchange: Some(exchange) })
            }
        })
    }

    /// Opens our ticket and brings the server its own.
    fn tickets(&self, asking: &Asking, sealer: &Sealer, bytes: &[u8]) -> Result<State, Error> {
        let (own, servers) = bytes.split_at_checked(sealer.ticket_len()).ok_or(Error::OutOfTurn)?;
        let own = Ticket::open(sealer, TICKET_CLIENT, own).ok_or(Error::WrongKey)?;
        if own.challenge != asking.request.challenge {
            return Err(Error::Botch);
        }
        self.bring(asking, &own, servers)
    }

    /// Does the authentication server's work: its half of the exchange with the server, and the server's ticket.
    fn own_tickets(&self, mut asking: Asking) -> Result<State, Error> {
        let sealer = match &self.key()?.secret {
            Secret::P9sk1(des) => Sealer::Des(des.clone()),
            Secret::Dp9ik(hash) => {
                let exchange = Exchange::new(hash, Side::AuthServer, &self.random.auth_server_exchange);
                let y = exchange.y().to_vec();
                let server_y = asking.server_y.as_slice().try_into().map_err(|_| Error::OutOfTurn)?;
                let key = exchange.finish(server_y).ok_or(Error::Botch)?;
                asking.server_y = y;
                Sealer::Form1(key)
            }
        };
        let key = self.random.ticket_key.get(..sealer.key_len()).ok_or(Error::OutOfTurn)?;
        let ticket = Ticket {
            num: TICKET_SERVER,
            challenge: asking.request.challenge,
            cuid: asking.request.uid.clone(),
            suid: asking.request.uid.clone(),
            key: Zeroizing::new(key.to_vec()),
        };
        let sealed = ticket.seal(&sealer, 0).ok_or(Error::Botch)?;
        self.bring(&asking, &ticket, &sealed)
    }

    fn bring(&self, asking: &Asking, ticket: &Ticket, servers: &[u8]) -> Result<State, Error> {
        let sealer = Sealer::of_ticket(&ticket.key).ok_or(Error::Botch)?;
        let proof = Authenticator {
            num: AUTHENTICATOR_CLIENT,
            challenge: asking.request.challenge,
            random: self.random.authenticator,
        };
        let proof = proof.seal(&sealer, 0).ok_or(Error::Botch)?;
        let message = [asking.server_y.as_slice(), servers, &proof].concat();
        Ok(State::Bring(Brought { message, sealer, cuid: ticket.cuid.clone(), suid: ticket.suid.clone() }))
    }

    /// Checks that the server has the ticket's key as well.
    fn proof(&self, brought: Brought, bytes: &[u8]) -> Result<State, Error> {
        let proof = Authenticator::open(&brought.sealer, AUTHENTICATOR_SERVER, bytes).ok_or(Error::Botch)?;
        if proof.challenge != self.random.challenge {
            return Err(Error::Botch);
        }
        let secret = session_secret(&brought.sealer, &self.random.authenticator, &proof.random);
        Ok(State::Over(AuthInfo { cuid: brought.cuid, suid: brought.suid, secret }))
    }
}

/// What a server of the second version says to a choice that it takes.
const CONFIRMATION: &[u8] = b"OK\0";

/// Bytes of the text of a refusal.
const REFUSAL_LEN: usize = 64;
