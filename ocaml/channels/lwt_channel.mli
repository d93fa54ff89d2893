(** What [Lwt_stream] lacks: a true rendezvous, several senders that wait,
    receivers that each take an item once, and a close that gives a waiting
    sender its value back.

    A bounded [Lwt_stream] of capacity 0 sleeps for ever, a second waiting push
    is refused, and two waiting readers get the {e same} item (lwt#151,
    lwt#250). Where one sender waits and one receiver reads, [Lwt_stream] is
    the channel to use; where only the readers are many, {!taker} is enough.

    Invariants: senders wait only when the buffer is full, receivers only when
    nobody can send; each value is taken once, in the order of coming. No lock
    is needed: nothing switches between two binds.

    All operations belong to Lwt's own thread. They cost a queue operation. *)

(** A channel of ['a]. *)
type 'a t

(** [create ~capacity ()] is an open channel. [capacity] counts the values
    that wait with nobody receiving; without it there is no bound; [0] makes a
    rendezvous.
    @raise Invalid_argument if [capacity] is negative. *)
val create : ?capacity:int -> unit -> 'a t

(** [send t x] is [Ok ()] once the buffer (or, at capacity 0, a receiver) has
    [x], and [Error x] if [t] is closed, before or meanwhile: [x] is given
    back. Waits while the channel is open and full; waiting senders are served
    in the order of their coming. A cancelled send has sent nothing. *)
val send : 'a t -> 'a -> (unit, 'a) result Lwt.t

(** [receive t] is [Some x], [x] being the oldest value, or [None] if [t] is
    closed and drained. Waits while it is open and empty. A cancelled receive
    has taken nothing. *)
val receive : 'a t -> 'a option Lwt.t

(** [try_send t x] is [send t x] if that need not wait. At capacity 0 it
    succeeds only if a receiver is waiting already. *)
val try_send : 'a t -> 'a -> (unit, [ `Full of 'a | `Closed of 'a ]) result

(** [try_receive t] is [receive t] if that need not wait. At capacity 0 it
    succeeds only if a sender is waiting already. *)
val try_receive : 'a t -> ('a, [ `Empty | `Closed ]) result

(** [iter f t] applies [f] to what it receives, one after the other, until the
    end. *)
val iter : ('a -> unit Lwt.t) -> 'a t -> unit Lwt.t

(** [close t] closes [t]: waiting senders have their values back, what is
    buffered is still received, then [None] for ever. Idempotent. *)
val close : 'a t -> unit

(** [leave t] is the close of a receiver that goes: it closes [t] and drops
    what is buffered. Idempotent. *)
val leave : 'a t -> unit

(** [is_closed t] is [true] once [t] is closed, drained or not. *)
val is_closed : 'a t -> bool

(** {1 Many readers of one stream} *)

(** [taker stream] is a function that takes the next item of [stream], for any
    number of readers: they queue at a mutex, so that each item is taken
    once. *)
val taker : 'a Lwt_stream.t -> unit -> 'a option Lwt.t
