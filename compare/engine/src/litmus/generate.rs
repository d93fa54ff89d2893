//! Random programs: small, of every kind and operation, and the same for a seed
//! wherever it is used.

use super::dialect::{CloseTwice, Dialect, SendOnClosed, Where};
use super::needs::{Feature, Names, Need, Needs, needs};
use super::program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer, Value,
};
use rand::distr::weighted::WeightedIndex;
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeSet, HashMap, HashSet};
use thiserror::Error;

/// No program could be made of what is allowed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "no program that does something was found that needs only what is allowed"
)]
pub struct NotGenerated;

/// How many programs are begun before it is given up.
const ATTEMPTS: usize = 200;
/// How many bodies stand in one another.
const DEEPEST: usize = 2;
/// How often another operation is tried where one is not possible.
const TRIES: usize = 20;

/// The program of a seed. It is valid, does something, has at most four
/// processes of four operations, bodies aside, and three channels, and needs
/// nothing outside of `allowed`, if that is given.
pub fn generate(
    seed: u64,
    allowed: Option<&BTreeSet<Need>>,
) -> Result<Program, NotGenerated> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..ATTEMPTS {
        let mut program = Generator::new(&mut random, allowed).program();
        program.name = format!("random_{seed}");
        let fits = needs(&program).is_ok_and(|needs| {
            !needs.is_empty()
                && allowed.is_none_or(|allowed| needs.is_subset(allowed))
        });
        if fits {
            return Ok(program);
        }
    }
    Err(NotGenerated)
}

/// The dialect of a seed: each field is the strictest as often as not.
pub fn generate_dialect(seed: u64) -> Dialect {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let strict = Dialect::default();
    let places = [Where::Narrow, Where::Always, Where::Never];
    let closed = [SendOnClosed::Fails, SendOnClosed::Waits];
    let mut either = || random.random_bool(0.5);
    let (fifo, hand_off, send, twice) =
        (either(), either(), either(), either());
    let flags = [either(), either(), either(), either()];
    let mut place = |other| match other {
        true => places[random.random_range(0..places.len())],
        false => Where::Narrow,
    };
    Dialect {
        fifo: place(fifo),
        hand_off: place(hand_off),
        send_on_closed: match send {
            true => closed[random.random_range(0..closed.len())],
            false => strict.send_on_closed,
        },
        close_twice: match twice {
            true => CloseTwice::Fails,
            false => CloseTwice::Already,
        },
        keeps_cancelled: flags[0],
        permit_outlives_close: flags[1],
        first_arm: flags[2],
        drop_closes: flags[3],
    }
}

/// Each kind, its capacity, and how often it is taken.
const KINDS: [(Kind, Option<u8>, u32); 9] = [
    (Kind::Rendezvous, None, 4),
    (Kind::Bounded, Some(1), 4),
    (Kind::Bounded, Some(2), 3),
    (Kind::Unbounded, None, 2),
    (Kind::Oneshot, None, 1),
    (Kind::Mvar, None, 1),
    (Kind::Watch, None, 1),
    (Kind::Broadcast, Some(1), 1),
    (Kind::Broadcast, Some(2), 1),
];

/// The operations, and how often each is tried.
#[derive(Clone, Copy, Debug)]
enum Form {
    Wait,
    Try,
    Select,
    Close,
    Drop,
    Clone,
    Start,
    Await,
    Cancel,
    Reserve,
    Fulfil,
    Release,
    Sleep,
    Spawn,
    Join,
    Each,
    Repeat,
}

const FORMS: [(Form, u32); 17] = [
    (Form::Wait, 12),
    (Form::Try, 4),
    (Form::Select, 4),
    (Form::Close, 2),
    (Form::Drop, 2),
    (Form::Clone, 1),
    (Form::Start, 4),
    (Form::Await, 4),
    (Form::Cancel, 4),
    (Form::Reserve, 2),
    (Form::Fulfil, 3),
    (Form::Release, 2),
    (Form::Sleep, 1),
    (Form::Spawn, 1),
    (Form::Join, 1),
    (Form::Each, 2),
    (Form::Repeat, 1),
];

