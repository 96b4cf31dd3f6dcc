//! What is measured on the device itself: bytes by each way into it, and echoes. Keys are known, so that there is no handshake in it.

use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use devtls::{Embedded, Limits};
use ninep::client::Client;
use ninep::io::Address;
use tlsrec::Side;
use tokio::runtime::Builder;

use super::case::{Bound, Case, Contender, Sample, Unit};
use super::cases::World;
use super::client::{AES128_12, AES128_13};
use super::echo::{self, Order};
use super::keys::tcp_pair;
use super::linked;
use super::proc::{self, Group};
use super::programs;
use super::way::{End, Way};

const OPENSSL: &str = "OpenSSL linked";
const RUSTLS: &str = "rustls linked, TLS 1.2";
const INSIDE: &str = "ours inside the program";
const NINEP: &str = "ours by 9P at both ends";
const STUNNELS: &str = "a pair of stunnels";
const MOUNT: &str = "ours through a FUSE mount";

/// The device inside a program, at both ends.
pub(crate) fn inside(world: &Arc<World>) -> Case {
    let mut contenders = vec![Contender::new("TCP alone", || counted(&[], || Ok(linked::tcp(LEN))))];
    for (name, ask) in [(RUSTLS, AES128_12), ("rustls linked, TLS 1.3", AES128_13)] {
        let world = Arc::clone(world);
        let rate = move || Ok(linked::rustls(&world, ask, LEN));
        contenders.push(Contender::new(name, move || counted(&[], &rate)));
    }
    contenders.push(openssl(world));
    contenders.push(Contender::new(INSIDE, || {
        counted(&[], || transfer([Entry::Inside, Entry::Inside], Move::LARGE))
    }));
    let bounds = vec![Bound {
        text: "the device inside a program, both ends, against rustls with aws-lc-rs linked",
        ours: INSIDE,
        against: &[RUSTLS],
        least: 1.0,
        aim: 1.5,
    }];
    let name = "data path inside one program, AES-128-GCM".to_owned();
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds }
}

/// 9P over a unix socket at both ends, each a device of its own.
pub(crate) fn ninep(world: &Arc<World>) -> Case {
    let pair = Arc::clone(world);
    let stunnels = Contender::new(STUNNELS, move || counted(&[], || linked::stunnels(&pair, LEN)));
    let contenders = vec![openssl(world), stunnels, by_ninep(world, NINEP, Move::LARGE)];
    let bounds = vec![
        Bound {
            text: "9P over a unix socket at both ends, msize 1 MiB, against OpenSSL linked",
            ours: NINEP,
            against: &[OPENSSL],
            least: 1.0,
            aim: 1.4,
        },
        Bound {
            text: "the same, against a pair of stunnels",
            ours: NINEP,
            against: &[STUNNELS],
            least: 2.5,
            aim: 3.0,
        },
    ];
    let name = "9P over unix sockets, AES-128-GCM".to_owned();
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds }
}

/// Long messages of 9P against many short ones.
pub(crate) fn short_messages(world: &Arc<World>) -> Case {
    const LARGE: &str = "ours, messages of 1 MiB, 2 under way";
    const SMALL: &str = "ours, messages of 8 KiB, 16 under way";
    let contenders = vec![by_ninep(world, LARGE, Move::LARGE), by_ninep(world, SMALL, Move::SMALL)];
    let bounds = vec![Bound {
        text: "messages of 8 KiB with 16 under way, against 1 MiB",
        ours: SMALL,
        against: &[LARGE],
        least: 0.45,
        aim: 0.6,
    }];
    Case { name: "9P, short messages".to_owned(), unit: Unit::MegabytesPerSecond, contenders, bounds }
}

/// Writes through a FUSE mount.
pub(crate) fn mount(world: &Arc<World>) -> Case {
    let openssl = openssl(world);
    let point = world.dir().join("mount");
    let device = std::fs::create_dir(&point).map_err(|error| error.to_string()).and_then(|()| {
        let device = Device::start("-m", &point.display().to_string())?;
        device.wait_for(|| point.join("tls/clone").exists())?;
        Ok(device)
    });
    let groups = device.iter().map(|device| device.group.id()).collect();
    let mount = Contender::new(MOUNT, move || {
        let device = device.as_ref().map_err(Clone::clone)?;
        counted(&[&device.group], || transfer([Entry::Mount(&point), Entry::Inside], Move::LARGE))
    })
    .with(groups);
    let bounds = vec![Bound {
        text: "writes of 1 MiB through the FUSE mount, against OpenSSL linked",
        ours: MOUNT,
        against: &[OPENSSL],
        least: 0.8,
        aim: 1.2,
    }];
    let name = "FUSE mount, AES-128-GCM".to_owned();
    Case { name, unit: Unit::MegabytesPerSecond, contenders: vec![openssl, mount], bounds }
}

/// 64 bytes there and back.
pub(crate) fn echo(world: &Arc<World>) -> Case {
    const RAW: &str = "TCP";
    const ONE_BY_ONE: &str = "9P, a write and then a read";
    const READ_FIRST: &str = "9P, the read waiting beforehand";
    let mut contenders = vec![Contender::new(RAW, || Ok(Sample::from(echo::tcp())))];
    for (name, order) in [(ONE_BY_ONE, Order::OneByOne), (READ_FIRST, Order::ReadFirst)] {
        let served = Served::start(world);
        let groups = served.iter().map(|served| served.device.group.id()).collect();
        let contender = Contender::new(name, move || {
            let served = served.as_ref().map_err(Clone::clone)?;
            Ok(Sample::from(echo::ninep(&served.socket, order)))
        });
        contenders.push(contender.with(groups));
    }
    let bounds = vec![
        Bound {
            text: "64-byte echo over 9P, one after the other, against TCP",
            ours: ONE_BY_ONE,
            against: &[RAW],
            least: 4.0,
            aim: 3.2,
        },
        Bound {
            text: "the same, the read waiting beforehand",
            ours: READ_FIRST,
            against: &[RAW],
            least: 3.0,
            aim: 2.3,
        },
    ];
    Case { name: "64-byte echo".to_owned(), unit: Unit::Microseconds, contenders, bounds }
}

