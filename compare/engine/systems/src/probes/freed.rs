//! Whether what is buffered is freed when the last receiver goes, while a
//! sender lives.

use serde_json::{Value, json};
use std::sync::Arc;

/// Whether `message` is gone once `ends` has dropped the receiver; the sender
/// that it gives back lives until then.
fn freed<S>(ends: impl FnOnce(Arc<()>) -> S) -> bool {
    let message = Arc::new(());
    let sender = ends(Arc::clone(&message));
    let freed = Arc::strong_count(&message) == 1;
    drop(sender);
    freed
}

macro_rules! channel_of {
    ($make:expr, $send:ident) => {
        freed(|message| {
            let (tx, rx) = $make;
            let sent = tx.$send(message).is_ok();
            assert!(sent, "there is room for one message");
            drop(rx);
            tx
        })
    };
}

/// One message in each kind of channel, and no receiver any more.
pub(super) fn last_receiver() -> Value {
    json!({
        "chanpatterns unbounded": channel_of!(chanpatterns::channel::unbounded(), try_send),
        "chanpatterns bounded": channel_of!(chanpatterns::channel::bounded(1), try_send),
        "std unbounded": channel_of!(std::sync::mpsc::channel(), send),
        "std bounded": channel_of!(std::sync::mpsc::sync_channel(1), try_send),
        "tokio unbounded": channel_of!(tokio::sync::mpsc::unbounded_channel(), send),
        "tokio bounded": channel_of!(tokio::sync::mpsc::channel(1), try_send),
        "crossbeam unbounded": channel_of!(crossbeam_channel::unbounded(), try_send),
        "crossbeam bounded": channel_of!(crossbeam_channel::bounded(1), try_send),
        "flume unbounded": channel_of!(flume::unbounded(), try_send),
        "flume bounded": channel_of!(flume::bounded(1), try_send),
        "async-channel unbounded": channel_of!(async_channel::unbounded(), try_send),
        "async-channel bounded": channel_of!(async_channel::bounded(1), try_send),
        "kanal unbounded": channel_of!(kanal::unbounded(), try_send),
        "kanal bounded": channel_of!(kanal::bounded(1), try_send),
    })
}
