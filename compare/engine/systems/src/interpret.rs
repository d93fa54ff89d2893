//! One process of a program: what its operations do, and what they log.

use crate::answer::Answer;
use crate::journal::{End, Journal};
use crate::library::{Arm, Choice, Chosen, Library, Started};
use crate::plan::{Plan, size};
use compare_engine::litmus::{Channel, Operation, Side, Transfer, Value};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// Where a process lives: it decides when an operation may begin, what time is,
/// and begins other processes.
pub trait Life {
    /// Whether deadlines are the library's own, in real time; else they are
    /// moments of a virtual clock.
    const REAL_TIME: bool;

    /// The operation with this number is about to begin.
    fn gate(&self, number: u32) -> impl Future<Output = ()>;

    /// So many units pass.
    fn sleep(&self, units: u32) -> impl Future<Output = ()>;

    /// So many units, as real time.
    fn real(&self, units: u32) -> Duration;

    /// A process begins.
    fn spawn(&self, process: usize);

    /// Another process has ended.
    fn join(&self, process: usize) -> impl Future<Output = ()>;

    /// A number that the seed decides.
    fn random(&self) -> u64;
}

/// The handles of a process, and what it has begun with them.
#[allow(missing_debug_implementations)]
pub struct Held<L: Library> {
    senders: Vec<Vec<Arc<L::Sender>>>,
    receivers: Vec<Vec<Arc<L::Receiver>>>,
    closers: Vec<L::Closer>,
}

/// The handles of each process, from channels that are made for one run.
pub fn open<L: Library>(plan: &Plan) -> Vec<Held<L>> {
    let processes = plan.program.processes.iter();
    let mut all: Vec<Held<L>> = processes.map(|_| Held::none()).collect();
    for (place, channel) in plan.program.channels.iter().enumerate() {
        hand_out(plan, place, channel, &mut all);
    }
    all
}

fn hand_out<L: Library>(
    plan: &Plan,
    place: usize,
    channel: &Channel,
    all: &mut [Held<L>],
) {
    let (sender, receiver, closer) = L::open(channel);
    let (mut sender, mut receiver) = (Some(sender), Some(receiver));
    let mut senders = plan.owners(place, Side::Sender);
    let mut receivers = plan.owners(place, Side::Receiver);
    for (held, owns) in all.iter_mut().zip(&plan.owns) {
        let own = owns[place];
        let take = own.sender.then(|| {
            senders -= 1;
            share(&mut sender, senders, L::clone_sender)
        });
        held.senders.push(take.into_iter().map(Arc::new).collect());
        let take = own.receiver.then(|| {
            receivers -= 1;
            share(&mut receiver, receivers, L::clone_receiver)
        });
        held.receivers
            .push(take.into_iter().map(Arc::new).collect());
        held.closers.push(closer.clone());
    }
}

/// A clone, or for the last that wants one the original.
fn share<T>(original: &mut Option<T>, more: usize, clone: fn(&T) -> T) -> T {
    match more {
        0 => original.take().expect("the last one comes last"),
        _ => clone(original.as_ref().expect("there are more to come")),
    }
}

impl<L: Library> Held<L> {
    /// What closes each channel.
    pub fn closers(&self) -> Vec<L::Closer> {
        self.closers.clone()
    }

    fn none() -> Self {
        Held {
            senders: Vec::new(),
            receivers: Vec::new(),
            closers: Vec::new(),
        }
    }
}

/// A future of the program.
enum Begun {
    Pending(Box<dyn Started>),
    Complete(Answer),
}

/// A future, and the name that its await binds.
struct Promise<'a> {
    name: &'a str,
    bind: Option<&'a str>,
    begun: Begun,
}

impl Promise<'_> {
    fn left(self) -> Begun {
        self.begun
    }
}

/// What a process that has ended leaves: its end drops nothing.
#[allow(missing_debug_implementations)]
pub struct Left<L: Library> {
    _futures: Vec<Begun>,
    _permits: Vec<Option<L::Permit>>,
    _held: Held<L>,
}

/// The process fails, since there is no value.
struct NoValue;

type Step = Result<(), NoValue>;

/// A process that runs.
#[allow(missing_debug_implementations)]
pub struct Process<'a, L: Library, D: Life> {
    plan: &'a Plan,
    journal: &'a Journal,
    life: &'a D,
    held: Held<L>,
    values: HashMap<&'a str, i64>,
    futures: Vec<Promise<'a>>,
    /// None is the permit of a reservation that came to nothing.
    permits: Vec<(&'a str, Option<L::Permit>)>,
}

