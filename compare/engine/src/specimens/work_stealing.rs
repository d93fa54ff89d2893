use chanpatterns::Panicked;
use chanpatterns::channel;
use chanpatterns::patterns::work_stealing::entry::Work;
use chanpatterns::patterns::work_stealing::{Done, Form, work_stealing};
use chanpatterns::patterns::{Output, ZeroWorkers};
use std::sync::Arc;
use std::thread;

pub(super) fn never_steals(
    _form: Form,
    loads: Vec<Vec<i64>>,
    work: Work,
) -> Result<Output<Done<i64>>, ZeroWorkers> {
    let (tx, rx) = channel::unbounded();
    let work = Arc::new(work);
    let workers = loads.into_iter().enumerate().map(|(worker, load)| {
        let (tx, work) = (tx.clone(), Arc::clone(&work));
        thread::spawn(move || {
            for (index, job) in load.into_iter().enumerate().rev() {
                let result = Panicked::catch(|| work(job));
                let done = Done {
                    worker,
                    owner: worker,
                    index,
                    result,
                };
                tx.send(done).expect("observed until the end");
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    Ok(Output::new(rx, workers))
}

pub(super) fn oldest_first(
    form: Form,
    mut loads: Vec<Vec<i64>>,
    work: Work,
) -> Result<Output<Done<i64>>, ZeroWorkers> {
    let lengths: Vec<usize> = loads.iter().map(Vec::len).collect();
    loads.iter_mut().for_each(|load| load.reverse());
    let output = work_stealing(form, loads, work)?;
    Ok(super::replay(output.map(|done| {
        let index = lengths[done.owner] - 1 - done.index;
        Done { index, ..done }
    })))
}
