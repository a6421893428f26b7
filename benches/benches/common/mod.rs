//! A contest: the same work by several hands, and a table of what each took. Medians are what the targets speak of; the
//! fastest samples tell more on a machine that others use too.
#![allow(dead_code, reason = "each bench uses its part")]

use std::{
    fmt::Debug,
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};

/// Ours enters first; then the peers, each of which must have done the same work, and limits.
pub struct Contest<'c, W> {
    group: BenchmarkGroup<'c, WallTime>,
    name: String,
    bytes: Option<u64>,
    work: Option<W>,
    /// Nanoseconds a call in each sample, the fastest first.
    times: Vec<(String, Vec<f64>)>,
}

impl<'c, W: PartialEq + Debug> Contest<'c, W> {
    /// For calls that take microseconds.
    pub fn new(criterion: &'c mut Criterion, name: &str) -> Self {
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(30)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1));
        Self { group, name: name.to_owned(), bytes: None, work: None, times: Vec::new() }
    }

    /// For calls that take a large part of a second and go through so many bytes.
    pub fn large(criterion: &'c mut Criterion, name: &str, bytes: usize) -> Self {
        let mut contest = Self::new(criterion, name);
        contest
            .group
            .sample_size(10)
            .sampling_mode(SamplingMode::Flat)
            .warm_up_time(Duration::from_millis(100));
        contest.with_bytes(bytes)
    }

    /// Shows a throughput as well.
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.group.throughput(Throughput::Bytes(bytes as u64));
        self.bytes = Some(bytes as u64);
        self
    }

    /// A contestant. Its work is compared with that of the first one before anything is measured.
    pub fn enter(&mut self, name: &str, mut call: impl FnMut() -> W) {
        let work = call();
        match &self.work {
            None => self.work = Some(work),
            Some(expected) => assert_eq!(&work, expected, "{name} has done other work"),
        }
        self.measure(name, call);
    }

    /// What does less than the whole work, and what it must have found.
    pub fn limit<U: PartialEq + Debug>(&mut self, name: &str, expected: U, mut call: impl FnMut() -> U) {
        assert_eq!(call(), expected, "{name}");
        self.measure(name, call);
    }

    fn measure<U>(&mut self, name: &str, mut call: impl FnMut() -> U) {
        let mut samples = Vec::new();
        self.group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let start = Instant::now();
                for _ in 0..iterations {
                    black_box(call());
                }
                let elapsed = start.elapsed();
                samples.push(elapsed.as_secs_f64() * 1e9 / iterations as f64);
                elapsed
            });
        });
        samples.sort_by(f64::total_cmp);
        // Empty when a filter leaves it out.
        if !samples.is_empty() {
            self.times.push((name.to_owned(), samples));
        }
    }
}

impl<W> Drop for Contest<'_, W> {
    fn drop(&mut self) {
        let Some((_, ours)) = self.times.first() else { return };
        let median = |samples: &[f64]| samples[samples.len() / 2];
        println!("\n| {} | median | MB/s | to the first | fastest | to the first |", self.name);
        println!("|---|---|---|---|---|---|");
        for (name, samples) in &self.times {
            let (middle, best) = (median(samples), samples[0]);
            let speed =
                self.bytes.map_or(String::new(), |bytes| format!("{:.0}", bytes as f64 * 1e3 / middle));
            let (to_middle, to_best) = (middle / median(ours), best / ours[0]);
            println!(
                "| {name} | {} | {speed} | {to_middle:.2} | {} | {to_best:.2} |",
                human(middle),
                human(best)
            );
        }
        println!();
    }
}

fn human(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.1} ns"),
        n if n < 1e6 => format!("{:.2} us", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}