impl<'a, L: Library, D: Life> Process<'a, L, D> {
    /// The process with these handles.
    pub fn new(
        plan: &'a Plan,
        journal: &'a Journal,
        life: &'a D,
        held: Held<L>,
    ) -> Self {
        Process {
            plan,
            journal,
            life,
            held,
            values: HashMap::new(),
            futures: Vec::new(),
            permits: Vec::new(),
        }
    }

    /// Does everything, and tells the journal. What is left of one who has done
    /// all is given back; who fails drops it.
    pub async fn run(mut self, process: usize) -> Option<Left<L>> {
        let plan = self.plan;
        let operations = &plan.program.processes[process].operations;
        match self.all(operations, 1).await {
            Ok(()) => {
                self.journal.finish(End::Done);
                Some(Left {
                    _futures: self
                        .futures
                        .into_iter()
                        .map(Promise::left)
                        .collect(),
                    _permits: self
                        .permits
                        .into_iter()
                        .map(|(_, one)| one)
                        .collect(),
                    _held: self.held,
                })
            }
            Err(NoValue) => {
                let journal = self.journal;
                self.withdraw();
                journal.finish(End::Failed("no value".into()));
                None
            }
        }
    }

    /// Drops everything, futures first, the latest of them first.
    fn withdraw(mut self) {
        while let Some(future) = self.futures.pop() {
            if let Begun::Pending(started) = future.begun {
                started.cancel();
            }
        }
        self.permits.clear();
    }

