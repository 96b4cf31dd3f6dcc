//! An open file of the device: what its reads, its writes and its close are to the room that knows it.
//!
//! Who may open it was decided before.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use ninep::{Answer, OpenMode};

use crate::conv::Conv;
use crate::ctl::{self, Descriptors, parse};
use crate::errstr::Error;
use crate::file::{stats, status};
use crate::serve::{Live, Payload};
use crate::table::Table;
use crate::tree::{Place, Which};

/// An open file. Dropping it closes it.
pub struct File {
    pub(super) what: What,
    /// How the client gives descriptors.
    pub(super) descriptors: Descriptors,
    pub(super) table: Arc<Table>,
}

/// What of it is open.
pub(super) enum What {
    Dir(Place),
    Text(String),
    Conv { conv: u32, which: Which, mode: OpenMode, live: Arc<Live> },
}

impl File {
    /// Reads; only the texts have offsets.
    pub(crate) fn read(&self, offset: u64, count: u32) -> Answer<Bytes> {
        let (which, live) = match &self.what {
            What::Dir(_) => return Answer::Now(Err(Error::BadUse.into())),
            What::Text(text) => return Answer::Now(Ok(slice(text, offset, count))),
            What::Conv { which, live, .. } => (*which, Arc::clone(live)),
        };
        let count_max = count as usize;
        match which {
            Which::Data => Answer::later(async move { live.read_data(count_max).await.map_err(Into::into) }),
            Which::Hand => Answer::later(async move { live.read_hand(count_max).await.map_err(Into::into) }),
            Which::Wire => Answer::later(async move { live.read_wire(count_max).await.map_err(Into::into) }),
            Which::Ctl | Which::Status | Which::Stats => {
                Answer::Now(Ok(slice(&self.text(which, &live), offset, count)))
            }
        }
    }

    /// Writes; offsets mean nothing on any file.
    pub(crate) fn write(&self, data: Bytes, fds: Vec<OwnedFd>) -> Answer<u32> {
        self.write_by(self.descriptors, data, fds, &Arc::default())
    }

    /// Writes, where it depends on the write how `fd` gets at its descriptor. `taken` says at any time how
    /// many bytes will go to the peer whatever becomes of the answer.
    pub(crate) fn write_by(
        &self,
        way: Descriptors,
        data: Bytes,
        fds: Vec<OwnedFd>,
        taken: &Arc<AtomicUsize>,
    ) -> Answer<u32> {
        let What::Conv { which, live, .. } = &self.what else {
            return Answer::Now(Err(Error::BadUse.into()));
        };
        let Ok(len) = u32::try_from(data.len()) else {
            return Answer::Now(Err(Error::BadArg.into()));
        };
        let payload = match which {
            Which::Ctl => {
                return match parse::parse(&data) {
                    Ok(cmd) => ctl::run(live, cmd, way, fds, len),
                    Err(error) => Answer::Now(Err(error.into())),
                };
            }
            Which::Data => Payload::Data,
            Which::Hand => Payload::Hand,
            Which::Wire => {
                let live = Arc::clone(live);
                return Answer::later(async move {
                    live.write_wire(&data).await.map(|()| len).map_err(Into::into)
                });
            }
            Which::Status | Which::Stats => return Answer::Now(Err(Error::BadUse.into())),
        };
        let (live, taken) = (Arc::clone(live), Arc::clone(taken));
        Answer::later(async move {
            live.write(payload, &[data], &taken).await.map_err(|unfinished| unfinished.why)?;
            Ok(len)
        })
    }

    /// Does several writes to `data` or `hand`, each as records of its own; all go out by as few calls as they fit into.
    pub(super) fn write_each(&self, data: Vec<Bytes>) -> Answer<Vec<Result<u32, ninep::Error>>> {
        let What::Conv { which: which @ (Which::Data | Which::Hand), live, .. } = &self.what else {
            return Answer::Now(Err(Error::BadUse.into()));
        };
        let payload = if *which == Which::Data { Payload::Data } else { Payload::Hand };
        let live = Arc::clone(live);
        Answer::later(async move {
            let written = live.write(payload, &data, &AtomicUsize::default()).await;
            let (done_count, why) = match written {
                Ok(()) => (data.len(), None),
                Err(unfinished) => (unfinished.done_count, Some(unfinished.why)),
            };
            let len = |bytes: &Bytes| u32::try_from(bytes.len()).map_err(|_| Error::BadArg.into());
            let done = data.iter().take(done_count).map(len);
            let failed = why.into_iter().flat_map(|why| vec![Err(why.into()); data.len() - done_count]);
            Ok(done.chain(failed).collect())
        })
    }

    /// Tells whether the readers of the conversation's `data` need no record boundaries.
    pub(super) fn is_of_stream(&self) -> bool {
        matches!(&self.what, What::Conv { live, .. } if live.conv().is_stream)
    }

    /// Gives the conversation if this is its `ctl`.
    pub(crate) fn ctl(&self) -> Option<&Arc<Live>> {
        match &self.what {
            What::Conv { which: Which::Ctl, live, .. } => Some(live),
            _ => None,
        }
    }

    fn text(&self, which: Which, live: &Live) -> String {
        let shared: &Conv = &live.conv();
        match (which, &self.what) {
            (Which::Stats, _) => stats::text(shared.counters),
            (Which::Ctl, What::Conv { conv, .. }) => conv.to_string(),
            _ => status::text(shared, &live.incoming(), &live.outgoing()),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if let What::Conv { conv, which, mode, live } = &self.what {
            match which {
                Which::Hand => {
                    live.conv().hand.close();
                    live.stir();
                }
                Which::Wire => live.wire().close(*mode),
                Which::Ctl | Which::Data | Which::Status | Which::Stats => {}
            }
            Table::release(&self.table, *conv, *which);
        }
    }
}

fn slice(text: &str, offset: u64, count: u32) -> Bytes {
    let bytes = text.as_bytes();
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let end = start.saturating_add(count as usize).min(bytes.len());
    Bytes::copy_from_slice(bytes.get(start..end).unwrap_or_default())
}
