//! The role of the server: offers what it has keys for, and checks the ticket that the client brings.
//!
//! It needs no authentication server: that it can open the ticket proves that one has made it.

use std::sync::Arc;

use super::key::{Key, Secret};
use super::{AuthInfo, CHOICE_LEN_MAX, Error, Random, Step, session_secret};
use crate::authsrv::pak::{self, Exchange, Side};
use crate::authsrv::ticket::{
    AUTHENTICATOR_CLIENT, AUTHENTICATOR_SERVER, Authenticator, CHALLENGE_LEN, PAK_REQUEST, Sealer,
    TICKET_REQUEST, TICKET_SERVER, Ticket, TicketRequest,
};

/// A server under way.
pub struct Server {
    keys: Arc<[Key]>,
    random: Random,
    state: State,
}

enum State {
    /// The offer is to be sent.
    Offer,
    /// The choice is read byte by byte: what follows it is not ours yet.
    ExpectChoice(Vec<u8>),
    /// The client's challenge comes next, for the key of this number.
    ExpectChallenge(usize),
    /// The request for a ticket is to be sent.
    Request { key: usize, client_challenge: [u8; CHALLENGE_LEN] },
    /// The other half of dp9ik's exchange comes next.
    ExpectY { exchange: Box<Exchange>, client_challenge: [u8; CHALLENGE_LEN] },
    /// The ticket and the authenticator come next.
    ExpectTicket { sealer: Sealer, client_challenge: [u8; CHALLENGE_LEN] },
    /// The last message is to be sent.
    Prove { proof: Vec<u8>, info: AuthInfo },
    /// The last message was sent.
    Over(AuthInfo),
    /// It has failed, or has given its result.
    Ended,
}

impl Server {
    /// Makes a server that offers what it has keys for, in their order. Who does not want p9sk1 keeps its keys out.
    #[must_use]
    pub fn new(keys: Arc<[Key]>, random: Random) -> Server {
        Server { keys, random, state: State::Offer }
    }

    /// Tells what to do next.
    ///
    /// # Errors
    /// There is nothing to offer, or it has failed before.
    pub fn step(&mut self) -> Result<Step, Error> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Offer if self.keys.is_empty() => Err(Error::NoCommon),
            State::Offer => {
                self.state = State::ExpectChoice(Vec::new());
                let offers = self.keys.iter().map(|key| format!("{}@{}", key.proto.name(), key.domain));
                let mut offer = offers.collect::<Vec<_>>().join(" ").into_bytes();
                offer.push(0);
                Ok(Step::Send(offer))
            }
            State::Request { key, client_challenge } => self.request(key, client_challenge),
            State::Prove { proof, info } => {
                self.state = State::Over(info);
                Ok(Step::Send(proof))
            }
            State::Over(info) => Ok(Step::Done(info)),
            State::Ended => Err(Error::OutOfTurn),
            waiting => {
                let len = match &waiting {
                    State::ExpectChoice(_) => 1,
                    State::ExpectChallenge(_) => CHALLENGE_LEN,
                    State::ExpectY { .. } => pak::LEN,
                    State::ExpectTicket { sealer, .. } => sealer.ticket_len() + sealer.authenticator_len(),
                    _ => return Err(Error::OutOfTurn),
                };
                self.state = waiting;
                Ok(Step::Read(len))
            }
        }
    }

    /// Takes the bytes that were asked for.
    ///
    /// # Errors
    /// They are not what they must be: the connection is to be closed without another word.
    pub fn recv(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::ExpectChoice(mut choice) => match bytes {
                [0] => State::ExpectChallenge(self.chosen(&choice)?),
                [byte] if choice.len() < CHOICE_LEN_MAX => {
                    choice.push(*byte);
                    State::ExpectChoice(choice)
                }
                _ => return Err(Error::BadChoice),
            },
            State::ExpectChallenge(key) => {
                State::Request { key, client_challenge: bytes.try_into().map_err(|_| Error::OutOfTurn)? }
            }
            State::ExpectY { exchange, client_challenge } => {
                let y = bytes.try_into().map_err(|_| Error::OutOfTurn)?;
                let sealer = Sealer::Form1(exchange.finish(y).ok_or(Error::Botch)?);
                State::ExpectTicket { sealer, client_challenge }
            }
            State::ExpectTicket { sealer, client_challenge } => {
                self.ticket(&sealer, client_challenge, bytes)?
            }
            _ => return Err(Error::OutOfTurn),
        };
        Ok(())
    }

    /// Finds the key that the client chose: exactly `proto dom`.
    fn chosen(&self, choice: &[u8]) -> Result<usize, Error> {
        let text = str::from_utf8(choice).map_err(|_| Error::BadChoice)?;
        let (proto, domain) = text.split_once(' ').ok_or(Error::BadChoice)?;
        let is_it = |key: &Key| key.proto.name() == proto && key.domain == domain;
        self.keys.iter().position(is_it).ok_or(Error::BadChoice)
    }

    fn request(&mut self, at: usize, client_challenge: [u8; CHALLENGE_LEN]) -> Result<Step, Error> {
        let key = self.keys.get(at).ok_or(Error::OutOfTurn)?;
        let mut request = TicketRequest {
            kind: TICKET_REQUEST,
            server_id: key.user.clone(),
            domain: key.domain.clone(),
            challenge: self.random.challenge,
            host_id: String::new(),
            uid: String::new(),
        };
        match &key.secret {
            Secret::P9sk1(des) => {
                self.state = State::ExpectTicket { sealer: Sealer::Des(des.clone()), client_challenge };
                Ok(Step::Send(request.encode()))
            }
            Secret::Dp9ik(hash) => {
                request.kind = PAK_REQUEST;
                let exchange = Box::new(Exchange::new(hash, Side::Client, &self.random.exchange));
                let message = [request.encode().as_slice(), exchange.y()].concat();
                self.state = State::ExpectY { exchange, client_challenge };
                Ok(Step::Send(message))
            }
        }
    }

    /// Checks the ticket and who brings it, and makes the answer.
    fn ticket(
        &self,
        sealer: &Sealer,
        client_challenge: [u8; CHALLENGE_LEN],
        bytes: &[u8],
    ) -> Result<State, Error> {
        let (ticket, proof) = bytes.split_at_checked(sealer.ticket_len()).ok_or(Error::OutOfTurn)?;
        let ticket = Ticket::open(sealer, TICKET_SERVER, ticket).ok_or(Error::Botch)?;
        if ticket.challenge != self.random.challenge {
            return Err(Error::Botch);
        }
        let sealer = Sealer::of_ticket(&ticket.key).ok_or(Error::Botch)?;
        let proof = Authenticator::open(&sealer, AUTHENTICATOR_CLIENT, proof).ok_or(Error::Botch)?;
        if proof.challenge != self.random.challenge {
            return Err(Error::Botch);
        }
        let answer = Authenticator {
            num: AUTHENTICATOR_SERVER,
            challenge: client_challenge,
            random: self.random.authenticator,
        };
        let secret = session_secret(&sealer, &proof.random, &answer.random);
        let info = AuthInfo { cuid: ticket.cuid.clone(), suid: ticket.suid.clone(), secret };
        let proof = answer.seal(&sealer, 0).ok_or(Error::Botch)?;
        Ok(State::Prove { proof, info })
    }
}
