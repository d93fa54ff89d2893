//! What an event is made of: a tree whose leaves are operations.
//!
//! One synchronisation goes through the tree as follows. `begin` forces the
//! guards, `collect` lists the leaves from left to right, and a choice
//! (`super::choice`) commits one of them. Then `settle` fires the nacks of the
//! others, `finish` takes the leaf's result through the wraps around it, and
//! `aborts` lists what those who were not chosen asked to be run.

use super::Event;
use super::nack;
use crate::wait::{FiresOnDrop, Operation};

/// What `wrap_abort` asks to be run.
pub(super) type Abort<'b> = &'b mut (dyn FnMut() + Send);

/// The part of a tree that does not know its result's type.
pub(crate) trait Tree {
    /// Begins a synchronisation; how many leaves there are.
    fn begin(&mut self) -> usize;

    /// The leaves, left to right.
    fn collect<'b>(&'b mut self, leaves: &mut Vec<&'b mut dyn Operation>);

    /// The leaf `chosen` has committed, or none will.
    fn settle(&mut self, chosen: Option<usize>);

    /// The aborts around leaves other than the chosen one, outermost first and
    /// left to right.
    fn aborts<'b>(
        &'b mut self,
        chosen: Option<usize>,
        aborts: &mut Vec<Abort<'b>>,
    );
}

/// A tree whose leaves, once wrapped, give a `T`.
pub(crate) trait Node<T>: Tree {
    /// The result of the leaf that has committed.
    fn finish(&mut self, chosen: usize) -> T;
}

/// An operation, and what to take of it when it is complete.
pub(super) struct Leaf<O, F> {
    pub(super) operation: O,
    pub(super) take: F,
}

impl<O: Operation, F> Tree for Leaf<O, F> {
    fn begin(&mut self) -> usize {
        1
    }

    fn collect<'b>(&'b mut self, leaves: &mut Vec<&'b mut dyn Operation>) {
        leaves.push(&mut self.operation);
    }

    fn settle(&mut self, _chosen: Option<usize>) {}

    fn aborts<'b>(&'b mut self, _: Option<usize>, _: &mut Vec<Abort<'b>>) {}
}

impl<O: Operation, F: FnMut(&mut O) -> T, T> Node<T> for Leaf<O, F> {
    fn finish(&mut self, _chosen: usize) -> T {
        (self.take)(&mut self.operation)
    }
}

/// One of several.
pub(super) struct Choose<'a, T> {
    events: Vec<Event<'a, T>>,
    /// Behind the last leaf of each event, counted from the first of them all.
    ends: Vec<usize>,
    /// Whether they are the same in every synchronisation.
    plain: bool,
}

impl<'a, T> Choose<'a, T> {
    pub(super) fn new(events: Vec<Event<'a, T>>, plain: bool) -> Self {
        Choose {
            events,
            ends: Vec::new(),
            plain,
        }
    }

    fn start(&self, place: usize) -> usize {
        place.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// Each event with where `chosen` lies in it, if it does.
    fn each(
        &mut self,
        chosen: Option<usize>,
    ) -> impl Iterator<Item = (&mut Event<'a, T>, Option<usize>)> {
        let mut start = 0;
        self.events
            .iter_mut()
            .zip(&self.ends)
            .map(move |(event, &end)| {
                let inside = chosen.filter(|leaf| (start..end).contains(leaf));
                let inside = inside.map(|leaf| leaf - start);
                start = end;
                (event, inside)
            })
    }
}

impl<T> Tree for Choose<'_, T> {
    fn begin(&mut self) -> usize {
        if let (true, Some(&end)) = (self.plain, self.ends.last()) {
            return end;
        }
        self.ends.clear();
        let mut end = 0;
        for event in &mut self.events {
            end += event.node.begin();
            self.ends.push(end);
        }
        end
    }

    fn collect<'b>(&'b mut self, leaves: &mut Vec<&'b mut dyn Operation>) {
        for event in &mut self.events {
            event.node.collect(leaves);
        }
    }

    fn settle(&mut self, chosen: Option<usize>) {
        for (event, inside) in self.each(chosen) {
            event.node.settle(inside);
        }
    }

    fn aborts<'b>(
        &'b mut self,
        chosen: Option<usize>,
        aborts: &mut Vec<Abort<'b>>,
    ) {
        for (event, inside) in self.each(chosen) {
            event.node.aborts(inside, aborts);
        }
    }
}

impl<T> Node<T> for Choose<'_, T> {
    fn finish(&mut self, chosen: usize) -> T {
        let place = self.ends.partition_point(|&end| end <= chosen);
        let start = self.start(place);
        self.events[place].node.finish(chosen - start)
    }
}

