//! Tree: what was attached, and the files in it by their paths.

use std::sync::Arc;

use super::File;
use super::driver::Handle;
use crate::fcall::{Rmsg, Tmsg};
use crate::{Error, Fid, Limits, Mode, OpenMode, Stat, errstr};

/// The root of an attached tree. Paths start there, with or without `/`; the empty path is the root itself.
#[derive(Debug)]
pub struct Tree {
    root: Walked,
}

/// A fid that stands for a file; clunked when it is dropped.
#[derive(Debug)]
pub(super) struct Walked {
    handle: Arc<Handle>,
    fid: Fid,
    /// Whether the server has forgotten it already.
    is_gone: bool,
}

impl Tree {
    pub(super) fn new(handle: Arc<Handle>, root: Fid) -> Self {
        Self { root: Walked { handle, fid: root, is_gone: false } }
    }

    /// Opens a file.
    ///
    /// # Errors
    /// What the server says.
    pub async fn open(&self, path: &str, mode: OpenMode) -> Result<File, Error> {
        let walked = self.walk(path).await?;
        match walked.call(&Tmsg::Open { fid: walked.fid, mode }).await? {
            Rmsg::Open { qid, iounit } => Ok(File::new(walked, qid, iounit)),
            _ => Err(errstr::BAD_MESSAGE),
        }
    }

    /// Makes a file in the directory `dir` and opens it.
    ///
    /// # Errors
    /// What the server says.
    pub async fn create(&self, dir: &str, name: &str, perm: Mode, mode: OpenMode) -> Result<File, Error> {
        let walked = self.walk(dir).await?;
        let (name, extension) = (name.to_owned(), String::new());
        match walked.call(&Tmsg::Create { fid: walked.fid, name, perm, mode, extension }).await? {
            Rmsg::Create { qid, iounit } => Ok(File::new(walked, qid, iounit)),
            _ => Err(errstr::BAD_MESSAGE),
        }
    }

    /// Describes a file.
    ///
    /// # Errors
    /// What the server says.
    pub async fn stat(&self, path: &str) -> Result<Stat, Error> {
        self.walk(path).await?.stat().await
    }

    /// Changes what `stat` does not say to leave ([`Stat::leave`]).
    ///
    /// # Errors
    /// What the server says.
    pub async fn wstat(&self, path: &str, stat: &Stat) -> Result<(), Error> {
        let walked = self.walk(path).await?;
        walked.call(&Tmsg::Wstat { fid: walked.fid, stat: stat.clone() }).await.map(|_| ())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// What the server says.
    pub async fn remove(&self, path: &str) -> Result<(), Error> {
        let mut walked = self.walk(path).await?;
        // Whatever the server says, the fid is gone (remove(5)); and a remove that is given up is not flushed.
        walked.is_gone = true;
        walked.call(&Tmsg::Remove { fid: walked.fid }).await.map(|_| ())
    }

    /// Lists a directory.
    ///
    /// # Errors
    /// What the server says.
    pub async fn list(&self, path: &str) -> Result<Vec<Stat>, Error> {
        self.open(path, OpenMode::READ).await?.list().await
    }

    async fn walk(&self, path: &str) -> Result<Walked, Error> {
        let names: Vec<String> = path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let mut steps = names.chunks(Limits::NAMES_MAX);
        let mut here = self.root.walk(steps.next().unwrap_or_default()).await?;
        for step in steps {
            here = here.walk(step).await?;
        }
        Ok(here)
    }
}

impl Walked {
    /// Goes from here; the result is a fid of its own.
    async fn walk(&self, names: &[String]) -> Result<Self, Error> {
        let tmsg = |newfid| Tmsg::Walk { fid: self.fid, newfid, names: names.to_vec() };
        match self.handle.call_making(tmsg).await? {
            (fid, Rmsg::Walk { qids }) if qids.len() == names.len() => {
                Ok(Self { handle: Arc::clone(&self.handle), fid, is_gone: false })
            }
            // Why the walk stopped is not said; that something in the path is missing is the usual reason.
            _ => Err(errstr::DOES_NOT_EXIST),
        }
    }

    pub(super) async fn call(&self, tmsg: &Tmsg) -> Result<Rmsg, Error> {
        self.handle.call(tmsg).await
    }

    pub(super) async fn stat(&self) -> Result<Stat, Error> {
        match self.call(&Tmsg::Stat { fid: self.fid }).await? {
            Rmsg::Stat { stat } => Ok(stat),
            _ => Err(errstr::BAD_MESSAGE),
        }
    }

    /// Clunks, and waits until the server has done so.
    pub(super) async fn close(mut self) -> Result<(), Error> {
        self.is_gone = true;
        self.call(&Tmsg::Clunk { fid: self.fid }).await.map(|_| ())
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(super) fn fid(&self) -> Fid {
        self.fid
    }
}

impl Drop for Walked {
    fn drop(&mut self) {
        if !self.is_gone {
            self.handle.clunk(self.fid);
        }
    }
}
