//! Runs programs with a task for each process, in one thread.
//!
//! Which of the tasks that are woken goes on is decided by the seed, and before
//! each operation a task lets the others go first. Time is virtual: it moves
//! when no task is woken, and only then. A run is over when nothing is woken
//! and no deadline is left; who has not ended then waits for ever. Dropping the
//! tasks ends the run.

use crate::about::About;
use crate::interpret::{Left, Life, Process, open};
use crate::journal::{End, Journal};
use crate::library::Library;
use crate::plan::Plan;
use crate::seen::{Came, Collection, Ending, ending};
use crate::system::{NotRun, Planned, Ran, Steered, System, What, Work};
use crate::threads::message;
use compare_engine::litmus::Time;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// So many polls end a run that would go on for ever.
const POLLS: u32 = 100_000;

/// A library, driven by tasks.
#[derive(Debug)]
pub struct Tasks<L>(PhantomData<fn() -> L>);

impl<L> Default for Tasks<L> {
    fn default() -> Self {
        Tasks(PhantomData)
    }
}

impl<L: Library> System for Tasks<L> {
    fn about(&self) -> About {
        L::about()
    }

    fn time(&self) -> Time {
        Time::Exact
    }

    fn unavailable(&self) -> Option<String> {
        None
    }

    fn refuses(&self, plan: &Plan) -> Option<String> {
        plan.drops_what_is_borrowed().or_else(|| L::refuses(plan))
    }

    fn run(&self, plan: &Arc<Plan>, work: Work) -> Result<Ran, NotRun> {
        let (mut collection, mut runs) = (Collection::default(), 0);
        for seed in work.seeds() {
            let stage = Stage::new(plan, seed, true);
            let mut run = Run::<L>::new(&stage);
            run.run_out();
            collection.add(run.ending(), seed);
            runs += 1;
        }
        Ok(Ran {
            runs,
            worn: false,
            seen: collection.seen(),
        })
    }

    fn steer(
        &self,
        plan: &Arc<Plan>,
        schedule: &[Planned],
        attempts: u64,
        seed: u64,
    ) -> Result<Steered, NotRun> {
        let mut collection = Collection::default();
        let mut followed = false;
        for attempt in 0..attempts.max(1) {
            let seed = seed.wrapping_add(attempt);
            let stage = Stage::new(plan, seed, false);
            let mut run = Run::<L>::new(&stage);
            run.reach_gates();
            followed |= schedule.iter().all(|step| run.follow(step));
            run.open_gates();
            run.run_out();
            collection.add(run.ending(), seed);
            if followed {
                break;
            }
        }
        Ok(Steered {
            followed,
            seen: collection.seen(),
        })
    }
}

/// What one process and its scheduler say to each other.
#[derive(Default)]
struct Place {
    begun: Cell<bool>,
    woken: Arc<Woken>,
    /// When its deadline is, if it waits for one.
    due: Cell<Option<u64>>,
    /// Whether that has struck.
    struck: Cell<bool>,
    /// At the gate of which operation it stands.
    at: Cell<Option<u32>>,
    may_pass: Cell<bool>,
    joined_by: RefCell<Vec<Waker>>,
}

/// Whether a task is woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// All of a run but its tasks, which borrow it.
struct Stage<'a> {
    plan: &'a Plan,
    journals: Vec<Journal>,
    places: Vec<Place>,
    now: Cell<u64>,
    /// Whether all gates are open.
    free: Cell<bool>,
    spawned: RefCell<Vec<usize>>,
    random: RefCell<fastrand::Rng>,
}

impl<'a> Stage<'a> {
    fn new(plan: &'a Plan, seed: u64, free: bool) -> Self {
        let count = plan.program.processes.len();
        Stage {
            plan,
            journals: (0..count).map(|_| Journal::default()).collect(),
            places: (0..count).map(|_| Place::default()).collect(),
            now: Cell::new(0),
            free: Cell::new(free),
            spawned: RefCell::default(),
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
        }
    }
}

type Task<'s, L> = Pin<Box<dyn Future<Output = Option<Left<L>>> + 's>>;

