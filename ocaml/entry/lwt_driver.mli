(** Runs promises to their end without an event loop, in virtual time. *)

exception Deadlock of string

val run : (unit -> 'a Lwt.t) -> 'a
(** [run main] is what [main ()] resolves to. What is paused goes on first;
    when nothing can run, the clock moves to the next wake-up.

    Lwt has one set of paused promises: [run] is for one thread at a time,
    and not for use within itself.

    @raise Deadlock if nothing can run and nobody sleeps. *)

val clock : unit Lwt.t Channels.Clock.t
(** The clock of the current run; each run begins at 0. *)
