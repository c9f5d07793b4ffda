//! Keys some of which are asked for much more often than others.

/// Keys below `bound` whose frequency is inverse to their rank, in a random order of ranks.
pub(crate) fn zipf_keys(bound: u64, count: usize) -> Vec<u64> {
    let mut sums = Vec::new();
    let mut sum = 0.0;
    for rank in 1..=u32::try_from(bound).unwrap() {
        sum += 1.0 / f64::from(rank);
        sums.push(sum);
    }
    let mut random = testkit::rng(1);
    let mut keys: Vec<u64> = (0..bound).collect();
    random.shuffle(&mut keys);
    (0..count)
        .map(|_| {
            let point = random.f64() * sum;
            let rank = sums.partition_point(|sum| *sum < point);
            keys[rank.min(keys.len() - 1)]
        })
        .collect()
}