/// Who can go on, and whether by its deadline.
#[derive(Clone, Copy)]
enum Ready {
    Woken(usize),
    Due(usize),
}

struct Run<'s, L: Library> {
    stage: &'s Stage<'s>,
    tasks: Vec<Option<Task<'s, L>>>,
    left: Vec<Left<L>>,
    polls: u32,
}

impl<'s, L: Library> Run<'s, L> {
    fn new(stage: &'s Stage<'s>) -> Self {
        let places = stage.places.iter().enumerate();
        let lives: Vec<InTask<'s>> = places
            .map(|(process, place)| InTask {
                stage,
                place,
                process,
            })
            .collect();
        let tasks = lives.into_iter().zip(open::<L>(stage.plan));
        let tasks = tasks.map(|(life, held)| -> Option<Task<'s, L>> {
            Some(Box::pin(async move {
                let journal = &stage.journals[life.process];
                let process = Process::new(stage.plan, journal, &life, held);
                process.run(life.process).await
            }))
        });
        let mut run = Run {
            stage,
            tasks: tasks.collect(),
            left: Vec::new(),
            polls: 0,
        };
        for process in 0..run.tasks.len() {
            if !stage.plan.spawned[process] {
                run.begin(process);
            }
        }
        run
    }

    fn begin(&mut self, process: usize) {
        let place = &self.stage.places[process];
        place.begun.set(true);
        place.woken.0.store(true, SeqCst);
    }

    /// Polls tasks until none can go on.
    fn run_out(&mut self) {
        while self.polls < POLLS {
            let ready = self.ready();
            if ready.is_empty() {
                if !self.move_clock() {
                    return;
                }
                continue;
            }
            let pick = self.stage.random.borrow_mut().usize(0..ready.len());
            match ready[pick] {
                Ready::Woken(process) => self.poll(process),
                Ready::Due(process) => self.strike(process),
            }
        }
    }

    fn ready(&self) -> Vec<Ready> {
        let mut ready = Vec::new();
        for (process, place) in self.stage.places.iter().enumerate() {
            if self.tasks[process].is_none() {
                continue;
            }
            if place.woken.0.load(SeqCst) {
                ready.push(Ready::Woken(process));
            }
            if place
                .due
                .get()
                .is_some_and(|due| due <= self.stage.now.get())
            {
                ready.push(Ready::Due(process));
            }
        }
        ready
    }

    /// Moves the clock to the next deadline; false if there is none.
    fn move_clock(&self) -> bool {
        let due = self.stage.places.iter().filter_map(|place| place.due.get());
        let Some(next) = due.min() else { return false };
        self.stage.now.set(next);
        true
    }

    fn strike(&mut self, process: usize) {
        self.stage.places[process].struck.set(true);
        self.poll(process);
    }

    fn poll(&mut self, process: usize) {
        let place = &self.stage.places[process];
        place.woken.0.store(false, SeqCst);
        self.polls += 1;
        let Some(task) = &mut self.tasks[process] else {
            return;
        };
        let waker = Waker::from(Arc::clone(&place.woken));
        let mut context = Context::from_waker(&waker);
        let polled =
            catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context)));
        match polled {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(left)) => {
                self.left.extend(left);
                self.ended(process);
            }
            Err(panic) => {
                let end = End::Failed(message(&*panic));
                self.stage.journals[process].finish(end);
                self.ended(process);
            }
        }
        for spawned in self.stage.spawned.take() {
            self.begin(spawned);
            if !self.stage.free.get() {
                self.poll(spawned);
            }
        }
    }

    fn ended(&mut self, process: usize) {
        self.tasks[process] = None;
        let joined_by = self.stage.places[process].joined_by.take();
        joined_by.into_iter().for_each(Waker::wake);
    }

    fn ending(&self) -> Ending {
        let known = self.polls < POLLS;
        let came: Vec<Came> = self
            .stage
            .places
            .iter()
            .map(|place| match (place.begun.get(), known) {
                (false, _) => Came::Idle,
                (true, true) => Came::Waits,
                (true, false) => Came::Begun,
            })
            .collect();
        ending(self.stage.plan, &self.stage.journals, &came)
    }

    /// Has everybody come to its first gate.
    fn reach_gates(&mut self) {
        for process in 0..self.tasks.len() {
            if self.stage.places[process].begun.get() {
                self.poll(process);
            }
        }
    }

    fn open_gates(&self) {
        self.stage.free.set(true);
        for place in &self.stage.places {
            if place.at.get().is_some() {
                place.woken.0.store(true, SeqCst);
            }
        }
    }

    /// Does one step of a schedule; whether that was possible.
    fn follow(&mut self, step: &Planned) -> bool {
        let Some(process) = step.process else {
            return true;
        };
        let place = &self.stage.places[process];
        let journal = &self.stage.journals[process];
        let done = match step.what {
            What::Does | What::Waits => {
                if place.at.get().is_none() {
                    // Somebody completed what it waited for.
                    self.poll(process);
                }
                if place.at.get() != Some(step.number) {
                    return false;
                }
                place.may_pass.set(true);
                let before = journal.look().ended;
                self.poll(process);
                let completed = journal.look().ended > before;
                completed == (step.what == What::Does)
            }
            What::Completes => {
                let look = journal.look();
                if !look.inside() || look.number != step.number {
                    return false;
                }
                self.poll(process);
                journal.look().ended > look.ended
            }
            What::Strikes => {
                let Some(due) = place.due.get() else {
                    return false;
                };
                let now = self.stage.now.get().max(due);
                self.stage.now.set(now);
                let before = journal.look().ended;
                self.strike(process);
                journal.look().ended > before
            }
            What::Clock(_) => true,
        };
        done && step.logged(&journal.results())
    }
}

