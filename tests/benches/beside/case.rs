//! A case: one thing that is measured, with everyone who does it, and what came of it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::proc;

/// What a number counts, and which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// 1e6 bytes in a second.
    MegabytesPerSecond,
    /// Connections in a second.
    ConnectionsPerSecond,
    /// Microseconds.
    Microseconds,
    /// KiB for each connection.
    KibibytesEach,
}

/// What one measurement gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) value: f64,
    /// Seconds of processor time for 1e9 bytes, where that was measured too: the server's and its command's, or everybody's where
    /// there is no server.
    pub(crate) cpu: Option<f64>,
}

impl From<f64> for Sample {
    fn from(value: f64) -> Sample {
        Sample { value, cpu: None }
    }
}

type Measure = Box<dyn FnMut() -> Result<Sample, String> + Send>;

/// Someone who is measured.
pub(crate) struct Contender {
    name: String,
    measure: Measure,
}

impl Contender {
    pub(crate) fn new(
        name: impl Into<String>,
        measure: impl FnMut() -> Result<Sample, String> + Send + 'static,
    ) -> Contender {
        Contender { name: name.into(), measure: Box::new(measure) }
    }
}

/// A ratio that is to be reached.
pub(crate) struct Bound {
    /// What is claimed, as the table has it.
    pub(crate) text: &'static str,
    pub(crate) ours: &'static str,
    /// The best of those counts.
    pub(crate) against: &'static [&'static str],
    pub(crate) least: f64,
    pub(crate) aim: f64,
}

/// Something to measure.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) bounds: Vec<Bound>,
}

/// A case and what was measured.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) rows: Vec<Row>,
    pub(crate) bounds: Vec<Bound>,
}

/// One contender's measurements, by round.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) samples: Vec<Sample>,
    /// Why there are no more.
    pub(crate) failure: Option<String>,
}

impl Case {
    /// Measures everyone in each round. Who fails is asked no more.
    pub(crate) fn run(self, rounds: usize) -> Measured {
        let mut rows = Vec::new();
        let mut measures = Vec::new();
        for contender in self.contenders {
            rows.push(Row { name: contender.name, samples: Vec::new(), failure: None });
            measures.push(Some(contender.measure));
        }
        for _ in 0..rounds {
            for (row, measure) in rows.iter_mut().zip(&mut measures) {
                let Some(work) = measure.take() else { continue };
                match timed(work) {
                    Ok((sample, work)) => {
                        row.samples.push(sample);
                        *measure = Some(work);
                    }
                    Err(why) => row.failure = Some(why),
                }
            }
        }
        Measured { name: self.name, unit: self.unit, rows, bounds: self.bounds }
    }
}

/// Measures once, within the time allowed.
fn timed(mut work: Measure) -> Result<(Sample, Measure), String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let sample = work();
        // Nobody listens any more when it took too long.
        let _ = tell.send((sample, work));
    });
    match told.recv_timeout(TIME_MAX) {
        Ok((sample, work)) => sample.map(|sample| (sample, work)),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            proc::kill_latest();
            Err(format!("gave nothing in {} s", TIME_MAX.as_secs()))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("failed, see above".to_owned()),
    }
}

impl Unit {
    /// How the unit is written.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Unit::MegabytesPerSecond => "MB/s",
            Unit::ConnectionsPerSecond => "/s",
            Unit::Microseconds => "us",
            Unit::KibibytesEach => "KiB",
        }
    }

    /// Whether a larger number is better.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Unit::MegabytesPerSecond | Unit::ConnectionsPerSecond)
    }
}

impl Measured {
    fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name && !row.samples.is_empty())
    }

    /// The best of those `names` that were measured.
    pub(crate) fn best(&self, names: &[&str]) -> Option<&Row> {
        let better = |a: &&Row, b: &&Row| {
            let order = a.median().total_cmp(&b.median());
            if self.unit.is_rate() { order } else { order.reverse() }
        };
        names.iter().filter_map(|name| self.row(name)).max_by(better)
    }

    /// The ratio that a bound is about: the median of those in each round, and against whom.
    pub(crate) fn ratio(&self, bound: &Bound) -> Option<(f64, &str)> {
        let ours = self.row(bound.ours)?;
        let other = self.best(bound.against)?;
        Some((ours.against(other), &other.name))
    }
}

impl Row {
    /// The median.
    pub(crate) fn median(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.value))
    }

    /// The least and the largest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        let values = || self.samples.iter().map(|sample| sample.value);
        (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max))
    }

    /// The median of processor seconds for 1e9 bytes, if those were measured.
    pub(crate) fn cpu(&self) -> Option<f64> {
        let all: Vec<f64> = self.samples.iter().filter_map(|sample| sample.cpu).collect();
        (!all.is_empty()).then(|| median(all.into_iter()))
    }

    /// The median of the ratios to `other`, round by round.
    pub(crate) fn against(&self, other: &Row) -> f64 {
        median(self.samples.iter().zip(&other.samples).map(|(ours, theirs)| ours.value / theirs.value))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How long one measurement may take.
const TIME_MAX: Duration = Duration::from_secs(60);