const CHANNELS: [&str; 3] = ["c", "d", "e"];
const PROCESSES: [&str; 4] = ["A", "B", "C", "D"];
const FUTURES: [&str; 4] = ["f", "g", "h", "i"];
const PERMITS: [&str; 4] = ["p", "q", "r", "s"];
const VALUES: [&str; 6] = ["x", "y", "z", "u", "v", "w"];

/// What a process has at a place of its text.
#[derive(Clone, Default)]
struct Scope {
    /// How many handles it has dropped, those that it made taken away.
    dropped: HashMap<(String, Side), i32>,
    values: Vec<String>,
    futures: Vec<(String, Transfer)>,
    permits: Vec<(String, String)>,
    /// How many names of each sort were given.
    given: [usize; 3],
    inside_each: bool,
    /// How many bodies stand around it.
    bodies: usize,
}

struct Generator<'a> {
    random: &'a mut ChaCha8Rng,
    allowed: Option<&'a BTreeSet<Need>>,
    channels: Vec<Channel>,
    processes: usize,
    /// Which process it is whose text is being made.
    current: usize,
    /// The only owner of a side, where there may not be several.
    owners: HashMap<(String, Side), usize>,
    /// The oneshots that are sent on, and the processes that are spawned.
    once: HashSet<String>,
}

impl<'a> Generator<'a> {
    fn new(
        random: &'a mut ChaCha8Rng,
        allowed: Option<&'a BTreeSet<Need>>,
    ) -> Self {
        let processes = 1 + weighted(random, &[1, 4, 4, 1]);
        let mut generator = Generator {
            random,
            allowed,
            channels: Vec::new(),
            processes,
            current: 0,
            owners: HashMap::new(),
            once: HashSet::new(),
        };
        generator.channels();
        generator
    }

    fn allows(&self, need: Need) -> bool {
        self.allowed.is_none_or(|allowed| allowed.contains(&need))
    }

    fn channels(&mut self) {
        let known = |kind: Kind| {
            self.allowed.is_none_or(|allowed| {
                allowed.iter().any(|Need(of, _)| *of == Some(kind))
            })
        };
        let weights =
            KINDS.map(|(kind, _, weight)| u32::from(known(kind)) * weight);
        if weights.iter().all(|weight| *weight == 0) {
            return;
        }
        let count = 1 + weighted(self.random, &[5, 4, 1]);
        for name in &CHANNELS[..count] {
            let (kind, capacity, _) = KINDS[weighted(self.random, &weights)];
            for (side, many) in [
                (Side::Sender, Feature::ManySenders),
                (Side::Receiver, Feature::ManyReceivers),
            ] {
                if !self.allows(Need(Some(kind), many)) {
                    let owner = self.random.random_range(0..self.processes);
                    self.owners.insert((name.to_string(), side), owner);
                }
            }
            self.channels.push(Channel {
                name: name.to_string(),
                kind,
                capacity,
            });
        }
    }

    fn program(mut self) -> Program {
        let mut processes = Vec::new();
        for (process, name) in PROCESSES.iter().enumerate().take(self.processes)
        {
            self.current = process;
            let count = 1 + weighted(self.random, &[3, 4, 3, 1]);
            let mut scope = Scope::default();
            processes.push(Process {
                name: name.to_string(),
                operations: self.operations(&mut scope, count),
            });
        }
        let observe = match self.random.random_bool(0.1) {
            true => {
                let one = self.random.random_range(0..self.processes);
                vec![PROCESSES[one].to_string()]
            }
            false => Vec::new(),
        };
        Program {
            channels: self.channels,
            processes,
            observe,
            ..Program::default()
        }
    }

    fn operations(
        &mut self,
        scope: &mut Scope,
        count: usize,
    ) -> Vec<Operation> {
        let mut operations = Vec::new();
        for _ in 0..count {
            operations.extend(self.operation(scope));
        }
        operations
    }

