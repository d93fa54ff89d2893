use chanpatterns::Panicked;
use chanpatterns::patterns::fan_in::entry::{Source, TaskSource};
use chanpatterns::patterns::fan_in::{fan_in, fan_in_async};
use chanpatterns::patterns::{Numbered, Output, TaskOutput};
use futures_util::future::ready;
use futures_util::stream::StreamExt as _;

type Merged = Output<Numbered<i64>>;
type TasksMerged = TaskOutput<Numbered<i64>>;

/// Fan-in whose first source is not what it was.
fn with_first(
    mut sources: Vec<Source>,
    change: impl FnOnce(Source) -> Source,
) -> Merged {
    if !sources.is_empty() {
        let first = change(sources.remove(0));
        sources.insert(0, first);
    }
    fan_in(sources)
}

pub(super) fn loses_one(sources: Vec<Source>) -> Merged {
    with_first(sources, |items| Box::new(items.skip(1)))
}

pub(super) fn doubles_one(sources: Vec<Source>) -> Merged {
    with_first(sources, |mut items| {
        let first = items.next();
        Box::new(first.into_iter().chain(first).chain(items))
    })
}

pub(super) fn swaps_two(sources: Vec<Source>) -> Merged {
    with_first(sources, |mut items| {
        let (first, second) = (items.next(), items.next());
        Box::new(second.into_iter().chain(first).chain(items))
    })
}

pub(super) fn hides_failure(sources: Vec<Source>) -> Merged {
    let quiet = |mut items: Source| -> Source {
        Box::new(std::iter::from_fn(move || {
            Panicked::catch(|| items.next()).unwrap_or(None)
        }))
    };
    fan_in(sources.into_iter().map(quiet))
}

pub(super) fn tasks_lose_one(mut sources: Vec<TaskSource>) -> TasksMerged {
    if !sources.is_empty() {
        let first = sources.remove(0);
        sources.insert(0, first.skip(1).boxed());
    }
    fan_in_async(sources)
}

pub(super) fn tasks_hide_failure(sources: Vec<TaskSource>) -> TasksMerged {
    let merged = fan_in_async(sources);
    super::replay_tasks(merged.filter(|(_, item)| ready(item.is_ok())))
}
