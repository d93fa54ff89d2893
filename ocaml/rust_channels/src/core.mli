(** The channel that both {!Channel} and {!Event} are made of: one of Rust's,
    which carries tokens, and the table of what they stand for.

    The functions here say by a status (see {!Stubs}) what happened, and raise
    what only an exception can say: {!Stubs.Rust_panic}, a signal's handler's
    exception, [Failure] in a process that forked since the channel was made. *)

type 'a t

(** [create capacity] is an open channel; a capacity below 0 is no bound. *)
val create : int -> 'a t

(** [capacity t] is what [t] was created with. *)
val capacity : 'a t -> int

(** [try_send t x] is {!Stubs.done_}, {!Stubs.not_now} or {!Stubs.closed}. *)
val try_send : 'a t -> 'a -> int

(** [send t x ~seconds] is the same, and waits. *)
val send : 'a t -> 'a -> seconds:float -> int

(** [try_recv t] is a token for {!take}, {!Stubs.not_now} or
    {!Stubs.closed}. *)
val try_recv : 'a t -> int

(** [recv t ~seconds] is the same, and waits. *)
val recv : 'a t -> seconds:float -> int

(** [put t x] is a token for a send that is part of a choice. *)
val put : 'a t -> 'a -> int

(** [take t token] is what the token stands for, always [Some]; once. *)
val take : 'a t -> int -> 'a option

val raw : 'a t -> Stubs.raw
val close : 'a t -> unit
val is_closed : 'a t -> bool
val length : 'a t -> int