/// How an end comes into its device.
enum Entry<'a> {
    Inside,
    NineP(&'a Served),
    Mount(&'a Path),
}

impl Entry<'_> {
    async fn way(self) -> Way {
        match self {
            Entry::Inside => Way::Inside(Embedded::new(Limits::default())),
            Entry::NineP(served) => served.dial().await,
            Entry::Mount(point) => Way::Mount(point.to_owned()),
        }
    }
}

/// What moves from one end to the other.
#[derive(Clone, Copy)]
struct Move {
    /// Bytes in all.
    len: usize,
    /// Bytes of a message.
    piece_len: usize,
    /// Messages under way at one time.
    depth: usize,
}

impl Move {
    const LARGE: Move = Move { len: LEN, piece_len: 1 << 20, depth: 2 };
    const SMALL: Move = Move { len: LEN, piece_len: 8 << 10, depth: 16 };
}

/// Moves bytes from the first device to the second one, over TCP; gives 1e6 bytes in a second. Each end has a thread of its own, as
/// the ends of all others have.
fn transfer(entries: [Entry<'_>; 2], what: Move) -> Result<f64, String> {
    let [from, to] = entries;
    let (near, far): (TcpStream, TcpStream) = tcp_pair();
    let piece = Bytes::from(vec![b'x'; what.piece_len]);
    // Nobody begins before both can, and nobody leaves before both have done.
    let together = Barrier::new(2);
    let writing = async {
        let end = End::begin(&from.way().await, near, Side::Client).await.opened().await;
        together.wait();
        let begun = Instant::now();
        end.write_all(piece, what.len / what.piece_len, what.depth).await;
        together.wait();
        begun
    };
    let reading = async {
        let end = End::begin(&to.way().await, far, Side::Server).await.opened().await;
        together.wait();
        end.read_all(what.len, what.piece_len, what.depth).await;
        let ended = Instant::now();
        together.wait();
        ended
    };
    let (begun, ended) = thread::scope(|scope| {
        let (writing, reading) = (scope.spawn(|| alone(writing)), scope.spawn(|| alone(reading)));
        (writing.join().unwrap(), reading.join().unwrap())
    });
    Ok(what.len as f64 / 1e6 / (ended? - begun?).as_secs_f64())
}

/// Does `work` in a runtime of this thread.
fn alone<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(TIME_MAX);
    Ok(done)
}

/// Adds to the rate that `work` gives what everybody at work used of the processor: we, whom we waited for, and `groups`.
fn counted(groups: &[&Group], work: impl FnOnce() -> Result<f64, String>) -> Result<Sample, String> {
    let used = || proc::own_cpu() + groups.iter().map(|group| group.cpu()).sum::<f64>();
    let before = used();
    let value = work()?;
    Ok(Sample { value, cpu: Some((used() - before) / (LEN as f64 / 1e9)) })
}

fn openssl(world: &Arc<World>) -> Contender {
    let world = Arc::clone(world);
    Contender::new(OPENSSL, move || counted(&[], || linked::openssl(&world, "TLSv1_2", LEN)))
}

fn by_ninep(world: &Arc<World>, name: &'static str, what: Move) -> Contender {
    let served = [0; 2].map(|_| Served::start(world));
    let groups = served.iter().flatten().map(|served| served.device.group.id()).collect();
    Contender::new(name, move || {
        let [one, other] = served.each_ref().map(|served| served.as_ref().map_err(Clone::clone));
        let (one, other) = (one?, other?);
        let groups = [&one.device.group, &other.device.group];
        counted(&groups, || transfer([Entry::NineP(one), Entry::NineP(other)], what))
    })
    .with(groups)
}

/// A device that serves 9P at a unix socket.
struct Served {
    socket: PathBuf,
    device: Device,
}

impl Served {
    fn start(world: &World) -> Result<Served, String> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let socket = world.dir().join(format!("tls-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let device = Device::start("-a", &format!("unix!{}", socket.display()))?;
        device.wait_for(|| UnixStream::connect(&socket).is_ok())?;
        Ok(Served { socket, device })
    }

    async fn dial(&self) -> Way {
        let client = Client::dial(&Address::Unix(self.socket.clone())).await.unwrap();
        Way::NineP(client.attach("", "").await.unwrap())
    }
}

/// Our program `devtls`. Dropping it has it leave: nobody else takes a mount away.
struct Device {
    group: Group,
}

impl Device {
    fn start(flag: &str, place: &str) -> Result<Device, String> {
        let mut command = Command::new(programs::path("devtls"));
        command.args([flag, place]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Device { group: Group::start(&mut command)? })
    }

    fn wait_for(&self, is_there: impl Fn() -> bool) -> Result<(), String> {
        let end = Instant::now() + TIME_MAX;
        while !is_there() {
            if Instant::now() > end {
                return Err("the device does not start".to_owned());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.group.dismiss();
    }
}

/// Bytes of one measurement.
const LEN: usize = 512 << 20;
const TIME_MAX: Duration = Duration::from_secs(10);
