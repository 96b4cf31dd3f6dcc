//! A case: one thing that is measured, with everyone who does it, and what came of it.

use std::hash::{DefaultHasher, Hash, Hasher};
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
    /// Processor time, where that was measured too: seconds for 1e9 bytes, or milliseconds for a connection. The server's and its
    /// commands', or everybody's where there is no server.
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
    /// The groups of processes that are at work for it in every round.
    groups: Vec<u32>,
}

impl Contender {
    pub(crate) fn new(
        name: impl Into<String>,
        measure: impl FnMut() -> Result<Sample, String> + Send + 'static,
    ) -> Contender {
        Contender { name: name.into(), measure: Box::new(measure), groups: Vec::new() }
    }

    /// The same, with processes that are at work for it in every round.
    pub(crate) fn with(self, groups: Vec<u32>) -> Contender {
        Contender { groups, ..self }
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
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) bounds: Vec<Bound>,
}

/// A case and what was measured.
pub(crate) struct Measured {
    pub(crate) name: String,
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

/// What one contender gave for each of what another one gave, in each round.
pub(crate) struct Ratios(Vec<f64>);

impl Case {
    /// Measures everyone in each round, in another order each time: whoever leaves the machine busy, or its caches full of something
    /// else, is not always before the same one. Who fails is asked no more.
    pub(crate) fn run(self, rounds: usize) -> Measured {
        let mut rows = Vec::new();
        let mut measures = Vec::new();
        for contender in self.contenders {
            rows.push(Row { name: contender.name, samples: Vec::new(), failure: None });
            measures.push((Some(contender.measure), contender.groups));
        }
        for round in 0..rounds {
            let mut order: Vec<_> = rows.iter_mut().zip(&mut measures).enumerate().collect();
            order.sort_by_cached_key(|(number, _)| lot(round, *number));
            for (_, (row, (measure, groups))) in order {
                let Some(work) = measure.take() else { continue };
                match timed(work, groups) {
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

/// What a contender draws in a round, the same in every run.
fn lot(round: usize, number: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (round, number).hash(&mut hasher);
    hasher.finish()
}

/// Measures once, within the time allowed. When that is over, `groups` are killed, and those that were started for this measurement:
/// whoever waits for them waits no more.
fn timed(mut work: Measure, groups: &[u32]) -> Result<(Sample, Measure), String> {
    let (tell, told) = mpsc::channel();
    let before = proc::living();
    thread::spawn(move || {
        let sample = work();
        // Nobody listens any more when it took too long.
        let _ = tell.send((sample, work));
    });
    match told.recv_timeout(TIME_MAX) {
        Ok((sample, work)) => sample.map(|sample| (sample, work)),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            let started = proc::living().into_iter().filter(|group| !before.contains(group));
            started.chain(groups.iter().copied()).for_each(proc::kill);
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

    /// How the processor's time is written.
    pub(crate) fn cpu_text(self) -> &'static str {
        if self == Unit::ConnectionsPerSecond { "processor ms each" } else { "processor s/GB" }
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
    fn best(&self, names: &[&str]) -> Option<&Row> {
        let better = |a: &&Row, b: &&Row| {
            let order = a.median().total_cmp(&b.median());
            if self.unit.is_rate() { order } else { order.reverse() }
        };
        names.iter().filter_map(|name| self.row(name)).max_by(better)
    }

    /// Whom a bound is about, and the one against whom.
    pub(crate) fn pair(&self, bound: &Bound) -> Option<(&Row, &Row)> {
        Some((self.row(bound.ours)?, self.best(bound.against)?))
    }

    /// Whether `ratio` is as good as `least`.
    pub(crate) fn is_met(&self, ratio: f64, least: f64) -> bool {
        if self.unit.is_rate() { ratio >= least } else { ratio <= least }
    }
}

impl Row {
    /// The median.
    pub(crate) fn median(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.value))
    }

    /// The least and the largest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        spread(self.samples.iter().map(|sample| sample.value))
    }

    /// The median of processor seconds for 1e9 bytes, if those were measured.
    pub(crate) fn cpu(&self) -> Option<f64> {
        let all: Vec<f64> = self.samples.iter().filter_map(|sample| sample.cpu).collect();
        (!all.is_empty()).then(|| median(all.into_iter()))
    }

    /// The ratios to `other`, round by round.
    pub(crate) fn against(&self, other: &Row) -> Ratios {
        let both = self.samples.iter().zip(&other.samples);
        Ratios(both.map(|(ours, theirs)| ours.value / theirs.value).collect())
    }

    /// The ratios of the processor's time to that of `other`, round by round, if both were measured.
    pub(crate) fn cpu_against(&self, other: &Row) -> Option<Ratios> {
        let both = self.samples.iter().zip(&other.samples);
        both.map(|(ours, theirs)| Some(ours.cpu? / theirs.cpu?)).collect::<Option<_>>().map(Ratios)
    }
}

impl Ratios {
    /// The median, which is what counts.
    pub(crate) fn median(&self) -> f64 {
        median(self.0.iter().copied())
    }

    /// The least and the largest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        spread(self.0.iter().copied())
    }

    /// In how many rounds, and of how many.
    pub(crate) fn count(&self, is_met: impl Fn(f64) -> bool) -> (usize, usize) {
        (self.0.iter().filter(|ratio| is_met(**ratio)).count(), self.0.len())
    }
}

/// The one in the middle, or what is halfway between the two there.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    (at(values.len() / 2) + at(values.len().saturating_sub(1) / 2)) / 2.0
}

fn spread(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(least, most), value| (value.min(least), value.max(most)))
}

/// How long one measurement may take.
const TIME_MAX: Duration = Duration::from_secs(60);