/// The life of a process in a task.
struct InTask<'a> {
    stage: &'a Stage<'a>,
    place: &'a Place,
    process: usize,
}

/// Waits at the gate of an operation: for a turn, or for its place in a
/// schedule.
struct Gate<'a> {
    life: &'a InTask<'a>,
    number: u32,
}

impl Future for Gate<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let place = self.life.place;
        let may_pass = match place.at.get() {
            Some(_) => self.life.stage.free.get() || place.may_pass.get(),
            None => false,
        };
        if may_pass {
            place.at.set(None);
            place.may_pass.set(false);
            return Poll::Ready(());
        }
        place.at.set(Some(self.number));
        if self.life.stage.free.get() {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// Waits for a moment of the virtual clock.
struct Moment<'a> {
    life: &'a InTask<'a>,
    units: u32,
    asked: bool,
}

impl Future for Moment<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let place = self.life.place;
        if place.struck.take() {
            return Poll::Ready(());
        }
        if !self.asked {
            self.asked = true;
            let due = self.life.stage.now.get() + u64::from(self.units);
            place.due.set(Some(due));
        }
        Poll::Pending
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        self.life.place.due.set(None);
        self.life.place.struck.set(false);
    }
}

/// Waits until a process has ended.
struct Join<'a> {
    stage: &'a Stage<'a>,
    process: usize,
}

impl Future for Join<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.stage.journals[self.process].is_over() {
            return Poll::Ready(());
        }
        let place = &self.stage.places[self.process];
        place.joined_by.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }
}

impl Life for InTask<'_> {
    const REAL_TIME: bool = false;

    fn gate(&self, number: u32) -> impl Future<Output = ()> {
        Gate { life: self, number }
    }

    fn sleep(&self, units: u32) -> impl Future<Output = ()> {
        Moment {
            life: self,
            units,
            asked: false,
        }
    }

    fn real(&self, _units: u32) -> Duration {
        unreachable!("the time of tasks is virtual")
    }

    fn spawn(&self, process: usize) {
        self.stage.spawned.borrow_mut().push(process);
    }

    fn join(&self, process: usize) -> impl Future<Output = ()> {
        Join {
            stage: self.stage,
            process,
        }
    }

    fn random(&self) -> u64 {
        self.stage.random.borrow_mut().u64(..)
    }
}
