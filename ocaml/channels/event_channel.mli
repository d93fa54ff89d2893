(** A channel with a buffer and a close, built from [Event] as Concurrent ML
    builds it: a thread owns the buffer and offers what its state allows.

    [Event] has the rendezvous and the choice, nothing more; a buffered channel
    is a server between two rendezvous channels (J. H. Reppy, {e Concurrent
    Programming in ML}, Cambridge 1999, the chapter on building concurrency
    abstractions: buffered channels). The close is one more thing that the
    server may offer. At capacity 0 senders and receivers meet directly, and
    the server speaks only once the channel is closed.

    Invariants: only the server touches the buffer; it never holds more than
    [capacity] values; each value leaves it once, in the order of coming.

    Cost: one thread a channel; a send or a receive is a rendezvous with the
    server (some microseconds), a try or a close two. *)

include Closeable.S

(** {1 Events}

    A choice among these must not begin {e while} {!stop} runs: it could come
    too late for the server and wait for ever. *)

(** [send_event t x] is {!send} as an event, for [Event.select] among others.
    If another event of the choice wins, [x] was not sent. *)
val send_event : 'a t -> 'a -> (unit, 'a) result Event.event

(** [receive_event t] is {!receive} as an event. If another event of the
    choice wins, nothing was taken. *)
val receive_event : 'a t -> 'a option Event.event
