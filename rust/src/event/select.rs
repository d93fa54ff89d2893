//! The macro `select!`.

use std::convert::Infallible;

/// Waits for the first of several sends, receives and other events, and runs
/// what stands behind it.
///
/// Each arm is `pattern = event => body`: a pattern that matches every result,
/// an expression that is an [`Event`](crate::event::Event), and what is done
/// with the result, where `?`, `break` and `return` work as anywhere. The last
/// arm may be `default => body`, which runs if nothing is ready. With `biased;`
/// in front, the first arm that is ready is taken; else the choice is uniform.
///
/// The events exist only until the choice is made: the bodies may use what they
/// borrowed.
///
/// ```
/// use chanpatterns::event::{after, receive, send};
/// use chanpatterns::{channel, select};
/// use std::time::Duration;
///
/// let (tx, rx) = channel::unbounded();
/// let (out, results) = channel::unbounded();
/// tx.send_many([20, 22]).unwrap();
/// drop(tx);
///
/// let mut sum = 0;
/// loop {
///     select! {
///         biased;
///         received = receive(&rx) => match received {
///             Ok(n) => sum += n,
///             Err(_closed) => break,
///         },
///         sent = send(&out, sum) => sent.unwrap(),
///         () = after(Duration::from_secs(60)) => panic!("too late"),
///     }
/// }
/// assert_eq!(sum, 42);
///
/// select! {
///     sum = receive(&results) => panic!("nothing was sent, but {sum:?}"),
///     default => {}
/// }
/// ```
#[macro_export]
macro_rules! select {
    // `nest [a b] x` is a(b(x)), as an expression or as a pattern.
    (@nest [] $($inner:tt)*) => { $($inner)* };
    (@nest [$outer:ident $($more:ident)*] $($inner:tt)*) => {
        $outer($crate::select!(@nest [$($more)*] $($inner)*))
    };

    // Takes one arm after the other. Each gets its number in the unary system
    // of `Err(Err(Ok(result)))`, so that one type has the results of all.
    (@arms $mode:tt [$($number:ident)*] [$($arms:tt)*]
        default => $body:expr $(,)?
    ) => {{
        let chosen = $crate::select!(@event $mode [$($arms)*]).poll();
        match chosen {
            Some(chosen) => {
                $crate::select!(@run chosen [$($number)*] [$($arms)*])
            }
            None => $body,
        }
    }};
    (@arms $mode:tt [$($number:ident)*] [$($arms:tt)*]) => {{
        let chosen = $crate::select!(@event $mode [$($arms)*]).sync();
        $crate::select!(@run chosen [$($number)*] [$($arms)*])
    }};
    (@arms $mode:tt [$($number:ident)*] [$($arms:tt)*]
        $result:pat = $event:expr => $body:block, $($rest:tt)*
    ) => {
        $crate::select!(@arms $mode [$($number)* Err]
            [$($arms)* {[$($number)*] ($result) ($event) ($body)}] $($rest)*)
    };
    (@arms $mode:tt [$($number:ident)*] [$($arms:tt)*]
        $result:pat = $event:expr => $body:block $($rest:tt)*
    ) => {
        $crate::select!(@arms $mode [$($number)* Err]
            [$($arms)* {[$($number)*] ($result) ($event) ($body)}] $($rest)*)
    };
    (@arms $mode:tt [$($number:ident)*] [$($arms:tt)*]
        $result:pat = $event:expr => $body:expr $(, $($rest:tt)*)?
    ) => {
        $crate::select!(@arms $mode [$($number)* Err]
            [$($arms)* {[$($number)*] ($result) ($event) ($body)}]
            $($($rest)*)?)
    };

    (@event uniform [$($arms:tt)*]) => {
        $crate::select!(@choose [$($arms)*])
    };
    (@event biased [$($arms:tt)*]) => {
        $crate::select!(@choose [$($arms)*]).biased()
    };
    (@choose [$({$number:tt ($result:pat) ($event:expr) ($body:expr)})*]) => {
        $crate::event::choose([
            $($event.wrap(|result| $crate::select!(@nest $number Ok(result)))),*
        ])
    };
    (@run $chosen:ident [$($all:ident)*]
        [$({$number:tt ($result:pat) ($event:expr) ($body:expr)})*]
    ) => {
        match $chosen {
            $($crate::select!(@nest $number Ok($result)) => $body,)*
            $crate::select!(@nest [$($all)*] none) => {
                $crate::event::chose_nothing(none)
            }
        }
    };

    () => {
        compile_error!("select! needs an arm: pattern = event => body")
    };
    (biased; $($arms:tt)+) => {
        $crate::select!(@arms biased [] [] $($arms)+)
    };
    ($($arms:tt)+) => {
        $crate::select!(@arms uniform [] [] $($arms)+)
    };
}

/// The end of the unary numbers of `select!`, which none of its arms has.
#[doc(hidden)]
pub fn chose_nothing<T>(none: Infallible) -> T {
    match none {}
}
