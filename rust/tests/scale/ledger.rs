//! What has become of every message.
//!
//! A message notes in its ledger that it was received, or that it was dropped
//! unreceived; its sender notes whether it was told that the message was sent,
//! or had it back. A send future that is dropped tells its owner nothing: its
//! message is received or dropped, and either is right.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};

const SENT: u8 = 1;
const UNSENT: u8 = 2;
const RECEIVED: u8 = 4;
const DROPPED: u8 = 8;

pub(crate) struct Ledger {
    notes: Vec<AtomicU8>,
    next: AtomicUsize,
    twice: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Message {
    number: usize,
    ledger: Arc<Ledger>,
    received: bool,
}

/// The number of a message, by which its sender notes what it was told.
pub(crate) struct Entry {
    number: usize,
    ledger: Arc<Ledger>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) messages: u64,
    pub(crate) received: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
}

impl Ledger {
    pub(crate) fn new(messages: usize) -> Arc<Self> {
        Arc::new(Ledger {
            notes: (0..messages).map(|_| AtomicU8::new(0)).collect(),
            next: AtomicUsize::new(0),
            twice: AtomicU64::new(0),
        })
    }

    /// A new message; `None` if the ledger is full.
    pub(crate) fn write(self: &Arc<Self>) -> Option<(Message, Entry)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.notes.len()).then(|| {
            let ledger = || Arc::clone(self);
            let message = Message {
                number,
                ledger: ledger(),
                received: false,
            };
            let ledger = ledger();
            (message, Entry { number, ledger })
        })
    }

    fn note(&self, number: usize, note: u8) {
        let before = self.notes[number].fetch_or(note, Ordering::Relaxed);
        self.twice
            .fetch_add(u64::from(before & note != 0), Ordering::Relaxed);
    }

    /// What came of it all, once nobody has a message any more.
    pub(crate) fn close(&self) -> Account {
        let mut account = Account {
            doubled: self.twice.load(Ordering::Relaxed),
            ..Account::default()
        };
        let used = self.next.load(Ordering::Relaxed).min(self.notes.len());
        for notes in &self.notes[..used] {
            let notes = notes.load(Ordering::Relaxed);
            let is = |note| notes & note != 0;
            account.messages += 1;
            account.received += u64::from(is(RECEIVED));
            let gone = !is(RECEIVED) && (is(SENT) || !is(DROPPED));
            account.lost += u64::from(gone);
            let both = is(RECEIVED) && (is(DROPPED) || is(UNSENT));
            account.doubled += u64::from(both);
        }
        account
    }
}

impl Message {
    /// It has arrived.
    pub(crate) fn receive(mut self) {
        self.received = true;
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        let note = if self.received { RECEIVED } else { DROPPED };
        self.ledger.note(self.number, note);
    }
}

impl Entry {
    /// The sender was told that it was sent.
    pub(crate) fn sent(self) {
        self.ledger.note(self.number, SENT);
    }

    /// The sender was told that it was not.
    pub(crate) fn unsent(self) {
        self.ledger.note(self.number, UNSENT);
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ledger { .. }")
    }
}

#[test]
fn what_is_wrong_is_accounted_for() {
    let account = |run: fn(Message, Entry)| {
        let ledger = Ledger::new(1);
        let (message, entry) = ledger.write().unwrap();
        assert!(ledger.write().is_none());
        run(message, entry);
        let account = ledger.close();
        (account.lost, account.doubled)
    };
    let good = (0, 0);
    assert_eq!(account(|m, e| (m.receive(), e.sent()).0), good);
    assert_eq!(account(|m, e| (drop(m), e.unsent()).0), good);
    assert_eq!(account(|m, _| m.receive()), good);
    assert_eq!(account(|m, _| drop(m)), good);
    assert_eq!(account(|m, e| (drop(m), e.sent()).0), (1, 0));
    assert_eq!(account(|m, _| std::mem::forget(m)), (1, 0));
    assert_eq!(account(|m, e| (m.receive(), e.unsent()).0), (0, 1));
}