    fn all<'s>(
        &'s mut self,
        operations: &'a [Operation],
        first: u32,
    ) -> Pin<Box<dyn Future<Output = Step> + 's>>
    where
        'a: 's,
    {
        Box::pin(async move {
            let mut number = first;
            for operation in operations {
                self.one(operation, number).await?;
                number += size(operation);
            }
            Ok(())
        })
    }

    async fn one(&mut self, operation: &'a Operation, number: u32) -> Step {
        match operation {
            Operation::Repeat { times, body } => {
                for _ in 0..*times {
                    self.all(body, number + 1).await?;
                }
                Ok(())
            }
            Operation::Each {
                channel,
                bind,
                body,
            } => self.each(channel, bind.as_deref(), body, number).await,
            _ => {
                self.life.gate(number).await;
                self.journal.begin(number, is_timed(operation));
                let step = self.plain(operation).await;
                self.journal.end();
                step
            }
        }
    }

    async fn each(
        &mut self,
        channel: &str,
        bind: Option<&'a str>,
        body: &'a [Operation],
        number: u32,
    ) -> Step {
        let channel = self.plan.channels[channel];
        loop {
            self.life.gate(number).await;
            self.journal.begin(number, false);
            let answer = L::recv(self.receiver(channel)).await;
            if answer != Answer::Closed {
                self.journal.answer(answer);
            }
            self.journal.end();
            match answer {
                Answer::Closed => return Ok(()),
                Answer::Value(value) => {
                    if let Some(name) = bind {
                        self.values.insert(name, value);
                    }
                    self.all(body, number + 1).await?;
                }
                _ => {}
            }
        }
    }

    async fn plain(&mut self, operation: &'a Operation) -> Step {
        match operation {
            Operation::Wait { transfer, within } => {
                let answer = self.wait(transfer, *within).await?;
                self.got(transfer, answer)
            }
            Operation::Try { transfer } => {
                let answer = self.attempt(transfer)?;
                self.got(transfer, answer)
            }
            Operation::Select {
                arms,
                biased,
                default,
                after,
            } => self.select(arms, *biased, *default, *after).await,
            Operation::Start { future, transfer } => {
                self.start(future, transfer).await
            }
            Operation::Await { future } => self.finish(future).await,
            Operation::Cancel { future } => {
                let answer = match self.take_future(future).begun {
                    Begun::Complete(answer) => answer,
                    Begun::Pending(started) => started.cancel(),
                };
                self.journal.answer(answer);
                Ok(())
            }
            Operation::Sleep { duration } => {
                self.life.sleep(*duration).await;
                Ok(())
            }
            Operation::Spawn { process } => {
                self.life.spawn(self.plan.processes[process]);
                Ok(())
            }
            Operation::Join { process } => {
                self.life.join(self.plan.processes[process]).await;
                Ok(())
            }
            _ => self.handle(operation).await,
        }
    }

    /// What is about handles and permits.
    async fn handle(&mut self, operation: &'a Operation) -> Step {
        match operation {
            Operation::Close { channel } => {
                let place = self.plan.channels[channel];
                let closed = L::close(
                    &self.held.closers[place],
                    self.held.senders[place].first().map(Arc::as_ref),
                    self.held.receivers[place].first().map(Arc::as_ref),
                );
                let result = if closed { "closed" } else { "already" };
                self.journal.log(result.into());
            }
            Operation::Drop { channel, side } => {
                let place = self.plan.channels[channel];
                match side {
                    Side::Sender => drop(self.held.senders[place].pop()),
                    Side::Receiver => drop(self.held.receivers[place].pop()),
                }
            }
            Operation::Clone { channel, side } => {
                let place = self.plan.channels[channel];
                match side {
                    Side::Sender => {
                        let more = L::clone_sender(self.sender(place));
                        self.held.senders[place].push(Arc::new(more));
                    }
                    Side::Receiver => {
                        let more = L::clone_receiver(self.receiver(place));
                        self.held.receivers[place].push(Arc::new(more));
                    }
                }
            }
            Operation::Reserve { channel, permit } => {
                let place = self.plan.channels[channel];
                let taken = L::reserve(self.sender(place)).await;
                self.journal.answer(match taken {
                    Some(_) => Answer::Reserved,
                    None => Answer::Closed,
                });
                self.permits.push((permit, taken));
            }
            Operation::Fulfil { permit, value } => {
                let value = self.value(value)?;
                let answer = match self.take_permit(permit) {
                    Some(permit) => L::fulfil(permit, value),
                    None => Answer::Closed,
                };
                self.journal.answer(answer);
            }
            Operation::Release { permit } => drop(self.take_permit(permit)),
            _ => unreachable!("every other operation is told before"),
        }
        Ok(())
    }

    async fn wait(
        &self,
        transfer: &'a Transfer,
        within: Option<u32>,
    ) -> Result<Answer, NoValue> {
        let place = self.channel(transfer);
        Ok(match transfer {
            Transfer::Send { value, .. } => {
                let (sender, value) = (self.sender(place), self.value(value)?);
                match within {
                    None => L::send(sender, value).await,
                    Some(units) if D::REAL_TIME => {
                        L::send_within(sender, value, self.life.real(units))
                    }
                    Some(units) => {
                        let send = L::send(sender, value);
                        let in_time = self.in_time(send, units).await;
                        in_time.unwrap_or(Answer::Timeout)
                    }
                }
            }
            Transfer::Recv { .. } => {
                let receiver = self.receiver(place);
                match within {
                    None => L::recv(receiver).await,
                    Some(units) if D::REAL_TIME => {
                        L::recv_within(receiver, self.life.real(units))
                    }
                    Some(units) => {
                        let recv = L::recv(receiver);
                        let in_time = self.in_time(recv, units).await;
                        in_time.unwrap_or(Answer::Timeout)
                    }
                }
            }
        })
    }

    fn attempt(&self, transfer: &Transfer) -> Result<Answer, NoValue> {
        let place = self.channel(transfer);
        Ok(match transfer {
            Transfer::Send { value, .. } => {
                L::try_send(self.sender(place), self.value(value)?)
            }
            Transfer::Recv { .. } => L::try_recv(self.receiver(place)),
        })
    }

    async fn select(
        &mut self,
        arms: &'a [Transfer],
        biased: bool,
        default: bool,
        after: Option<u32>,
    ) -> Step {
        let choice = Choice {
            biased,
            seed: self.life.random(),
        };
        let ready = self.arms(arms)?;
        let chosen = if default {
            L::select_now(&ready, choice).ok_or("default")
        } else {
            let chosen = self.choose(&ready, choice, after).await;
            chosen.ok_or("timeout")
        };
        match chosen {
            Ok((arm, answer)) => {
                self.journal.log(format!("{}:{answer}", arm + 1));
                self.bind(&arms[arm], answer)
            }
            Err(result) => {
                self.journal.log(result.into());
                Ok(())
            }
        }
    }

    async fn choose(
        &self,
        arms: &[Arm<'_, L>],
        choice: Choice,
        after: Option<u32>,
    ) -> Option<Chosen> {
        match after {
            None => Some(L::select(arms, choice).await),
            Some(units) if D::REAL_TIME => {
                L::select_within(arms, choice, self.life.real(units))
            }
            Some(units) => self.in_time(L::select(arms, choice), units).await,
        }
    }

    fn arms(&self, arms: &[Transfer]) -> Result<Vec<Arm<'_, L>>, NoValue> {
        let arms = arms.iter().map(|arm| {
            let place = self.channel(arm);
            Ok(match arm {
                Transfer::Send { value, .. } => {
                    Arm::Send(&**self.sender(place), self.value(value)?)
                }
                Transfer::Recv { .. } => Arm::Recv(&**self.receiver(place)),
            })
        });
        arms.collect()
    }

    /// What the future comes to, unless the time runs out before. Who is ready
    /// wins against a time that has run out.
    async fn in_time<T>(
        &self,
        future: impl Future<Output = T>,
        units: u32,
    ) -> Option<T> {
        let mut future = pin!(future);
        let mut time = pin!(self.life.sleep(units));
        poll_fn(|context| {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                return Poll::Ready(Some(result));
            }
            time.as_mut().poll(context).map(|()| None)
        })
        .await
    }

    async fn start(&mut self, name: &'a str, transfer: &'a Transfer) -> Step {
        let place = self.channel(transfer);
        let (mut started, bind) = match transfer {
            Transfer::Send { value, .. } => {
                let value = self.value(value)?;
                let sender = Arc::clone(self.sender(place));
                (L::start_send(sender, value), None)
            }
            Transfer::Recv { bind, .. } => {
                let receiver = Arc::clone(self.receiver(place));
                (L::start_recv(receiver), bind.as_deref())
            }
        };
        let first = poll_fn(|context| Poll::Ready(started.poll(context))).await;
        let begun = match first {
            Poll::Ready(answer) => Begun::Complete(answer),
            Poll::Pending => Begun::Pending(started),
        };
        self.futures.push(Promise { name, bind, begun });
        Ok(())
    }

    async fn finish(&mut self, name: &str) -> Step {
        let future = self.take_future(name);
        let answer = match future.begun {
            Begun::Complete(answer) => answer,
            Begun::Pending(mut started) => {
                poll_fn(|context| started.poll(context)).await
            }
        };
        self.journal.answer(answer);
        self.bind_to(future.bind, answer)
    }

    fn take_future(&mut self, name: &str) -> Promise<'a> {
        let place = self.futures.iter().rposition(|one| one.name == name);
        self.futures.remove(place.expect("a future is used once"))
    }

    fn take_permit(&mut self, name: &str) -> Option<L::Permit> {
        let place = self.permits.iter().rposition(|(one, _)| *one == name);
        self.permits.remove(place.expect("a permit is used once")).1
    }

    fn got(&mut self, transfer: &'a Transfer, answer: Answer) -> Step {
        self.journal.answer(answer);
        self.bind(transfer, answer)
    }

    fn bind(&mut self, transfer: &'a Transfer, answer: Answer) -> Step {
        match transfer {
            Transfer::Recv { bind, .. } => {
                self.bind_to(bind.as_deref(), answer)
            }
            Transfer::Send { .. } => Ok(()),
        }
    }

    fn bind_to(&mut self, name: Option<&'a str>, answer: Answer) -> Step {
        match (name, answer) {
            (None, _) => Ok(()),
            (Some(name), Answer::Value(value)) => {
                self.values.insert(name, value);
                Ok(())
            }
            (Some(_), _) => Err(NoValue),
        }
    }

    fn value(&self, value: &Value) -> Result<i64, NoValue> {
        match value {
            Value::Number(number) => Ok(*number),
            Value::Name(name) => {
                self.values.get(name.as_str()).copied().ok_or(NoValue)
            }
        }
    }

    fn channel(&self, transfer: &Transfer) -> usize {
        self.plan.channels[crate::plan::side(transfer).0]
    }

    fn sender(&self, channel: usize) -> &Arc<L::Sender> {
        let sender = self.held.senders[channel].first();
        sender.expect("the text uses no side whose handles it has dropped")
    }

    fn receiver(&self, channel: usize) -> &Arc<L::Receiver> {
        let receiver = self.held.receivers[channel].first();
        receiver.expect("the text uses no side whose handles it has dropped")
    }
}

fn is_timed(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Sleep { .. }
            | Operation::Wait {
                within: Some(_),
                ..
            }
            | Operation::Select { after: Some(_), .. }
    )
}
