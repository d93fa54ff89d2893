//! What a producer has sent, or a consumer has received of it.

/// Equal tallies are of the same numbers, unless three sums agree by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    sum: u64,
    mixed: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, number: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(number);
        // splitmix64's mixer, shortened: a number that is altered, or stands
        // for two others with the same sum, shows here.
        let mixed =
            (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        self.mixed = self.mixed.wrapping_add(mixed ^ (mixed >> 27));
    }

    pub(crate) fn merge(&mut self, other: Tally) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
        self.mixed = self.mixed.wrapping_add(other.mixed);
    }
}

/// What one consumer received of one producer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) tally: Tally,
    /// How often a number was not higher than the one before it.
    pub(crate) breaks: u64,
    /// The last number, and one.
    next: u64,
}

impl Seen {
    pub(crate) fn add(&mut self, number: u64) {
        self.tally.add(number);
        self.breaks += u64::from(number < self.next);
        self.next = number + 1;
    }
}

/// What was found by comparing all that was sent with all that was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) messages: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) breaks: u64,
    /// Producers of whom as many were received as sent, but not the same.
    pub(crate) altered: u64,
}

impl Verdict {
    /// Of one producer.
    pub(crate) fn of(sent: Tally, received: Tally, breaks: u64) -> Self {
        Verdict {
            messages: sent.count,
            lost: sent.count.saturating_sub(received.count),
            doubled: received.count.saturating_sub(sent.count),
            breaks,
            altered: u64::from(
                sent.count == received.count && sent != received,
            ),
        }
    }

    pub(crate) fn merge(&mut self, other: Verdict) {
        self.messages += other.messages;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.breaks += other.breaks;
        self.altered += other.altered;
    }

    pub(crate) fn is_good(&self) -> bool {
        self.lost + self.doubled + self.breaks + self.altered == 0
    }
}

#[test]
fn what_is_wrong_is_seen() {
    let seen = |numbers: &[u64]| {
        let mut seen = Seen::default();
        numbers.iter().for_each(|number| seen.add(*number));
        seen
    };
    let sent = seen(&[0, 1, 2, 3]).tally;
    let verdict = |numbers| {
        let seen = seen(numbers);
        Verdict::of(sent, seen.tally, seen.breaks)
    };
    assert!(verdict(&[0, 1, 2, 3]).is_good());
    assert_eq!(verdict(&[0, 1, 3]).lost, 1);
    assert_eq!(verdict(&[0, 1, 1, 2, 3]).doubled, 1);
    assert_eq!(verdict(&[0, 1, 1, 2, 3]).breaks, 1);
    assert_eq!(verdict(&[0, 2, 1, 3]).breaks, 1);
    assert_eq!(verdict(&[0, 0, 3, 3]).altered, 1);
}
