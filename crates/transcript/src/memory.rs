//! A network inside the process: streams that end, reset and push back as TCP does, without a port.
//!
//! `tokio::io::duplex` knows neither a reset nor unread bytes. TCP answers a socket that is dropped with bytes
//! still unread by a reset (RFC 9293 section 3.6.1, RFC 2525 section 2.17), and servers do run into that, so these streams do it too.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc,
};

/// How many bytes a stream takes in one direction while nobody reads them.
pub const CAPACITY: usize = 64 * 1024;

/// The server's end of a network in memory: it accepts what clients connect.
#[derive(Debug)]
pub struct MemoryListener {
    streams: mpsc::UnboundedReceiver<MemoryStream>,
}

/// The clients' end of it.
#[derive(Debug, Clone)]
pub(crate) struct MemoryDialer {
    streams: mpsc::UnboundedSender<MemoryStream>,
}

/// A network with nobody on it yet.
pub(crate) fn network() -> (MemoryDialer, MemoryListener) {
    let (dialer, listener) = mpsc::unbounded_channel();
    (
        MemoryDialer { streams: dialer },
        MemoryListener { streams: listener },
    )
}

impl MemoryListener {
    /// The next stream, or `None` when there will be no more.
    pub async fn accept(&mut self) -> Option<MemoryStream> {
        self.streams.recv().await
    }
}

impl MemoryDialer {
    pub(crate) fn connect(&self) -> io::Result<MemoryStream> {
        let (ours, theirs) = MemoryStream::pair(CAPACITY);
        self.streams
            .send(theirs)
            .map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(ours)
    }
}

/// One end of a stream.
#[derive(Debug)]
pub struct MemoryStream {
    incoming: Arc<Mutex<Half>>,
    outgoing: Arc<Mutex<Half>>,
}

/// One direction of a stream.
#[derive(Debug, Default)]
struct Half {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// How the writer ended it.
    end: Option<End>,
    /// Nobody will read it any more.
    abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Fin,
    Reset,
}

impl Half {
    fn wake(&mut self) {
        let wakers = [self.reader.take(), self.writer.take()];
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

fn lock(half: &Mutex<Half>) -> MutexGuard<'_, Half> {
    half.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl MemoryStream {
    /// Both ends of a stream that takes `capacity` bytes in each direction.
    pub fn pair(capacity: usize) -> (Self, Self) {
        let half = || {
            Arc::new(Mutex::new(Half {
                capacity,
                ..Half::default()
            }))
        };
        let (there, back) = (half(), half());
        let ours = MemoryStream {
            incoming: Arc::clone(&back),
            outgoing: Arc::clone(&there),
        };
        let theirs = MemoryStream {
            incoming: there,
            outgoing: back,
        };
        (ours, theirs)
    }

    /// How many bytes the other end has written and this end has not read.
    pub fn unread(&self) -> usize {
        lock(&self.incoming).bytes.len()
    }

    /// Ends it with a reset instead of a FIN.
    pub fn reset(self) {
        self.end(End::Reset);
    }

    fn end(&self, how: End) {
        let mut outgoing = lock(&self.outgoing);
        if outgoing.end.is_none() || matches!(how, End::Reset) {
            outgoing.end = Some(how);
        }
        outgoing.wake();
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        let how = {
            let mut incoming = lock(&self.incoming);
            incoming.abandoned = true;
            incoming.wake();
            if incoming.bytes.is_empty() {
                End::Fin
            } else {
                End::Reset
            }
        };
        self.end(how);
    }
}

impl AsyncRead for MemoryStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut half = lock(&self.incoming);
        // As on Linux, what arrived before a reset can still be read.
        if !half.bytes.is_empty() {
            let count = half.bytes.len().min(into.remaining());
            let (first, second) = half.bytes.as_slices();
            let from_first = count.min(first.len());
            into.put_slice(&first[..from_first]);
            into.put_slice(&second[..count - from_first]);
            half.bytes.drain(..count);
            if let Some(writer) = half.writer.take() {
                writer.wake();
            }
            return Poll::Ready(Ok(()));
        }
        match half.end {
            Some(End::Fin) => Poll::Ready(Ok(())),
            Some(End::Reset) => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            None => {
                half.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for MemoryStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if matches!(lock(&self.incoming).end, Some(End::Reset)) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let mut half = lock(&self.outgoing);
        if half.abandoned || half.end.is_some() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = half.capacity.saturating_sub(half.bytes.len());
        if room == 0 && !bytes.is_empty() {
            half.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = room.min(bytes.len());
        half.bytes.extend(&bytes[..count]);
        if let Some(reader) = half.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.end(End::Fin);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_drop_with_nothing_unread_is_a_fin() {
        let (mut ours, theirs) = MemoryStream::pair(8);
        drop(theirs);
        assert_eq!(ours.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(
            ours.write(b"x").await.unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }

    #[tokio::test]
    async fn a_drop_with_bytes_unread_is_a_reset_behind_what_was_written() {
        let (mut ours, mut theirs) = MemoryStream::pair(8);
        ours.write_all(b"unread").await.unwrap();
        theirs.write_all(b"bye").await.unwrap();
        drop(theirs);
        let mut bytes = [0; 8];
        assert_eq!(ours.read(&mut bytes).await.unwrap(), 3);
        let error = ours.read(&mut bytes).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn a_full_stream_waits_for_its_reader() {
        let (mut ours, mut theirs) = MemoryStream::pair(4);
        let writer = tokio::spawn(async move { ours.write_all(b"123456").await });
        tokio::task::yield_now().await;
        assert_eq!(theirs.unread(), 4);
        assert!(!writer.is_finished());
        let mut bytes = [0; 6];
        theirs.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"123456");
        writer.await.unwrap().unwrap();
    }
}