    /// One that may stand here, and what it does to the scope.
    fn operation(&mut self, scope: &mut Scope) -> Option<Operation> {
        for _ in 0..TRIES {
            let weights = FORMS.map(|(_, weight)| weight);
            let (form, _) = FORMS[weighted(self.random, &weights)];
            let mut after = scope.clone();
            let Some(operation) = self.form(form, &mut after) else {
                continue;
            };
            if self.inside(&operation, scope) {
                for (channel, side) in operation.sides() {
                    self.mark(channel, side, &operation);
                }
                if let Operation::Spawn { process } = &operation {
                    self.once.insert(process.clone());
                }
                *scope = after;
                return Some(operation);
            }
        }
        None
    }

    /// A send on a oneshot stands in one place.
    fn mark(&mut self, channel: &str, side: Side, operation: &Operation) {
        let counts = matches!(
            operation,
            Operation::Wait { .. }
                | Operation::Try { .. }
                | Operation::Start { .. }
        );
        if counts && side == Side::Sender && self.kind(channel) == Kind::Oneshot
        {
            self.once.insert(channel.into());
        }
    }

    fn kind(&self, channel: &str) -> Kind {
        let mut channels = self.channels.iter();
        let found = channels.find(|known| known.name == channel);
        found.expect("it was made of these channels").kind
    }

    /// Whether an operation needs only what is allowed; that of its body was
    /// looked at.
    fn inside(&self, operation: &Operation, scope: &Scope) -> bool {
        let Some(allowed) = self.allowed else {
            return true;
        };
        let futures = scope.futures.iter().map(|(f, t)| (f.as_str(), t));
        let permits = scope.permits.iter();
        let permits = permits.map(|(p, c)| (p.as_str(), c.as_str()));
        let mut names = Names {
            futures: futures.collect(),
            permits: permits.collect(),
        };
        let mut needs = Needs::new(&self.channels);
        needs.operation(operation, &mut names);
        needs.needs.is_subset(allowed)
    }

    /// A channel of which this process has a handle of this side left.
    fn channel(&mut self, scope: &Scope, side: Side) -> Option<String> {
        let has = |channel: &&Channel| {
            let key = (channel.name.clone(), side);
            let owner = self.owners.get(&key).copied();
            owner.is_none_or(|owner| owner == self.current)
                && scope.dropped.get(&key).copied().unwrap_or(0) < 1
        };
        let had = self.channels.iter().filter(has);
        had.choose(self.random).map(|channel| channel.name.clone())
    }

    fn side(&mut self) -> Side {
        match self.random.random_bool(0.5) {
            true => Side::Sender,
            false => Side::Receiver,
        }
    }

    /// A name of this sort that the process has not bound yet.
    fn fresh(scope: &mut Scope, sort: usize, names: &[&str]) -> Option<String> {
        let name = names.get(scope.given[sort])?;
        scope.given[sort] += 1;
        Some(name.to_string())
    }

    fn value(&mut self, scope: &Scope) -> Value {
        let bound = scope.values.choose(self.random).cloned();
        match bound {
            Some(name) if self.random.random_bool(0.5) => Value::Name(name),
            _ => Value::Number(self.random.random_range(1..4)),
        }
    }

    /// A send or a receive, and whether what it binds is known behind it.
    fn transfer(&mut self, scope: &mut Scope, known: bool) -> Option<Transfer> {
        let side = self.side();
        let channel = self.channel(scope, side)?;
        if side == Side::Sender {
            if self.kind(&channel) == Kind::Oneshot {
                if scope.bodies > 0 || self.once.contains(&channel) {
                    return None;
                }
                *scope.dropped.entry((channel.clone(), side)).or_default() += 1;
            }
            let value = self.value(scope);
            return Some(Transfer::Send { channel, value });
        }
        let bind = match self.random.random_bool(0.25) {
            true => Self::fresh(scope, 0, &VALUES),
            false => None,
        };
        if known {
            scope.values.extend(bind.clone());
        }
        Some(Transfer::Recv { channel, bind })
    }

    fn time(&mut self, often: f64) -> Option<u32> {
        let is = self.random.random_bool(often);
        is.then(|| self.random.random_range(0..3))
    }

