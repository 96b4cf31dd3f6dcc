//! Client: a connection to a server, before anything is attached.

use std::sync::Arc;

use super::Tree;
use super::driver::Handle;
use crate::fcall::Tmsg;
use crate::io::{Address, Stream};
use crate::{Error, Fid, errstr};

/// A connection to a server. It ends when it and everything that came of it has been dropped.
#[derive(Clone, Debug)]
pub struct Client {
    handle: Arc<Handle>,
}

impl Client {
    /// Connects and agrees on the version.
    ///
    /// # Errors
    /// Nobody answers there; the server speaks another version.
    pub async fn dial(address: &Address) -> Result<Self, Error> {
        let stream = address.dial().await.map_err(|error| {
            let errno = error.raw_os_error().unwrap_or(errstr::errno::EIO);
            Error::from_text(error.to_string(), errno)
        })?;
        Self::over(stream).await
    }

    /// Agrees on the version over a connection that is there already. A task on the caller's runtime moves its bytes from now on.
    ///
    /// # Errors
    /// The connection ends; the server speaks another version.
    pub async fn over(stream: impl Into<Stream>) -> Result<Self, Error> {
        let handle = Arc::new(Handle::start(stream.into()));
        handle.version().await?;
        Ok(Self { handle })
    }

    /// Attaches to the tree `aname` as `uname`; the empty `aname` is the server's usual tree.
    ///
    /// # Errors
    /// What the server says.
    pub async fn attach(&self, uname: &str, aname: &str) -> Result<Tree, Error> {
        let (uname, aname) = (uname.to_owned(), aname.to_owned());
        let tmsg = |fid| Tmsg::Attach { fid, afid: Fid::NOFID, uname, aname, n_uname: None };
        let (fid, _) = self.handle.call_making(tmsg).await?;
        Ok(Tree::new(Arc::clone(&self.handle), fid))
    }
}
