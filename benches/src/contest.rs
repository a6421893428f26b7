//! A contest: the same work by several hands.
//!
//! Contestants take turns, and each ratio is taken within a turn: what else the machine does meets all of them alike,
//! and a median of ratios holds where a ratio of medians does not.

use std::{
    fmt::Debug,
    hint::black_box,
    time::{Duration, Instant},
};

/// How long a sample takes at least; short calls are repeated until they do.
const SAMPLE: Duration = Duration::from_millis(4);
/// Turns, and how many when a call takes longer than [`LONG`].
const TURNS: usize = 31;
const LONG_TURNS: usize = 7;
const LONG: Duration = Duration::from_millis(50);

/// Everything that a bench measures.
pub struct Run {
    /// Only contests whose name contains it.
    filter: Option<String>,
    results: Vec<Results>,
}

/// Nanoseconds a call of each contestant, turn by turn.
struct Results {
    contest: String,
    times: Vec<(String, Vec<f64>)>,
}

/// A ratio to reach.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// For the table.
    pub what: &'static str,
    /// Where both took part.
    pub contest: &'static str,
    /// The contestant that is to reach it.
    pub ours: &'static str,
    /// Whom it is compared with.
    pub peer: &'static str,
    /// How many times as fast as the peer it must be.
    pub floor: Option<f64>,
    /// How many times as fast it should be.
    pub goal: Option<f64>,
}

impl Run {
    /// With the filter that the command line gives.
    pub fn from_args() -> Self {
        Self { filter: std::env::args().skip(1).find(|arg| !arg.starts_with('-')), results: Vec::new() }
    }

    /// A contest, to be measured by [`Contest::measure`].
    pub fn contest<'c, W>(&self, name: &str) -> Contest<'c, W> {
        let wanted = self.filter.as_ref().is_none_or(|filter| name.contains(filter));
        Contest { name: name.to_owned(), wanted, bytes: None, work: None, contestants: Vec::new() }
    }

    /// The table of ratios against floors and goals, as far as they were measured.
    pub fn print(&self, targets: &[Target]) {
        let mut head =
            Some("| what | ours | peer | times as fast | floor | goal |\n|---|---|---|---|---|---|");
        for target in targets {
            if let Some(ratio) = self.ratio(target) {
                if let Some(head) = head.take() {
                    println!("{head}");
                }
                let Target { what, ours, peer, .. } = target;
                let (floor, goal) = (verdict(ratio, target.floor), verdict(ratio, target.goal));
                println!("| {what} | {ours} | {peer} | {ratio:.2} | {floor} | {goal} |");
            }
        }
    }

    fn ratio(&self, target: &Target) -> Option<f64> {
        let results = self.results.iter().find(|results| results.contest == target.contest)?;
        let times = |of: &str| results.times.iter().find(|(name, _)| name == of).map(|(_, times)| times);
        Some(1.0 / ratio(times(target.ours)?, times(target.peer)?))
    }
}

/// `1.2: reached`, or that it was not.
pub fn verdict(measured: f64, wanted: Option<f64>) -> String {
    match wanted {
        None => String::new(),
        Some(wanted) if measured >= wanted => format!("{wanted}: reached"),
        Some(wanted) => format!("{wanted}: **missed**"),
    }
}

/// Who takes part in one. Ours enters first; then the peers, each of which must have done the same work, and limits.
pub struct Contest<'c, W> {
    name: String,
    wanted: bool,
    bytes: Option<usize>,
    work: Option<W>,
    contestants: Vec<(String, Box<dyn FnMut() + 'c>)>,
}

impl<'c, W: PartialEq + Debug> Contest<'c, W> {
    /// Whether the filter lets it take place; entering it costs nothing otherwise.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Shows a throughput as well.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// A contestant. Its work is compared with that of the first one before anything is measured.
    ///
    /// # Panics
    /// It has done other work.
    pub fn enter(&mut self, name: &str, mut call: impl FnMut() -> W + 'c) {
        if self.wanted {
            let work = call();
            match &self.work {
                None => self.work = Some(work),
                Some(expected) => assert_eq!(&work, expected, "{name} has done other work"),
            }
            self.add(name, call);
        }
    }

    /// What does less than the whole work, and what it must have found.
    ///
    /// # Panics
    /// It has found something else.
    pub fn limit<U: PartialEq + Debug>(&mut self, name: &str, expected: U, mut call: impl FnMut() -> U + 'c) {
        if self.wanted {
            assert_eq!(call(), expected, "{name}");
            self.add(name, call);
        }
    }

    fn add<U>(&mut self, name: &str, mut call: impl FnMut() -> U + 'c) {
        self.contestants.push((name.to_owned(), Box::new(move || _ = black_box(call()))));
    }

    /// Lets all of them take their turns, and prints the table.
    pub fn measure(mut self, run: &mut Run) {
        if !self.wanted {
            return;
        }
        let once: Vec<Duration> = self.contestants.iter_mut().map(|(_, call)| time(call, 1)).collect();
        let repeats: Vec<u32> = once
            .iter()
            .map(|once| u32::try_from(SAMPLE.as_nanos() / once.as_nanos().max(1)).unwrap_or(u32::MAX).max(1))
            .collect();
        let turns = if once.iter().any(|once| *once > LONG) { LONG_TURNS } else { TURNS };
        let mut times: Vec<(String, Vec<f64>)> =
            self.contestants.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
        for _ in 0..turns {
            for (((_, call), repeats), (_, times)) in
                self.contestants.iter_mut().zip(&repeats).zip(&mut times)
            {
                times.push(time(call, *repeats).as_secs_f64() * 1e9 / f64::from(*repeats));
            }
        }
        print(&self.name, self.bytes, &times);
        run.results.push(Results { contest: self.name, times });
    }
}

fn time(call: &mut dyn FnMut(), repeats: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        call();
    }
    start.elapsed()
}

fn print(name: &str, bytes: Option<usize>, times: &[(String, Vec<f64>)]) {
    let Some((_, ours)) = times.first() else { return };
    println!("| {name} | median | MB/s | time to the first's | fastest |\n|---|---|---|---|---|");
    for (name, times) in times {
        let middle = median(times.clone());
        let speed = bytes.map_or(String::new(), |bytes| format!("{:.0}", bytes as f64 * 1e3 / middle));
        let best = times.iter().copied().fold(f64::INFINITY, f64::min);
        println!("| {name} | {} | {speed} | {:.2} | {} |", human(middle), ratio(times, ours), human(best));
    }
    println!();
}

/// How many times as long one took as the other, in the middle of all turns.
fn ratio(times: &[f64], others: &[f64]) -> f64 {
    median(times.iter().zip(others).map(|(time, other)| time / other).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn human(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.1} ns"),
        n if n < 1e6 => format!("{:.2} us", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ratio is that of the same turn, whatever the machine did in the others.
    #[test]
    fn ratios_are_taken_within_a_turn() {
        assert_eq!(ratio(&[20.0, 200.0, 2.0], &[10.0, 100.0, 1.0]), 2.0);
    }

    #[test]
    fn verdicts() {
        assert_eq!(verdict(1.3, Some(1.3)), "1.3: reached");
        assert_eq!(verdict(1.29, Some(1.3)), "1.3: **missed**");
        assert_eq!(verdict(1.0, None), "");
    }

    #[test]
    #[should_panic(expected = "has done other work")]
    fn other_work_is_noticed() {
        let mut contest = Run { filter: None, results: Vec::new() }.contest("x");
        contest.enter("ours", || 1);
        contest.enter("peer", || 2);
    }
}