    fn form(&mut self, form: Form, scope: &mut Scope) -> Option<Operation> {
        let counts = !matches!(
            form,
            Form::Wait
                | Form::Try
                | Form::Select
                | Form::Close
                | Form::Sleep
                | Form::Join
                | Form::Each
                | Form::Repeat
        );
        if scope.inside_each && counts {
            return None;
        }
        if scope.bodies == DEEPEST && matches!(form, Form::Each | Form::Repeat)
        {
            return None;
        }
        Some(match form {
            Form::Wait => Operation::Wait {
                transfer: self.transfer(scope, true)?,
                within: self.time(0.2),
            },
            Form::Try => Operation::Try {
                transfer: self.transfer(scope, true)?,
            },
            Form::Select => self.select(scope)?,
            Form::Close => Operation::Close {
                channel: self.channels.choose(self.random)?.name.clone(),
            },
            Form::Drop | Form::Clone => self.handle(form, scope)?,
            Form::Start => {
                let transfer = self.transfer(scope, false)?;
                let future = Self::fresh(scope, 1, &FUTURES)?;
                scope.futures.push((future.clone(), transfer.clone()));
                Operation::Start { future, transfer }
            }
            Form::Await | Form::Cancel => {
                let one = (0..scope.futures.len()).choose(self.random)?;
                let (future, transfer) = scope.futures.remove(one);
                use_up(scope, form, future, &transfer)
            }
            Form::Reserve => {
                let channel = self.channel(scope, Side::Sender)?;
                let permit = Self::fresh(scope, 2, &PERMITS)?;
                scope.permits.push((permit.clone(), channel.clone()));
                Operation::Reserve { channel, permit }
            }
            Form::Fulfil | Form::Release => {
                let one = (0..scope.permits.len()).choose(self.random)?;
                let (permit, _) = scope.permits.remove(one);
                match form {
                    Form::Release => Operation::Release { permit },
                    _ => Operation::Fulfil {
                        permit,
                        value: self.value(scope),
                    },
                }
            }
            Form::Sleep => Operation::Sleep {
                duration: self.random.random_range(0..3),
            },
            Form::Spawn | Form::Join => self.process(form, scope)?,
            Form::Each => self.each(scope)?,
            Form::Repeat => self.repeat(scope)?,
        })
    }

    fn handle(&mut self, form: Form, scope: &mut Scope) -> Option<Operation> {
        let side = self.side();
        let channel = self.channel(scope, side)?;
        let dropped = scope.dropped.entry((channel.clone(), side)).or_default();
        Some(match form {
            Form::Clone => {
                *dropped -= 1;
                Operation::Clone { channel, side }
            }
            _ => {
                *dropped += 1;
                Operation::Drop { channel, side }
            }
        })
    }

    fn process(&mut self, form: Form, scope: &Scope) -> Option<Operation> {
        let other = self.random.random_range(0..self.processes);
        if other == self.current {
            return None;
        }
        let process = PROCESSES[other].to_string();
        match form {
            Form::Join => Some(Operation::Join { process }),
            _ if scope.bodies > 0 || self.once.contains(&process) => None,
            _ => Some(Operation::Spawn { process }),
        }
    }

    fn select(&mut self, scope: &mut Scope) -> Option<Operation> {
        let count = 1 + weighted(self.random, &[1, 4, 1]);
        let mut arms: Vec<Transfer> = Vec::new();
        let before = scope.values.clone();
        for _ in 0..count {
            let bound = std::mem::replace(&mut scope.values, before.clone());
            let arm = self.transfer(scope, true);
            let arm = arm.filter(|arm| {
                arm.side() == Side::Receiver
                    || self.kind(arm.channel()) != Kind::Oneshot
            })?;
            let new = std::mem::replace(&mut scope.values, bound);
            scope.values.extend(new.into_iter().skip(before.len()));
            arms.push(arm);
        }
        let (default, after) = match self.random.random_range(0..3) {
            0 => (true, None),
            1 => (false, Some(self.random.random_range(0..3))),
            _ => (false, None),
        };
        Some(Operation::Select {
            arms,
            biased: self.random.random_bool(0.3),
            default,
            after,
        })
    }