/// A function of the result.
pub(super) struct Wrap<'a, A, F> {
    pub(super) event: Event<'a, A>,
    pub(super) function: F,
}

impl<A, F> Tree for Wrap<'_, A, F> {
    fn begin(&mut self) -> usize {
        self.event.node.begin()
    }

    fn collect<'b>(&'b mut self, leaves: &mut Vec<&'b mut dyn Operation>) {
        self.event.node.collect(leaves);
    }

    fn settle(&mut self, chosen: Option<usize>) {
        self.event.node.settle(chosen);
    }

    fn aborts<'b>(
        &'b mut self,
        chosen: Option<usize>,
        aborts: &mut Vec<Abort<'b>>,
    ) {
        self.event.node.aborts(chosen, aborts);
    }
}

impl<A, F: FnMut(A) -> B, B> Node<B> for Wrap<'_, A, F> {
    fn finish(&mut self, chosen: usize) -> B {
        let result = self.event.node.finish(chosen);
        (self.function)(result)
    }
}

/// Something to run if none of the leaves is chosen.
pub(super) struct WrapAbort<'a, T, F> {
    pub(super) event: Event<'a, T>,
    pub(super) abort: F,
}

impl<T, F: FnMut() + Send> Tree for WrapAbort<'_, T, F> {
    fn begin(&mut self) -> usize {
        self.event.node.begin()
    }

    fn collect<'b>(&'b mut self, leaves: &mut Vec<&'b mut dyn Operation>) {
        self.event.node.collect(leaves);
    }

    fn settle(&mut self, chosen: Option<usize>) {
        self.event.node.settle(chosen);
    }

    fn aborts<'b>(
        &'b mut self,
        chosen: Option<usize>,
        aborts: &mut Vec<Abort<'b>>,
    ) {
        if chosen.is_none() {
            aborts.push(&mut self.abort);
        }
        self.event.node.aborts(chosen, aborts);
    }
}

impl<T, F: FnMut() + Send> Node<T> for WrapAbort<'_, T, F> {
    fn finish(&mut self, chosen: usize) -> T {
        self.event.node.finish(chosen)
    }
}

/// An event that is made anew for each synchronisation.
pub(super) struct Guard<'a, T, F> {
    make: F,
    made: Option<Event<'a, T>>,
    /// What tells the event's maker that it was not chosen, if it asked.
    nack: Option<FiresOnDrop>,
}

/// How the event of a [`Guard`] is made.
pub(super) trait Make<'a, T> {
    fn make(&mut self) -> (Event<'a, T>, Option<FiresOnDrop>);
}

/// The event of `guard`.
pub(super) struct Plain<F>(pub(super) F);

/// The event of `with_nack`.
pub(super) struct WithNack<F>(pub(super) F);

impl<'a, T, F: FnMut() -> Event<'a, T>> Make<'a, T> for Plain<F> {
    fn make(&mut self) -> (Event<'a, T>, Option<FiresOnDrop>) {
        ((self.0)(), None)
    }
}

impl<'a, T, F> Make<'a, T> for WithNack<F>
where
    F: FnMut(Event<'static, ()>) -> Event<'a, T>,
{
    fn make(&mut self) -> (Event<'a, T>, Option<FiresOnDrop>) {
        let (event, source) = nack::new();
        ((self.0)(event), Some(source))
    }
}

impl<T, F> Guard<'_, T, F> {
    pub(super) fn new(make: F) -> Self {
        Guard {
            make,
            made: None,
            nack: None,
        }
    }
}

impl<'a, T, F: Make<'a, T>> Tree for Guard<'a, T, F> {
    fn begin(&mut self) -> usize {
        let (event, nack) = self.make.make();
        self.nack = nack;
        self.made.insert(event).node.begin()
    }

    fn collect<'b>(&'b mut self, leaves: &mut Vec<&'b mut dyn Operation>) {
        if let Some(made) = &mut self.made {
            made.node.collect(leaves);
        }
    }

    fn settle(&mut self, chosen: Option<usize>) {
        if let Some(nack) = &mut self.nack {
            match chosen {
                Some(_) => nack.disarm(),
                None => nack.fire(),
            }
        }
        if let Some(made) = &mut self.made {
            made.node.settle(chosen);
        }
    }

    fn aborts<'b>(
        &'b mut self,
        chosen: Option<usize>,
        aborts: &mut Vec<Abort<'b>>,
    ) {
        if let Some(made) = &mut self.made {
            made.node.aborts(chosen, aborts);
        }
    }
}

impl<'a, T, F: Make<'a, T>> Node<T> for Guard<'a, T, F> {
    fn finish(&mut self, chosen: usize) -> T {
        let made = self.made.as_mut().expect("it was made when this began");
        made.node.finish(chosen)
    }
}