    /// The scope within a body, and its operations.
    fn body(
        &mut self,
        scope: &mut Scope,
        each: bool,
    ) -> (Scope, Vec<Operation>) {
        let mut inner = scope.clone();
        inner.inside_each |= each;
        inner.bodies += 1;
        // A body uses up what begins in it, and nothing else.
        inner.futures.clear();
        inner.permits.clear();
        let count = weighted(self.random, &[1, 4, 2]);
        let body = self.operations(&mut inner, count);
        scope.given = inner.given;
        (inner, body)
    }

    fn each(&mut self, scope: &mut Scope) -> Option<Operation> {
        let channel = self.channel(scope, Side::Receiver)?;
        let bind = match self.random.random_bool(0.5) {
            true => Self::fresh(scope, 0, &VALUES),
            false => None,
        };
        let values = scope.values.clone();
        scope.values.extend(bind.clone());
        let (_, body) = self.body(scope, true);
        scope.values = values;
        Some(Operation::Each {
            channel,
            bind,
            body,
        })
    }

    fn repeat(&mut self, scope: &mut Scope) -> Option<Operation> {
        let (inner, mut body) = self.body(scope, false);
        for (future, transfer) in inner.futures {
            let form = match self.random.random_bool(0.5) {
                true => Form::Await,
                false => Form::Cancel,
            };
            body.push(use_up(scope, form, future, &transfer));
        }
        let releases = inner.permits.into_iter();
        body.extend(releases.map(|(permit, _)| Operation::Release { permit }));
        scope.values = inner.values;
        scope.dropped = inner.dropped;
        Some(Operation::Repeat {
            times: self.random.random_range(1..3),
            body,
        })
    }
}

fn use_up(
    scope: &mut Scope,
    form: Form,
    future: String,
    transfer: &Transfer,
) -> Operation {
    if let (Form::Await, Transfer::Recv { bind, .. }) = (form, transfer) {
        scope.values.extend(bind.clone());
    }
    match form {
        Form::Await => Operation::Await { future },
        _ => Operation::Cancel { future },
    }
}

fn weighted(random: &mut ChaCha8Rng, weights: &[u32]) -> usize {
    let weights = WeightedIndex::new(weights);
    weights.expect("one of the weights is not 0").sample(random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::litmus::{parse, print};

    const SEEDS: u64 = 1_500;

    #[test]
    fn every_seed_gives_a_valid_program_and_together_they_need_everything() {
        let mut all = BTreeSet::new();
        for seed in 0..SEEDS {
            let program = generate(seed, None).expect("all is allowed");
            assert_eq!(parse(&print(&program)).as_ref(), Ok(&program));
            assert_eq!(generate(seed, None).as_ref(), Ok(&program));
            all.extend(needs(&program).expect("it is valid"));
        }
        let features: BTreeSet<Feature> =
            all.iter().map(|need| need.1).collect();
        assert_eq!(features.len(), 29, "{features:?}");
        let pairs: BTreeSet<Kind> = all.iter().filter_map(|n| n.0).collect();
        assert_eq!(pairs.len(), 7);
    }

    #[test]
    fn a_program_needs_nothing_outside_of_what_is_allowed() {
        for seed in 0..100 {
            let program = generate(seed, None).expect("all is allowed");
            let allowed = needs(&program).expect("it is valid");
            for other in 0..4 {
                let Ok(found) = generate(other, Some(&allowed)) else {
                    continue;
                };
                let found = needs(&found).expect("it is valid");
                assert!(found.is_subset(&allowed), "{found:?} {allowed:?}");
            }
        }
    }

    #[test]
    fn a_plain_channel_is_enough_for_every_seed() {
        let bounded = |feature| Need(Some(Kind::Bounded), feature);
        let allowed = [
            bounded(Feature::Send),
            bounded(Feature::Recv),
            Need(None, Feature::Sleep),
        ];
        let allowed = BTreeSet::from(allowed);
        for seed in 0..300 {
            generate(seed, Some(&allowed)).expect("it sends and receives");
        }
    }

    #[test]
    fn of_nothing_nothing_is_made() {
        assert_eq!(generate(1, Some(&BTreeSet::new())), Err(NotGenerated));
        let cancel = Need(Some(Kind::Bounded), Feature::CancelSend);
        assert_eq!(
            generate(1, Some(&BTreeSet::from([cancel]))),
            Err(NotGenerated)
        );
    }
}
